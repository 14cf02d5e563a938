"""What lies in the cache folder, and how it is emptied: by name only what a cache writes, and never through a link."""

from __future__ import annotations

import os
import stat

from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_ENTRY = regex(r"[0-9a-f]{40}\.[a-z]+(\.[0-9]+\.tmp)?")
"""Entries of ``lessons.cache`` and ``lessons.blobs``, and what one of them leaves behind when it is killed."""

_KIND = regex("[a-z][a-z-]*")


class OddFolderError(Exception):
    """The folder is not what a cache makes: a link, a file, or somebody else's. The message says so."""


class Kind(NamedTuple):
    """The entries of one kind and their size in bytes; ``others`` counts what no cache has written."""

    name: str
    entries: tuple[str, ...]
    size: int
    others: int


class Contents(NamedTuple):
    """What lies in a cache folder; ``others`` counts what no cache has written, directly in it."""

    kinds: tuple[Kind, ...]
    others: int

    @property
    def entries(self) -> int:
        """Return how many entries there are."""
        return sum(len(kind.entries) for kind in self.kinds)

    @property
    def size(self) -> int:
        """Return the bytes of all entries."""
        return sum(kind.size for kind in self.kinds)

    @property
    def foreign(self) -> int:
        """Return how many files and folders are none of ours."""
        return self.others + sum(kind.others for kind in self.kinds)


def contents_of(folder: str) -> Contents:
    """Return what lies in a cache folder, nothing where it does not exist. Raises OddFolderError, and OSError."""
    if not os.path.lexists(folder):
        return Contents((), 0)
    _refuse_odd(folder)
    kinds, others = [], 0
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if _KIND.fullmatch(name) and _is_own(os.lstat(path), stat.S_ISDIR):
            kinds.append(_kind(path, name))
        else:
            others += 1
    return Contents(tuple(kinds), others)


def clean(folder: str) -> Contents:
    """Delete all entries, and the folders that are empty then; return what was deleted, and what was left alone.

    Raises OddFolderError before anything is deleted, OSError where something cannot be. What other processes delete
    meanwhile is gone as well.
    """
    found = contents_of(folder)
    for kind in found.kinds:
        inside = os.path.join(folder, kind.name)
        with _Opened(inside) as opened:
            for name in kind.entries:
                opened.unlink(name)
        _remove_empty(inside)
    _remove_empty(folder)
    return found


class _Opened:
    """A folder held open, so that nobody can put a link in its place while files in it are deleted."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor: int | None = None

    def __enter__(self) -> _Opened:
        if os.unlink in os.supports_dir_fd:
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def unlink(self, name: str) -> None:
        try:
            if self._descriptor is None:
                os.unlink(os.path.join(self._path, name))
            else:
                os.unlink(name, dir_fd=self._descriptor)
        except FileNotFoundError:
            return


def _kind(path: str, name: str) -> Kind:
    entries, size, others = [], 0, 0
    with os.scandir(path) as found:
        for entry in sorted(found, key=lambda entry: entry.name):
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if _ENTRY.fullmatch(entry.name) and _is_own(status, stat.S_ISREG):
                entries.append(entry.name)
                size += status.st_size
            else:
                others += 1
    return Kind(name, tuple(entries), size, others)


def _refuse_odd(folder: str) -> None:
    status = os.lstat(folder)
    if stat.S_ISLNK(status.st_mode) or os.path.islink(folder):
        raise OddFolderError(f"it is a link to {os.readlink(folder)}")
    if not stat.S_ISDIR(status.st_mode):
        raise OddFolderError("it is no folder")
    if not _is_own(status, stat.S_ISDIR):
        raise OddFolderError("it belongs to another user")


def _is_own(status: os.stat_result, is_kind: object) -> bool:
    """Return whether something is a folder or a file as asked, no link, and this user's."""
    assert callable(is_kind)
    return bool(is_kind(status.st_mode)) and (os.name != "posix" or status.st_uid == os.geteuid())


def _remove_empty(folder: str) -> None:
    try:
        os.rmdir(folder)
    except OSError:
        return  # something is left in it, or it is gone already
