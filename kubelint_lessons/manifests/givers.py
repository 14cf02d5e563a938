"""Who gives the name of an object: the join of names, asked from its other end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from kubelint_lessons.manifests.namespaces import namespace_key
from kubelint_lessons.manifests.nearby import Nearby
from kubelint_lessons.manifests.pointers import Pointer, Role, pointers_of
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.traits import name_key


class Givers:
    """The objects of a scope or a project by the names that they give of others; nobody's values are opened for it."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._near: Nearby[Resource] = Nearby(_reach)
        for near in resources:
            if near.traits.gives:
                for key in dict.fromkeys(near.traits.gives[::2]):
                    self._near.add(key, near)

    def find(self, role: Role, kind: str, name: str, namespaces: Collection[str | None] | None) -> Sequence[Resource]:
        """Return the objects that give a name, among them all that mean one of ``namespaces`` (None: any)."""
        return self._near.find(name_key(role, kind, name), namespaces)


def pointers_to(near: Resource, role: Role, kind: str, names: Collection[str]) -> Iterator[Pointer]:
    """Yield where ``near`` gives one of ``names`` of an object of a kind, in a role."""
    for pointer in pointers_of(near):
        if pointer.role == role and pointer.kind == kind and pointer.name in names:
            yield pointer


def _reach(near: Resource) -> tuple[str | None, ...]:
    """Return the namespaces that the names mean which an object gives."""
    stated = {namespace_key(namespace or near.namespace) for namespace in near.traits.gives[1::2]}
    return tuple(stated)
