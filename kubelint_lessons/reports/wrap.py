"""Words for people: wrapped into lines, and in the plural; importing ``textwrap`` costs as much as a small lint."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from kubelint_lessons.reports.sanitize import display_width


def wrap(text: str, width: int, first: str, rest: str) -> Iterator[str]:
    """Yield ``text`` in lines of at most ``width`` columns, after ``first`` in line one and ``rest`` in others.

    A word that is longer than the width stands alone on its line, uncut.
    """
    lines = _lines(text, width)
    yield first + lines[0]
    for line in lines[1:]:
        yield rest + line


@lru_cache(512)
def _lines(text: str, width: int) -> tuple[str, ...]:
    """Return ``text`` in lines; the words of a lesson are shown with each of its findings."""
    lines: list[str] = []
    line, used = "", 0
    for word in text.split():
        columns = display_width(word)
        if line and used + 1 + columns > width:
            lines.append(line)
            line, used = word, columns
        else:
            line, used = (f"{line} {word}", used + 1 + columns) if line else (word, columns)
    return (*lines, line)


def plural(number: int, noun: str) -> str:
    """Return ``1 rule`` or ``2 rules``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
