"""Output for people: the full form with code frames, and the concise form of one line a finding."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from kubelint_lessons.engine.result import Reported, Result
from kubelint_lessons.model.finding import SEVERITIES, Finding
from kubelint_lessons.reports.errors import error_line, error_text
from kubelint_lessons.reports.fixtext import offers
from kubelint_lessons.reports.frame import frame
from kubelint_lessons.reports.sanitize import clean, clean_path
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.wrap import plural, wrap

_MOST_WAITING = 3
WIDTH = 110
"""Lines of words are wrapped at this many columns, whatever the terminal, so that output is the same everywhere."""


def full(result: Result, style: Style, *, quiet: bool = False) -> str:
    """Return every finding with its code frames and its lesson, then errors, then the counts."""
    return "".join(full_pieces(result, style, quiet=quiet))


def full_pieces(result: Result, style: Style, *, quiet: bool = False) -> Iterator[str]:
    """Yield what ``full`` returns, finding by finding."""
    return _apart(_blocks(result, style, quiet), "\n\n")


def concise(result: Result, style: Style, *, quiet: bool = False) -> str:
    """Return one line a finding, ``path:line:column: severity[rule] message``, and one an error, without ``[rule]``."""
    return "".join(concise_pieces(result, style, quiet=quiet))


def concise_pieces(result: Result, style: Style, *, quiet: bool = False) -> Iterator[str]:
    """Yield what ``concise`` returns, line by line."""
    return _apart(_lines(result, style, quiet), "\n")


def _blocks(result: Result, style: Style, quiet: bool) -> Iterator[str]:
    for finding in result.findings:
        yield "\n".join(finding_text(result, finding, style))
    if result.suppressed:
        from kubelint_lessons.reports.suppressedtext import suppressed_full

        yield from suppressed_full(result, style)
    for error in result.errors:
        yield error_text(error, style)
    if not quiet:
        yield "\n".join([*summary(result, style), *_weakened(result)])


def _lines(result: Result, style: Style, quiet: bool) -> Iterator[str]:
    for finding in result.findings:
        where = finding.location
        tag = style.paint(finding.severity, f"{finding.severity}[{clean(finding.rule)}]")
        yield f"{clean_path(where.path)}:{where.line}:{where.column}: {tag} {clean(finding.message)}"
    if result.suppressed:
        from kubelint_lessons.reports.suppressedtext import suppressed_concise

        yield from suppressed_concise(result, style)
    for error in result.errors:
        yield error_line(error, style)
    if not quiet:
        yield from summary(result, style)
        yield from _weakened(result)


def _weakened(result: Result) -> list[str]:
    if not result.weakened:
        return []
    from kubelint_lessons.reports.weakenedtext import weakened_lines

    return weakened_lines(result)


def _apart(pieces: Iterator[str], between: str) -> Iterator[str]:
    """Yield pieces with ``between`` between them, and a line end after the last."""
    end = ""
    for piece in pieces:
        yield end and between
        yield piece
        end = "\n"
    yield end


def summary(result: Result, style: Style) -> list[str]:
    """Return the closing lines: what was found, what was checked, what was not and why."""
    lines = [_verdict(result, style), f"  checked: {_checked(result)}"]
    if result.deciding:
        lines.append(f"  reported: the whole project, as {_names(result.deciding)} decides what the rules say")
    if result.counts.not_checked:
        reasons = ", ".join(
            f"{number} ({clean(reason)})" for reason, number in sorted(result.counts.not_checked.items())
        )
        lines.append(f"  not checked: {reasons} (--show-files lists them)")
    lines.extend(offers(result.findings))
    if result.counts.suppressed:
        advice = "" if result.suppressed else " (--show-suppressed lists them)"
        lines.append(f"  suppressed: {plural(result.counts.suppressed, 'finding')}{advice}")
    if result.baselines:
        from kubelint_lessons.reports.knowntext import baseline_lines

        lines.extend(baseline_lines(result))
    lines.extend(_not_run(result))
    if result.incomplete:
        number = plural(len(result.incomplete), "source")
        lines.append(f"  incomplete: {number} of objects outside the files read (--show-files lists them)")
    if result.notices or result.compared is not None:
        from kubelint_lessons.reports.knowntext import compared_lines

        lines.extend(compared_lines(result))
    return lines


def show_files(result: Result) -> str:
    """Return one line a file: how it was treated, and its name; then what kept relations from being certain."""
    width = max((len(status.state) for status in result.files), default=0)
    lines = [f"{clean(status.state):<{width}}  {clean_path(status.path)}\n" for status in result.files]
    return "".join((*lines, *(f"{'incomplete':<{width}}  {clean(reason)}\n" for reason in result.incomplete)))


def finding_text(result: Result, finding: Finding, style: Style) -> Iterator[str]:
    """Yield the lines that show one finding: headline, code frames, and the lesson's words."""
    head = style.paint(finding.severity, f"{finding.severity}[{clean(finding.rule)}]")
    yield f"{head}: {style.paint('strong', clean(finding.message))}"
    yield from frames_text(result, finding, style)
    yield from _advice(finding, result.lessons.get(finding.lesson), _gutter(finding), style)


