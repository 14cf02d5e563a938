"""Lists the files below a directory: those that git knows of, else all that a walk finds."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

from kubelint_lessons.manifests.git import SAFE_ENVIRONMENT, git_command, output_of

NEVER_ENTER = frozenset({".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", ".terraform"})
"""Directories that a walk outside git does not enter."""

_GIT_PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


def list_git(
    root: str, tracked_only: bool, meanwhile: Callable[[], object] = bool
) -> tuple[list[str], list[str]] | None:
    """Return the absolute paths of the files and of the links below ``root`` that git tracks or would track.

    None outside git. Files that are deleted in the work tree are left out; so is what a submodule holds.
    """
    if not os.path.lexists(os.path.join(_repository(root), ".git")):
        return None
    wanted = ["ls-files", "-z", "--cached", *([] if tracked_only else ["--others", "--exclude-standard"])]
    try:
        output = output_of([*git_command(root), *wanted], _git_environment(root), meanwhile)
    except OSError:
        return None
    if output is None:
        return None
    names = dict.fromkeys(os.fsdecode(output).split("\0"))
    found = [os.path.join(root, name.replace("/", os.sep)) for name in names if name and not name.endswith("/")]
    files, links = [], []
    for absolute in found:
        try:
            mode = os.lstat(absolute).st_mode
        except OSError:
            continue
        if stat.S_ISREG(mode):
            files.append(absolute)
        elif stat.S_ISLNK(mode):
            links.append(absolute)
    return files, links


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


def walk(root: str) -> tuple[list[str], list[str], list[str]]:
    """Return the absolute paths of all files below ``root``, the directories that cannot be listed, and the links.

    Links are not followed.
    """
    found: list[str] = []
    links: list[str] = []
    unreadable: list[str] = []
    pending = [root]
    while pending:
        directory = pending.pop()
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    if entry.is_symlink():
                        links.append(entry.path)
                    elif entry.is_dir(follow_symlinks=False):
                        if entry.name not in NEVER_ENTER:
                            pending.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        found.append(entry.path)
        except OSError:
            unreadable.append(directory)
    return found, unreadable, links
