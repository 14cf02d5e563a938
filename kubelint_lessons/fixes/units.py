"""What is applied as a whole: the edits of one fix, in an order in which none is in the way of another."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from kubelint_lessons.fixes.plans import Request
from kubelint_lessons.fixes.targets import Target, resolve
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.fix import Applicability, Edit, Fix
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

_LAST = {"rename": 1, "remove": 2}


class Step(NamedTuple):
    """One edit of a unit: where, what, and the text of the file that its place was found in."""

    target: Target
    request: Request
    read: str


class Unit(NamedTuple):
    """A fix, and the findings that bring it; several rules may ask for the same edits."""

    findings: tuple[Finding, ...]
    fix: Fix

    def files(self) -> tuple[str, ...]:
        """Return the paths of all files that the fix changes. Raises RefusedError."""
        return tuple(dict.fromkeys(resolve(edit.place)[0].file for edit in self.fix.edits))

    def steps(self) -> list[Step]:
        """Return the edits in order: values first, then names, then removals, of lists the last items first.

        All places are those of the document as it was read, so nothing may move before it is needed. Raises
        RefusedError.
        """
        steps = []
        for edit in self.fix.edits:
            target, read = resolve(edit.place)
            steps.append(Step(target, Request(edit.operation, edit.value, edit.old), read))
        tail = [step for step in steps if step.request.operation in _LAST]
        tail.sort(key=lambda step: _order(step.target.route), reverse=True)
        tail.sort(key=lambda step: _LAST[step.request.operation])
        return [*(step for step in steps if step.request.operation not in _LAST), *tail]


def units_of(findings: Iterable[Finding], allow: Collection[Applicability]) -> list[Unit]:
    """Return what may be applied, in the order of the findings; equal edits are one unit."""
    units: dict[str, Unit] = {}
    for finding in findings:
        fix = finding.fix
        if fix is None or not fix.edits or fix.applicability not in allow:
            continue
        same = repr([_content(edit) for edit in fix.edits])
        unit = units.get(same)
        units[same] = Unit((finding,), fix) if unit is None else unit._replace(findings=(*unit.findings, finding))
    return list(units.values())


def _content(edit: Edit) -> tuple[Any, ...]:
    return edit.operation, id(edit.place.document), edit.place.path, edit.value, edit.old


def _order(route: FieldPath) -> list[tuple[int, str]]:
    return [(step, "") if isinstance(step, int) else (-1, step) for step in route]
