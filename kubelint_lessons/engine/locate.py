"""Problems become findings: rule, severity, spans, fingerprint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from kubelint_lessons.engine.excerpts import Lines, Masker, add_lines
from kubelint_lessons.engine.fingerprint import fingerprint
from kubelint_lessons.engine.masking import mask_text
from kubelint_lessons.engine.overrides import Overrides
from kubelint_lessons.engine.reading import ReadFile
from kubelint_lessons.engine.result import lesson_key
from kubelint_lessons.engine.secretvalues import hide, secret_values
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.documents import Document
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.finding import Finding, Problem, Related, Severity, at_most
from kubelint_lessons.model.location import Location, Place, format_path

Hide = Callable[[str], str]


class Stamper:
    """Stamps the problems of one run, whose files are ``files`` by path; equals are told apart when all are known."""

    def __init__(
        self, severities: Mapping[str, Severity], files: Mapping[str, ReadFile], overrides: Overrides | None = None
    ) -> None:
        self._severities = severities
        self._overrides = overrides
        self._files = files
        self._secrets: tuple[Document, frozenset[str]] | None = None
        self._masker = Masker()

    def stamp(self, rule: Rule, severity: Severity, problem: Problem, resource: Resource | None) -> Finding:
        """Return the finding of a problem; a configured severity takes the place of the rule's own."""
        place = problem.place
        location = _located(place)
        values = self._secrets_of(resource) if resource is not None else frozenset()

        def shown(text: str) -> str:
            return hide(mask_text(text), values)

        return Finding(
            rule=rule.id,
            severity=at_most(self._configured(rule.id, location.path) or severity, problem.at_most),
            message=shown(problem.message),
            location=location,
            label=shown(problem.label),
            related=tuple(Related(_located(other.place), shown(other.label)) for other in problem.related),
            resource=resource.id if resource is not None else None,
            field="" if isinstance(place, Location) else format_path(place.path),
            note=shown(problem.note),
            fix=None if problem.fix is None else problem.fix._replace(title=shown(problem.fix.title)),
            fingerprint=self._fingerprint(rule, place, location, resource, shown),
            lesson=lesson_key(rule.lesson),
        )

    def quote(self, finding: Finding, lines: Lines) -> None:
        """Add to ``lines`` what a finding points at, if its file is reported on: now its files are open."""
        read = self._files.get(finding.location.path)
        if read is not None and read.file.is_reported:
            add_lines(lines, finding, self._files, self._masker)

    def excerpts(self, findings: Iterable[Finding], quoted: Lines) -> Lines:
        """Return the lines of ``findings``: from ``quoted``, or read again, which may show that files have changed."""
        lines: Lines = {}
        for finding in findings:
            for location in (finding.location, *(related.location for related in finding.related)):
                key = (location.path, location.line)
                if key in quoted:
                    lines.setdefault(key, quoted[key])
            add_lines(lines, finding, self._files, self._masker)
        return lines

    def _configured(self, rule: str, path: str) -> Severity | None:
        found = self._overrides.severity(rule, path) if self._overrides is not None else None
        return found or self._severities.get(rule)

    def _fingerprint(
        self, rule: Rule, place: Place | Location, location: Location, resource: Resource | None, hide: Hide
    ) -> str:
        path = location.path if resource is None else resource.document.source.path
        read = self._files.get(path)
        line = (
            self._masker.line(read.source, read.documents, location.line)
            if read is not None and isinstance(place, Location)
            else ""
        )
        return fingerprint(rule, place, resource, path if read is None else read.file.inside, line, hide)

    def _secrets_of(self, resource: Resource) -> frozenset[str]:
        """Return the secret values of a resource's document; findings of one document come in groups."""
        if self._secrets is None or self._secrets[0] is not resource.document:
            self._secrets = resource.document, secret_values(resource.document)
        return self._secrets[1]


def _located(place: Place | Location) -> Location:
    return place if isinstance(place, Location) else place.location()
