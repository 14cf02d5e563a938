"""Writes several files as one unit, as far as a file system allows: no file is ever half written.

All new contents are written to temporary files beside the old ones and forced to the disk; only then each takes the
place of its old file, which is one atomic step for the file system. Whoever is interrupted between two of these
steps leaves whole files, some old and some new.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Mapping

from kubelint_lessons.model.records import NamedTuple


class Change(NamedTuple):
    """The bytes that a file had when it was read, and those that it is to have."""

    before: bytes
    after: bytes


class WriteError(Exception):
    """Why nothing (or, if ``written`` names files, not everything) was written."""

    def __init__(self, path: str, reason: str, written: tuple[str, ...] = ()) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
        self.written = written


class _Prepared(NamedTuple):
    path: str  # as given
    target: str  # where symbolic links lead
    temporary: str
    change: Change


def write_files(changes: Mapping[str, Change]) -> None:
    """Write all files, or none where one has changed since it was read or cannot be written. Raises WriteError.

    Links are kept and followed; mode and, where the system lets us, owner and extended attributes stay. Should the
    file system fail between two files, those already written get their old contents back.
    """
    targets = _targets(changes)
    prepared: list[_Prepared] = []
    try:
        for path, (target, change) in targets.items():
            _require_unchanged(path, target, change)
            prepared.append(_Prepared(path, target, _write_beside(path, target, change.after), change))
        for item in prepared:
            _require_unchanged(item.path, item.target, item.change)
        _replace_all(prepared)
    finally:
        for item in prepared:
            with contextlib.suppress(OSError):
                os.unlink(item.temporary)


def _targets(changes: Mapping[str, Change]) -> dict[str, tuple[str, Change]]:
    """Return where each path leads; two links to one file are one change."""
    seen: dict[str, tuple[str, Change]] = {}
    targets: dict[str, tuple[str, Change]] = {}
    for path, change in changes.items():
        target = os.path.realpath(path)
        if target not in seen:
            seen[target] = (path, change)
            targets[path] = (target, change)
        elif seen[target][1] != change:
            raise WriteError(path, f"is the same file as {seen[target][0]}, and would be changed in another way")
    return targets


def _require_unchanged(path: str, target: str, change: Change) -> None:
    try:
        if not stat.S_ISREG(os.stat(target).st_mode):
            raise WriteError(path, "is no regular file")
        if not os.access(target, os.W_OK):
            raise WriteError(path, "is read-only; make it writable, or leave it out with --exclude")
        with open(target, "rb") as file:
            data = file.read()
    except OSError as error:
        raise WriteError(path, f"cannot be read: {error.strerror or error}") from error
    if data != change.before:
        raise WriteError(path, "has changed since it was read; nothing was written, run kubelint lint --fix again")


def _write_beside(path: str, target: str, data: bytes) -> str:
    """Return the name of a new file in the directory of ``target`` with its rights and the new contents, on disk."""
    directory, name = os.path.split(target)
    temporary = os.path.join(directory, f".{name[:100]}.{os.getpid()}-{os.urandom(4).hex()}.kubelint-tmp")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(temporary, flags, 0o600)
    except OSError as error:
        raise WriteError(path, f"nothing can be written beside it: {error.strerror or error}") from error
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            _copy_rights(target, temporary)
            os.fsync(file.fileno())
    except OSError as error:
        os.unlink(temporary)
        raise WriteError(path, f"cannot be written: {error.strerror or error}") from error
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary


def _copy_rights(source: str, destination: str) -> None:
    status = os.stat(source)
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(destination, status.st_uid, status.st_gid)
    os.chmod(destination, stat.S_IMODE(status.st_mode))
    if hasattr(os, "listxattr"):
        with contextlib.suppress(OSError):
            for attribute in os.listxattr(source):
                with contextlib.suppress(OSError):
                    os.setxattr(destination, attribute, os.getxattr(source, attribute))


def _replace_all(prepared: list[_Prepared]) -> None:
    done: list[_Prepared] = []
    try:
        for item in prepared:
            os.replace(item.temporary, item.target)
            done.append(item)
    except OSError as error:
        failed = prepared[len(done)]
        stuck = _take_back(done)
        reason = f"cannot be replaced: {error.strerror or error}"
        if stuck:
            reason += f"; {', '.join(stuck)} could not be given back the old contents"
        raise WriteError(failed.path, reason, stuck) from error
    for directory in dict.fromkeys(os.path.dirname(item.target) for item in done):
        _sync_directory(directory)


def _take_back(done: list[_Prepared]) -> tuple[str, ...]:
    """Give files their old contents back; return those where that failed."""
    stuck: list[str] = []
    for item in done:
        try:
            os.replace(_write_beside(item.path, item.target, item.change.before), item.target)
        except (OSError, WriteError):
            stuck.append(item.path)
    return tuple(stuck)


def _sync_directory(directory: str) -> None:
    """Force the new names to the disk, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
