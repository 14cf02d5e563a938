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
        namespace = namespace_key(resource.namespace)
        return any(
            (namespace in places or not stays_at_home(kind)) and names_kind(kinds, *kind)
            for kind, places in self._selecting.items()
        )

    def may_select_others(self, workload: Resource) -> bool:
        """Return whether the selector of one of the resources may certainly match the pods of another one.

        It does not where it asks for a label that no other has. That a variable may make them alike is not certain.
        """
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
