"""Large answers kept below the user's cache folder as bytes: the results of runs, and what files hold.

As in ``lessons.cache`` nothing here fails and nothing answers wrongly: an entry carries a hash of its full key and its
content, belongs to the user who asks, and is of this installation. What is kept is bounded by number and by bytes.
"""

from __future__ import annotations

import marshal
import os
from typing import Any

from kubelint_lessons.lessons.cache import digest
from kubelint_lessons.lessons.installation import installation_key
from kubelint_lessons.lessons.privatefiles import make_folder, read_own, write_whole
from kubelint_lessons.model.records import NamedTuple

_SUFFIX = ".bin"
_BROKEN = (OSError, ValueError, EOFError, TypeError, RecursionError, MemoryError)


class Room(NamedTuple):
    """How much a kind of entries may take; of what is more, the oldest go."""

    entries: int
    total: int
    largest: int


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
        if self._folder is None:
            return None
        try:
            content = read_own(self._path(kind, key))
            head, body = content[:40], memoryview(content)[40:]
            return marshal.loads(body) if head == self._head(kind, key, body) else None
        except _BROKEN:
            return None

    def put(self, kind: str, key: str, value: Any, room: Room) -> None:
        """Keep a value of plain tuples, lists, dicts, strings, bytes and numbers, if there is ``room`` for it."""
        if self._folder is None:
            return
        path = self._path(kind, key)
        try:
            body = marshal.dumps(value)
            if len(body) > room.largest:
                return
            folder = os.path.dirname(path)
            make_folder(self._folder, folder)
            make_room(folder, room, len(body))
            write_whole(path, self._head(kind, key, memoryview(body)), body)
        except _BROKEN:
            return

    def _path(self, kind: str, key: str) -> str:
        return os.path.join(self._folder or "", kind, digest(kind, key) + _SUFFIX)

    def _head(self, kind: str, key: str, body: memoryview) -> bytes:
        return digest(self._installation, kind, key, body).encode("ascii")


def make_room(folder: str, room: Room, wanted: int) -> None:
    """Delete the oldest entries of a folder until there is room for one more of ``wanted`` bytes.

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
    total = sum(size for _, size, _ in found) + wanted
    number = len(found) + 1
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
