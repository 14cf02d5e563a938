"""The files of a project become sources and documents; what could not be read is said, never skipped silently."""

from __future__ import annotations

from collections.abc import Mapping

from kubelint_lessons.engine.facts import Facts
from kubelint_lessons.engine.marks import FirstLook
from kubelint_lessons.engine.reading import Reader, ReadFile, Wanted, is_manifest_name
from kubelint_lessons.engine.readings import Readings
from kubelint_lessons.engine.result import FileStatus, RunError
from kubelint_lessons.lessons.blobs import Blobs
from kubelint_lessons.manifests.classify import why
from kubelint_lessons.manifests.documents import Document, settle_patches
from kubelint_lessons.manifests.inputs import Project
from kubelint_lessons.manifests.load import NO_WORDS
from kubelint_lessons.manifests.problems import PROBLEM_KINDS
from kubelint_lessons.manifests.quickload import forget_rows
from kubelint_lessons.model.records import NamedTuple

_CHECKED = frozenset({"manifest", "list", "crd", "kustomize", "patch"})


class Collected(NamedTuple):
    """All files of a project that some rule may look at, and what to say about them.

    ``errors`` grows while places are looked up: a file may have changed meanwhile. ``wanted`` are also files that could
    not be read.
    """

    files: tuple[ReadFile, ...]
    errors: list[RunError]
    wanted: list[Wanted]

    @property
    def documents(self) -> tuple[Document, ...]:
        """Return every document, in file order."""
        return tuple(document for read in self.files for document in read.documents)


def collect(
    project: Project,
    wants_text: frozenset[str],
    bits: Mapping[str, int] = NO_WORDS,
    readings: Readings | None = None,
    jobs: int = 1,
    look: FirstLook | None = None,
    keeps_all: bool = False,
) -> Collected:
    """Return the project's files that may hold manifests, and those named in ``wants_text``, read.

    A file without read permission is an error when it is reported on, or belongs to the context of what is. So many
    processes as ``jobs`` says read (0: as many as pay), and ``look`` at documents while their values are open.
    ``keeps_all`` is as in ``Facts.close``.
    """
    named = (file.inside for file in project.files if file.inside.endswith("Chart.yaml"))
    charts = {head for head, _, name in (inside.rpartition("/") for inside in named) if name == "Chart.yaml"}
    wanted = [
        Wanted(file, "chart-template" if charts and _in_chart(file.inside, charts) else "")
        for file in project.files
        if is_manifest_name(file.inside) or file.is_given or file.inside in wants_text
    ]
    errors: list[RunError] = []
    facts = Facts(readings.blobs if readings is not None else Blobs(None), project.root, bits, len(project.files))
    files = Reader(facts, bits, readings, errors, look).read_all(wanted, jobs)
    facts.close(keeps_all)
    forget_rows()
    settle_patches(document for read in files for document in read.documents)
    return Collected(tuple(files), errors, wanted)


def status_of(read: ReadFile) -> FileStatus:
    """Return how a file was treated; the first reason where its documents were treated differently."""
    checked = resources = 0
    for document in read.documents:
        checked += document.document_class in _CHECKED
        resources += len(document.resources)
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


def _in_chart(inside: str, charts: set[str]) -> bool:
    """Return whether a file lies below ``templates/`` of a directory that holds a Chart.yaml."""
    head, found, _ = inside.partition("/templates/")
    if inside.startswith("templates/"):
        return "" in charts
    return bool(found) and head in charts
