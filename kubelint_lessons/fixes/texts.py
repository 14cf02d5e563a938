"""Edits of a text at offsets, and several rounds of them told as edits of the first text."""

from __future__ import annotations

from collections.abc import Iterable

from kubelint_lessons.model.records import NamedTuple


class RefusedError(Exception):
    """Why an edit cannot be made exactly; the message is a clause that can follow "fix withheld:"."""


class TextEdit(NamedTuple):
    """Replace ``text[start:end]`` with ``replacement``. Offsets count code points."""

    start: int
    end: int
    replacement: str


def apply_edits(text: str, edits: Iterable[TextEdit]) -> str:
    """Return ``text`` after edits that do not overlap; those that insert at one offset keep their order.

    Raises RefusedError where two overlap.
    """
    parts: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: edit[:2]):
        if edit.start < position:
            raise RefusedError("two of its edits overlap")
        parts += (text[position : edit.start], edit.replacement)
        position = edit.end
    parts.append(text[position:])
    return "".join(parts)


class _Piece(NamedTuple):
    """A part of the present text: of the original where ``start`` is not negative, else new."""

    start: int
    text: str


class Revision:
    """A text that is edited step by step, and remembers what is left of its original.

    ``text`` is the present text. Every step has offsets in the text that the step before it left.
    """

    __slots__ = ("_original", "_pieces", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._original = text
        self._pieces = [_Piece(0, text)]

    def apply(self, edits: Iterable[TextEdit]) -> None:
        """Make edits that do not overlap. Raises RefusedError where two do."""
        ordered = sorted(edits, key=lambda edit: edit[:2])
        text = apply_edits(self.text, ordered)
        for edit in reversed(ordered):
            first = self._split(edit.start)
            last = self._split(edit.end)
            new = [_Piece(-1, edit.replacement)] if edit.replacement else []
            self._pieces[first:last] = new
        self.text = text

    def edits(self) -> tuple[TextEdit, ...]:
        """Return one set of edits that leads from the original to the present text."""
        edits: list[TextEdit] = []
        position, new = 0, ""
        for piece in (*self._pieces, _Piece(len(self._original), "")):
            if piece.start < 0:
                new += piece.text
                continue
            if new or piece.start > position:
                edits.append(TextEdit(position, piece.start, new))
            position, new = piece.start + len(piece.text), ""
        return tuple(edits)

    def _split(self, offset: int) -> int:
        """Return the number of the piece that begins at ``offset``, cutting one in two where needed."""
        position = 0
        for number, piece in enumerate(self._pieces):
            if position == offset:
                return number
            length = len(piece.text)
            if offset < position + length:
                cut = offset - position
                rest = piece.start + cut if piece.start >= 0 else -1
                self._pieces[number : number + 1] = [
                    _Piece(piece.start, piece.text[:cut]),
                    _Piece(rest, piece.text[cut:]),
                ]
                return number + 1
            position += length
        return len(self._pieces)
