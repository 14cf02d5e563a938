"""Whether a label join may find anything for certain: a few look-ups, where the join would take far longer."""

from __future__ import annotations

from collections.abc import Iterable

from kubelint_lessons.manifests.kindfilters import Kinds, names_kind
from kubelint_lessons.manifests.namespaces import namespace_key
from kubelint_lessons.manifests.podlabels import POD_NAME, labels_of
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.selecting import PODS, SELECTING, stays_at_home, written_labels


class Overlaps:
    """The labels of pods in each namespace, with how many workloads have them, and the kinds with selectors there."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._holders: dict[str | None, dict[tuple[str, str], int]] = {}
        self._selecting: dict[tuple[str, str], set[str | None]] = {}
        self._reached: dict[Kinds, frozenset[str | None] | None] = {}
        self._last: tuple[Resource | None, bool] = None, False
        for resource in resources:
            if resource.template_path is not None:
                holders = self._holders.setdefault(namespace_key(resource.namespace), {})
                for pair in (labels_of(resource, PODS) or {}).items():
                    holders[pair] = holders.get(pair, 0) + 1
            kind = resource.group, resource.kind
            if kind in SELECTING:
                self._selecting.setdefault(kind, set()).add(namespace_key(resource.namespace))

    def may_be_selected(self, resource: Resource, kinds: Kinds) -> bool:
        """Return whether an object of ``kinds`` may certainly select a resource, or its pods, in its namespace."""
        key = tuple(kinds)
        if key not in self._reached:
            self._reached[key] = self._reach_of(key)
        reached = self._reached[key]
        return reached is None or namespace_key(resource.namespace) in reached

    def _reach_of(self, kinds: Kinds) -> frozenset[str | None] | None:
        """Return the namespaces into which objects of ``kinds`` select; None where one may select into any."""
        meant = [kind for kind in self._selecting if names_kind(kinds, *kind)]
        if not all(map(stays_at_home, meant)):
            return None
        return frozenset(namespace for kind in meant for namespace in self._selecting[kind])

    def may_select_others(self, workload: Resource) -> bool:
        """Return whether the selector of one of the resources may certainly match the pods of another one.

        It does not where it asks for a label that no other has. That a variable may make them alike is not certain.
        Rules ask the same of a workload one after the other.
        """
        if self._last[0] is not workload:
            self._last = workload, self._selects_others(workload)
        return self._last[1]

    def _selects_others(self, workload: Resource) -> bool:
        written = written_labels(workload)
        if not written:
            return True
        own = labels_of(workload, PODS) or {}
        holders = self._holders.get(namespace_key(workload.namespace), {})
        for key, value in written.items():
            if key.__class__ is not str or value.__class__ is not str or key == POD_NAME:
                continue
            if holders.get((key, value), 0) <= (own.get(key) == value):
                return False
        return True
