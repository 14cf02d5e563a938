"""Lists the files below a directory: those that git knows of, else all that a walk finds."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterator

from kubelint_lessons.manifests.git import SAFE_ENVIRONMENT, Running, git_command
from kubelint_lessons.manifests.stamps import Stamp, stamp_from, stamp_of
from kubelint_lessons.model.records import NamedTuple

NEVER_ENTER = frozenset({".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", ".terraform"})
"""Directories that a walk outside git does not enter."""

_TRACKED = ("--cached",)
_UNTRACKED = ("--others", "--exclude-standard")
"""What of ``git ls-files``. To find what is untracked, git looks at all directories, so where nothing speaks against it
another process does that while this one goes on with what is tracked."""

_GIT_PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


class Found(NamedTuple):
    """A part of what git names: the absolute paths of files with their stamps, and of links."""

    files: dict[str, Stamp]
    links: list[str]


def list_git(root: str, tracked_only: bool, meanwhile: Callable[[], object] = bool) -> Iterator[Found | None]:
    """Yield in parts what git tracks or would track below ``root``; None in the end where git did not tell.

    Files that are deleted in the work tree are left out; so is what a submodule holds. ``meanwhile`` is called while
    git lists files.
    """
    repository = _repository(root)
    if not os.path.lexists(os.path.join(repository, ".git")):
        yield None
        return
    try:
        command = [*git_command(root), "ls-files", "-z"]
        environment = _git_environment(root)
        index = os.path.join(repository, ".git", "index")
        before = b"" if tracked_only or "GIT_INDEX_FILE" in environment else stamp_of(index)
        if before:
            others = Running([*command, *_UNTRACKED], environment)
            tracked = Running([*command, *_TRACKED], environment)
            meanwhile()
            yield _found(root, tracked.output())
            yield _found(root, others.output())
            if stamp_of(index) == before:
                return
            # what was added in between may be in neither answer
        wanted = _TRACKED if tracked_only else (*_TRACKED, *_UNTRACKED)
        git = Running([*command, *wanted], environment)
        if not before:
            meanwhile()
        yield _found(root, git.output())
    except OSError:
        yield None


def _found(root: str, output: bytes | None) -> Found | None:
    """Return what a listing names, as it is now; None for none."""
    if output is None:
        return None
    start = root.rstrip(os.sep) + os.sep
    files: dict[str, Stamp] = {}
    links: dict[str, None] = {}
    for name in os.fsdecode(output).split("\0"):
        if not name or name[-1] == "/":
            continue
        absolute = start + name.replace("/", os.sep)
        try:
            status = os.lstat(absolute)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            files[absolute] = stamp_from(status)
        elif stat.S_ISLNK(status.st_mode):
            links[absolute] = None
    return Found(files, list(links))


def _git_environment(root: str) -> dict[str, str]:
    """Return the environment for git in ``root``, from which what git set for its hooks does not lead elsewhere.

    With GIT_DIR alone, any directory would be the top of the repository. The index of ``git commit FILE`` is another
    than the repository's and holds what is being committed: it counts where ``root`` lies in the hook's repository.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _GIT_PLACES}
    index = os.environ.get("GIT_INDEX_FILE")
    if index and _repository(root) == _repository(os.getcwd()):
        environment["GIT_INDEX_FILE"] = os.path.abspath(index)
    return {**environment, **SAFE_ENVIRONMENT}


def _repository(directory: str) -> str:
    """Return the nearest ancestor that holds ``.git``, or the file system's root."""
    current = os.path.realpath(directory)
    while not os.path.exists(os.path.join(current, ".git")) and os.path.dirname(current) != current:
        current = os.path.dirname(current)
    return current


class Walked(NamedTuple):
    """Absolute paths: all files below a directory, the directories that cannot be listed, and the links.

    ``plain`` are the directories without any entry that could mark a project.
    """

    files: list[str]
    unreadable: list[str]
    links: list[str]
    plain: list[str]


def walk(root: str, marking: Collection[str] = ()) -> Walked:
    """Return what lies below ``root``; links are not followed. ``marking`` are names of entries that mark projects."""
    found: list[str] = []
    links: list[str] = []
    unreadable: list[str] = []
    plain: list[str] = []
    pending = [root]
    while pending:
        directory = pending.pop()
        is_plain = True
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    if entry.name.lower() in marking:  # as some file systems look for names
                        is_plain = False
                    if entry.is_symlink():
                        links.append(entry.path)
                    elif entry.is_dir(follow_symlinks=False):
                        if entry.name not in NEVER_ENTER:
                            pending.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        found.append(entry.path)
        except OSError:
            unreadable.append(directory)
            continue
        if is_plain:
            plain.append(directory)
    return Walked(found, unreadable, links, plain)
