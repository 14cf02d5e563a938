"""What is wrong with suppressions: no reason, an unknown rule, nothing to silence, an expired or misplaced one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from kubelint_lessons.engine.decided import Decided
from kubelint_lessons.engine.directives import Directive, Found
from kubelint_lessons.engine.reading import ReadFile
from kubelint_lessons.engine.suppressionentries import Matcher
from kubelint_lessons.lessons.checks import SUPPRESSION_CODES
from kubelint_lessons.lessons.names import did_you_mean
from kubelint_lessons.model.finding import Finding, Problem, RelatedPlace
from kubelint_lessons.model.location import Location
from kubelint_lessons.model.records import NamedTuple

if TYPE_CHECKING:
    from kubelint_lessons.engine.suppressions import Terms

NO_REASON, UNKNOWN, UNUSED, EXPIRED, MISPLACED = SUPPRESSION_CODES

Uses = dict[tuple[str, int], set[str]]
"""(path, number of the suppression there) → the rules of which it has silenced a finding."""

_MOST_RELATED = 5


class Complaint(NamedTuple):
    """One thing that is wrong with a suppression; ``code`` says which rule it is that finds it."""

    code: str
    problem: Problem


def complaints_of_file(
    found: Found, read: ReadFile, kept: list[Finding], uses: Uses, known: Mapping[str, str], decided: Decided
) -> Iterator[Complaint]:
    """Yield what is wrong with the comments and annotations of one file.

    ``kept`` are the findings that nothing has silenced: one whose other end a suppression stands at was meant by it.
    """
    path = read.source.path
    for stray in found.strays:
        yield _complaint(MISPLACED, stray.message, stray.location)
    for number, directive in enumerate(found.directives):
        used = uses.get((path, number), set())
        if not directive.reason:
            yield _without_reason(directive)
        for named in directive.rules:
            rule = known.get(named.name)
            if rule is None:
                advice = did_you_mean(named.name, known, "kubelint rules lists them")
                message = f'no rule is called "{named.name}", so nothing is silenced; {advice}'
                yield _complaint(UNKNOWN, message, named.location)
            elif directive.reason and rule not in used and rule not in SUPPRESSION_CODES:
                meant = _meant_by(directive, rule, path, kept)
                if meant is not None:
                    where = f"{meant.location.path}:{meant.location.line}"
                    message = (
                        f"{rule} is reported at {where}, and only there it can be silenced; move this to that line"
                    )
                    related = (RelatedPlace(meant.location, "reported here"),)
                    yield Complaint(MISPLACED, Problem(message, named.location, related=related))
                elif decided.in_file(rule, read, directive.first):
                    message = f"{rule} finds nothing to silence in {directive.subject}; remove its name here"
                    if directive.subject.startswith("line"):
                        message = f"{rule} finds nothing to silence on {directive.subject}; remove its name here"
                    yield _complaint(UNUSED, message, named.location)


def complaints_of_entries(
    terms: Terms,
    files: Mapping[str, ReadFile],
    findings: list[Finding],
    uses: Uses,
    decided: Decided,
    speaks: Callable[[Matcher, Finding], bool],
) -> Iterator[Complaint]:
    """Yield what is wrong with the entries of the config: those that have expired, and those without effect.

    An expired entry is reported with the config, or with what it silenced. Whether an entry is unused can be told only
    where the config and all files of the project are reported on.
    """
    config = files.get(terms.config)
    is_reported = config is not None and config.file.is_reported
    is_whole = is_reported and terms.is_whole and all(read.file.is_reported for read in files.values())
    for number, matcher in enumerate(terms.entries):
        entry = matcher.entry
        if entry.until and entry.until < terms.today:
            back = [finding for finding in findings if speaks(matcher, finding)]
            if back or is_reported:
                message = f"this held until {entry.until} and silences nothing any more; mend the cause, or remove it"
                related = tuple(RelatedPlace(finding.location, "is reported again") for finding in back[:_MOST_RELATED])
                yield Complaint(EXPIRED, Problem(message, entry.location, related=related))
            continue
        used = uses.get((terms.config, number), set())
        for named in entry.rules if is_whole else ():
            rule = terms.known.get(named.name, named.name)
            if rule not in used and rule not in SUPPRESSION_CODES and decided.everywhere(rule, files):
                message = f"{rule} finds nothing that this entry could silence; remove its name here"
                yield _complaint(UNUSED, message, named.location)


def _without_reason(directive: Directive) -> Complaint:
    names = ", ".join(named.name for named in directive.rules)
    example = f'"{names}: …"' if directive.kind == "annotation" else f"# kubelint: ignore[{names}] …"
    return _complaint(NO_REASON, f"without a reason this silences nothing; say why: {example}", directive.location)


def _meant_by(directive: Directive, rule: str, path: str, kept: list[Finding]) -> Finding | None:
    """Return the finding whose other end a suppression stands at, or None."""
    for finding in kept:
        if finding.rule == rule and any(
            other.location.path == path and directive.reaches(other.location.line) for other in finding.related
        ):
            return finding
    return None


def _complaint(code: str, message: str, location: Location) -> Complaint:
    return Complaint(code, Problem(message, location))
