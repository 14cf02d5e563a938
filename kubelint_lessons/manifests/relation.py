"""What a join inside one scope answers: what matches for certain, whether more might, and where that is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from kubelint_lessons.manifests.labeljoins import far_route, near_route
from kubelint_lessons.manifests.names import State
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.selecting import Selecting
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

RelationName = Literal[
    "selects", "selectedBy", "targets", "targetedBy", "references", "referencedBy", "owns", "ownedBy", "same"
]

MAX_LINKS = 200
"""Places of a relation are kept for this many items."""


class Link(NamedTuple):
    """One join: ``path`` in the object that was asked about leads to ``item``, and there to ``far``."""

    path: FieldPath
    item: Resource
    far: FieldPath = ()


class Relation(NamedTuple):
    """What is related to an object. ``missing`` are the routes of names that certainly lead nowhere."""

    items: tuple[Resource, ...]
    state: State
    places: tuple[Link, ...] = ()
    missing: tuple[FieldPath, ...] = ()


class Reference(NamedTuple):
    """One name that an object gives of another, on its own: where it stands, what it means, where it leads."""

    path: FieldPath
    kind: str
    name: str
    namespace: str | None
    key: str | None
    is_optional: bool
    items: tuple[Resource, ...]
    state: State


def joined(items: tuple[Resource, ...], links: list[Link], is_open: bool) -> Relation:
    """Return a relation with ``items``, each once, and the links that are kept."""
    state: State = "unknown" if is_open else "found" if items else "absent"
    return Relation(items, state, tuple(links))


def links_back(resource: Resource, selectings: Iterable[Selecting]) -> Iterator[Link]:
    """Yield the links of an object that is selected to the selectors."""
    for selecting in selectings:
        far, key = near_route(selecting)
        yield Link(far_route(resource, selecting.target, key), selecting.resource, far)


def unique(items: Iterable[Resource]) -> tuple[Resource, ...]:
    """Return every object once, in the order of its first."""
    return tuple({id(item): item for item in items}.values())
