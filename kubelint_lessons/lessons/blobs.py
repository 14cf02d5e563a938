"""Large answers kept below the user's cache folder as bytes: the results of runs, and what files hold.

As in ``lessons.cache`` nothing here fails and nothing answers wrongly: an entry carries a hash of its full key and its
content, belongs to the user who asks, and is of this installation. What is kept is bounded by number and by bytes.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

from kubelint_lessons.lessons.cache import Checksum, digest
from kubelint_lessons.lessons.installation import installation_key
from kubelint_lessons.lessons.privatefiles import make_folder, read_own, write_whole
from kubelint_lessons.model.records import NamedTuple

_SUFFIX = ".bin"
_SUM = 40
_LENGTH = 4
"""Digits of the checksum at the end of an entry, and bytes of the length of its table before that."""

_BROKEN = (OSError, ValueError, EOFError, TypeError, RecursionError, MemoryError)


class Room(NamedTuple):
    """How much a kind of entries may take; of what is more, the oldest go."""

    entries: int
    total: int
    largest: int


class Parts:
    """The parts of an entry, each checked when somebody asks for it: most runs ask for few of many."""

    __slots__ = ("_content", "_starts", "_sums")

    def __init__(self, content: memoryview, lengths: Sequence[int], sums: Sequence[str]) -> None:
        self._content = content
        self._starts = [*accumulate(lengths, initial=0)]
        self._sums = sums

    def __len__(self) -> int:
        return len(self._sums)

    def get(self, index: int) -> memoryview | None:
        """Return a part, None where it is damaged."""
        part = self._content[self._starts[index] : self._starts[index + 1]]
        return part if digest(part) == self._sums[index] else None


class Blobs:
    """Plain values by kind and key. No call raises; without a folder nothing is kept."""

    __slots__ = ("_folder", "_installation")

    def __init__(self, folder: str | None) -> None:
        """Use ``folder``, which is made when the first entry is written; None keeps nothing."""
        self._folder = folder
        self._installation = installation_key() if folder else ""

    @property
    def is_kept(self) -> bool:
        """Return whether anything is kept at all."""
        return self._folder is not None

    def get(self, kind: str, key: str) -> Any:
        """Return the value that ``put`` kept under ``kind`` and ``key``, or None."""
        parts = self.parts(kind, key)
        body = parts.get(0) if len(parts) == 1 else None
        try:
            return None if body is None else marshal.loads(body)
        except _BROKEN:
            return None

    def put(self, kind: str, key: str, value: Any, room: Room) -> None:
        """Keep a value of plain tuples, lists, dicts, strings, bytes and numbers, if there is ``room`` for it."""
        if self._folder is None:
            return
        try:
            body = marshal.dumps(value)
        except _BROKEN:
            return
        self.put_parts(kind, key, [body], room)

    def parts(self, kind: str, key: str) -> Parts:
        """Return what ``put_parts`` kept under ``kind`` and ``key``; nothing where that kept nothing."""
        nothing = Parts(memoryview(b""), (), ())
        if self._folder is None:
            return nothing
        try:
            content = memoryview(read_own(self._path(kind, key)))
            sum_of_it, end = content[-_SUM:], len(content) - _SUM - _LENGTH
            start = end - int.from_bytes(content[end : end + _LENGTH], "little")
            checksum = self._checksum(kind, key)
            checksum.add(content[start:end])
            return Parts(content, *marshal.loads(content[start:end])) if checksum.digits() == sum_of_it else nothing
        except _BROKEN:
            return nothing

    def put_parts(self, kind: str, key: str, parts: Iterable[bytes | memoryview], room: Room) -> None:
        """Keep bytes, written one part after the other, if there is ``room`` for them."""
        if self._folder is None:
            return
        path = self._path(kind, key)
        try:
            folder = os.path.dirname(path)
            make_folder(self._folder, folder)
            write_whole(path, self._written(self._checksum(kind, key), parts, room.largest))
            make_room(folder, room)
        except _BROKEN:
            return

    @staticmethod
    def _written(checksum: Checksum, parts: Iterable[bytes | memoryview], largest: int) -> Iterator[bytes | memoryview]:
        """Yield the content of an entry; raises ValueError where there is no room for so much.

        Behind the parts there is a table of their lengths and sums, which the checksum of the entry covers.
        """
        lengths: list[int] = []
        sums: list[str] = []
        for part in parts:
            lengths.append(len(part))
            sums.append(digest(part))
            yield part
            largest -= len(part)
            if largest < 0:
                raise ValueError("too large to be kept")
        table = marshal.dumps((lengths, sums))
        checksum.add(table)
        yield from (table, len(table).to_bytes(_LENGTH, "little"), checksum.digits())

    def _path(self, kind: str, key: str) -> str:
        return os.path.join(self._folder or "", kind, digest(kind, key) + _SUFFIX)

    def _checksum(self, kind: str, key: str) -> Checksum:
        return Checksum(self._installation, kind, key)


def make_room(folder: str, room: Room) -> None:
    """Delete the oldest entries of a folder that holds more than there is room for.

    What a process left behind that was killed while it wrote goes that way as well. Other processes may do the same.
    """
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            found.append((status.st_mtime_ns, status.st_size, entry.path))
    total = sum(size for _, size, _ in found)
    number = len(found)
    if number <= room.entries and total <= room.total:
        return
    for _, size, path in sorted(found):  # down to three quarters, so that not every run has to
        if number <= room.entries * 3 // 4 and total <= room.total * 3 // 4:
            return
        try:
            os.unlink(path)
        except OSError:
            continue
        number, total = number - 1, total - size
