"""Words in lines, and what is let through unchanged on the way there."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from kubelint_lessons.reports import sanitize
from kubelint_lessons.reports.sanitize import display_width
from kubelint_lessons.reports.wrap import wrap

WORDS = st.text(alphabet="ab –日é\u0301", max_size=60)


def slowly(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and display_width(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


@given(WORDS, st.integers(1, 20))
def test_lines_are_filled_word_by_word(text: str, width: int) -> None:
    lines = slowly(text, width)
    expected = [f"1 {lines[0]}", *(f"2 {line}" for line in lines[1:])]
    assert list(wrap(text, width, "1 ", "2 ")) == expected
    assert next(iter(wrap(text, width, "3 ", "4 "))) == f"3 {lines[0]}"


def test_no_character_that_is_harmful_counts_as_harmless() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if sanitize._is_harmless(character):
            assert sanitize._visible(character) == sanitize._one_column(character) == character
