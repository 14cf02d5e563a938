"""Objects that hold the same value at a path: the join of ``same(Kind, by: path)``."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import product
from typing import Any

from kubelint_lessons.manifests.placeholders import is_placeholder
from kubelint_lessons.manifests.pointers import expand
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.location import FieldPath

Keyed = tuple[FieldPath, Resource, FieldPath]
_MAX_KEYS = 1000


class SameIndex:
    """Finds objects by the values at given paths; one index for each list of objects and each set of paths."""

    def __init__(self) -> None:
        self._indexes: dict[tuple[int, tuple[str, ...]], dict[Hashable, list[tuple[Resource, FieldPath]]]] = {}

    def find(
        self, resource: Resource, groups: Sequence[list[Resource]], by: tuple[str, ...]
    ) -> tuple[list[Keyed], bool]:
        """Return what shares a value with ``resource`` at every path of ``by``, and whether a value is still unknown.

        Where paths have several values (``spec.rules[*].host``), one in common is enough. The lists in ``groups`` must
        not change between calls.
        """
        found: list[Keyed] = []
        is_open = False
        for key, path in keys_of(resource, by):
            if key is None or resource.may_be_patched(*path):
                is_open = True
                continue
            for items in groups:
                found += [
                    (path, item, far) for item, far in self._index(items, by).get(key, ()) if item is not resource
                ]
        return found, is_open

    def _index(self, items: list[Resource], by: tuple[str, ...]) -> dict[Hashable, list[tuple[Resource, FieldPath]]]:
        name = (id(items), by)
        if name not in self._indexes:
            index: dict[Hashable, list[tuple[Resource, FieldPath]]] = {}
            for item in items:
                for key, path in keys_of(item, by):
                    if key is not None:
                        index.setdefault(key, []).append((item, path))
            self._indexes[name] = index
        return self._indexes[name]


def keys_of(resource: Resource, by: tuple[str, ...]) -> Iterator[tuple[Hashable, FieldPath]]:
    """Yield each combination of values at the paths, None for one that is filled in later, with the first route."""
    columns = [list(_values(resource, path)) for path in by]
    if not columns or not all(columns):
        return
    seen: set[Hashable] = set()
    for count, row in enumerate(product(*columns)):
        if count == _MAX_KEYS:
            return
        key = None if any(value is None for value, _ in row) else tuple(value for value, _ in row)
        if key not in seen:
            seen.add(key)
            yield key, row[0][1]


def _values(resource: Resource, path: str) -> Iterator[tuple[Hashable | None, FieldPath]]:
    if path in ("metadata.name", "metadata.namespace"):
        effective = resource.name if path == "metadata.name" else resource.namespace
        yield effective or "", tuple(path.split("."))
        return
    for route, value in expand(resource.data, _steps(path)):
        is_later = isinstance(value, str) and is_placeholder(value)
        yield (None if is_later else _frozen(value)), route


def _steps(path: str) -> list[str]:
    """Return the steps of a path; a key in brackets, ``labels["a.b/c"]``, is one step."""
    steps: list[str] = []
    rest = path
    while rest:
        if rest.startswith('["'):
            key, _, rest = rest[2:].partition('"]')
            steps.append(key)
        else:
            end = min((position for mark in (".", '["') if (position := rest.find(mark)) >= 0), default=len(rest))
            steps.append(rest[:end])
            rest = rest[end:]
        rest = rest.removeprefix(".")
    return steps


def _frozen(value: Any) -> Hashable:
    if isinstance(value, dict):
        return frozenset((key, _frozen(item)) for key, item in value.items())
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return type(value).__name__, value
