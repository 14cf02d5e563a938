"""The files of a project as a revision of git has them, read without touching the checkout."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable

from kubelint_lessons.manifests.git import Git, GitError, MissingError
from kubelint_lessons.manifests.globs import compile_globs, matches
from kubelint_lessons.manifests.inputs import MARKERS, InputFile, Project, is_marked
from kubelint_lessons.manifests.source import MAX_BYTES
from kubelint_lessons.model.regexes import regex

_REGULAR = ("100644", "100755")
_POINTER = regex(rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n")
_POINTER_BYTES = 1024
_LINK = "120000"
_MOST_LINKS = 8


class Tree:
    """What one commit holds below one directory; names are relative to that directory, with forward slashes.

    Submodules are not in it; files above the cap of manifests.source read as if they were not there. Links are followed
    by ``read`` only, and only to files of the same directory.
    """

    def __init__(self, git: Git, commit: str, blobs: dict[str, str], links: dict[str, str]) -> None:
        self.commit = commit
        self.unreadable: tuple[str, ...] = ()
        """Files of the last ``project`` that Git LFS keeps elsewhere."""
        self._git = git
        self._blobs = blobs
        self._links = links

    def holds(self, inside: str) -> bool:
        """Return whether there is a file, or a link, of this name."""
        return inside in self._blobs or inside in self._links

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all files and links, sorted."""
        return tuple(sorted({*self._blobs, *self._links}))

    def read(self, inside: str) -> bytes | None:
        """Return what one file holds; None where there is none. Raises GitError."""
        for _ in range(_MOST_LINKS):
            if inside not in self._links:
                break
            target = self._contents({inside: self._links[inside]})[inside].decode("utf-8", "surrogateescape")
            inside = posixpath.normpath(posixpath.join(posixpath.dirname(inside), target))
        blob = self._blobs.get(inside)
        return None if blob is None else self._contents({inside: blob}).get(inside)

    def project(
        self,
        project: Project,
        wanted: Callable[[str], bool],
        *,
        exclude: tuple[str, ...] = (),
        is_root: Callable[[str], bool] = is_marked,
    ) -> Project:
        """Return ``project`` as the commit has it: its files whose names are ``wanted``, all of them reported on.

        A directory inside that is a project of its own stays out, as it does now; one that is gone, if it was one
        then. ``exclude`` holds for names inside the project and as shown. Raises GitError.
        """
        excluded = compile_globs(exclude)
        inner = _InnerProjects(project.root, self._blobs, is_root)
        given = {file.inside for file in project.files if file.is_given}
        prefix = "" if project.shown_root in ("", ".") else f"{project.shown_root}/"
        chosen = {
            inside: blob
            for inside, blob in sorted(self._blobs.items())
            if (wanted(inside) or inside in given)
            and not matches(excluded, inside)
            and not matches(excluded, prefix + inside)
            and not inner.holds(inside)
        }
        contents = self._contents(chosen)
        files: list[InputFile] = []
        unreadable: list[str] = []
        for inside, content in contents.items():
            absolute = os.path.join(project.root, inside.replace("/", os.sep))
            data = self._smudged(content, absolute)
            if data is None:
                unreadable.append(inside)
                continue
            files.append(InputFile(prefix + inside, inside, absolute, True, inside in given, data))
        self.unreadable = tuple(unreadable)
        return project._replace(files=tuple(files))

    def _contents(self, chosen: dict[str, str]) -> dict[str, bytes]:
        sizes = self._git.sizes(chosen.values())
        missing = sum(blob not in sizes for blob in chosen.values())
        if missing:
            hint = "the clone was made with a filter: git fetch --refetch --no-filter gets everything"
            raise MissingError(f"{missing} of the files of {self.commit[:10]} are not in this clone", hint)
        small = {inside: blob for inside, blob in chosen.items() if sizes[blob] <= MAX_BYTES}
        found = self._git.blobs(small.values())
        return {inside: found[blob] for inside, blob in small.items()}

    def _smudged(self, data: bytes, absolute: str) -> bytes | None:
        """Return what a file held in the work tree; None for a Git LFS pointer to what is elsewhere."""
        pointer = _POINTER.match(data) if len(data) < _POINTER_BYTES and data.startswith(b"version ") else None
        if pointer is None:
            return data
        oid = pointer[1].decode("ascii")
        common = os.path.join(self._git.root, self._git.text("rev-parse", "--git-common-dir"))
        for path in (absolute, os.path.join(common, "lfs", "objects", oid[:2], oid[2:4], oid)):
            held = _read_if(path, oid)
            if held is not None:
                return held
        return None


