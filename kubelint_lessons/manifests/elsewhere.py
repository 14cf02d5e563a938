"""What the other scopes hold: a join that finds nothing here but something there is unknown, not absent."""

from __future__ import annotations

from collections.abc import Iterable

from kubelint_lessons.manifests.joins import LabelIndex, Labelled
from kubelint_lessons.manifests.namespaces import same_namespace
from kubelint_lessons.manifests.podlabels import labels_of
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.selectors import Selector

Key = tuple[int, tuple[str | int, ...]]


def written_at(resource: Resource) -> Key:
    """Return what is the same for all views of one object."""
    return id(resource.document), resource.prefix


class Elsewhere:
    """All resources of a project, looked at only when a scope has no answer of its own."""

    def __init__(self) -> None:
        self._groups: tuple[tuple[Resource, ...], ...] = ()
        self._by_name: dict[tuple[str, str], list[Resource]] | None = None
        self._by_kind: dict[tuple[str, str], list[Resource]] | None = None
        self._labelled: dict[tuple[str, str], tuple[list[Resource], LabelIndex]] = {}

    def watch(self, groups: Iterable[tuple[Resource, ...]]) -> None:
        """Take note of all scopes' resources; called once, when the scopes are known."""
        self._groups = tuple(groups)

    def may_exist(
        self, kind: str, groups: frozenset[str] | None, name: str, namespace: str | None, here: frozenset[Key]
    ) -> bool:
        """Return whether another scope defines an object of this name that could be meant."""
        if self._by_name is None:
            self._by_name = {}
            for resource in self._all():
                self._by_name.setdefault((resource.kind, resource.name), []).append(resource)
        return any(
            (groups is None or found.group in groups)
            and written_at(found) not in here
            and (not found.is_namespaced or same_namespace(found.namespace, namespace) != "no")
            for found in self._by_name.get((kind, name), ())
        )

    def may_match(
        self,
        selector: Selector,
        target: tuple[str, str],
        namespaces: frozenset[str | None] | None,
        here: frozenset[Key],
    ) -> bool:
        """Return whether a selector could match something of another scope."""
        if target not in self._labelled:
            found = [item for item in self._all() if labels_of(item, target) is not None]
            entries = (Labelled(labels_of(item, target) or {}, item.namespace, True) for item in found)
            self._labelled[target] = (found, LabelIndex(entries))
        resources, index = self._labelled[target]
        matches = index.find(selector, namespaces)
        return matches.is_open or any(written_at(resources[item]) not in here for item in matches.certain)

    def others(self, group: str, kind: str, here: frozenset[Key]) -> list[Resource]:
        """Return the objects of a kind that only other scopes hold."""
        if self._by_kind is None:
            self._by_kind = {}
            for resource in self._all():
                self._by_kind.setdefault((resource.group, resource.kind), []).append(resource)
        return [item for item in self._by_kind.get((group, kind), ()) if written_at(item) not in here]

    def _all(self) -> Iterable[Resource]:
        for group in self._groups:
            yield from group