def frames_text(result: Result, finding: Finding, style: Style) -> Iterator[str]:
    """Yield the code frames of one finding: its place, and the other ends."""
    gutter = _gutter(finding)
    excerpt = result.excerpts.get((finding.location.path, finding.location.line))
    yield from frame(
        finding.location, finding.label, excerpt,
        arrow="-->", marker="^", gutter=gutter, role=finding.severity, style=style,
    )  # fmt: skip
    yield f"{' ' * gutter} {style.paint('frame', '|')}"
    for related in finding.related:
        excerpt = result.excerpts.get((related.location.path, related.location.line))
        yield from frame(
            related.location, related.label, excerpt,
            arrow=":::", marker="-", gutter=gutter, role="frame", style=style,
        )  # fmt: skip


def _gutter(finding: Finding) -> int:
    numbers = [finding.location.line, *(related.location.line for related in finding.related)]
    return max(2, len(str(max(numbers))))


def _advice(finding: Finding, reported: Reported | None, gutter: int, style: Style) -> Iterator[str]:
    if finding.note:
        yield from _row("note", finding.note, gutter, style)
    if reported is not None:
        yield from _lesson(reported, finding.rule, gutter, style)


@lru_cache(maxsize=256)
def _lesson(reported: Reported, rule: str, gutter: int, style: Style) -> tuple[str, ...]:
    """Return the words of a lesson, which many findings share."""
    words = reported.words
    where = f"{clean_path(words.path)}:{words.line}" if words.path else ""
    seen = f"seen {len(words.seen)} times" if len(words.seen) > 1 else "seen once" if words.seen else ""
    also = ", ".join(f"{clean_path(other.path)}:{other.line}" for other in reported.see_also)
    extra = ", ".join(part for part in (seen, f"see also {also}" if also else "") if part)
    place = f"{where or 'kubelint explain ' + clean(rule)}{f' ({extra})' if extra else ''}"
    rows = (("symptom", words.symptom), ("cause", words.cause), ("fix", words.fix), ("lesson", place))
    return tuple(line for name, text in rows if text for line in _row(name, text, gutter, style))


def _row(name: str, text: str, gutter: int, style: Style) -> Iterator[str]:
    pad = " " * gutter
    first = f"{pad} {style.paint('frame', '=')} {style.paint('strong', name + ':')}{' ' * (8 - len(name))}"
    return wrap(clean(text), WIDTH - gutter - 12, first, " " * (gutter + 12))


def _verdict(result: Result, style: Style) -> str:
    parts = []
    for severity in SEVERITIES:
        number = sum(finding.severity == severity for finding in result.findings)
        if number:
            noun = severity if severity != "info" else "info finding"
            parts.append(style.paint(severity, plural(number, noun)))
    if parts:
        files = len({finding.location.path for finding in result.findings})
        return f"Found {', '.join(parts)} in {plural(files, 'file')}."
    if result.errors:
        return style.paint(
            "error", f"No findings, but the run was not complete: {plural(len(result.errors), 'error')}."
        )
    return style.paint("ok", "No new findings." if _hides_some(result) else "No findings.")


def _hides_some(result: Result) -> bool:
    """Return whether what is reported is only what is new."""
    return result.compared is not None or any(use.hidden for use in result.baselines)


def _not_run(result: Result) -> Iterator[str]:
    """Yield what did not run: one line for all rules that miss facts, one for each that could not be evaluated."""
    waiting = [skip for skip in result.skipped if not skip.times]
    if waiting:
        rules = ", ".join(f"{skip.rule} ({skip.reason})" for skip in waiting[:_MOST_WAITING])
        more = f" and {len(waiting) - _MOST_WAITING} more" if len(waiting) > _MOST_WAITING else ""
        yield f"  not run: {clean(rules)}{more}: state the facts in docs/platform-reference.md"
    for skip in result.skipped:
        if skip.times:
            yield f"  not evaluated: {clean(skip.rule)} {clean(skip.reason)}"


def _names(paths: tuple[str, ...]) -> str:
    return " and ".join(clean_path(path) for path in paths)


def _checked(result: Result) -> str:
    counts = result.counts
    return (
        f"{plural(counts.resources, 'resource')} in {plural(counts.documents, 'document')} "
        f"of {plural(counts.files, 'file')}, {plural(counts.rules, 'rule')}"
    )
