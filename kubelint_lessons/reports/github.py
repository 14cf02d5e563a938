"""Annotations for GitHub Actions, as the workflow commands that its runner reads from the log.

Facts: actions/runner, ``ActionCommand.cs`` (escaping) and ``ActionCommandManager.cs`` (ten annotations of a level in a
step; column dropped where it makes no sense); a message is cut at 4096 characters.
"""

from __future__ import annotations

from kubelint_lessons.engine.result import Result, RunError
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.reports.sanitize import clean, clean_path
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.text import concise, summary
from kubelint_lessons.reports.weakenedtext import HEADLINE, weakened_lines
from kubelint_lessons.reports.wrap import plural

MOST_OF_A_LEVEL = 10
MOST_MESSAGE = 4096

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


class _Annotation(NamedTuple):
    """One annotation; of those with the same ``group``, one is shown before any other is shown twice."""

    level: str
    group: str
    origin: Finding | RunError
    properties: tuple[tuple[str, str], ...]
    message: str


def render_github(result: Result, *, quiet: bool = False) -> str:
    """Return at most ten annotations a level, errors first; then, folded, all that found no room; then the counts.

    What is chosen shows as many different rules as there is room for. The verdict is a notice, so that one notice
    less is shown; where nothing was found it is a plain line, as the counts are. How the change weakens the rules is a
    warning.
    """
    every = [*(_error(error) for error in result.errors), *(_finding(result, item) for item in result.findings)]
    chosen: list[_Annotation] = []
    for level in _LEVELS.values():
        of_level = [item for item in every if item.level == level]
        taken = level == "notice" or (level == "warning" and bool(result.weakened))
        chosen += _choose(of_level, MOST_OF_A_LEVEL - taken)
    lines = [_command(item.level, item.properties, item.message) for item in chosen]
    if result.weakened:
        ways = [line.strip() for line in weakened_lines(result)[1:]]
        lines.append(_command("warning", (("title", f"kubelint: {HEADLINE}"),), "\n".join(ways)))
    shown = {id(item) for item in chosen}
    rest = [item.origin for item in every if id(item) not in shown]
    if rest:
        left = result._replace(
            findings=tuple(item for item in rest if isinstance(item, Finding)),
            errors=tuple(item for item in rest if isinstance(item, RunError)),
        )
        lines += [f"::group::{plural(len(rest), 'more finding')}", *concise(left, Style(), quiet=True).splitlines()]
        lines.append("::endgroup::")
    verdict, *counts = [clean(line.strip()) for line in summary(result, Style())]
    if not quiet:
        lines += counts if every else [verdict, *counts]
    if every and (rest or not quiet):
        told = [verdict, *(line for line in counts if line.startswith("compared: "))]
        if rest:
            told.append(f"{plural(len(rest), 'more finding')} in the log of this step: GitHub shows ten of a level.")
        lines.append(_command("notice", (("title", "kubelint"),), "\n".join(told)))
    return "\n".join(lines) + "\n" if lines else ""


def _choose(annotations: list[_Annotation], room: int) -> list[_Annotation]:
    """Return at most ``room`` of them in their order: the first of every group, then the second ones, and so on."""
    times: dict[str, int] = {}
    ranks = []
    for index, item in enumerate(annotations):
        times[item.group] = times.get(item.group, 0) + 1
        ranks.append((times[item.group], index))
    return [annotations[index] for index in sorted(index for _, index in sorted(ranks)[:room])]


def _finding(result: Result, finding: Finding) -> _Annotation:
    where = finding.location
    properties = (
        ("file", clean_path(where.path)),
        ("line", str(where.line)),
        ("endLine", str(where.line)),
        ("col", str(where.column)),
        ("endColumn", str(max(where.column, where.end_column))),
        ("title", clean(finding.rule)),
    )
    lines = [clean(finding.message) + (f" ({clean(finding.label)})" if finding.label else "")]
    for related in finding.related:
        label = f" {clean(related.label)}" if related.label else ""
        lines.append(f"{clean_path(related.location.path)}:{related.location.line}:{label}")
    rows = [("Note", finding.note)]
    reported = result.lessons.get(finding.lesson)
    if reported is not None:
        words = reported.words
        seen = f" (seen {plural(len(words.seen), 'time')})" if words.seen else ""
        place = f"{words.path}:{words.line}{seen}" if words.path else ""
        rows += [("Symptom", words.symptom), ("Root cause", words.cause), ("Fix", words.fix), ("Lesson", place)]
    lines += [f"{name}: {clean(text)}" for name, text in rows if text]
    return _Annotation(_LEVELS[finding.severity], finding.rule, finding, properties, "\n".join(lines))


def _error(error: RunError) -> _Annotation:
    properties = [("file", clean_path(error.path))] if error.path else []
    if error.path and error.line:
        properties.append(("line", str(error.line)))
        if error.column:
            properties.append(("col", str(error.column)))
    properties.append(("title", "bug in kubelint" if error.kind == "bug" else f"kubelint: {error.kind} error"))
    message = clean(error.message) + (f"\nNext: {clean(error.hint)}" if error.hint else "")
    return _Annotation("error", f"[{error.kind}]", error, tuple(properties), message)


def _command(level: str, properties: tuple[tuple[str, str], ...], message: str) -> str:
    if len(message) > MOST_MESSAGE:
        message = message[: MOST_MESSAGE - 1] + "…"
    shown = ",".join(f"{name}={_escape(value, is_property=True)}" for name, value in properties)
    return f"::{level} {shown}::{_escape(message)}"


def _escape(text: str, *, is_property: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if is_property else text
