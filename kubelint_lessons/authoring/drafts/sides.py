"""The two sides of a repair: files as they were when it failed, and as they are since it works."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.manifests.listing import walk
from kubelint_lessons.model.records import NamedTuple

MAX_FILES = 2_000
MAX_BYTES = 2_000_000


class SideFile(NamedTuple):
    """One file. ``key`` is what it is compared under: files of both sides with one key are the same file.

    ``path`` is how it is called in the tree that the lesson is for, where that is known.
    """

    path: str
    key: str
    data: bytes


class Sides(NamedTuple):
    """Both sides. ``context`` are further files, the same on both, that are applied together with them.

    ``bad_name`` is how the only file of the bad side was given, where that is not its path in the tree.
    """

    bad: tuple[SideFile, ...]
    fixed: tuple[SideFile, ...]
    context: tuple[SideFile, ...] = ()
    bad_name: str = ""


class SidesError(Exception):
    """Why there is nothing to compare, and the next step."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def read_sides(bad: str, fixed: str, root: str) -> Sides:
    """Return the sides that lie at two paths, each a file or a directory; ``root`` is the project's.

    Two files are one file under two names. Raises SidesError for what does not exist or cannot be read.
    """
    if os.path.isdir(bad) != os.path.isdir(fixed):
        directory, file = (bad, fixed) if os.path.isdir(bad) else (fixed, bad)
        raise SidesError(
            f"{directory} is a directory, {file} is none", "give two files or two directories to --bad and --fixed"
        )
    before, after = list(_read(bad)), list(_read(fixed))
    if not os.path.isdir(bad):
        name = _inside(fixed, root) or _inside(bad, root) or os.path.basename(fixed)
        return Sides((SideFile(name, "", before[0][1]),), (SideFile(name, "", after[0][1]),), bad_name=bad)
    names = {key: _inside(os.path.join(fixed, key), root) or key for key, _ in (*before, *after)}
    return Sides(
        tuple(SideFile(names[key], key, data) for key, data in before),
        tuple(SideFile(names[key], key, data) for key, data in after),
    )


def project_of(files: Iterable[SideFile]) -> Project:
    """Return files as a project of their own, all of them reported on."""
    inputs = {
        file.path: InputFile(file.path, file.path, file.path, True, False, file.data)
        for file in sorted(files, key=lambda file: file.path)
    }
    return Project("", "", tuple(inputs.values()))


def is_binary(data: bytes) -> bool:
    """Return whether a file holds no text."""
    return b"\0" in data[:8000] and not data.startswith((b"\xff\xfe", b"\xfe\xff"))


def _read(path: str) -> Iterator[tuple[str, bytes]]:
    """Yield name (relative to a directory, empty for a file) and content of each file."""
    try:
        if not os.path.isdir(path):
            yield "", _content(path)
            return
        found, unreadable, *_ = walk(path)
        if unreadable:
            raise SidesError(f"{unreadable[0]} cannot be listed", "check its permissions")
        if len(found) > MAX_FILES:
            raise SidesError(
                f"{path} holds {len(found)} files, up to {MAX_FILES} are compared", "name a directory further down"
            )
        for name in sorted(found):
            yield os.path.relpath(name, path).replace(os.sep, "/"), _content(name)
    except OSError as error:
        hint = "check the spelling; paths are relative to the current directory"
        raise SidesError(f"{error.filename or path}: cannot be read: {error.strerror or error}", hint) from None


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SidesError(f"{path} has more than {MAX_BYTES} bytes", "cut it down to the objects that matter")
    return data


def _inside(path: str, root: str) -> str:
    """Return ``path`` relative to ``root``, empty where it lies elsewhere."""
    try:
        relative = os.path.relpath(os.path.realpath(path), os.path.realpath(root)).replace(os.sep, "/")
    except ValueError:  # another drive
        return ""
    return "" if relative.startswith("../") or relative == ".." else relative
