"""Objects by a key such as kind and name, narrowed to some namespaces where many share the key.

The same name in many namespaces is the rule, not the exception, in what a cluster holds; a lookup that goes through
all of them for each of them would take the square of their number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from kubelint_lessons.manifests.namespaces import FILLED_IN_LATER, namespace_key
from kubelint_lessons.manifests.resources import Resource

EVERYWHERE = "\0everywhere"
"""The namespace of what is in none, and counts in all."""

_FEW = 8
"""So many are looked through one by one."""

_Item = TypeVar("_Item")


class Nearby(Generic[_Item]):
    """Finds items by key, in the order in which they were added; ``reach`` says in which namespaces one counts."""

    def __init__(self, reach: Callable[[_Item], Iterable[str | None]]) -> None:
        self._reach = reach
        self._items: dict[Hashable, list[_Item]] = {}
        self._split: dict[Hashable, dict[str | None, list[int]]] = {}

    def add(self, key: Hashable, item: _Item) -> None:
        """Take note of an item; all are added before the first is looked for."""
        found = self._items.get(key)
        if found is None:
            self._items[key] = [item]
        else:
            found.append(item)

    def around(self, key: Hashable, namespace: str | None) -> Sequence[_Item]:
        """Return all items of a key that may count in a namespace (None: nobody says which), and perhaps others."""
        found = self._items.get(key)
        if found is None:
            return ()
        return found if len(found) <= _FEW else self.find(key, maybe_same(namespace))

    def find(self, key: Hashable, namespaces: Collection[str | None] | None) -> Sequence[_Item]:
        """Return all items of a key that count in one of ``namespaces`` (None: in any), and perhaps others."""
        found = self._items.get(key)
        if found is None:
            return ()
        if namespaces is None or len(found) <= _FEW:
            return found
        split = self._split.get(key)
        if split is None:
            split = self._split[key] = {}
            for position, item in enumerate(found):
                for namespace in set(self._reach(item)):
                    split.setdefault(namespace, []).append(position)
        positions = {position for namespace in (*namespaces, EVERYWHERE) for position in split.get(namespace, ())}
        return [found[position] for position in sorted(positions)]


def maybe_same(namespace: str | None) -> tuple[str | None, ...] | None:
    """Return the namespaces, as ``namespace_key`` writes them, that may be the same as ``namespace``; None for all."""
    key = namespace_key(namespace)
    return None if key is None or key == FILLED_IN_LATER else (key, None, FILLED_IN_LATER)


def reach_of(resource: Resource) -> tuple[str | None, ...]:
    """Return the namespaces in which a name may mean ``resource``: its own, and the one that is written in it."""
    if not resource.is_namespaced:
        return (EVERYWHERE,)
    return namespace_key(resource.namespace), resource.original_namespace
