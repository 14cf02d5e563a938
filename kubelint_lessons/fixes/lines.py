"""Lines of a text around an offset. A line ends with LF, CR LF or a lone CR, as YAML has it."""

from __future__ import annotations

from kubelint_lessons.fixes.texts import TextEdit
from kubelint_lessons.model.regexes import regex

_BREAK = regex(r"\r\n?|\n")
_LAST_BREAK = regex(r"(?:\r\n?|\n)\Z")


def line_start(text: str, offset: int) -> int:
    """Return where the line that holds ``offset`` begins."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def line_end(text: str, offset: int) -> int:
    """Return where the line that holds ``offset`` ends, its line break not included."""
    match = _BREAK.search(text, offset)
    return match.start() if match else len(text)


def next_line(text: str, offset: int) -> int:
    """Return where the next line begins; the end of the text where there is none."""
    match = _BREAK.search(text, offset)
    return match.end() if match else len(text)


def column(text: str, offset: int) -> int:
    """Return how many characters stand before ``offset`` in its line."""
    return offset - line_start(text, offset)


def line_break(text: str, offset: int) -> str:
    """Return the line break that new lines at ``offset`` take: that of the line itself, or of the nearest one."""
    if offset and text[offset - 1 : offset + 1] == "\r\n":
        offset -= 1
    match = _BREAK.search(text, offset)
    if match:
        return match.group()
    start = line_start(text, offset)
    match = _LAST_BREAK.search(text[max(0, start - 2) : start])
    return match.group() if match else "\n"


def is_blank(text: str, start: int, end: int) -> bool:
    """Return whether nothing but white space stands between two offsets."""
    return not text[start:end].strip()


def delete_lines(text: str, start: int, end: int) -> TextEdit:
    """Return the edit that deletes all lines from the one of ``start`` to the one of ``end``.

    Where the last line of the text goes and had no line break, the line that becomes the last loses its own.
    """
    start = line_start(text, start)
    stop = next_line(text, end)
    if stop == line_end(text, end) and start > 0:
        match = _LAST_BREAK.search(text[max(0, start - 2) : start])
        start -= len(match.group()) if match else 0
    return TextEdit(start, stop, "")
