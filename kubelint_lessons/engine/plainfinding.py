"""A finding as plain values, and back. Edits of its fix refer to documents: whoever packs a finding sees to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubelint_lessons.model.finding import Finding, Related, ResourceId
from kubelint_lessons.model.fix import Edit, Fix
from kubelint_lessons.model.location import Location


def finding_to_plain(finding: Finding, edits: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    """Return what ``marshal`` takes: the finding, with ``edits`` in the place of those of its fix."""
    fix = finding.fix
    plain: dict[str, Any] = finding._asdict()
    plain.update(
        location=tuple(finding.location),
        related=tuple((tuple(other.location), other.label) for other in finding.related),
        resource=None if finding.resource is None else tuple(finding.resource),
        fix=None if fix is None else (fix.title, edits, fix.applicability),
    )
    return tuple(plain.values())


def finding_from_plain(plain: tuple[Any, ...], edits_of: Callable[[Any], tuple[Edit, ...]] = tuple) -> Finding:
    """Return the finding of ``finding_to_plain``; ``edits_of`` makes edits of what was put in their place.

    Raises TypeError or ValueError for other values.
    """
    finding = Finding._make(plain)
    fix: Any = finding.fix
    if fix is not None:
        title, edits, applicability = fix
        fix = Fix(title, edits_of(edits), applicability)
    return finding._replace(
        location=Location(*finding.location),
        related=tuple(Related(Location(*place), label) for place, label in finding.related),
        resource=None if finding.resource is None else ResourceId(*finding.resource),
        fix=fix,
    )
