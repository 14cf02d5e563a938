"""Keeps only the latest of many large things open, so that memory does not grow with the size of a project.

A document's values and a file's text take several times the space of the bytes that they came from. On a shelf, those
that were opened long ago are closed: a document keeps its values packed, a source is read again when somebody asks.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

ROOM = 64
"""So many things of a kind stay open; smaller projects never pack anything."""


class Closable(Protocol):
    """What can put its content away and get it back."""

    def close(self) -> None:
        """Put the content away."""
        ...


class Shelf:
    """Closes what was opened before the last ``room`` others."""

    __slots__ = ("_open", "_room")

    def __init__(self, room: int = ROOM) -> None:
        self._open: deque[Closable] = deque()
        self._room = room

    def put(self, item: Closable) -> None:
        """Take note that ``item`` is open; each opening is to be noted once."""
        self._open.append(item)
        if len(self._open) > self._room:
            self._open.popleft().close()
