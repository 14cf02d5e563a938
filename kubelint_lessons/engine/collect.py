"""The files of a project become sources and documents; what could not be read is said, never skipped silently."""

from __future__ import annotations

from collections.abc import Mapping

from kubelint_lessons.engine.directives import MARK
from kubelint_lessons.engine.facts import Facts, Known, documents_from
from kubelint_lessons.engine.readings import Readings, hash_of
from kubelint_lessons.engine.result import FileStatus, RunError
from kubelint_lessons.lessons.blobs import Blobs
from kubelint_lessons.manifests.classify import Hint, why
from kubelint_lessons.manifests.documents import Document, documents_of, settle_patches
from kubelint_lessons.manifests.inputs import STDIN_NAME, InputFile, Project
from kubelint_lessons.manifests.load import NO_WORDS
from kubelint_lessons.manifests.problems import PROBLEM_KINDS
from kubelint_lessons.manifests.shelf import Shelf
from kubelint_lessons.manifests.source import Source, read_source
from kubelint_lessons.model.records import NamedTuple

_MANIFEST_SUFFIXES = (".yaml", ".yml", ".json")
_CHECKED = frozenset({"manifest", "list", "crd", "kustomize", "patch"})


class ReadFile(NamedTuple):
    """One file after reading; ``documents`` is empty for files that only text rules look at.

    ``is_marked`` says that ``MARK`` occurs in the text.
    """

    file: InputFile
    source: Source
    documents: tuple[Document, ...]
    is_marked: bool = True


class Collected(NamedTuple):
    """All files of a project that some rule may look at, and what to say about them.

    ``errors`` grows while places are looked up: a file may have changed meanwhile.
    """

    files: tuple[ReadFile, ...]
    errors: list[RunError]

    @property
    def documents(self) -> tuple[Document, ...]:
        """Return every document, in file order."""
        return tuple(document for read in self.files for document in read.documents)


def is_manifest_name(inside: str) -> bool:
    """Return whether a file of this name may hold manifests."""
    return inside.endswith(_MANIFEST_SUFFIXES) or inside.rpartition("/")[2] == "Kustomization"


def collect(
    project: Project,
    wants_text: frozenset[str],
    bits: Mapping[str, int] = NO_WORDS,
    readings: Readings | None = None,
) -> Collected:
    """Return the project's files that may hold manifests, and those named in ``wants_text``, read.

    A file without read permission is an error when it is reported on, or belongs to the context of what is.
    """
    charts = {
        file.inside.rpartition("/")[0] for file in project.files if file.inside.rpartition("/")[2] == "Chart.yaml"
    }
    files: list[ReadFile] = []
    errors: list[RunError] = []
    values, texts = Shelf(), Shelf()
    facts = Facts(readings.blobs if readings is not None else Blobs(None), project.root, bits, len(project.files))
    for file in project.files:
        if not (is_manifest_name(file.inside) or file.is_given or file.inside in wants_text):
            continue
        template: Hint = "chart-template" if _in_chart(file.inside, charts) else ""
        is_kept = file.data is None and not file.is_given
        stamp = facts.stamp(file) if is_kept else ()
        known = facts.unread(file, stamp, template) if is_kept else None
        if known is not None:
            files.append(_known_file(file, known, values, texts, errors, readings))
            continue
        try:
            data = file.data if file.data is not None else _read(file.absolute)
        except FileNotFoundError:
            if not file.is_given:
                continue  # it vanished between listing and reading, as if it had been listed a moment later
            errors.append(RunError("input", "vanished while it was to be read", file.path, hint="lint again"))
            continue
        except OSError as error:
            hint = "mend its permissions, or leave it out with --exclude"
            errors.append(RunError("input", f"cannot be read: {error.strerror or error}", file.path, hint=hint))
            continue
        content = hash_of(data) if file.data is None else b""
        if readings is not None and file.data is None:
            readings.note_file(file.absolute, content)
        known = facts.read(file, stamp, template, content) if is_kept else None
        if known is not None:
            files.append(_known_file(file, known, values, texts, errors, readings))
            continue
        source = read_source(file.path, data)
        errors += _unreadable(file, source)
        documents: tuple[Document, ...] = ()
        if _may_be_kubernetes(file, source):
            documents = documents_of(source, template, bits)
        files.append(ReadFile(file, source, documents, MARK in source.text))
        if is_kept:
            facts.keep(file, stamp, template, content, source, documents, files[-1].is_marked)
        for document in documents:
            if document.resources:
                document.shelve(values)
        if file.data is None:
            source.shelve(texts, _Again(file, content, errors))
    facts.close()
    settle_patches(document for read in files for document in read.documents)
    return Collected(tuple(files), errors)


