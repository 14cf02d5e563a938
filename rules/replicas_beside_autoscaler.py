"""Finds autoscalers that fight or have nothing to do.

Two writers of one number: fixed replicas beside an autoscaler (``check``), two autoscalers on one resource
(``check_vertical``). And an autoscaler whose workload is not there (``check_target``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    Problem,
    RelatedPlace,
    Resource,
    as_dict,
    as_list,
    as_text,
    grouped,
    holding,
    needs_words,
)

_SCALERS = ("HorizontalPodAutoscaler", "keda.sh/ScaledObject")
_COMPUTE = ("cpu", "memory")
_TARGET = ("spec", "scaleTargetRef")
_MOST_SHOWN = 3


@needs_words("replicas", holding("HorizontalPodAutoscaler", "ScaledObject"))
def check(resource: Resource, context: Context) -> Iterable[Problem]:
    """Return a problem where a workload states the number of its pods and an autoscaler sets it as well."""
    by_name = _by_name(context)
    return _fixed(resource, context) if resource.name in by_name or resource.original_name in by_name else ()


def _fixed(resource: Resource, context: Context) -> Iterator[Problem]:
    replicas = resource.get("spec", "replicas")
    relations = context.relations
    if not isinstance(replicas, int) or replicas == 0 or resource.may_be_patched("spec", "replicas"):
        return
    if relations.is_ambiguous(resource) or context.once("argo", lambda: _argo_ignores_replicas(context)):
        return
    found = [*relations.related(resource, "targetedBy", kinds=_SCALERS).items, *_without_namespace(resource, context)]
    scalers = [scaler for scaler in found if _bounds(scaler) != (replicas, replicas)]
    if not scalers:
        return
    minimum, maximum = _bounds(scalers[0])
    yield Problem(
        f"{resource.id} fixes its replicas at {replicas}, but {scalers[0].id} scales it"
        f" from {minimum} to {'?' if maximum is None else maximum}",
        resource.place("spec", "replicas"),
        "every apply sets the number back to this",
        tuple(
            RelatedPlace(scaler.place("spec", "scaleTargetRef", "name"), "sets the number as well")
            for scaler in scalers[:3]
        ),
        Fix("leave the number to the autoscaler", (Edit("remove", resource.place("spec", "replicas")),), "unsafe"),
        note="kubectl apply scales to 1 pod once when the line disappears, see the first source",
    )


def check_vertical(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where a VerticalPodAutoscaler changes the requests that horizontal ones measure by."""
    target = as_dict(resource.get("spec", "targetRef"))
    mode = as_dict(resource.get("spec", "updatePolicy")).get("updateMode", "Auto")
    if mode in ("Off", "Initial") or context.relations.is_ambiguous(resource):
        return
    controlled = _controlled(resource)
    name, kind = as_text(target.get("name")), as_text(target.get("kind"))
    key = (resource.namespace, kind, name)
    measuring = context.once(key, lambda: _measuring(*key, context)) if name and kind else []
    meeting = [(names & controlled, scalers) for names, scalers in measuring if names & controlled]
    if not meeting:
        return
    scalers = sorted((pair for _, found in meeting for pair in found[:_MOST_SHOWN]), key=itemgetter(0))[:_MOST_SHOWN]
    shared = [name for name in _COMPUTE if any(name in names for names, _ in meeting)]
    count = sum(len(found) for _, found in meeting)
    who = f"{scalers[0][1].id} scales" if count == 1 else f"{scalers[0][1].id} and {count - 1} more scale"
    yield Problem(
        f"{resource.id} changes the {' and '.join(shared)} requests by which {who} the same pods",
        resource.place("spec", "targetRef", "name"),
        f"mode {mode}, controls {' and '.join(sorted(controlled))}",
        tuple(
            RelatedPlace(scaler.place("spec", "scaleTargetRef", "name"), "scales by utilization")
            for _, scaler in scalers
        ),
    )


def _measuring(
    namespace: str | None, kind: str, name: str, context: Context
) -> list[tuple[frozenset[str], list[tuple[int, Resource]]]]:
    """Return the autoscalers of one workload with their order, by which requests of its pods they measure."""
    found: dict[frozenset[str], list[tuple[int, Resource]]] = {}
    for position, scaler in enumerate(_by_name(context).get(name, ())):
        other = as_dict(scaler.get("spec", "scaleTargetRef"))
        scaled = other.get("kind", "Deployment" if scaler.kind == "ScaledObject" else None)
        if scaled == kind and scaler.namespace == namespace and not context.relations.is_ambiguous(scaler):
            found.setdefault(frozenset(_utilized(scaler) & set(_COMPUTE)), []).append((position, scaler))
    return list(found.items())


