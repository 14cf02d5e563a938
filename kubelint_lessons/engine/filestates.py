"""Whether files are as they were: a stamp from outside as a shortcut, a hash of the content as the answer."""

from __future__ import annotations

import os
from collections.abc import Iterable

from kubelint_lessons.engine.readings import hash_of
from kubelint_lessons.lessons.cache import digest
from kubelint_lessons.manifests.stamps import Stamp, changed_at, stamp_of

SETTLED = 2_000_000_000
"""A file that changed less than so many nanoseconds ago may change again within one tick of its clock."""

_STAMPS_TELL = os.name == "posix"
"""Elsewhere nothing changes with every change of a file: whoever sets its time back would not be noticed."""


def stamps_of(paths: Iterable[str]) -> list[Stamp]:
    """Return how each file looks from outside, links followed."""
    return [stamp_of(path) for path in paths]


def settled(stamps: Iterable[Stamp], now: int) -> list[Stamp]:
    """Return the stamps, empty where a later one could be the same although the file has changed.

    ``now`` is the time before the stamps were taken, in nanoseconds.
    """
    latest = now - SETTLED
    return [stamp if _STAMPS_TELL and stamp and changed_at(stamp) < latest else b"" for stamp in stamps]


def changed(old: list[Stamp], new: list[Stamp]) -> list[int]:
    """Return the indexes of the files that may have changed."""
    if old == new and b"" not in old:
        return []
    return [index for index, stamp in enumerate(old) if not stamp or stamp != new[index]]


def hash_file(path: str) -> bytes:
    """Return a hash of what a file holds; empty where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hash_of(file.read())
    except OSError:
        return b""


def source_state(path: str) -> tuple[str, str]:
    """Return where a path leads, and a hash of what is there, or why that cannot be read."""
    real = os.path.realpath(path)
    try:
        with open(path, "rb") as file:
            return real, digest(file.read())
    except OSError as error:
        return real, f"error {error.errno}"
