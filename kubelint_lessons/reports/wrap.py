"""Wrapping of words into lines; our own few lines, because importing ``textwrap`` costs as much as a lint."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.reports.sanitize import display_width


def wrap(text: str, width: int, first: str, rest: str) -> Iterator[str]:
    """Yield ``text`` in lines of at most ``width`` columns, after ``first`` in line one and ``rest`` in others.

    A word that is longer than the width stands alone on its line, uncut.
    """
    line, prefix = "", first
    for word in text.split():
        if line and display_width(line) + 1 + display_width(word) > width:
            yield prefix + line
            line, prefix = word, rest
        else:
            line = f"{line} {word}" if line else word
    yield prefix + line
