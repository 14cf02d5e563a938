"""What one run found, in the form that every report reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kubelint_lessons.lessons.lessonwords import LessonWords
from kubelint_lessons.model.finding import RANK, Finding
from kubelint_lessons.model.location import Location
from kubelint_lessons.model.records import NamedTuple

if TYPE_CHECKING:
    from kubelint_lessons.engine.known import BaselineUse, Compared

ErrorKind = Literal["usage", "lesson", "input", "config", "bug"]
SuppressionKind = Literal["comment", "annotation", "config"]


class RunError(NamedTuple):
    """Something that kept a part of the run from happening; ``bug`` means exit 3, all others exit 2.

    ``line`` and ``column`` are 1-based, 0 where there is no place inside the file.
    """

    kind: ErrorKind
    message: str
    path: str = ""
    line: int = 0
    column: int = 0
    hint: str = ""
    details: str = ""


class FileStatus(NamedTuple):
    """How one file was treated: ``state`` is ``checked`` or the reason why it was not."""

    path: str
    state: str
    documents: int
    resources: int


class SkippedRule(NamedTuple):
    """A rule that did not run (``needs`` names the missing facts), or a number of times could not be evaluated."""

    rule: str
    reason: str
    times: int


class Reported(NamedTuple):
    """The words that a report shows for a rule: the lesson, and where it can be read."""

    words: LessonWords
    see_also: tuple[LessonWords, ...]
    fixable: bool


class Counts(NamedTuple):
    """Numbers for the last line; ``not_checked`` maps a human reason to a number of documents."""

    files: int
    documents: int
    resources: int
    not_checked: dict[str, int]
    suppressed: int
    rules: int


class Suppressed(NamedTuple):
    """A finding that is not reported: why, by what kind of suppression, and where that is written."""

    finding: Finding
    reason: str
    kind: SuppressionKind
    location: Location


class Weakening(NamedTuple):
    """One way in which a change lets less be reported: what it does, and where (``line`` 0: no place in the file)."""

    text: str
    path: str = ""
    line: int = 0


class Result(NamedTuple):
    """Everything a report may show.

    ``lessons`` maps what a finding calls its ``lesson`` to the words; ``excerpts`` maps (path, line) to that line of
    the file, secrets masked; ``deciding`` are given files that decide what rules say, so that the whole project was
    reported on.
    """

    findings: tuple[Finding, ...]
    errors: tuple[RunError, ...]
    skipped: tuple[SkippedRule, ...]
    counts: Counts
    files: tuple[FileStatus, ...]
    lessons: dict[str, Reported]
    excerpts: dict[tuple[str, int], str]
    incomplete: tuple[str, ...]
    deciding: tuple[str, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    baselines: tuple[BaselineUse, ...] = ()
    compared: Compared | None = None
    notices: tuple[str, ...] = ()
    weakened: tuple[Weakening, ...] = ()


def lesson_key(words: LessonWords) -> str:
    """Return the name by which a finding refers to its lesson: ``path:line``."""
    return f"{words.path}:{words.line}"


def exit_code(result: Result, fail_on: str) -> int:
    """Return the process's exit status: 3 for a bug, 2 for an error, 1 for findings at or above ``fail_on``."""
    kinds = {error.kind for error in result.errors}
    if "bug" in kinds:
        return 3
    if kinds:
        return 2
    if fail_on == "never":
        return 0
    return int(any(RANK[finding.severity] >= RANK[fail_on] for finding in result.findings))
