"""Code frames: a line of a file, a caret below it, and what the caret says."""

from __future__ import annotations

from kubelint_lessons.model.location import Location
from kubelint_lessons.reports.sanitize import clean, clean_path, clean_source_line, display_width
from kubelint_lessons.reports.style import Style

WIDEST_LINE = 140
"""Longer source lines are cut to this many code points around the caret."""


def frame(
    location: Location,
    label: str,
    excerpt: str | None,
    *,
    arrow: str,
    marker: str,
    gutter: int,
    role: str,
    style: Style,
) -> list[str]:
    """Return the lines that show one place; only the arrow's line where the file's line is not at hand.

    ``marker`` is ``^`` for the primary place and ``-`` for a related one; ``gutter`` is the width of line numbers.
    """
    pad = " " * gutter
    bar = style.paint("frame", "|")
    where = f"{clean_path(location.path)}:{location.line}:{location.column}"
    lines = [f"{pad}{style.paint('frame', arrow)} {where}"]
    if excerpt is None:
        if label:
            lines.append(f"{pad} {bar} {clean(label)}")
        return lines
    text, start, end = clip(excerpt.rstrip("\r\n"), location.column - 1, location.end_column - 1)
    shown = clean_source_line(text)
    before = display_width(shown[:start])
    width = max(1, display_width(shown[start:end]))
    pointer = style.paint(role, marker * width + (f" {clean(label)}" if label else ""))
    number = style.paint("frame", f"{location.line:>{gutter}}")
    if arrow == "-->":
        lines.append(f"{pad} {bar}")
    lines.append(f"{number} {bar} {shown}")
    lines.append(f"{pad} {bar} {' ' * before}{pointer}")
    return lines


def clip(text: str, start: int, end: int) -> tuple[str, int, int]:
    """Return what is shown of a line, and where the marked part starts and ends in it; at least one column wide."""
    end = min(max(end, start + 1), max(len(text), start + 1))
    if len(text) <= WIDEST_LINE:
        return text, start, end
    first = max(0, min(start - 20, len(text) - WIDEST_LINE))
    last = first + WIDEST_LINE
    head, tail = ("…" if first else ""), ("…" if last < len(text) else "")
    shift = len(head) - first
    return head + text[first:last] + tail, start + shift, min(end, last) + shift
