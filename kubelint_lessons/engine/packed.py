"""A result as plain tuples, and back: what every report needs of it, which is all but the edits of fixes.

Edits refer to documents; whoever applies them lints anew.
"""

from __future__ import annotations

from typing import Any

from kubelint_lessons.engine.known import BaselineUse, Known
from kubelint_lessons.engine.result import (
    Counts,
    FileStatus,
    Reported,
    Result,
    RunError,
    SkippedRule,
    Suppressed,
)
from kubelint_lessons.lessons.lessonwords import LessonWords
from kubelint_lessons.model.finding import Finding, Related, ResourceId
from kubelint_lessons.model.fix import Fix
from kubelint_lessons.model.location import Location

_FIELDS = (
    "findings", "errors", "skipped", "counts", "files", "lessons", "excerpts", "incomplete", "deciding", "suppressed",
    "baselines", "compared", "notices", "weakened",
)  # fmt: skip
"""What is known here of a Result: one with more fields is not packed, so that none can be lost."""


def pack_result(result: Result) -> tuple[Any, ...] | None:
    """Return a result as plain values; None for one that was compared with an earlier state, which git decides."""
    if result.compared is not None or result.weakened or Result._fields != _FIELDS:
        return None
    return (
        [_pack_finding(finding) for finding in result.findings],
        [tuple(error) for error in result.errors],
        [tuple(skip) for skip in result.skipped],
        tuple(result.counts),
        [tuple(status) for status in result.files],
        [
            (key, tuple(item.words), [tuple(words) for words in item.see_also], item.fixable)
            for key, item in result.lessons.items()
        ],
        list(result.excerpts.items()),
        result.incomplete,
        result.deciding,
        [(_pack_finding(item.finding), item.reason, item.kind, tuple(item.location)) for item in result.suppressed],
        [
            (use.path, *([tuple(known) for known in group] for group in (use.hidden, use.stale, use.waiting)))
            for use in result.baselines
        ],
        result.notices,
    )


def unpack_result(plain: tuple[Any, ...]) -> Result:
    """Return the result that ``pack_result`` packed; raises TypeError or ValueError where ``plain`` is none."""
    findings, errors, skipped, counts, files, lessons, excerpts, incomplete, deciding, suppressed, used, notices = plain
    return Result(
        findings=tuple(map(_finding, findings)),
        errors=tuple(RunError(*error) for error in errors),
        skipped=tuple(SkippedRule(*skip) for skip in skipped),
        counts=Counts(*counts),
        files=tuple(map(FileStatus._make, files)),
        lessons={
            key: Reported(LessonWords(*words), tuple(LessonWords(*other) for other in see_also), fixable)
            for key, words, see_also, fixable in lessons
        },
        excerpts=dict(excerpts),
        incomplete=incomplete,
        deciding=deciding,
        suppressed=tuple(
            Suppressed(_finding(found), reason, kind, Location(*place)) for found, reason, kind, place in suppressed
        ),
        baselines=tuple(
            BaselineUse(path, *(tuple(map(Known._make, group)) for group in groups)) for path, *groups in used
        ),
        notices=notices,
    )


def _pack_finding(finding: Finding) -> tuple[Any, ...]:
    fix = finding.fix
    return (
        finding.rule,
        finding.severity,
        finding.message,
        tuple(finding.location),
        finding.label,
        [(tuple(related.location), related.label) for related in finding.related],
        None if finding.resource is None else tuple(finding.resource),
        finding.field,
        finding.note,
        None if fix is None else (fix.title, fix.applicability),
        finding.fingerprint,
        finding.lesson,
    )


def _finding(plain: tuple[Any, ...]) -> Finding:
    rule, severity, message, location, label, related, resource, field, note, fix, fingerprint, lesson = plain
    return Finding(
        rule,
        severity,
        message,
        Location(*location),
        label,
        tuple(Related(Location(*place), words) for place, words in related),
        None if resource is None else ResourceId(*resource),
        field,
        note,
        None if fix is None else Fix(fix[0], (), fix[1]),
        fingerprint,
        lesson,
    )
