"""How a project falls into scopes, remembered: for runs that report on a few of its files.

A layout holds numbers in place of objects: of a file among those that were read, of a document in it, of an object in
that. Whoever asks opens what it needs. It is true as long as each file holds what it held, or something of the same
outline (``manifests.outline``).
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from typing import Any

from kubelint_lessons.engine.collect import Collected, is_checked
from kubelint_lessons.lessons.blobs import Blobs, Room
from kubelint_lessons.lessons.cache import digest
from kubelint_lessons.manifests.classify import Hint
from kubelint_lessons.manifests.documents import Document
from kubelint_lessons.manifests.evidence import is_witness
from kubelint_lessons.manifests.inputs import Project
from kubelint_lessons.manifests.resources import Transform
from kubelint_lessons.manifests.scopes import Scope
from kubelint_lessons.model.records import NamedTuple

KIND = "layouts"
ROOM = Room(entries=24, total=64 << 20, largest=16 << 20)

Kind = tuple[str, str, bool]
"""apiVersion and kind of objects, and whether they are workloads."""

Member = tuple[int, int, int, int, int]
"""An object of a scope: the numbers of its file, its document, itself, its transform and its kind."""


class PlainScope(NamedTuple):
    """A scope; ``members`` are first its resources, so many as ``resources`` says, then its inputs."""

    root: str
    is_read: bool
    incomplete_because: tuple[str, ...]
    generated: tuple[tuple[str, str, str | None], ...]
    resources: int
    members: list[Member]


class Layout(NamedTuple):
    """The scopes of a project. ``wanted`` are the indexes of the files that were read, with what the place of each says
    about it, and the hash of what it held; numbers of files are places in these lists.

    ``inputs`` are the numbers of files that shape scopes, ``witnesses`` of those that tell of the cluster, or define
    kinds. ``is_unpatched`` says that there was no kustomization to patch anything.
    """

    wanted: list[int]
    hints: list[Hint]
    hashes: list[bytes]
    scopes: list[PlainScope]
    transforms: list[Transform]
    kinds: list[Kind]
    inputs: list[int]
    witnesses: list[int]
    is_unpatched: bool

    def reached(self, reported: Collection[int]) -> list[int]:
        """Return the indexes of the scopes of which something may be said in the files ``reported``.

        As ``judging.reachable``: those that hold something of them, and those that share a document with such a scope.
        """
        documents: set[tuple[int, int]] = set()
        for scope in self.scopes:
            if any(member[0] in reported for member in scope.members):
                documents.update(member[:2] for member in scope.members)
        return [
            index for index, scope in enumerate(self.scopes) if any(member[:2] in documents for member in scope.members)
        ]


class Layouts:
    """The layout of one project as it is kept between runs; no call raises."""

    def __init__(self, blobs: Blobs, project: Project, *asked: object) -> None:
        """``asked`` is what else decides which files are read and how."""
        self._blobs = blobs
        names = "\0".join([file.inside for file in project.files])
        self._key = digest(os.getcwd(), project.root, project.shown_root, names, repr(asked))

    def get(self) -> Layout | None:
        """Return what is kept, if anything is."""
        plain = self._blobs.get(KIND, self._key)
        try:
            layout = Layout(*plain)
            scopes = [PlainScope(*scope) for scope in layout.scopes]
            return layout._replace(scopes=scopes, transforms=[Transform(*plain) for plain in layout.transforms])
        except TypeError:
            return None

    def put(self, layout: Layout) -> None:
        """Keep a layout."""
        plain = layout._asdict()
        plain["scopes"] = [(*scope,) for scope in layout.scopes]
        plain["transforms"] = [(*transform,) for transform in layout.transforms]
        self._blobs.put(KIND, self._key, (*plain.values(),), ROOM)


def layout_of(project: Project, collected: Collected, scopes: Sequence[Scope], hashes: Sequence[bytes]) -> Layout:
    """Return the layout of a project all of whose wanted files could be read; ``hashes`` are those of the files."""
    places = {
        id(document): (number, position)
        for number, read in enumerate(collected.files)
        for position, document in enumerate(read.documents)
    }
    indexes = {file.inside: index for index, file in enumerate(project.files)}
    transforms: dict[Transform, int] = {}
    kinds: dict[Kind, int] = {}
    inputs: set[int] = set()
    plain: list[PlainScope] = []
    for scope in scopes:
        members: list[Member] = []
        for resource in (*scope.resources, *scope.inputs):
            number, position = places[id(resource.document)]
            kind = (resource.api_version, resource.kind, resource.is_workload)
            members.append(
                (
                    number,
                    position,
                    _position(resource.document, resource.prefix),
                    transforms.setdefault(resource.transform, len(transforms)),
                    kinds.setdefault(kind, len(kinds)),
                )
            )
        inputs.update(member[0] for member in members[len(scope.resources) :])
        generated = tuple((*item,) for item in scope.generated)
        told = (scope.root, scope.is_read, scope.incomplete_because, generated, len(scope.resources), members)
        plain.append(PlainScope(*told))
    return Layout(
        [indexes[wanted.file.inside] for wanted in collected.wanted],
        [wanted.hint for wanted in collected.wanted],
        list(hashes),
        plain,
        list(transforms),
        list(kinds),
        sorted(inputs),
        [number for number, read in enumerate(collected.files) if any(map(_tells, read.documents))],
        not any(document.document_class == "kustomize" for document in collected.documents),
    )


def _position(document: Document, prefix: Any) -> int:
    resources = document.resources
    return 0 if len(resources) == 1 else next(at for at, item in enumerate(resources) if item.prefix == prefix)


def _tells(document: Document) -> bool:
    return is_checked(document) and any(
        is_witness(resource) or resource.kind == "CustomResourceDefinition" for resource in document.resources
    )
