"""Paths as keys: absolute and normalised, so that ``..`` and the start directory do not matter.

A project has tens of thousands of them; what is asked of a path that is normalised already is a slice of it.
"""

from __future__ import annotations

import os
import posixpath


class Paths:
    """Turns reported paths into keys and back."""

    def __init__(self) -> None:
        self.start = os.getcwd().replace(os.sep, "/")
        self._below = f"{self.start.rstrip('/')}/"

    def key(self, path: str) -> str:
        """Return the absolute form of a reported path."""
        return join(self.start, path if os.sep == "/" else path.replace(os.sep, "/"))

    def show(self, key: str) -> str:
        """Return a key as reports show it: relative to the start directory, ``""`` for itself."""
        if key.startswith(self._below):
            return key[len(self._below) :]
        shown = posixpath.relpath(key, self.start) if posixpath.isabs(key) else key
        return "" if shown == "." else shown

    def settle(self, path: str) -> str:
        """Return a reported path as ``show`` shows its key: itself, the same string, unless it is a strange one."""
        shown = path if _is_plain(path) else self.show(self.key(path))
        return path if shown == path else shown


def join(directory: str, path: str) -> str:
    """Return ``path``, taken from the key ``directory``, as a key."""
    if _is_plain(path) and directory[-1:] not in ("/", ""):
        return f"{directory}/{path}"
    return posixpath.normpath(posixpath.join(directory, path))


def _is_plain(path: str) -> bool:
    """Return whether nothing in a path has to be worked out."""
    return path != "" and path[0] not in "./" and path[-1] != "/" and "/." not in path and "//" not in path


def parent(key: str) -> str:
    """Return the directory of a key; that of the root is the root."""
    end = key.rfind("/")
    return key[:end] or "/" if end >= 0 else ""


def name_of(key: str) -> str:
    """Return the last part of a key."""
    return key[key.rfind("/") + 1 :]
