"""Files of the user's cache folder: only the user's own are read, and an entry is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600


def read_own(path: str) -> bytes:
    """Return the content of a file; raises OSError, also for a file that belongs to somebody else."""
    with open(path, "rb") as file:
        if os.name == "posix" and os.fstat(file.fileno()).st_uid != os.geteuid():
            raise PermissionError(f"{path} belongs to somebody else")
        return file.read()


def make_folder(root: str, folder: str) -> None:
    """Make ``folder`` below ``root`` where it is not there, both for the user alone; raises OSError."""
    if not os.path.isdir(folder):
        os.makedirs(folder, _FOLDER_MODE, exist_ok=True)
        os.chmod(root, _FOLDER_MODE)


def write_whole(path: str, parts: Iterable[bytes | memoryview], mode: int = _FILE_MODE) -> None:
    """Write a file, for the user alone unless ``mode`` says more, in the place of what was there.

    Raises OSError, and then nothing is left.
    """
    temporary = f"{path}.{os.getpid()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(temporary, flags, mode), "wb") as file:
            file.writelines(parts)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