def _known_file(
    file: InputFile, known: Known, values: Shelf, texts: Shelf, errors: list[RunError], readings: Readings | None
) -> ReadFile:
    """Return a file as it is remembered; its text is read when somebody asks for it."""
    if readings is not None:
        readings.note_file(file.absolute, known.hash)
    source = Source.unread(file.path, texts, _Again(file, known.hash, errors))
    documents = documents_from(source, known)
    for document in documents:
        if document.resources:
            document.shelve(values)
    return ReadFile(file, source, documents, known.is_marked)


def status_of(read: ReadFile) -> FileStatus:
    """Return how a file was treated; the first reason where its documents were treated differently."""
    checked = sum(document.document_class in _CHECKED for document in read.documents)
    resources = sum(len(document.resources) for document in read.documents)
    if checked or (read.documents and all(document.document_class == "empty" for document in read.documents)):
        state = "checked" if checked else why("empty")
    elif read.documents:
        state = next(why(document.document_class) for document in read.documents if document.document_class != "empty")
    elif read.source.problems:
        state = not_read(read)
    else:
        state = "text rules only"
    return FileStatus(read.file.path, state, len(read.documents), resources)


def not_read(read: ReadFile) -> str:
    """Return why a file that could hold manifests was not read as such: too large, no text."""
    return f"not read: {PROBLEM_KINDS[read.source.problems[0].code].meaning}"


def is_checked(document: Document) -> bool:
    """Return whether rules look at a document of this class."""
    return document.document_class in _CHECKED


class _Again:
    """Reads a file once more, and tells where it has changed since."""

    __slots__ = ("_errors", "_file", "_hash")

    def __init__(self, file: InputFile, content: bytes, errors: list[RunError]) -> None:
        self._file = file
        self._hash = content
        self._errors = errors

    def __call__(self) -> str:
        try:
            data = _read(self._file.absolute)
        except OSError:
            data = b""
        if hash_of(data) != self._hash:
            message = "changed while it was linted, so places in it may be off"
            error = RunError("input", message, self._file.path, hint="lint again")
            if error not in self._errors:
                self._errors.append(error)
        return read_source(self._file.path, data).text


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _may_be_kubernetes(file: InputFile, source: Source) -> bool:
    """Return whether it is worth parsing a file: JSON is full of data that is no manifest, and so are other files.

    A given JSON file is parsed whatever it holds, a given file of another name only where it looks like a manifest.
    """
    if is_manifest_name(file.inside):
        return file.is_given or not file.inside.endswith(".json") or _names_a_kind(source.text)
    return file.inside == STDIN_NAME or (file.is_given and _names_a_kind(source.text))


def _names_a_kind(text: str) -> bool:
    return "kind" in text and "apiVersion" in text


def _in_chart(inside: str, charts: set[str]) -> bool:
    """Return whether a file lies below ``templates/`` of a directory that holds a Chart.yaml."""
    head, found, _ = inside.partition("/templates/")
    if inside.startswith("templates/"):
        return "" in charts
    return bool(found) and head in charts


def _unreadable(file: InputFile, source: Source) -> list[RunError]:
    """Return the errors of a file that is too large or no text; others do not matter unless it was given."""
    errors = []
    for problem in source.problems:
        if PROBLEM_KINDS[problem.code].is_unreadable and (file.is_given or problem.code == "file-too-large"):
            hint = "leave it out with --exclude"
            errors.append(RunError("input", problem.message, file.path, problem.line, problem.column, hint))
    return errors
