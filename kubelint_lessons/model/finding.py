"""What a check says (Problem) and what a user reads (Finding). One Finding type, forever."""

from __future__ import annotations

from typing import Literal

from kubelint_lessons.model.fix import Fix
from kubelint_lessons.model.location import Location, Place
from kubelint_lessons.model.records import NamedTuple

Severity = Literal["error", "warning", "info"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Most serious first."""

RANK: dict[str, int] = {"error": 3, "warning": 2, "info": 1}


def at_most(severity: Severity, limit: Severity | None) -> Severity:
    """Return ``severity``, lowered to ``limit`` where that is less serious."""
    return severity if limit is None or RANK[severity] <= RANK[limit] else limit


class ResourceId(NamedTuple):
    """What names an object for people and for fingerprints; ``namespace`` is None where none is given."""

    group: str
    kind: str
    namespace: str | None
    name: str

    def __str__(self) -> str:
        """Return ``Deployment "web"``."""
        return f'{self.kind} "{self.name}"'


class RelatedPlace(NamedTuple):
    """Another end of a problem, such as the workload that a selector matches."""

    place: Place | Location
    label: str = ""


class Problem(NamedTuple):
    """What a check found, raw: the engine adds rule, severity and file, and turns places into spans.

    ``label`` stands at the caret ("matches 2 workloads"). ``at_most`` lowers the rule's severity for this
    problem, where the evidence is weaker; ``note`` is a further line of advice, specific to this case.
    """

    message: str
    place: Place | Location
    label: str = ""
    related: tuple[RelatedPlace, ...] = ()
    fix: Fix | None = None
    at_most: Severity | None = None
    note: str = ""


class Related(NamedTuple):
    """Another end of a finding, located."""

    location: Location
    label: str


class Finding(NamedTuple):
    """What is reported. ``field`` is the route as people write it; ``fingerprint`` holds no line and no file.

    ``lesson`` is where the words are that go with it, as ``path:line``.
    """

    rule: str
    severity: Severity
    message: str
    location: Location
    label: str
    related: tuple[Related, ...]
    resource: ResourceId | None
    field: str
    note: str
    fix: Fix | None
    fingerprint: str
    lesson: str
