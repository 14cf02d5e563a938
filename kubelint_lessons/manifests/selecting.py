"""Which objects select others by label, what they select, and where: one table for every rule.

What an absent or an empty selector means differs from kind to kind; each line of the table says it. Sources: the
Kubernetes API reference, and the API references of the Prometheus operator, Cilium and Istio.
"""

from __future__ import annotations

from typing import Any, Literal

from kubelint_lessons.manifests.podtemplates import as_dict, as_list, string_map, walk
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.selectors import (
    EVERYTHING,
    NOTHING,
    Selector,
    from_label_selector,
    from_labels,
    with_labels,
)
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

Form = Literal["labels", "selector"]
PODS = ("", "Pod")
"""Stands for the pods of every workload, of whatever kind."""


class Selecting(NamedTuple):
    """One selector of an object. ``namespaces`` is None where it reaches into every namespace.

    ``route`` leads to the label pairs, and ``first`` is the first key written there. ``is_certain`` is false where the
    reach hangs on labels of namespaces, or a patch touches the selector.
    """

    resource: Resource
    selector: Selector
    target: tuple[str, str]
    namespaces: frozenset[str | None] | None
    route: FieldPath
    is_certain: bool
    first: str | None


class _Line(NamedTuple):
    route: FieldPath
    form: Form
    absent: Selector
    target: tuple[str, str] = PODS
    reach: Literal["own", "selector", "labels"] = "own"
    reach_route: FieldPath = ("spec", "namespaceSelector")
    kustomize: Literal["always", "where-present", "never"] = "never"


_SELECTOR: FieldPath = ("spec", "selector")
_WORKLOAD = _Line(_SELECTOR, "selector", NOTHING, kustomize="always")
_POLICY = _Line(("spec", "podSelector"), "selector", EVERYTHING, kustomize="where-present")
_SERVICE_MONITOR = _Line(_SELECTOR, "selector", NOTHING, target=("", "Service"), reach="selector")
_POD_MONITOR = _Line(_SELECTOR, "selector", NOTHING, reach="selector")
_ISTIO = _Line(_SELECTOR, "selector", EVERYTHING)
_MONITORING = "monitoring.coreos.com"


def _prometheus(name: str, kind: str) -> _Line:
    return _Line(
        ("spec", f"{name}Selector"),
        "selector",
        NOTHING,
        target=(_MONITORING, kind),
        reach="labels",
        reach_route=("spec", f"{name}NamespaceSelector"),
    )


_PROMETHEUS = (
    _prometheus("serviceMonitor", "ServiceMonitor"),
    _prometheus("podMonitor", "PodMonitor"),
    _prometheus("probe", "Probe"),
    _prometheus("rule", "PrometheusRule"),
)

