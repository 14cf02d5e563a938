"""How a file looks from outside, in a few bytes: as long as that is the same, so is most likely what it holds."""

from __future__ import annotations

import os
from struct import Struct

Stamp = bytes
"""Size, time of change, time of the entry's change, inode, device, mode; empty for a file that is not there."""

_STAMP = Struct("<6Q")
_MOST = (1 << 64) - 1
"""What fits into a stamp of each: Windows has longer inodes, and a time before 1970 counts as one far ahead."""


def stamp_of(path: str) -> Stamp:
    """Return the stamp of a file, links followed."""
    try:
        return stamp_from(os.stat(path))
    except OSError:
        return b""


def stamp_from(status: os.stat_result) -> Stamp:
    """Return the stamp of a file that looks like this."""
    return _STAMP.pack(
        status.st_size & _MOST,
        status.st_mtime_ns & _MOST,
        status.st_ctime_ns & _MOST,
        status.st_ino & _MOST,
        status.st_dev & _MOST,
        status.st_mode & _MOST,
    )


def changed_at(stamp: Stamp) -> int:
    """Return when a file, or its entry, changed last, in nanoseconds; ``stamp`` is not empty."""
    return int(max(_STAMP.unpack(stamp)[1:3]))
