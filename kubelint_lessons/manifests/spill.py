"""Bytes of which a run has many and needs few at a time lie in a file without a name, not in memory.

The first of them stay in memory, so that small projects need no file. So do all of them where there are no such files
(Windows), and all that come after the disk has refused one: it is full, read-only, or not there.
"""

from __future__ import annotations

import os
import time

_BLOCK = 1 << 18
"""So many bytes wait in memory until they are written at once."""

_LENGTH_BITS = 32
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class Spill:
    """Takes bytes, and gives them back for the ticket that it gave for them; the file goes with the last reference.

    A process that was forked can read what the parent has put away before; what it puts away itself stays in memory.
    """

    __slots__ = ("_block", "_file", "_may_write", "_process", "_waiting", "_written")

    def __init__(self, block: int = _BLOCK) -> None:
        self._block = block
        self._file = -1
        self._may_write = hasattr(os, "pread")
        self._process = os.getpid()
        self._waiting = bytearray()
        self._written = 0

    def put(self, data: bytes) -> int:
        """Take ``data``, less than 4 GiB, and return its ticket: a positive number, unless it is empty."""
        start = self._written + len(self._waiting)
        self._waiting += data
        if len(self._waiting) >= self._block and self._may_write:
            self._write()
        return start << _LENGTH_BITS | len(data)

    def get(self, ticket: int) -> bytes:
        """Return the bytes of a ticket; raises OSError where the disk does not give back what it took."""
        start, length = ticket >> _LENGTH_BITS, ticket & ((1 << _LENGTH_BITS) - 1)
        if start >= self._written:
            start -= self._written
            return bytes(self._waiting[start : start + length])
        data = os.pread(self._file, length, start)
        if len(data) != length:
            raise OSError("less than was written")
        return data

    def _write(self) -> None:
        """Write what waits, whole or not at all."""
        if os.getpid() != self._process:
            self._may_write = False
            return
        try:
            if self._file < 0:
                self._file = _nameless_file()
            if os.pwrite(self._file, self._waiting, self._written) != len(self._waiting):
                raise OSError("no room")
        except OSError:
            self._may_write = False
            return
        self._written += len(self._waiting)
        self._waiting = bytearray()

    def __del__(self) -> None:
        if self._file >= 0:
            os.close(self._file)


def _nameless_file() -> int:
    """Return the handle of a new file for the user alone that nobody else can open; raises OSError."""
    folder = os.environ.get("TMPDIR") or "/tmp"
    path = os.path.join(folder, f"kubelint-{os.getpid()}-{time.time_ns():x}")
    handle = os.open(path, _FLAGS, 0o600)
    os.unlink(path)
    return handle
