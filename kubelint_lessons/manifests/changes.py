"""What has changed below some directories since the last look, told by names, times and sizes: no file is read.

Standard library and polling only: it works the same on every system, in containers and on network shares, and costs a
few milliseconds a look for thousands of files (docs/editors.md says how much).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from kubelint_lessons.manifests.git import Git, GitError
from kubelint_lessons.manifests.inputs import MARKERS, project_root
from kubelint_lessons.manifests.listing import NEVER_ENTER
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

QUIET = 0.1
"""Seconds without a change after which a change counts as over: an editor's save is several steps."""

PATIENCE = 2.0
"""Seconds after which a directory that is never quiet is looked at all the same."""

_LEFT_BY_EDITORS = regex(r"\..*\.sw[a-z]|.*~|\.#.*|#.*#|4913|.*___jb_(?:tmp|old)___|\.~lock\..*|\.goutputstream-.*")

Stamp = tuple[int, ...]
Snapshot = dict[str, Stamp]
"""What is known of every file by its path, without having read it."""


class Area(NamedTuple):
    """What to look at.

    ``roots`` are walked, each without entering directories of the names beside it; ``left_out`` are absolute paths that
    do not count; ``singles`` are files that count wherever they lie, whether they exist or not.
    """

    roots: tuple[tuple[str, frozenset[str]], ...]
    left_out: frozenset[str]
    singles: tuple[str, ...]


def area_of(paths: Iterable[str], start: str, written: Iterable[str] = (), also: Iterable[str] = ()) -> Area:
    """Return what a lint of ``paths`` depends on: their projects without what git ignores, and what makes a project.

    ``written`` are files that the lint itself writes, ``also`` are further files that it reads; all are relative to
    ``start``. A path need not exist.
    """
    given = [os.path.normpath(os.path.join(start, path)) for path in paths]
    singles = {os.path.join(start, path) for path in also}
    roots: dict[str, frozenset[str]] = {}
    ignored: set[str] = set()
    for path in given:
        directory = path if os.path.isdir(path) else os.path.dirname(path)
        root = project_root(directory) or directory
        singles.update({path} if directory != path else ())
        singles.update(os.path.join(above, marker) for above in _ancestors(directory) for marker in MARKERS)
        singles.add(os.path.join(root, "docs", "platform-reference.md"))
        if root not in roots:
            by_git = ignored_by_git(root)
            roots[root] = NEVER_ENTER if by_git is None else frozenset({".git"})
            ignored.update(by_git or ())
    wanted = [path + os.sep for path in given]
    kept = {path for path in ignored if not any(place.startswith(path + os.sep) for place in wanted)}
    left_out = frozenset(kept | {os.path.normpath(os.path.join(start, path)) for path in written})
    return Area(tuple(sorted(roots.items())), left_out, tuple(sorted(singles)))


def ignored_by_git(root: str) -> frozenset[str] | None:
    """Return the absolute paths below ``root`` that git ignores, whole directories as one; None outside git."""
    try:
        listed = Git(root).data("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
    except GitError:
        return None
    names = (os.fsdecode(name).rstrip("/") for name in listed.split(b"\0") if name)
    return frozenset(os.path.join(root, name.replace("/", os.sep)) for name in names)


def look(area: Area) -> Snapshot:
    """Return what is there now; what vanishes meanwhile or cannot be listed is left out."""
    seen: Snapshot = {}
    entered: set[str] = set()
    for root, closed in area.roots:
        pending = [root]
        while pending:
            directory = pending.pop()
            if directory not in entered:
                entered.add(directory)
                pending += _look_into(directory, area.left_out, closed, seen)
    for path in area.singles:
        if path not in seen and path not in area.left_out:
            _look_at(path, seen)
    return seen


def changed(before: Snapshot, after: Snapshot) -> list[str]:
    """Return the paths that came, went, or are different, in order."""
    if before == after:
        return []
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def settled(area: Area, sleep: Callable[[float], object]) -> Snapshot:
    """Return what is there once it has been the same for QUIET seconds, or PATIENCE is over.

    A file that is written after this has other times than the snapshot says, however coarse the clock of the file
    system is, as long as that is finer than QUIET.
    """
    snapshot = look(area)
    for _ in range(round(PATIENCE / QUIET)):
        sleep(QUIET)
        again = look(area)
        if again == snapshot:
            break
        snapshot = again
    return snapshot


def _look_into(directory: str, left_out: frozenset[str], closed: frozenset[str], seen: Snapshot) -> list[str]:
    """Add the files of one directory to ``seen``; return its directories."""
    inner: list[str] = []
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if entry.path in left_out:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in closed:
                        inner.append(entry.path)
                elif not _LEFT_BY_EDITORS.fullmatch(entry.name):
                    try:
                        seen[entry.path] = _stamp(entry.stat(follow_symlinks=False))
                    except OSError:  # it vanished between listing and looking
                        continue
    except OSError:
        pass
    return inner


def _look_at(path: str, seen: Snapshot) -> None:
    """Add one file to ``seen``, through links; of a directory only that it is there."""
    try:
        status = os.stat(path)
    except OSError:
        return
    is_directory = (status.st_mode & 0o170000) == 0o040000
    seen[path] = () if is_directory else _stamp(status)


def _stamp(status: os.stat_result) -> Stamp:
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def _ancestors(directory: str) -> list[str]:
    found = [directory]
    while os.path.dirname(found[-1]) != found[-1]:
        found.append(os.path.dirname(found[-1]))
    return found
