"""Which objects of a run are judged together, and by how many processes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from kubelint_lessons.engine.jobs import share
from kubelint_lessons.engine.parts import Packer, Part, joined
from kubelint_lessons.engine.result import RunError
from kubelint_lessons.manifests.documents import Document
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import Scope

Group = tuple[Scope, Sequence[Resource]]
"""Some objects of one scope."""

_SHARE, _LEAST_SHARE = 12, 96
"""A piece is one of so many of the objects that are left, but not less than one of so many of all: large ones first, so
that most scopes stay whole, whose indexes every process that judges a part of them has to build; small ones at last, so
that processes end at about the same time."""


def groups_of(scopes: Sequence[Scope]) -> list[Group]:
    """Return all objects of each scope, in the order in which they are judged."""
    return [(scope, (*scope.resources, *scope.inputs)) for scope in scopes]


def reachable(groups: Sequence[Group], reported: Collection[str]) -> list[Group]:
    """Return ``groups`` with only those objects of which something could be said that is reported.

    Nothing joins across scopes, so these are all objects of the scopes that hold something of a reported file. Where a
    file belongs to several scopes, its objects count in all of them: what is found twice is said of the first.
    """
    documents: set[int] = set()
    for _, objects in groups:
        if any(resource.document.source.path in reported for resource in objects):
            documents.update(id(resource.document) for resource in objects)
    found: list[Group] = []
    for scope, objects in groups:
        kept = tuple(resource for resource in objects if id(resource.document) in documents)
        if kept:
            found.append((scope, kept))
    return found


def size_of(groups: Sequence[Group]) -> int:
    """Return how many characters of manifests there are to judge."""
    documents = {id(item.document): item.document for _, objects in groups for item in objects}
    return sum(document.size for document in documents.values())


def pieces_of(groups: Sequence[Group]) -> list[list[Group]]:
    """Return ``groups`` in pieces that grow smaller; only what is larger than one is divided.

    Two neighbours together are larger than the size aimed at, so there are at most about twice as many as that needs.
    """
    left = sum(len(objects) for _, objects in groups)
    least = max(1, left // _LEAST_SHARE)
    pieces: list[list[Group]] = []
    room = 0
    for scope, objects in groups:
        start = 0
        while start < len(objects):
            size = max(least, left // _SHARE)
            taken = objects[start : start + size]
            if len(taken) > room:
                pieces.append([])
                room = size
            pieces[-1].append((scope, taken))
            room -= len(taken)
            left -= len(taken)
            start += len(taken)
    return pieces


def judge_together(
    groups: Sequence[Group],
    judge: Callable[[Sequence[Group]], Part],
    documents: Sequence[Document],
    errors: list[RunError],
    processes: int,
) -> Part:
    """Return what ``judge`` says of ``groups``, worked out in pieces by several processes.

    ``errors`` is where files that have changed are noted while ``judge`` works; those of other processes are added.
    """
    pieces = pieces_of(groups)
    packer = Packer(documents)

    def work(number: int) -> Part:
        before = len(errors)
        part = judge(pieces[number])
        part.changed = errors[before:]
        return part

    return joined(share(len(pieces), processes, work, packer.pack, packer.unpack), errors)