SELECTING: dict[tuple[str, str], tuple[_Line, ...]] = {
    ("", "Service"): (_Line(_SELECTOR, "labels", NOTHING, kustomize="always"),),
    ("", "ReplicationController"): (_Line(_SELECTOR, "labels", NOTHING, kustomize="always"),),
    **{("apps", kind): (_WORKLOAD,) for kind in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")},
    **{("extensions", kind): (_WORKLOAD,) for kind in ("Deployment", "ReplicaSet", "DaemonSet")},
    ("batch", "Job"): (_WORKLOAD._replace(kustomize="where-present"),),
    ("argoproj.io", "Rollout"): (_WORKLOAD._replace(kustomize="never"),),
    ("apps.kruise.io", "CloneSet"): (_WORKLOAD._replace(kustomize="never"),),
    ("apps.kruise.io", "StatefulSet"): (_WORKLOAD._replace(kustomize="never"),),
    ("apps.kruise.io", "DaemonSet"): (_WORKLOAD._replace(kustomize="never"),),
    ("networking.k8s.io", "NetworkPolicy"): (_POLICY,),
    ("extensions", "NetworkPolicy"): (_POLICY,),
    ("policy", "PodDisruptionBudget"): (_Line(_SELECTOR, "selector", NOTHING, kustomize="where-present"),),
    (_MONITORING, "ServiceMonitor"): (_SERVICE_MONITOR,),
    (_MONITORING, "PodMonitor"): (_POD_MONITOR,),
    ("operator.victoriametrics.com", "VMServiceScrape"): (_SERVICE_MONITOR,),
    ("operator.victoriametrics.com", "VMPodScrape"): (_POD_MONITOR,),
    ("monitoring.googleapis.com", "PodMonitoring"): (_Line(_SELECTOR, "selector", NOTHING),),
    (_MONITORING, "Prometheus"): _PROMETHEUS,
    (_MONITORING, "PrometheusAgent"): _PROMETHEUS[:3],
    ("cilium.io", "CiliumNetworkPolicy"): (_Line(("spec", "endpointSelector"), "selector", NOTHING),),
    ("security.istio.io", "AuthorizationPolicy"): (_ISTIO,),
    ("security.istio.io", "PeerAuthentication"): (_ISTIO,),
    ("security.istio.io", "RequestAuthentication"): (_ISTIO,),
}


def selecting_of(resource: Resource) -> tuple[Selecting, ...]:
    """Return the selectors of an object with what they reach; empty for kinds that select nothing."""
    lines = SELECTING.get((resource.group, resource.kind), ())
    return tuple(found for line in lines if (found := _read(resource, line)) is not None)


def stays_at_home(kind: tuple[str, str]) -> bool:
    """Return whether what objects of a kind select is in their own namespace, whatever is written in them."""
    return all(line.reach == "own" for line in SELECTING[kind])


def written_labels(resource: Resource) -> dict[Any, Any]:
    """Return labels that a workload's selector asks for, if it matches anything at all; not always all of them."""
    if resource.transform.selector_labels or SELECTING.get((resource.group, resource.kind)) != (_WORKLOAD,):
        return {}
    return as_dict(as_dict(walk(resource.data, _SELECTOR)).get("matchLabels"))


def _read(resource: Resource, line: _Line) -> Selecting | None:
    value = walk(resource.data, line.route)
    selector, route = _selector(resource, line, value)
    namespaces, is_certain = _reach(resource, line)
    is_certain = is_certain and not resource.may_be_patched(*line.route)
    written = value if line.form == "labels" else as_dict(value).get("matchLabels")
    first = next(iter(written), None) if isinstance(written, dict) else None
    return Selecting(resource, selector, line.target, namespaces, route, is_certain, first)


def _selector(resource: Resource, line: _Line, value: Any) -> tuple[Selector, FieldPath]:
    added = resource.transform.selector_labels if line.kustomize != "never" else ()
    if resource.kind == "Service" and resource.get("spec", "type") == "ExternalName":
        return NOTHING, line.route
    if line.form == "labels":
        selector = from_labels(value)
        if value is None and resource.kind == "ReplicationController":
            selector = from_labels(_template_labels(resource))
        if not added or (value and not selector.is_valid):
            return selector, line.route
        return with_labels(selector, added), line.route
    route = (*line.route, "matchLabels")
    if value is None:
        selector = line.absent
        if resource.group == "extensions" and line.absent is NOTHING:
            selector = from_labels(_template_labels(resource))
        if line.kustomize == "always" and added:
            selector = with_labels(selector, added)
        return selector, route
    selector = (
        _without_prefixes(from_label_selector(value)) if resource.group == "cilium.io" else (from_label_selector(value))
    )
    if value == {} and resource.kind == "PodDisruptionBudget" and resource.version == "v1beta1":
        return NOTHING, route
    is_present = isinstance(value, dict) and isinstance(value.get("matchLabels"), dict)
    if added and selector.is_valid and (line.kustomize == "always" or is_present):
        selector = with_labels(selector, added)
    return selector, route


def _reach(resource: Resource, line: _Line) -> tuple[frozenset[str | None] | None, bool]:
    own = frozenset({resource.namespace})
    if line.reach == "own":
        return own, True
    value = walk(resource.data, line.reach_route)
    if line.reach == "labels":
        if value is None:
            return own, True
        return None, value == {}
    settings = as_dict(value)
    if settings.get("any") is True:
        return None, True
    names = frozenset(name for name in as_list(settings.get("matchNames")) if isinstance(name, str))
    return (frozenset[str | None](names) if names else own), True


def _template_labels(resource: Resource) -> dict[str, str]:
    return string_map(walk(resource.data, ("spec", "template", "metadata", "labels")))


def _without_prefixes(selector: Selector) -> Selector:
    """Return a Cilium selector without the label sources: ``k8s:app`` means the pod label ``app``."""
    if not selector.is_valid:
        return selector
    return Selector(
        frozenset((_plain(key), value) for key, value in selector.pairs),
        frozenset(item._replace(key=_plain(item.key)) for item in selector.requirements),
    )


def _plain(key: str) -> str:
    return key.removeprefix("k8s:").removeprefix("any:")
