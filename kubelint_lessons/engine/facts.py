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

_SHARE = 32
"""What is kept is written anew once one of so many files is not in it: that takes longer than to parse a few."""


class Known(NamedTuple):
    """What is kept of a file; ``is_marked`` as in ``reading.ReadFile``, ``hint`` as the documents were read with."""

    stamp: Stamp
    hash: bytes
    hint: str
    is_marked: bool
    documents: list[tuple[Any, ...]]


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

    What is kept are the names of the files, and one part for each of them.
    """

    def __init__(self, blobs: Blobs, root: str, bits: Mapping[str, int], files: int) -> None:
        """Use what is kept of the project at ``root``, with ``bits`` as its documents were read with."""
        self._blobs = blobs if files >= FEWEST_FILES else Blobs(None)
        self._key = digest(root, repr(sorted(bits.items())))
        self._now = time.time_ns()
        self._new: dict[str, _Found] = {}
        self._used: set[str] = set()
        self._restamped: dict[str, Stamp] = {}
        names, *parts = self._blobs.parts(KIND, self._key) or (b"",)
        self._kept: dict[str, memoryview] = dict(zip(marshal.loads(names), parts, strict=True)) if names else {}

    @property
    def is_kept(self) -> bool:
        """Return whether what is noted here is kept for later runs."""
        return self._blobs.is_kept

    def stamp(self, file: InputFile) -> Stamp:
        """Return how a file looked before it is read: when it was listed, if somebody looked then."""
        return (file.stamp or stamp_of(file.absolute)) if self._blobs.is_kept else b""

    def unread(self, file: InputFile, hint: str) -> Known | None:
        """Return what is known of a file that need not be read."""
        known = self._known(file.inside)
        if known is None or known.hint != hint:
            return None
        stamp = self.stamp(file)
        if not stamp or known.stamp != stamp:
            return None
        self._used.add(file.inside)
        return known

    def read(self, file: InputFile, stamp: Stamp, hint: str, content: bytes) -> Known | None:
        """Return what is known of a file whose bytes have the hash ``content``."""
        known = self._known(file.inside)
        if known is None or known.hint != hint or known.hash != content:
            return None
        (sure,) = settled([stamp], self._now)
        self._used.add(file.inside)
        if sure:
            self._restamped[file.inside] = sure
        return known

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

    def close(self) -> None:
        """Write what is kept, if enough is new."""
        if (len(self._new) + len(self._restamped)) * _SHARE > len(self._used) + len(self._new):
            self._blobs.put_parts(KIND, self._key, self._parts(), ROOM)
        self._kept, self._new, self._used, self._restamped = {}, {}, set(), {}

    def _known(self, name: str) -> Known | None:
        part = self._kept.get(name)
        return Known(*marshal.loads(part)) if part else None

    def _parts(self) -> Iterator[bytes | memoryview]:
        """Yield what is to be kept, one file after the other: an empty part for one whose values cannot be packed."""
        used = [name for name in self._used if name not in self._new]
        yield marshal.dumps([*used, *self._new])
        for name in used:
            part = self._kept[name]
            stamp = self._restamped.get(name)
            yield part if stamp is None else marshal.dumps((stamp, *marshal.loads(part)[1:]))
        for found in self._new.values():
            plain = plain_of(found.source, found.documents)
            yield b"" if plain is None else marshal.dumps((*found[:4], plain))


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
