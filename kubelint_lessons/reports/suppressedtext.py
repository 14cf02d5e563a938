"""What was silenced, as text for people: each finding on one line, with the reason and where that is written."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.engine.result import Result, Suppressed
from kubelint_lessons.reports.sanitize import clean, clean_path
from kubelint_lessons.reports.style import Style


def suppressed_full(result: Result, style: Style) -> Iterator[str]:
    """Yield one block of text for each silenced finding."""
    for item in result.suppressed:
        where = item.finding.location
        head = style.paint("frame", f"suppressed[{clean(item.finding.rule)}]")
        yield (
            f"{head}: {clean(item.finding.message)}\n"
            f"  --> {clean_path(where.path)}:{where.line}:{where.column}\n"
            f"   = reason:  {clean(item.reason)} ({_written(item)})"
        )


def suppressed_concise(result: Result, style: Style) -> Iterator[str]:
    """Yield one line for each silenced finding."""
    for item in result.suppressed:
        where = item.finding.location
        head = style.paint("frame", f"suppressed[{clean(item.finding.rule)}]")
        place = f"{clean_path(where.path)}:{where.line}:{where.column}"
        yield f"{place}: {head} {clean(item.finding.message)} (reason: {clean(item.reason)}; {_written(item)})"


def _written(item: Suppressed) -> str:
    return f"{item.kind} at {clean_path(item.location.path)}:{item.location.line}"
