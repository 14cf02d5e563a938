"""Suppressions: which findings are silenced by comments, annotations and the config, and what is wrong with these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from kubelint_lessons.engine.decided import Decided
from kubelint_lessons.engine.reading import ReadFile
from kubelint_lessons.engine.result import Suppressed
from kubelint_lessons.engine.suppressionentries import Matcher
from kubelint_lessons.manifests.documents import tree_of
from kubelint_lessons.model.finding import Finding, Problem, ResourceId
from kubelint_lessons.model.records import NamedTuple

if TYPE_CHECKING:  # what reads suppressions is imported where there are some, which is in few files
    from kubelint_lessons.engine.directives import Directive, Found
    from kubelint_lessons.engine.suppressioncomplaints import Complaint, Uses

Stamp = Callable[[str, Problem], Finding | None]
"""Makes a finding of what is wrong with a suppression; None where the rule for it does not run."""


class Terms(NamedTuple):
    """What holds for the suppressions of a run.

    ``known`` maps the id of every rule there is, former ids as well, to its id. ``entries`` are those of the config,
    ``config`` is the path of that as shown. ``today`` is YYYY-MM-DD. ``is_whole`` says that no file was left out.
    """

    known: Mapping[str, str]
    entries: tuple[Matcher, ...]
    config: str
    today: str
    is_whole: bool


class Outcome(NamedTuple):
    """The findings that are left, those on suppressions included, and what was silenced."""

    kept: list[Finding]
    suppressed: tuple[Suppressed, ...]


def suppress(
    findings: list[Finding], files: Mapping[str, ReadFile], terms: Terms, decided: Decided, stamp: Stamp
) -> Outcome:
    """Return which of ``findings`` nothing silences, and what is to be said about the suppressions.

    A finding is silenced where its primary place is, never at the other end of a relation: the place must not depend on
    which of both files somebody has open. What is wrong is said of the files that are reported on.
    """
    pass_over = _Pass(files, terms)
    kept = pass_over.sift(findings)
    complaints = list(pass_over.complaints(kept, findings, decided))
    stamped = [finding for item in complaints if (finding := stamp(item.code, item.problem)) is not None]
    kept += pass_over.sift(stamped)
    silenced = sorted(pass_over.suppressed, key=lambda item: (*item.finding.location[:3], item.finding.rule))
    return Outcome(kept, tuple(silenced))


class _Pass:
    """Reads the suppressions of each file once and keeps count of which were used."""

    def __init__(self, files: Mapping[str, ReadFile], terms: Terms) -> None:
        self.files = files
        self.terms = terms
        self.found: dict[str, Found] = {}
        self.uses: Uses = {}
        self.suppressed: list[Suppressed] = []

    def sift(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings that nothing silences, and note the others."""
        kept = []
        for finding in findings:
            by = [*self._in_file(finding), *self._in_config(finding)]
            if by:
                self.suppressed.append(by[0])
            else:
                kept.append(finding)
        return kept

    def complaints(self, kept: list[Finding], findings: list[Finding], decided: Decided) -> Iterable[Complaint]:
        """Yield what is wrong with the suppressions of the files that are reported on, and of the config."""
        for path, read in self.files.items():
            if read.file.is_reported and read.is_marked:
                found = self._read(path)
                if found.directives or found.strays:
                    from kubelint_lessons.engine.suppressioncomplaints import complaints_of_file

                    yield from complaints_of_file(found, read, kept, self.uses, self.terms.known, decided)
        if self.terms.entries:
            from kubelint_lessons.engine.suppressioncomplaints import complaints_of_entries

            yield from complaints_of_entries(self.terms, self.files, findings, self.uses, decided, self._speaks)

    def _in_file(self, finding: Finding) -> Iterable[Suppressed]:
        read = self.files.get(finding.location.path)
        if read is None or not read.is_marked:
            return
        for number, directive in enumerate(self._read(finding.location.path).directives):
            if directive.reason and directive.reaches(finding.location.line) and self._names(directive, finding.rule):
                self.uses.setdefault((finding.location.path, number), set()).add(finding.rule)
                yield Suppressed(finding, directive.reason, directive.kind, directive.location)

    def _in_config(self, finding: Finding) -> Iterable[Suppressed]:
        for number, matcher in enumerate(self.terms.entries):
            entry = matcher.entry
            if entry.until and entry.until < self.terms.today:
                continue
            if self._speaks(matcher, finding):
                self.uses.setdefault((self.terms.config, number), set()).add(finding.rule)
                yield Suppressed(finding, entry.reason, "config", entry.location)

    def _speaks(self, matcher: Matcher, finding: Finding) -> bool:
        if not any(self.terms.known.get(rule.name, rule.name) == finding.rule for rule in matcher.entry.rules):
            return False
        read = self.files.get(finding.location.path)
        if read is None:
            return False
        resource = finding.resource
        if resource is None and matcher.entry.names_objects:
            resource = _resource_at(read, finding.location.line)
        return matcher.matches(resource, read.file.inside)

    def _names(self, directive: Directive, rule: str) -> bool:
        return any(self.terms.known.get(named.name, named.name) == rule for named in directive.rules)

    def _read(self, path: str) -> Found:
        found = self.found.get(path)
        if found is None:
            from kubelint_lessons.engine.directives import Found
            from kubelint_lessons.engine.suppressionannotations import find_annotations
            from kubelint_lessons.engine.suppressioncomments import find_comments

            read = self.files[path]
            found = find_comments(read.source, read.documents)
            for document in read.documents:
                further = find_annotations(document, self.terms.known)
                found = Found((*found.directives, *further.directives), (*found.strays, *further.strays))
            self.found[path] = found
        return found


def _resource_at(read: ReadFile, line: int) -> ResourceId | None:
    """Return the object that a line belongs to, for findings of the reader, which know of no objects."""
    holders = [document for document in read.documents if document.first_line <= line]
    root = tree_of(holders[-1]) if holders else None
    if root is None:
        return None
    from kubelint_lessons.engine.objectspans import lines_at

    resources = holders[-1].resources
    for resource in resources:
        lines = lines_at(holders[-1], root, resource.prefix)
        if lines is not None and lines.first <= line <= lines.last:
            return resource.id
    return None
