"""Files become sources and documents: remembered or read, by several processes where that pays."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kubelint_lessons.engine.directives import MARK
from kubelint_lessons.engine.facts import Facts, Known, documents_from, plain_of
from kubelint_lessons.engine.jobs import processes_for, share
from kubelint_lessons.engine.marks import FirstLook
from kubelint_lessons.engine.readings import Readings, hash_of
from kubelint_lessons.engine.result import RunError
from kubelint_lessons.manifests.classify import Hint
from kubelint_lessons.manifests.documents import Document, documents_of
from kubelint_lessons.manifests.inputs import STDIN_NAME, InputFile
from kubelint_lessons.manifests.problems import PROBLEM_KINDS
from kubelint_lessons.manifests.shelf import Shelf
from kubelint_lessons.manifests.source import Source, read_source
from kubelint_lessons.model.records import NamedTuple

_ALWAYS_PARSED = (".yaml", ".yml")
_MANIFEST_SUFFIXES = (*_ALWAYS_PARSED, ".json")

_TYPICAL_BYTES = 1024
"""What most manifests have at least; nobody asks thousands of files for their size."""

_TO_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_CHUNK = 1 << 16

_MANY_FILES = 256
_FILES_IN_PIECE = 16
_MOST_PIECES = 64


class ReadFile(NamedTuple):
    """One file after reading; ``documents`` is empty for files that only text rules look at.

    ``is_marked`` says that ``MARK`` occurs in the text.
    """

    file: InputFile
    source: Source
    documents: tuple[Document, ...]
    is_marked: bool = True


class Wanted(NamedTuple):
    """A file to read, and what its place says about its documents."""

    file: InputFile
    hint: Hint


def is_manifest_name(inside: str) -> bool:
    """Return whether a file of this name may hold manifests."""
    return inside.endswith(_MANIFEST_SUFFIXES) or inside.rpartition("/")[2] == "Kustomization"


class _Piece(NamedTuple):
    """What another process read of the files of a piece, one by one: None where there is more to say than that."""

    number: int
    files: list[Known | None]


class Reader:
    """Reads the files of one run.

    ``errors`` are those of the run, which grow while places are looked up: a file may have changed meanwhile.
    """

    def __init__(
        self,
        facts: Facts,
        bits: Mapping[str, int],
        readings: Readings | None,
        errors: list[RunError],
        look: FirstLook | None = None,
    ) -> None:
        self._facts = facts
        self._bits = bits
        self._readings = readings
        self._errors = errors
        self._look = look
        self._values, self._texts = Shelf(), _Texts(errors, hash_of if readings is not None else _mark_of)
        self._words: dict[int, int] = {}
        """The words that documents hold: large numbers, of which many are the same."""

    def read_all(self, wanted: Sequence[Wanted], jobs: int) -> list[ReadFile]:
        """Return what the files hold, in their order, without those that cannot be read; ``jobs`` as in ``Settings``.

        A file that changed since the last run is read, all others are as they are remembered.
        """
        found: list[ReadFile | None] = []
        unread: list[int] = []
        for number, (file, hint) in enumerate(wanted):
            known = self._facts.unread(file, hint) if may_be_kept(file) else None
            found.append(None if known is None else self.known(file, known))
            if known is None:
                unread.append(number)
        errors: dict[int, RunError] = {}
        processes = processes_for(jobs, _size_of([wanted[number].file for number in unread])) if jobs != 1 else 1
        if processes == 1:
            for number in unread:
                found[number] = self._read(wanted[number], errors, number)
        else:
            self._read_together(wanted, unread, found, errors, processes)
        for number, read in enumerate(found):
            if read is not None:
                self._errors += _unreadable(read.file, read.source)
            elif number in errors:
                self._errors.append(errors[number])
        return [read for read in found if read is not None]

    def read(self, wanted: Wanted) -> ReadFile | None:
        """Return what one file holds; None where it cannot be read."""
        errors: dict[int, RunError] = {}
        read = self._read(wanted, errors, 0)
        self._errors += errors.values() if read is None else _unreadable(read.file, read.source)
        return read

    def _read_together(
        self,
        wanted: Sequence[Wanted],
        unread: Sequence[int],
        found: list[ReadFile | None],
        errors: dict[int, RunError],
        processes: int,
    ) -> None:
        """Read the files ``unread``, in pieces; what another process cannot say in plain values is read in this one."""
        size = max(_FILES_IN_PIECE, -(-len(unread) // _MOST_PIECES))
        here = os.getpid()

        def work(piece: int) -> _Piece:
            numbers = unread[piece * size : (piece + 1) * size]
            if os.getpid() != here:
                return _Piece(piece, [self._plain(wanted[number]) for number in numbers])
            for number in numbers:
                found[number] = self._read(wanted[number], errors, number)
            return _Piece(piece, [])

        def pack(read: _Piece) -> Any:
            return read.number, [None if known is None else tuple(known) for known in read.files]

        def unpack(plain: Any) -> _Piece:
            piece, files = plain
            for number, known in zip(unread[piece * size : (piece + 1) * size], files, strict=True):
                file = wanted[number].file
                if known is None:
                    found[number] = self._read(wanted[number], errors, number)
                else:
                    stamp, content, hint, is_marked, _ = known
                    read = found[number] = self.known(file, Known(*known))
                    if self._readings is not None:
                        self._readings.note_file(file.absolute, content)
                    self._facts.keep(file, stamp, content, hint, is_marked, read.source, read.documents)
            return _Piece(piece, [])

        share(-(-len(unread) // size), processes, work, pack, unpack)

    def _plain(self, wanted: Wanted) -> Known | None:
        """Return what a file holds as plain values, None where this process does not know how."""
        file, hint = wanted
        if not may_be_kept(file):
            return None
        stamp = self._facts.stamp(file)
        try:
            data = _read(file.absolute)
        except OSError:
            return None
        source = read_source(file.path, data)
        documents = self._documents(file, source, hint)
        plain = plain_of(source, documents)
        return None if plain is None else Known(stamp, self._texts.mark(data), hint, MARK in source.text, plain)

    def _read(self, wanted: Wanted, errors: dict[int, RunError], number: int) -> ReadFile | None:
        """Return what a file holds; None where it cannot be read, which ``errors`` tells under ``number``."""
        file, place = wanted
        is_kept = may_be_kept(file)
        stamp = self._facts.stamp(file) if is_kept else b""
        try:
            data = file.data if file.data is not None else _read(file.absolute)
        except FileNotFoundError:
            if file.is_given:  # any other vanished between listing and reading, as if listed a moment later
                errors[number] = RunError("input", "vanished while it was to be read", file.path, hint="lint again")
            return None
        except OSError as error:
            message = f"cannot be read: {error.strerror or error}"
            errors[number] = RunError(
                "input", message, file.path, hint="mend its permissions, or leave it out with --exclude"
            )
            return None
        content = self._texts.mark(data) if file.data is None else b""
        if self._readings is not None and file.data is None:
            self._readings.note_file(file.absolute, content)
        known = self._facts.read(file, stamp, place, content) if is_kept else None
        if known is not None:
            return self.known(file, known)
        source = read_source(file.path, data)
        documents = self._documents(file, source, place)
        read = ReadFile(file, source, documents, MARK in source.text)
        if is_kept:
            self._facts.keep(file, stamp, content, place, read.is_marked, source, documents)
        self._shelve(documents)
        if file.data is None:
            source.shelve(self._texts, file, content)
        return read

    def _documents(self, file: InputFile, source: Source, hint: Hint) -> tuple[Document, ...]:
        documents = documents_of(source, hint, self._bits) if _may_be_kubernetes(file, source) else ()
        if self._look is not None:
            for document in documents:
                self._look.at(document, file.is_reported)
        return documents

    def known(self, file: InputFile, known: Known) -> ReadFile:
        """Return a file as it is remembered; its text is read when somebody asks for it."""
        if self._readings is not None:
            self._readings.files[file.absolute] = known.hash
        source = Source.unread(file.path, self._texts, file, known.hash)
        documents = documents_from(source, known)
        self._shelve(documents)
        return ReadFile(file, source, documents, known.is_marked)

    def _shelve(self, documents: tuple[Document, ...]) -> None:
        for document in documents:
            document.words = self._words.setdefault(document.words, document.words)
            document.shelve(self._values)


class _Texts(Shelf):
    """Keeps the latest texts, reads others once more, and adds to ``errors`` what has changed since.

    ``mark`` makes of the bytes of a file what they are known by.
    """

    __slots__ = ("_errors", "mark")

    def __init__(self, errors: list[RunError], mark: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._errors = errors
        self.mark = mark

    def read_again(self, source: Source) -> str:
        """Return what the file of a source holds now."""
        try:
            data = _read(source.file.absolute)
        except OSError:
            data = b""
        if self.mark(data) != source.content:
            message = "changed while it was linted, so places in it may be off"
            error = RunError("input", message, source.path, hint="lint again")
            if error not in self._errors:
                self._errors.append(error)
        return read_source(source.path, data).text


def _mark_of(data: bytes) -> bytes:
    """Return what bytes are known by in this run, its processes included; a hash for later takes longer."""
    return hash(data).to_bytes(8, "little", signed=True)


def may_be_kept(file: InputFile) -> bool:
    """Return whether what a file holds may be remembered, and sent from one process to another."""
    return file.data is None and is_read_as_usual(file)


def is_read_as_usual(file: InputFile) -> bool:
    """Return whether a file has the same documents whether somebody gave it or not."""
    return not file.is_given or file.inside.endswith(_ALWAYS_PARSED)


def _read(path: str) -> bytes:
    """Return what a file holds; ``open`` would take twice as long."""
    handle = os.open(path, _TO_READ)
    try:
        parts = []
        while part := os.read(handle, _CHUNK):
            parts.append(part)
    finally:
        os.close(handle)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _size_of(files: Sequence[InputFile]) -> int:
    """Return about how many bytes there are to read."""
    if len(files) >= _MANY_FILES:
        return len(files) * _TYPICAL_BYTES
    size = 0
    for file in files:
        try:
            size += os.stat(file.absolute).st_size
        except OSError:
            continue  # whoever reads it will say so
    return size


def _may_be_kubernetes(file: InputFile, source: Source) -> bool:
    """Return whether it is worth parsing a file: JSON is full of data that is no manifest, and so are other files.

    A given JSON file is parsed whatever it holds, a given file of another name only where it looks like a manifest.
    """
    if is_manifest_name(file.inside):
        return file.is_given or not file.inside.endswith(".json") or _names_a_kind(source.text)
    return file.inside == STDIN_NAME or (file.is_given and _names_a_kind(source.text))


def _names_a_kind(text: str) -> bool:
    return "kind" in text and "apiVersion" in text


def _unreadable(file: InputFile, source: Source) -> list[RunError]:
    """Return the errors of a file that is too large or no text; others do not matter unless it was given."""
    errors = []
    for problem in source.problems:
        if PROBLEM_KINDS[problem.code].is_unreadable and (file.is_given or problem.code == "file-too-large"):
            hint = "leave it out with --exclude"
            errors.append(RunError("input", problem.message, file.path, problem.line, problem.column, hint))
    return errors
