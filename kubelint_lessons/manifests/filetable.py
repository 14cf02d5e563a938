"""The documents of a project by the files that they lie in, and which of the files something has taken in.

Files go by their keys (manifests.pathkeys). What is kept is the path as it is reported, which is there anyway: there
may be tens of thousands.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kubelint_lessons.manifests.pathkeys import Paths, parent

if TYPE_CHECKING:
    from kubelint_lessons.manifests.documents import Document


class FileTable:
    """The files of ``documents``, of which those of one file stand together."""

    def __init__(self, paths: Paths, documents: Sequence[Document]) -> None:
        self._paths = paths
        self._documents = documents
        self._first: dict[str, int] = {}
        """The number of the first document of each file, by path."""
        last: str | None = None
        for number, document in enumerate(documents):
            if document.source.path != last:
                last = document.source.path
                self._first.setdefault(paths.settle(last), number)
        self._taken = bytearray(len(documents))
        """What is taken, by the number of the first document."""
        self._sorted: list[str] | None = None
        self._are_apart = any(path.startswith(("..", "/")) or ":" in path for path in self._first)
        """Whether a file may lie elsewhere than below the start directory: its path sorts elsewhere than its key."""

    def __contains__(self, key: str) -> bool:
        return self._paths.show(key) in self._first

    def documents(self, key: str) -> Sequence[Document]:
        """Return the documents of a file; none where there is no such file."""
        number = self._first.get(self._paths.show(key))
        return () if number is None else self._from(number)

    def take(self, key: str) -> Sequence[Document]:
        """Return what ``documents`` returns, and note that something takes in the file."""
        number = self._first.get(self._paths.show(key))
        if number is None:
            return ()
        self._taken[number] = True
        return self._from(number)

    def left(self) -> Iterator[tuple[str, Sequence[Document]]]:
        """Yield the documents of each file that nothing has taken in, with the directory it lies in."""
        last = ""
        for path, number in self._first.items():
            if not self._taken[number]:
                directory = parent(self._paths.key(path))
                last = last if last == directory else directory  # one string for the files of a directory
                yield last, self._from(number)

    def named(self, names: tuple[str, ...]) -> list[str]:
        """Return the keys of the files with one of these names, sorted."""
        found = (path for path in self._first if path.endswith(names) and path[path.rfind("/") + 1 :] in names)
        return sorted(map(self._paths.key, found))

    def below(self, directory: str) -> Iterator[str]:
        """Yield the keys of the files in a directory and below it, sorted."""
        key_of = self._paths.key
        if self._sorted is None:
            self._sorted = sorted(self._first, key=key_of if self._are_apart else None)
        start, here = f"{directory.rstrip('/')}/", f"{self._paths.start.rstrip('/')}/"
        if self._are_apart:
            first = bisect_left(self._sorted, start, key=key_of)
        else:
            first = 0 if here.startswith(start) else bisect_left(self._sorted, start[len(here) :])
        for position in range(first, len(self._sorted)):
            key = key_of(self._sorted[position])
            if not key.startswith(start):
                return
            yield key

    def has_directory(self, directory: str) -> bool:
        """Return whether some file lies in the directory or below it."""
        return next(self.below(directory), None) is not None

    def directories(self) -> set[str]:
        """Return all directories that files lie in, and those above."""
        found: set[str] = set()
        for directory in {parent(self._paths.key(path)) for path in self._first}:
            while directory not in found:
                found.add(directory)
                directory = parent(directory)
        return found

    def _from(self, number: int) -> Sequence[Document]:
        documents = self._documents
        source = documents[number].source
        end = number + 1
        while end < len(documents) and documents[end].source is source:
            end += 1
        return documents[number:end]
