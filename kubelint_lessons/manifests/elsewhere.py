"""What the other scopes hold: a join that finds nothing here but something there is unknown, not absent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubelint_lessons.manifests.givers import Givers, pointers_to
from kubelint_lessons.manifests.labeljoins import LabelJoins
from kubelint_lessons.manifests.namespaces import same_namespace
from kubelint_lessons.manifests.nearby import Nearby, maybe_same, reach_of
from kubelint_lessons.manifests.pointers import Role
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.selecting import SELECTING, Selecting
from kubelint_lessons.model.location import FieldPath

Key = tuple[int, FieldPath]


def written_at(resource: Resource) -> Key:
    """Return what is the same for all views of one object."""
    return id(resource.document), resource.prefix


class Here:
    """The objects of the scope that asks; two views of one object are the same."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._resources = resources
        self._written: frozenset[Key] | None = None

    def __contains__(self, resource: Resource) -> bool:
        """Return whether the scope holds an object, in whatever view."""
        if self._written is None:
            self._written = frozenset(map(written_at, self._resources))
        return written_at(resource) in self._written


class Population:
    """The resources of all scopes of a project."""

    def __init__(self, groups: Iterable[tuple[Resource, ...]] = ()) -> None:
        """``groups`` are the resources of each scope."""
        self._groups = tuple(groups)
        self._by_kind: dict[str, list[Resource]] | None = None
        self._of: dict[tuple[str, str], list[Resource]] = {}

    def __iter__(self) -> Iterator[Resource]:
        """Yield the resources of one scope after the other."""
        for group in self._groups:
            yield from group

    def count_scopes(self) -> int:
        """Return how many scopes there are."""
        return len(self._groups)

    def kinds(self) -> set[tuple[str, str]]:
        """Return group and kind of all resources."""
        return {(resource.group, resource.kind) for resource in self}

    def of_kind(self, kind: str) -> Sequence[Resource]:
        """Return the objects of kinds with this name, of whatever group."""
        if self._by_kind is None:
            self._by_kind = {}
            for resource in self:
                self._by_kind.setdefault(resource.kind, []).append(resource)
        return self._by_kind.get(kind, ())

    def of(self, group: str, kind: str) -> Sequence[Resource]:
        """Return the objects of one kind."""
        found = self._of.get((group, kind))
        if found is None:
            found = self._of[group, kind] = [item for item in self.of_kind(kind) if item.group == group]
        return found


class Elsewhere:
    """All resources of a project, looked at only when a scope has no answer of its own.

    ``here`` are the objects that the asking scope holds itself.
    """

    def __init__(self) -> None:
        self._population = Population()
        self._by_name: dict[str, Nearby[Resource]] = {}
        self._givers: Givers | None = None
        self._joins: LabelJoins | None = None
        self._selecting_kinds: tuple[tuple[str, str], ...] | None = None

    def watch(self, population: Population) -> None:
        """Take note of all scopes' resources; called once, when the scopes are known."""
        self._population = population

    def may_exist(self, kind: str, groups: frozenset[str] | None, name: str, namespace: str | None, here: Here) -> bool:
        """Return whether another scope defines an object of this name that could be meant."""
        if self._is_alone():
            return False
        by_name = self._by_name.get(kind)
        if by_name is None:
            by_name = self._by_name[kind] = Nearby(reach_of)
            for resource in self._population.of_kind(kind):
                by_name.add(resource.name, resource)
        return any(
            (groups is None or found.group in groups)
            and found not in here
            and (not found.is_namespaced or same_namespace(found.namespace, namespace) != "no")
            for found in by_name.around(name, namespace)
        )

    def may_match(self, selecting: Selecting, here: Here) -> bool:
        """Return whether a selector could match something of another scope."""
        if self._is_alone():
            return False
        found = self._all_joins().selected_by(selecting)
        return found.is_open or any(item not in here for item in found.items)

    def selecting_kinds(self) -> tuple[tuple[str, str], ...]:
        """Return the kinds with selectors that any scope of the project holds."""
        if self._selecting_kinds is None:
            held = self._population.kinds()
            self._selecting_kinds = tuple(kind for kind in SELECTING if kind in held)
        return self._selecting_kinds

    def may_select(self, resource: Resource, kind: tuple[str, str], here: Here) -> bool:
        """Return whether a selector of another scope could match ``resource``; ``kind`` is what holds the selector."""
        if self._is_alone():
            return False
        found = self._all_joins().selecting(resource, kind)
        return found.is_open or any(item not in here for item in found.items)

    def may_point_at(self, resource: Resource, role: Role, here: Here) -> bool:
        """Return whether an object of another scope gives the name of ``resource``."""
        if self._is_alone():
            return False
        if self._givers is None:
            self._givers = Givers(self._population)
        wanted = maybe_same(resource.namespace) if resource.is_namespaced else None
        return any(
            (pointer.groups is None or resource.group in pointer.groups)
            and (not resource.is_namespaced or same_namespace(pointer.namespace, resource.namespace) != "no")
            for near in self._givers.find(role, resource.kind, resource.name, wanted)
            if near not in here
            for pointer in pointers_to(near, role, resource.kind, (resource.name,))
        )

    def others(self, group: str, kind: str, here: Here | None) -> list[Resource]:
        """Return the objects of a kind that only other scopes hold; ``here`` is None where this one holds none."""
        if self._is_alone():
            return []
        found = self._population.of(group, kind)
        return list(found) if here is None else [item for item in found if item not in here]

    def _is_alone(self) -> bool:
        return self._population.count_scopes() < 2

    def _all_joins(self) -> LabelJoins:
        if self._joins is None:
            self._joins = LabelJoins(self._population, frozenset())
        return self._joins
