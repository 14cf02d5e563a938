"""Problems become findings: rule, severity, spans, fingerprint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from kubelint_lessons.engine.fingerprint import fingerprint, stable_route
from kubelint_lessons.engine.masking import mask_text
from kubelint_lessons.engine.result import lesson_key
from kubelint_lessons.engine.secretvalues import hide, secret_values
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.documents import Document
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.finding import Finding, Problem, Related, Severity, at_most
from kubelint_lessons.model.location import Location, format_path


class Stamper:
    """Stamps the problems of one run; counts equals, so that each has a fingerprint of its own."""

    def __init__(self, severities: Mapping[str, Severity]) -> None:
        self._severities = severities
        self._equals: Counter[str] = Counter()
        self._secrets: tuple[Document, frozenset[str]] | None = None

    def stamp(self, rule: Rule, severity: Severity, problem: Problem, resource: Resource | None) -> Finding:
        """Return the finding of a problem; a configured severity takes the place of the rule's own."""
        place = problem.place
        route, field, value = "", "", None
        if isinstance(place, Location):
            location = place
        else:
            location = place.location()
            field = format_path(place.path)
            if resource is not None:
                route = stable_route(resource, place.path)
                value = _value(resource, place.path)
        identity = resource.id if resource is not None else None
        base = fingerprint(rule.id, identity, route, value, 0)
        self._equals[base] += 1
        nth = self._equals[base] - 1
        values = self._secrets_of(resource) if resource is not None else frozenset()

        def shown(text: str) -> str:
            return hide(mask_text(text), values)

        return Finding(
            rule=rule.id,
            severity=at_most(self._severities.get(rule.id, severity), problem.at_most),
            message=shown(problem.message),
            location=location,
            label=shown(problem.label),
            related=tuple(Related(other.place.location(), shown(other.label)) for other in problem.related),
            resource=identity,
            field=field,
            note=shown(problem.note),
            fix=problem.fix,
            fingerprint=base if nth == 0 else fingerprint(rule.id, identity, route, value, nth),
            lesson=lesson_key(rule.lesson),
        )

    def _secrets_of(self, resource: Resource) -> frozenset[str]:
        """Return the secret values of a resource's document; findings of one document come in groups."""
        if self._secrets is None or self._secrets[0] is not resource.document:
            self._secrets = resource.document, secret_values(resource.document)
        return self._secrets[1]


def _value(resource: Resource, path: tuple[str | int, ...]) -> Any:
    value: Any = resource.document.data
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value
