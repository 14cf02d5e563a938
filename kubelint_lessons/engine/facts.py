"""What the files of a project hold, remembered: a file that did not change since the last run is not parsed again.

Kept are documents without anything to say about how they read, of files that nobody named: their values packed, and
where they stand. A file is known by its stamp, or by a hash of its content where that does not tell.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
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


class Facts:
    """The facts of one project during one run; no call raises."""

    def __init__(self, blobs: Blobs, root: str, bits: Mapping[str, int], files: int) -> None:
        """Use what is kept of the project at ``root``, with ``bits`` as its documents were read with."""
        self._blobs = blobs if files >= FEWEST_FILES else Blobs(None)
        self._key = digest(root, repr(sorted(bits.items())))
        self._now = time.time_ns()
        self._new: dict[str, Known] = {}
        self._used: dict[str, Known] = {}
        kept = self._blobs.get(KIND, self._key)
        self._kept: dict[str, Any] = kept if isinstance(kept, dict) else {}

    @property
    def is_kept(self) -> bool:
        """Return whether what is noted here is kept for later runs."""
        return self._blobs.is_kept

    def stamp(self, file: InputFile) -> Stamp:
        """Return how a file looks before it is read."""
        return stamp_of(file.absolute) if self._blobs.is_kept else b""

    def unread(self, file: InputFile, hint: str) -> Known | None:
        """Return what is known of a file that need not be read."""
        plain = self._kept.get(file.inside)
        if plain is None or plain[2] != hint:
            return None
        stamp = file.stamp or self.stamp(file)
        if not stamp or plain[0] != stamp:
            return None
        known = self._used[file.inside] = Known(*plain)
        return known

    def read(self, file: InputFile, stamp: Stamp, hint: str, content: bytes) -> Known | None:
        """Return what is known of a file whose bytes have the hash ``content``."""
        plain = self._kept.get(file.inside)
        if plain is None or plain[2] != hint or plain[1] != content:
            return None
        (sure,) = settled([stamp], self._now)
        known = Known(*plain)._replace(stamp=sure)
        (self._new if sure else self._used)[file.inside] = known
        return known

    def keep(self, file: InputFile, known: Known) -> None:
        """Take note of what was found in a file."""
        if self._blobs.is_kept:
            (sure,) = settled([known.stamp], self._now)
            self._new[file.inside] = known._replace(stamp=sure)

    def close(self) -> None:
        """Write what is kept, if enough is new."""
        if len(self._new) * _SHARE > len(self._used) + len(self._new):
            value = {name: tuple(known) for name, known in {**self._used, **self._new}.items()}
            self._blobs.put(KIND, self._key, value, ROOM)
        self._kept, self._new, self._used = {}, {}, {}


def plain_of(source: Source, documents: tuple[Document, ...]) -> list[tuple[Any, ...]] | None:
    """Return the documents of a file as they are kept; None where there is more to say about how it reads."""
    if source.problems or source.bad_offsets:
        return None
    packed = [document.pack() for document in documents]
    plain = [document for document in packed if document is not None]
    return plain if len(plain) == len(packed) else None


def documents_from(source: Source, known: Known) -> tuple[Document, ...]:
    """Return the documents that are kept of a file."""
    return tuple(Document.unpack(source, *plain) for plain in known.documents)
