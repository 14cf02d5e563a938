"""Whether a workload may select the pods of another: a few look-ups, where a join would take far longer."""

from __future__ import annotations

from collections.abc import Iterable

from kubelint_lessons.manifests.namespaces import namespace_key
from kubelint_lessons.manifests.podlabels import POD_NAME, labels_of
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.selecting import PODS, written_labels


class Overlaps:
    """How many of some ``workloads`` have each label on their pods, namespace by namespace."""

    def __init__(self, workloads: Iterable[Resource]) -> None:
        self._holders: dict[str | None, dict[tuple[str, str], int]] = {}
        for workload in workloads:
            holders = self._holders.setdefault(namespace_key(workload.namespace), {})
            for pair in (labels_of(workload, PODS) or {}).items():
                holders[pair] = holders.get(pair, 0) + 1

    def may_select_others(self, workload: Resource) -> bool:
        """Return whether the selector of one of the workloads may certainly match the pods of another one.

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