def check_target(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where the workload that an autoscaler names is not there."""
    from difflib import get_close_matches

    relations = context.relations
    found = relations.related(resource, "targets")
    if found.state != "absent" or relations.is_ambiguous(resource):
        return
    field = "targetRef" if resource.kind == "VerticalPodAutoscaler" else "scaleTargetRef"
    target = as_dict(resource.get("spec", field))
    name, kind = as_text(target.get("name")), as_text(target.get("kind")) or "Deployment"
    place = resource.place("spec", field, "name")
    named = context.once("named", lambda: _workloads_by_name(context)).get(name)
    here = context.once("here", lambda: grouped(relations.workloads(), lambda item: (item.namespace, item.kind)))
    near = {item.original_name: item for item in reversed(here.get((resource.namespace, kind), ()))}
    close = get_close_matches(name, list(reversed(near)), 1, 0.85)
    message = f'{resource.id} scales {kind} "{name}", which is not there'
    if named:
        label = f"it is a {named.kind}" if named.kind != kind else f"it is in {named.namespace or 'no namespace'}"
        yield Problem(message, place, label, (RelatedPlace(named.place("metadata", "name"), f"the {named.kind}"),))
    elif close:
        meant = near[close[0]]
        fix = Fix(f"scale {close[0]}", (Edit("set", place, close[0]),), "unsafe")
        related = (RelatedPlace(meant.place("metadata", "name"), "the closest name"),)
        yield Problem(message, place, f"no such {kind}", related, fix)
    else:
        yield Problem(message, place, f"no such {kind} here", at_most="warning")


def _workloads_by_name(context: Context) -> dict[str, Resource]:
    """Return the first workload of each name, as it is written or as the cluster sees it."""
    found: dict[str, Resource] = {}
    for item in context.relations.workloads():
        if item.kind != "Pod":
            found.setdefault(item.name, item)
            found.setdefault(item.original_name, item)
    return found


def _without_namespace(resource: Resource, context: Context) -> Iterator[Resource]:
    """Yield the autoscalers of the same file that name the workload, but of the two only one has a namespace."""
    for scaler in _by_name(context).get(resource.original_name, ()):
        is_near = scaler.document.source is resource.document.source
        if not is_near or (scaler.namespace is None) == (resource.namespace is None):
            continue  # before its values are asked for: in many namespaces may be one of this name
        if as_dict(scaler.get("spec", "scaleTargetRef")).get("kind", "Deployment") == resource.kind:
            yield scaler


def _by_name(context: Context) -> dict[str, list[Resource]]:
    """Return the autoscalers by the name of what they scale."""
    scalers = context.relations.of_kind(*_SCALERS)
    return context.once("by name", lambda: grouped(scalers, lambda item: as_text(item.get(*_TARGET, "name"))))


def _argo_ignores_replicas(context: Context) -> bool:
    """Return whether an Argo CD Application of the scope leaves replicas to whoever sets them in the cluster."""
    for application in context.relations.of_kind("argoproj.io/Application", "argoproj.io/ApplicationSet"):
        if "/spec/replicas" in str(application.data.get("spec")):
            return True
    return False


def _bounds(scaler: Resource) -> tuple[int, int | None]:
    """Return the least and the largest number of pods that an autoscaler sets."""
    is_keda = scaler.kind == "ScaledObject"
    minimum = scaler.get("spec", "minReplicaCount" if is_keda else "minReplicas", default=0 if is_keda else 1)
    maximum = scaler.get("spec", "maxReplicaCount" if is_keda else "maxReplicas", default=100 if is_keda else None)
    return minimum if isinstance(minimum, int) else 1, maximum if isinstance(maximum, int) else None


def _controlled(vertical: Resource) -> set[str]:
    """Return the resources whose requests a VerticalPodAutoscaler changes in some container."""
    policies = [as_dict(item) for item in as_list(vertical.get("spec", "resourcePolicy", "containerPolicies"))]
    found: set[str] = set()
    for policy in policies:
        if policy.get("mode") != "Off":
            found.update(as_text(name) for name in as_list(policy.get("controlledResources", list(_COMPUTE))))
    if not any(policy.get("containerName") == "*" for policy in policies):
        found.update(_COMPUTE)
    return found


def _utilized(scaler: Resource) -> set[str]:
    """Return the resources that an autoscaler measures in percent of the requests."""
    if scaler.kind == "ScaledObject":
        triggers = [as_dict(item) for item in as_list(scaler.get("spec", "triggers"))]
        return {as_text(trigger.get("type")) for trigger in triggers if _type_of_trigger(trigger) == "Utilization"}
    if scaler.version == "v1":
        return {"cpu"}
    metrics = [as_dict(item) for item in as_list(scaler.get("spec", "metrics"))]
    if not metrics:
        return {"cpu"}
    found = set()
    for metric in metrics:
        source = as_dict(metric.get("resource") or metric.get("containerResource"))
        if "averageUtilization" in as_dict(source.get("target")) or "targetAverageUtilization" in source:
            found.add(as_text(source.get("name")))
    return found


def _type_of_trigger(trigger: dict[str, Any]) -> Any:
    return trigger.get("metricType") or as_dict(trigger.get("metadata")).get("type") or "Utilization"
