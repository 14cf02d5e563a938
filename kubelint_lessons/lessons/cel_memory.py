"""A bound on the memory that the engine takes for one evaluation: it has none itself, and lessons may be hostile."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

MOST_BYTES = 1 << 30
"""More than any expression needs for files of 16 MiB, the largest that are read."""

_STATUS = "/proc/self/statm"


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Let the engine fail with ``std::bad_alloc`` where it wants more than ``MOST_BYTES`` beyond what is in use.

    Only on Linux: elsewhere nobody says how much is in use, or heeds the limit.
    """
    if sys.platform != "linux":
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    wanted = _in_use() + MOST_BYTES
    if wanted <= MOST_BYTES or _is_lower(before[0], wanted):
        yield
        return
    resource.setrlimit(resource.RLIMIT_AS, (wanted, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _is_lower(limit: int, wanted: int) -> bool:
    return 0 <= limit <= wanted  # a negative one is none


def _in_use() -> int:
    """Return the size of this process's address space in bytes, 0 where it is not told."""
    try:
        with open(_STATUS, "rb") as file:
            return int(file.read().split(None, 1)[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
