"""Compiled built-in rules as a file: the one that a wheel carries, and the one that a checkout keeps for itself.

The latter lies in ``rules/__pycache__``, as it is to the lessons what Python's own files there are to the checks: made
of what the program consists of, and no cache of what a user has linted.
"""

from __future__ import annotations

import marshal
import os
import sys
from typing import Any

from kubelint_lessons.lessons.cache import digest
from kubelint_lessons.lessons.privatefiles import write_whole

COMPILED_NAME = "compiled.bin"
"""The built-in rules as the wheel carries them, beside the lessons that they came from."""

_FORMAT = 4
"""Of ``marshal``: every Python that we run on reads it."""

_FILE_MODE = 0o666
"""As Python's own files: less what the user's mask takes."""

_BROKEN = (OSError, ValueError, EOFError, TypeError, RecursionError, MemoryError)


def own_file(folder: str) -> str | None:
    """Return where a checkout keeps its rules compiled; None for what pip has installed, and where Python keeps nothing
    beside its sources."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if sys.dont_write_bytecode or sys.pycache_prefix is not None or os.path.dirname(folder) == package:
        return None
    return os.path.join(folder, "__pycache__", f"rules.{sys.implementation.cache_tag}.bin")


def read_compiled(path: str, key: str) -> Any:
    """Return what was written under ``key``; None for a file that is not there, broken, or of another key."""
    try:
        with open(path, "rb") as file:
            content = file.read()
        head, body = content[:40], memoryview(content)[40:]
        return marshal.loads(body) if head == digest(key, body).encode("ascii") else None
    except _BROKEN:
        return None


def compiled_content(key: str, value: Any) -> bytes:
    """Return what ``read_compiled`` reads; records become tuples. Raises ValueError for what marshal cannot hold."""
    body = marshal.dumps(_without_records(value), _FORMAT)
    return digest(key, body).encode("ascii") + body


def keep_compiled(path: str, key: str, value: Any) -> bool:
    """Write ``value`` for later runs; return whether that was possible."""
    try:
        content = compiled_content(key, value)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_whole(path, (content,), _FILE_MODE)
    except _BROKEN:
        return False
    return True


def _without_records(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_without_records(item) for item in value)
    if isinstance(value, list):
        return [_without_records(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_records(item) for key, item in value.items()}
    return value
