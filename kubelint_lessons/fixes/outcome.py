"""What came of fixing: what was done, what was withheld and why, what is left."""

from __future__ import annotations

from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.fix import Applicability, Edit, Fix
from kubelint_lessons.model.location import format_path
from kubelint_lessons.model.records import NamedTuple


class Applied(NamedTuple):
    """A finding that its fix has removed. Its places are those of before the round that fixed it.

    ``files`` are all that the fix changed. ``rounds`` counts from 1.
    """

    finding: Finding
    title: str
    applicability: Applicability
    files: tuple[str, ...]
    round: int


class Withheld(NamedTuple):
    """A finding, one of those that remain, whose fix was allowed and could not be made; ``reason`` is a clause."""

    finding: Finding
    title: str
    reason: str


class FixOutcome(NamedTuple):
    """The files that changed, with their new bytes, and what became of the findings.

    ``remaining`` are the findings in the files as they are now, those of ``withheld`` among them.
    """

    files: dict[str, bytes]
    applied: tuple[Applied, ...]
    withheld: tuple[Withheld, ...]
    remaining: tuple[Finding, ...]
    rounds: int


def title_of(fix: Fix) -> str:
    """Return what a fix calls itself, or what it does."""
    return fix.title or "; ".join(_describe(edit) for edit in fix.edits)


def count_fixable(findings: tuple[Finding, ...]) -> dict[Applicability, int]:
    """Return how many findings have a fix, by who may apply it; for "2 more with --unsafe-fixes"."""
    counts: dict[Applicability, int] = {"safe": 0, "unsafe": 0, "display": 0}
    for finding in findings:
        if finding.fix is not None:
            counts[finding.fix.applicability] += 1
    return counts


def _describe(edit: Edit) -> str:
    path = format_path(edit.place.path)
    if edit.operation == "remove":
        return f"remove {path}"
    if edit.operation == "rename":
        return f"rename {path} to {edit.value}"
    if edit.operation == "replace":
        return f"write {edit.value} in {path}" if edit.old is None else f"replace {edit.old} by {edit.value} in {path}"
    value = edit.value if isinstance(edit.value, (str, int, float)) and not isinstance(edit.value, bool) else None
    return f"set {path}" if value is None else f"set {path} to {value}"
