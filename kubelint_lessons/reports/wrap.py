"""Words for people: wrapped into lines, and in the plural; importing ``textwrap`` costs as much as a small lint."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.reports.sanitize import display_width


def wrap(text: str, width: int, first: str, rest: str) -> Iterator[str]:
    """Yield ``text`` in lines of at most ``width`` columns, after ``first`` in line one and ``rest`` in others.

    A word that is longer than the width stands alone on its line, uncut.
    """
    line, used, prefix = "", 0, first
    for word in text.split():
        columns = display_width(word)
        if line and used + 1 + columns > width:
            yield prefix + line
            line, used, prefix = word, columns, rest
        else:
            line, used = (f"{line} {word}", used + 1 + columns) if line else (word, columns)
    yield prefix + line


def plural(number: int, noun: str) -> str:
    """Return ``1 rule`` or ``2 rules``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
