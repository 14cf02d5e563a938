"""Finds PodDisruptionBudgets that never allow an eviction, by the number of pods that the manifests ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, RelatedPlace, Resource, regex

_PERCENT = regex(r"(\d{1,3})%")
_SCALABLE = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout"})
_SCALERS = ("HorizontalPodAutoscaler", "keda.sh/ScaledObject")


def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where a budget keeps all pods that it selects."""
    if resource.may_be_patched("spec") or context.relations.is_ambiguous(resource):
        return
    least, most = resource.get("spec", "minAvailable"), resource.get("spec", "maxUnavailable")
    if most is not None and least is None and _number(most, 1) == 0:
        yield _problem(resource, "maxUnavailable", f"maxUnavailable {most} allows no eviction", ())
        return
    if least is None and most is None and resource.get("spec", "selector") is not None:
        yield _problem(resource, "maxUnavailable", "without minAvailable and maxUnavailable it allows no eviction", ())
        return
    if least is None or most is not None:
        return
    if str(least) == "100%":
        yield _problem(resource, "minAvailable", "minAvailable 100% allows no eviction", ())
        return
    found = context.relations.related(resource, "selects")
    pods = context.for_all(found.items, "pods", lambda: _pods(found.items, context)) if found.state == "found" else None
    needed = _number(least, pods or 0)
    if not pods or needed is None or needed < pods:
        return
    who = str(found.items[0].id) if len(found.items) == 1 else f"{len(found.items)} workloads"
    is_more = needed > pods
    reason = f"it keeps {needed}, and {who} has {pods} {'pod' if pods == 1 else 'pods'}{' only' if is_more else ''}"
    links = found.places[:3]
    related = tuple(RelatedPlace(_place_of_number(link.item), f"{link.item.id}") for link in links)
    yield _problem(resource, "minAvailable", reason, related)


def _problem(resource: Resource, field: str, reason: str, related: tuple[RelatedPlace, ...]) -> Problem:
    edits = [Edit("set", resource.place("spec", "maxUnavailable"), 1)]
    if field == "minAvailable":
        edits.insert(0, Edit("remove", resource.place("spec", "minAvailable")))
    return Problem(
        f'PodDisruptionBudget "{resource.name}" lets no pod be evicted: {reason}',
        resource.place("spec", field),
        "kubectl drain waits for ever",
        related,
        Fix("let one pod at a time be evicted: maxUnavailable 1", tuple(edits), "unsafe"),
    )


def _place_of_number(workload: Resource) -> Any:
    has_number = workload.get("spec", "replicas") is not None
    return workload.place("spec", "replicas") if has_number else workload.place("metadata", "name")


def _pods(workloads: tuple[Resource, ...], context: Context) -> int | None:
    """Return how many pods the workloads are meant to have, None where that of one is not known."""
    expected = [_expected(item, context) for item in workloads]
    return None if None in expected else sum(number or 0 for number in expected)


def _expected(workload: Resource, context: Context) -> int | None:
    """Return the least number of pods that a workload is meant to have, None where that is not known."""
    relations = context.relations
    if workload.kind not in _SCALABLE or relations.is_ambiguous(workload):
        return None
    if workload.may_be_patched("spec", "replicas"):
        return None
    is_scaled = bool(relations.of_kind(*_SCALERS))
    scalers = relations.related(workload, "targetedBy", kinds=_SCALERS).items if is_scaled else ()
    if scalers:
        if len(scalers) > 1:
            return None
        is_keda = scalers[0].kind == "ScaledObject"  # whose least number is 0 unless it is set
        replicas = (
            scalers[0].get("spec", "minReplicaCount") if is_keda else scalers[0].get("spec", "minReplicas", default=1)
        )
    else:
        replicas = workload.get("spec", "replicas", default=1)
    return replicas if isinstance(replicas, int) else None


def _number(value: Any, pods: int) -> int | None:
    """Return an absolute or relative number of pods, rounded up as the disruption controller does."""
    if isinstance(value, int):
        return value
    percent = _PERCENT.fullmatch(str(value))
    return -(-int(percent[1]) * pods // 100) if percent is not None else None
