"""Which files belong to a run: the projects of the given paths, their context, and what to report on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from kubelint_lessons.manifests.globs import Globs, compile_globs, matches
from kubelint_lessons.manifests.inputfile import InputFile as InputFile
from kubelint_lessons.manifests.links import LEADS_OUT, is_outside, link_out
from kubelint_lessons.manifests.listing import list_git, walk
from kubelint_lessons.manifests.stamps import Stamp
from kubelint_lessons.model.records import NamedTuple

MARKERS = (".kubelint.yaml", "ai-lessons.md", "docs/ai-lessons.md", ".git")
"""What makes a directory the root of a project (DESIGN §3)."""

_MARKING = frozenset(marker.partition("/")[0] for marker in MARKERS)
"""A directory that holds nothing of these names is the root of no project."""

_DOCS = f"{os.sep}docs{os.sep}"

STDIN_NAME = "<stdin>"


class InputError(NamedTuple):
    """A given path that cannot be linted, with the next step."""

    path: str
    message: str
    hint: str


class Project(NamedTuple):
    """One project of a run: its root as an absolute path and as shown, and its files in order of ``inside``."""

    root: str
    shown_root: str
    files: tuple[InputFile, ...]


class Inputs(NamedTuple):
    """What the paths of a command line mean; ``excluded`` are given files that were left out.

    ``links`` are the symbolic links below given directories that lead out of their project, and were not followed.
    ``since`` is the time before the first file was listed, in nanoseconds.
    """

    projects: tuple[Project, ...]
    errors: tuple[InputError, ...]
    excluded: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    since: int = 0


class StandardInput(NamedTuple):
    """What came on standard input, and the name that it stands for (None: a set of objects of its own)."""

    data: bytes
    filename: str | None = None


def find_inputs(
    paths: Iterable[str],
    *,
    start: str | None = None,
    exclude: tuple[str, ...] = (),
    stdin: StandardInput | None = None,
    tracked_only: bool = False,
    force_exclude: bool = False,
    is_root: Callable[[str], bool] | None = None,
    meanwhile: Callable[[], object] = bool,
) -> Inputs:
    """Return the projects of ``paths``.

    The context of a project is all its files: tracked and untracked-but-not-ignored ones where git knows, else
    what a walk finds. Files in or below ``paths`` are marked as reported. ``tracked_only`` leaves untracked files out
    unless they are given (what a commit hook wants); ``force_exclude`` lets ``exclude`` hold for given files too;
    ``is_root`` says which directories are roots of projects, if those that are marked are not. ``meanwhile`` is called
    while git lists files, if it does. A path that does not exist, or a directory without any file, is an error.
    """
    since = time.time_ns()
    here = os.path.abspath(start or os.getcwd())
    finder = _Finder(here, tracked_only, compile_globs(exclude), force_exclude, is_root or is_marked, meanwhile)
    for path in paths:
        finder.add(path)
    if stdin is not None:
        finder.add_stdin(stdin)
    projects = finder.projects()
    excluded = tuple(sorted(finder.excluded_files))
    return Inputs(projects, tuple(finder.errors), excluded, tuple(sorted(set(finder.links))), since)


def project_root(directory: str, is_root: Callable[[str], bool] | None = None) -> str | None:
    """Return the nearest ancestor of ``directory`` (itself included) that holds a marker, or None."""
    is_root = is_root or is_marked
    current = os.path.abspath(directory)
    while True:
        if is_root(current):
            return current
        parent = os.path.dirname(current)
        if parent == current:
            return None
        current = parent


def is_marked(directory: str) -> bool:
    """Return whether a directory is the root of a project; ``docs`` with the lessons in it belongs to its parent."""
    base = _with_separator(directory)
    there = os.access  # which needs no exception to say no, and there may be thousands of directories
    return (
        there(base + ".git", os.F_OK)
        or there(base + ".kubelint.yaml", os.F_OK)
        or there(base + "docs/ai-lessons.md", os.F_OK)
        or (there(base + "ai-lessons.md", os.F_OK) and not base.endswith(_DOCS))
    )


class _Home(NamedTuple):
    """A directory: its project's root, without and with a separator at its end, whether all in it is reported, and what
    its paths start with."""

    root: str
    place: str
    is_reported: bool
    inside: str
    shown: str


class _Finder:
    """Collects the given paths, then lists each project once."""

    def __init__(
        self,
        start: str,
        tracked_only: bool,
        excluded: Globs | None,
        force_exclude: bool,
        is_root: Callable[[str], bool],
        meanwhile: Callable[[], object],
    ) -> None:
        self.start = start
        self.meanwhile = meanwhile
        self.tracked_only = tracked_only
        self.excluded = excluded
        self.force_exclude = force_exclude
        self.is_root = is_root
        self.excluded_files: list[str] = []
        self.links: list[str] = []
        self.marked: dict[str, bool] = {}
        self.homes: dict[tuple[str, str], _Home] = {}
        self.errors: list[InputError] = []
        self.given_files: dict[str, str] = {}
        self.given_directories: dict[str, str] = {}
        self.stdin: StandardInput | None = None
        self.roots: dict[str, None] = {}

    def add(self, path: str) -> None:
        absolute = os.path.normpath(os.path.join(self.start, path))
        if os.path.exists(absolute) and link_out(absolute, self.start, project_root) is not None:
            self.errors.append(InputError(path, LEADS_OUT, "name what it leads to, if you trust it"))
        elif os.path.isdir(absolute):
            self.given_directories[absolute] = path
            self.roots[project_root(absolute, self.is_root) or absolute] = None
        elif os.path.exists(absolute):
            self.given_files[absolute] = path
            directory = os.path.dirname(absolute)
            self.roots[project_root(directory, self.is_root) or directory] = None
        elif os.path.lexists(absolute):
            self.errors.append(InputError(path, "is a symbolic link to nothing", "remove the link or mend its target"))
        else:
            hint = "check the spelling; paths are relative to the current directory"
            self.errors.append(InputError(path, "no such file or directory", hint))

    def add_stdin(self, stdin: StandardInput) -> None:
        self.stdin = stdin
        if stdin.filename is not None:
            directory = os.path.dirname(self._named(stdin.filename))
            self.roots[project_root(directory, self.is_root) or directory] = None

    def _named(self, filename: str) -> str:
        """Return the absolute path of a file that need not exist, as seen from the start directory.

        An editor may know a directory by another name than this process does: a link to it.
        """
        absolute = os.path.normpath(os.path.join(self.start, filename))
        if not absolute.startswith(_with_separator(self.start)):
            directory, name = os.path.split(absolute)
            resolved, start = os.path.realpath(directory), os.path.realpath(self.start)
            if (resolved + os.sep).startswith(_with_separator(start)):
                absolute = os.path.normpath(os.path.join(self.start, os.path.relpath(resolved, start), name))
        return absolute

    def projects(self) -> tuple[Project, ...]:
        files: dict[str, dict[str, InputFile]] = {}
        listed: set[str] = set()
        for root in self.roots:
            # A root inside an already listed one was found by that listing as well.
            for found in self._list(root, listed):
                new = {path: stamp for path, stamp in found.items() if path not in listed} if listed else found
                listed.update(new)
                self._place(new, root, files)
        for absolute in self.given_files:
            if absolute not in listed:
                self._place({absolute: b""}, os.path.dirname(absolute), files)
        self._place_stdin(files)
        self._check_directories(files)
        projects = [
            Project(root, self._shown(root), tuple(files[root][name] for name in sorted(files[root])))
            for root in sorted(files)
        ]
        return (*projects, *self._unnamed_stdin())

    def _place(self, found: Mapping[str, Stamp], listed_from: str, files: dict[str, dict[str, InputFile]]) -> None:
        """Put files that were found below a directory into their projects."""
        homes: dict[str, _Home] = {}
        given = self.given_files
        for absolute, stamp in found.items():
            end = absolute.rfind(os.sep) + 1
            start = absolute[:end]
            home = homes.get(start)
            if home is None:
                home = homes[start] = self._home(os.path.dirname(absolute), listed_from)
            is_given = absolute in given
            is_reported = is_given or home.is_reported
            if home.root not in self.roots and not is_reported:
                continue  # a project inside a listed one that nobody asked about
            name = absolute[end:]
            inside = home.inside + name
            shown = inside if home.shown == home.inside else home.shown + name
            if self.excluded is None or not self._leaves_out(inside, shown, is_given):
                file = InputFile(shown, inside, home.place, is_reported, is_given, None, stamp)
                files.setdefault(home.root, {})[inside] = file

    def _home(self, directory: str, listed_from: str) -> _Home:
        """Return what the files of a directory have in common."""
        home = self.homes.get((directory, listed_from))
        if home is not None:
            return home
        pending = [directory]
        while home is None and pending[-1].startswith(listed_from) and len(pending[-1]) > len(listed_from):
            end = pending[-1].rfind(os.sep)  # a slice is quicker; not of what may be the root of a file system
            parent = pending[-1][:end] if end > len(listed_from) else os.path.dirname(pending[-1])
            home = self.homes.get((parent, listed_from))
            if home is None:
                pending.append(parent)
        for current in reversed(pending):
            home = self._home_below(current, home) if home is not None else self._first_home(current, listed_from)
            self.homes[current, listed_from] = home
        assert home is not None
        return home

    def _first_home(self, directory: str, listed_from: str) -> _Home:
        root = self._root_of(directory, listed_from)
        inside = os.path.relpath(directory, root).replace(os.sep, "/")
        shown = self._shown(directory)
        return _Home(
            root,
            _with_separator(root),
            self._is_below_given(os.path.join(directory, "file")),
            "" if inside == "." else f"{inside}/",
            "" if shown == "." else f"{shown}/",
        )

    def _home_below(self, directory: str, above: _Home) -> _Home:
        """Return the home of a directory from that of its parent."""
        name = directory[directory.rfind(os.sep) + 1 :]
        is_marked = self._is_marked(directory)
        if self.start.startswith(directory) and f"{self.start}{os.sep}".startswith(f"{directory}{os.sep}"):
            shown = self._shown(directory)
            shown = "" if shown == "." else f"{shown}/"
        else:
            shown = f"{above.shown}{name}/"
        return _Home(
            directory if is_marked else above.root,
            _with_separator(directory) if is_marked else above.place,
            above.is_reported or directory in self.given_directories,
            "" if is_marked else f"{above.inside}{name}/",
            shown,
        )

    def _leaves_out(self, inside: str, shown: str, is_given: bool) -> bool:
        """Return whether an exclude holds for a file: it does for given ones only by force, and is then counted."""
        if is_given and not self.force_exclude:
            return False
        if not matches(self.excluded, inside) and not matches(self.excluded, shown):
            return False
        if is_given:
            self.excluded_files.append(shown)
        return True

    def _place_stdin(self, files: dict[str, dict[str, InputFile]]) -> None:
        """Let standard input stand for the file that it is named after, within that file's project."""
        if self.stdin is None or self.stdin.filename is None:
            return
        absolute = self._named(self.stdin.filename)
        directory = os.path.dirname(absolute)
        root = project_root(directory, self.is_root) or directory
        resolved, resolved_root = os.path.realpath(absolute), os.path.realpath(root)
        if resolved.startswith(_with_separator(resolved_root)):  # through links, to the file of the project
            inside = os.path.relpath(resolved, resolved_root).replace(os.sep, "/")
        else:
            inside = os.path.relpath(absolute, root).replace(os.sep, "/")
        shown = self._shown(absolute)
        if not self._leaves_out(inside, shown, True):
            files.setdefault(root, {})[inside] = InputFile(shown, inside, absolute, True, True, self.stdin.data)

    def _unnamed_stdin(self) -> tuple[Project, ...]:
        """Return standard input as objects of their own: the current project's lessons hold, its files stay out."""
        if self.stdin is None or self.stdin.filename is not None:
            return ()
        root = project_root(self.start, self.is_root) or self.start
        file = InputFile(STDIN_NAME, STDIN_NAME, STDIN_NAME, True, True, self.stdin.data)
        return (Project(root, self._shown(root), (file,)),)

    def _check_directories(self, files: dict[str, dict[str, InputFile]]) -> None:
        for directory, path in self.given_directories.items():
            prefix = _with_separator(directory)
            if not any(file.absolute.startswith(prefix) for group in files.values() for file in group.values()):
                hint = "name a directory that holds files; ignored and excluded files do not count"
                self.errors.append(InputError(path, "holds no file to look at", hint))

    def _is_below_given(self, absolute: str) -> bool:
        current = os.path.dirname(absolute)
        while True:
            if current in self.given_directories:
                return True
            parent = os.path.dirname(current)
            if parent == current:
                return False
            current = parent

    def _root_of(self, directory: str, fallback: str) -> str:
        """Return the nearest marked ancestor between ``directory`` and ``fallback``, else ``fallback``."""
        current = directory
        while current != fallback and len(current) > len(fallback):
            if self._is_marked(current):
                return current
            current = os.path.dirname(current)
        return fallback

    def _is_marked(self, directory: str) -> bool:
        known = self.marked.get(directory)
        if known is None:
            known = self.is_root(directory)
            self.marked[directory] = known
        return known

    def _list(self, root: str, listed: Collection[str]) -> Iterator[Mapping[str, Stamp]]:
        """Yield the files of a project in parts; a given directory that git ignores is walked all the same.

        ``listed`` are all files that were found before.
        """
        for found in list_git(root, self.tracked_only, self.meanwhile):
            if found is None:
                yield self._walk(root)
                return
            self._note_links(found.links, root)
            yield found.files
        for directory in () if self.tracked_only else self.given_directories:
            prefix = _with_separator(directory)
            is_inside = prefix.startswith(_with_separator(root))
            if is_inside and not any(absolute.startswith(prefix) for absolute in listed):
                yield self._walk(directory)

    def _walk(self, root: str) -> dict[str, Stamp]:
        if not os.path.exists(root):  # of standard input that stands for a file to come
            return {}
        walked = walk(root, _MARKING)
        self._note_links(walked.links, root)
        if self.is_root is is_marked:
            self.marked.update(dict.fromkeys(walked.plain, False))
        hint = "check its permissions, or leave it out with --exclude"
        self.errors += [InputError(self._shown(path), "cannot be listed", hint) for path in walked.unreadable]
        return dict.fromkeys(walked.files, b"")

    def _note_links(self, links: list[str], root: str) -> None:
        """Keep the links that lead out of the project; what others lead to is read where it lies."""
        project = project_root(root) or root
        self.links += [self._shown(link) for link in links if self._is_below_given(link) and is_outside(link, project)]

    def _shown(self, absolute: str) -> str:
        try:
            relative = os.path.relpath(absolute, self.start)
        except ValueError:  # another drive
            relative = absolute
        return relative.replace(os.sep, "/")


def _with_separator(directory: str) -> str:
    """Return what the paths of the files below a directory start with."""
    return directory.rstrip(os.sep) + os.sep
