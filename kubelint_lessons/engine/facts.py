"""What the files of a project hold, remembered: a file that did not change since the last run is not parsed again.

Kept are documents without anything to say about how they read, of files that nobody named: their values packed, and
where they stand. A file is known by its stamp, or by a hash of its content where that does not tell.
"""

from __future__ import annotations

import marshal
import time
from collections.abc import Iterator, Mapping
from typing import Any

from kubelint_lessons.engine.filestates import settled
from kubelint_lessons.lessons.blobs import Blobs, Room
from kubelint_lessons.lessons.cache import digest
from kubelint_lessons.manifests.documents import Document
from kubelint_lessons.manifests.inputs import InputFile
from kubelint_lessons.manifests.source import Source
from kubelint_lessons.manifests.stamps import Stamp, stamp_of
from kubelint_lessons.model.records import NamedTuple

KIND = "facts"
ROOM = Room(entries=24, total=256 << 20, largest=48 << 20)
FEWEST_FILES = 50
"""Smaller projects are parsed as quickly as this is read."""


def pays(files: int) -> bool:
    """Return whether anything is kept of a project of so many files."""
    return files >= FEWEST_FILES


_SHARE = 32
"""What is kept is written anew once one of so many files is not in it: that takes longer than to parse a few."""


class Known(NamedTuple):
    """What is kept of a file; ``is_marked`` as in ``reading.ReadFile``, ``hint`` as the documents were read with."""

    stamp: Stamp
    hash: bytes
    hint: str
    is_marked: bool
    documents: list[tuple[Any, ...]]


class _Kept(NamedTuple):
    """What is kept of a file: as ``Known``, with the number of the part that holds the documents."""

    stamp: Stamp
    hash: bytes
    hint: str
    is_marked: bool
    part: int


class _Found(NamedTuple):
    """What is to be kept of a file: as ``Known``, with documents that may have put their values away."""

    stamp: Stamp
    hash: bytes
    hint: str
    is_marked: bool
    source: Source
    documents: tuple[Document, ...]


class Facts:
    """The facts of one project during one run; no call raises.

    What is kept are the documents of each file, one part for each, and behind them what tells whether they hold.
    """

    def __init__(self, blobs: Blobs, root: str, bits: Mapping[str, int], files: int) -> None:
        """Use what is kept of the project at ``root``, with ``bits`` as its documents were read with."""
        self._blobs = blobs if pays(files) else Blobs(None)
        self._key = digest(root, repr(sorted(bits.items())))
        self._now = time.time_ns()
        self._new: dict[str, _Found] = {}
        self._used: set[str] = set()
        self._restamped: dict[str, Stamp] = {}
        self._parts = self._blobs.parts(KIND, self._key)
        index = self._parts.get(len(self._parts) - 1) if len(self._parts) else None
        names, *columns = ((),) * 5 if index is None else marshal.loads(index)
        self._kept = dict(zip(names, map(_Kept, *columns, range(len(names))), strict=True))

    @property
    def is_kept(self) -> bool:
        """Return whether what is noted here is kept for later runs."""
        return self._blobs.is_kept

    def stamp(self, file: InputFile) -> Stamp:
        """Return how a file looked before it is read: when it was listed, if somebody looked then."""
        return (file.stamp or stamp_of(file.absolute)) if self._blobs.is_kept else b""

    def unread(self, file: InputFile, hint: str) -> Known | None:
        """Return what is known of a file that need not be read."""
        kept = self._kept.get(file.inside)
        if kept is None or kept.hint != hint or not kept.stamp or kept.stamp != self.stamp(file):
            return None
        known = self._known(kept)
        if known is not None:
            self._used.add(file.inside)
        return known

    def holds(self, file: InputFile, hint: str, content: bytes) -> bool:
        """Return whether a file that need not be read has the hash ``content``."""
        kept: _Kept | None = self._kept.get(file.inside)
        if kept is None or kept.hash != content or kept.hint != hint or not kept.stamp:
            return False
        return self.stamp(file) == kept.stamp

    def read(self, file: InputFile, stamp: Stamp, hint: str, content: bytes) -> Known | None:
        """Return what is known of a file whose bytes have the hash ``content``."""
        known = self.of_content(file, hint, content)
        if known is not None:
            (sure,) = settled([stamp], self._now)
            self._used.add(file.inside)
            if sure:
                self._restamped[file.inside] = sure
        return known

    def of_content(self, file: InputFile, hint: str, content: bytes) -> Known | None:
        """Return what a file held when its bytes had the hash ``content``, if that is kept."""
        kept = self._kept.get(file.inside)
        return None if kept is None or kept.hint != hint or kept.hash != content else self._known(kept)

    def keep(
        self,
        file: InputFile,
        stamp: Stamp,
        content: bytes,
        hint: str,
        is_marked: bool,
        source: Source,
        documents: tuple[Document, ...],
    ) -> None:
        """Take note of what was found in a file, if nothing is to be said about how it reads."""
        if self._blobs.is_kept and _is_plain(source, documents):
            (sure,) = settled([stamp], self._now)
            self._new[file.inside] = _Found(sure, content, hint, is_marked, source, documents)

    def close(self, keeps_all: bool = False) -> None:
        """Write what is kept, if enough is new, or with ``keeps_all`` if anything is."""
        enough = 0 if keeps_all else (len(self._used) + len(self._new)) // _SHARE
        if len(self._new) + len(self._restamped) > enough:
            self._blobs.put_parts(KIND, self._key, self._to_keep(), ROOM)
        self._kept, self._new, self._used, self._restamped = {}, {}, set(), {}

    def _known(self, kept: _Kept) -> Known | None:
        packed = self._parts.get(kept.part)
        return Known(*kept[:4], marshal.loads(packed)) if packed else None

    def _to_keep(self) -> Iterator[bytes | memoryview]:
        """Yield what is to be kept, one file after the other: an empty part for one whose values cannot be packed."""
        names: list[str] = []
        columns: list[tuple[Any, ...]] = []
        for name in self._used:
            if name not in self._new:
                kept = self._kept[name]
                names.append(name)
                columns.append((self._restamped.get(name, kept.stamp), *kept[1:4]))
                yield self._parts.get(kept.part) or b""
        for name, found in self._new.items():
            plain = plain_of(found.source, found.documents)
            names.append(name)
            columns.append(found[:4])
            yield b"" if plain is None else marshal.dumps(plain)
        yield marshal.dumps((names, *map(list, zip(*columns, strict=True))))


def plain_of(source: Source, documents: tuple[Document, ...]) -> list[tuple[Any, ...]] | None:
    """Return the documents of a file as they are kept; None where there is more to say about how it reads."""
    if not _is_plain(source, documents):
        return None
    packed = [document.pack() for document in documents]
    plain = [document for document in packed if document is not None]
    return plain if len(plain) == len(packed) else None


def documents_from(source: Source, known: Known) -> tuple[Document, ...]:
    """Return the documents that are kept of a file."""
    return tuple(Document.unpack(source, *plain) for plain in known.documents)


def _is_plain(source: Source, documents: tuple[Document, ...]) -> bool:
    return not (source.problems or source.bad_offsets or any(document.problems for document in documents))
