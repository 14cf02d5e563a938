"""Keeps only the latest of many large things open, so that memory does not grow with the size of a project.

A document's values and a file's text take several times the space of the bytes that they came from. On a shelf, those
that were opened long ago are closed: a document's values are packed and put away, a source is read again when somebody
asks.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from kubelint_lessons.manifests.spill import Spill

ROOM = 64
"""So many things of a kind stay open; smaller projects never pack anything."""

CHARACTERS = 1 << 18
"""Of large things fewer stay open: those that were written in so many characters."""


class Closable(Protocol):
    """What can put its content away and get it back."""

    @property
    def size(self) -> int:
        """Return in how many characters it was written."""
        ...

    def close(self) -> None:
        """Put the content away."""
        ...


class Shelf:
    """Closes what was opened before the last ``room`` others, or before ``characters``; the latest stays open.

    ``packed`` is where they may keep what they closed.
    """

    __slots__ = ("_characters", "_open", "_room", "_taken", "packed")

    def __init__(self, room: int = ROOM, characters: int = CHARACTERS) -> None:
        self._open: deque[tuple[Closable, int]] = deque()
        self._room = room
        self._characters = characters
        self._taken = 0
        self.packed = Spill()

    def let_go(self) -> None:
        """Forget what is open; it stays so for as long as somebody else holds it."""
        self._open.clear()
        self._taken = 0

    def put(self, item: Closable) -> None:
        """Take note that ``item`` is open; each opening is to be noted once."""
        size = item.size
        self._open.append((item, size))
        self._taken += size
        while len(self._open) > self._room or (self._taken > self._characters and len(self._open) > 1):
            oldest, size = self._open.popleft()
            self._taken -= size
            oldest.close()
