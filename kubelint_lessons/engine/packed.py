"""A result as plain tuples, and back: what every report needs of it, which is all but the edits of fixes.

Edits refer to documents; whoever applies them lints anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubelint_lessons.engine.plainfinding import finding_from_plain, finding_to_plain
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
from kubelint_lessons.model.location import Location

if TYPE_CHECKING:
    from kubelint_lessons.engine.known import BaselineUse

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
        [finding_to_plain(finding) for finding in result.findings],
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
        [(finding_to_plain(item.finding), item.reason, item.kind, tuple(item.location)) for item in result.suppressed],
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
        findings=tuple(map(finding_from_plain, findings)),
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
            Suppressed(finding_from_plain(found), reason, kind, Location(*place))
            for found, reason, kind, place in suppressed
        ),
        baselines=_baselines_from(used) if used else (),
        notices=notices,
    )


def _baselines_from(used: list[tuple[Any, ...]]) -> tuple[BaselineUse, ...]:
    from kubelint_lessons.engine.known import BaselineUse, Known

    return tuple(BaselineUse(path, *(tuple(map(Known._make, group)) for group in groups)) for path, *groups in used)
