"""The labels that a selector meets: those of the metadata, or of the pods that a workload makes."""

from __future__ import annotations

from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.selecting import PODS
from kubelint_lessons.manifests.selectors import Selector
from kubelint_lessons.model.regexes import regex

POD_NAME = "statefulset.kubernetes.io/pod-name"
_JOB_NAMES = ("job-name", "batch.kubernetes.io/job-name")
_ORDINAL = regex(r"-\d+$")


def labels_of(resource: Resource, target: tuple[str, str]) -> dict[str, str] | None:
    """Return the labels of ``resource`` as ``target``: of its pods, or its own; None where it is no such thing.

    Labels that controllers add under the workload's own name are there too: a Service may select a single pod of
    a StatefulSet by ``statefulset.kubernetes.io/pod-name`` (here without its ordinal: see ``prepare``).
    """
    if not is_met(resource, target):
        return None
    if target == PODS:
        labels = resource.pod_labels
        if resource.kind == "StatefulSet":
            return {POD_NAME: resource.name, **labels}
        if resource.kind == "Job":
            return {**dict.fromkeys(_JOB_NAMES, resource.name), **labels}
        if resource.kind == "CronJob":
            return {**dict.fromkeys(_JOB_NAMES, f"{resource.name}-${{time}}"), **labels}
        return labels
    return resource.labels


def is_met(resource: Resource, target: tuple[str, str]) -> bool:
    """Return whether selectors for ``target`` may match ``resource``, or its pods."""
    return resource.is_workload if target == PODS else (resource.group, resource.kind) == target


def prepare(selector: Selector) -> Selector:
    """Return ``selector`` as it is compared with ``labels_of``: the name of a StatefulSet's pod without ordinal."""
    for key, _ in selector.pairs:
        if key == POD_NAME:
            break
    else:
        return selector
    pairs = frozenset((key, _ORDINAL.sub("", value) if key == POD_NAME else value) for key, value in selector.pairs)
    return selector._replace(pairs=pairs)