def open_tree(root: str, revision: str) -> Tree:
    """Return what ``revision`` has below the directory ``root``; nothing where it did not have that directory.

    Raises GitError, MissingError where the clone is too shallow to know.
    """
    git = Git(root)
    commit = git.commit(revision)
    blobs: dict[str, str] = {}
    links: dict[str, str] = {}
    for line in git.data("ls-tree", "-r", "-z", "--end-of-options", commit).split(b"\0"):
        head, _, path = line.partition(b"\t")
        mode, _, name = (head.decode("ascii").split() + [""] * 3)[:3]
        if mode in _REGULAR:
            blobs[os.fsdecode(path)] = name
        elif mode == _LINK:
            links[os.fsdecode(path)] = name
    return Tree(git, commit, blobs, links)


class RootsAt:
    """Tells which directories were roots of projects at a revision, whatever the work tree says now.

    Whoever may add a marker to a directory could put its files under other lessons than those of the revision.
    """

    def __init__(self, revision: str) -> None:
        self._revision = revision
        self._markers: dict[str, frozenset[str] | None] = {}

    def __call__(self, directory: str) -> bool:
        """Return whether a directory was one; as it is now where git cannot tell, and for tops of repositories."""
        top = Git(directory).top()
        if top not in self._markers:
            try:
                self._markers[top] = frozenset(marked_in(open_tree(top, self._revision).names))
            except GitError:
                self._markers[top] = None
        markers = self._markers[top]
        if markers is None or os.path.exists(os.path.join(directory, ".git")):
            return is_marked(directory)
        return os.path.relpath(directory, top).replace(os.sep, "/") in markers


def project_at(project: Project, revision: str, wanted: Callable[[str], bool]) -> Project:
    """Return ``project`` with the files, and the contents, that ``revision`` has of those that are ``wanted``."""
    return open_tree(project.root, revision).project(project, wanted)


class _InnerProjects:
    """Which directories of a project are projects of their own."""

    def __init__(self, root: str, names: dict[str, str], is_root: Callable[[str], bool]) -> None:
        self._root = root
        self._is_root = is_root
        self._known: dict[str, bool] = {"": False}
        self._then = marked_in(names)

    def holds(self, inside: str) -> bool:
        """Return whether a file belongs to such a project."""
        return self._is_inner(inside.rpartition("/")[0])

    def _is_inner(self, directory: str) -> bool:
        known = self._known.get(directory)
        if known is None:
            known = self._marked(directory) or self._is_inner(directory.rpartition("/")[0])
            self._known[directory] = known
        return known

    def _marked(self, directory: str) -> bool:
        absolute = os.path.join(self._root, directory.replace("/", os.sep))
        if os.path.isdir(absolute):
            return self._is_root(absolute)
        return directory in self._then


def marked_in(names: Iterable[str]) -> set[str]:
    """Return the directories that are roots of projects, by the names of all files; the top itself is ``""``."""
    return {
        name.removesuffix(marker).rstrip("/")
        for name in names
        for marker in MARKERS
        if (name == marker or name.endswith(f"/{marker}")) and not (marker == "ai-lessons.md" and _is_in_docs(name))
    }


def _is_in_docs(name: str) -> bool:
    """Return whether a lessons file marks the parent of its directory, as manifests.inputs.is_marked has it."""
    return f"/{name}".endswith("/docs/ai-lessons.md")


def _read_if(path: str, sha256: str) -> bytes | None:
    """Return what a file holds, where it is a regular file with this hash."""
    import hashlib

    try:
        if os.path.islink(path) or not os.path.isfile(path) or os.path.getsize(path) > MAX_BYTES:
            return None
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None
