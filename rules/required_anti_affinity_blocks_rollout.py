"""Replicas that must each have a node of their own, on a cluster that has no node left for one more.

How a rolling update rounds: ``maxUnavailable`` down, ``maxSurge`` up, 25% each where they are left out
(https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-unavailable).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Edit,
    FieldPath,
    Fix,
    PodTemplate,
    Problem,
    Resource,
    alone,
    as_dict,
    as_list,
    from_label_selector,
    needs_words,
)

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


@alone
@needs_words("podAntiAffinity", "kubernetes.io/hostname")
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where an update, or already the replicas, need more nodes than there are."""
    template, replicas = workload.pod_template, workload.get("spec", "replicas")
    fact = context.platform.get("nodes.schedulable")
    nodes = fact.value if fact else None
    if template is None or not _is_number(replicas) or not _is_number(nodes) or template.spec.get("tolerations"):
        return
    if replicas < nodes or workload.may_be_patched("spec", "replicas") or workload.may_be_patched("spec", "strategy"):
        return
    path = _own_term(template)
    if path is None:
        return
    place = template.place(*path)
    if replicas > nodes:
        yield Problem(
            f"{workload.id} wants {replicas} pods, each on a node of its own, but there are {nodes} nodes",
            place,
            "one pod a node",
            note="a required rule leaves the pods that are too many Pending; a preferred one does not",
        )
    elif workload.kind == "Deployment" and _needs_one_more(workload, replicas):
        strategy = ("spec", "strategy", "rollingUpdate")
        edits = (
            Edit("set", workload.place(*strategy, "maxSurge"), 0),
            Edit("set", workload.place(*strategy, "maxUnavailable"), 1),
        )
        yield Problem(
            f"an update of {workload.id} needs a node more than the {nodes} that its {replicas} pods already occupy",
            place,
            "one pod a node",
            fix=Fix("stop an old pod before starting a new one", edits, "unsafe"),
        )


def _own_term(template: PodTemplate) -> FieldPath | None:
    """Return the route of the term that keeps the pods of this workload on different nodes, None without one.

    A term with ``matchLabelKeys`` may look at the pods of the new version only.
    """
    route: FieldPath = ("spec", "affinity", "podAntiAffinity", _REQUIRED)
    affinity = as_dict(as_dict(template.spec.get("affinity")).get("podAntiAffinity"))
    for index, item in enumerate(as_list(affinity.get(_REQUIRED))):
        term = as_dict(item)
        if term.get("topologyKey") != "kubernetes.io/hostname" or "matchLabelKeys" in term:
            continue
        if from_label_selector(term.get("labelSelector")).matches(template.labels):
            return (*route, index, "topologyKey")
    return None


def _needs_one_more(workload: Resource, replicas: int) -> bool:
    """Return whether a rolling update must start a new pod before it may stop an old one."""
    strategy = as_dict(workload.get("spec", "strategy"))
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return False
    update = as_dict(strategy.get("rollingUpdate"))
    unavailable = _share(update.get("maxUnavailable", "25%"), replicas)
    surge = _share(update.get("maxSurge", "25%"), replicas, rounds_up=True)
    return unavailable == 0 and bool(surge)


def _share(value: Any, replicas: int, *, rounds_up: bool = False) -> int | None:
    """Return a number of pods, or a percentage of them; None for anything else."""
    if _is_number(value):
        return int(value)
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit():
        return (int(value[:-1]) * replicas + (99 if rounds_up else 0)) // 100
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
