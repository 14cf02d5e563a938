"""Node labels of old, in everything that steers pods and volumes to nodes.

Source: the list of deprecated labels in https://github.com/kubernetes/kubernetes/blob/master/pkg/api/node/util.go
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Edit,
    FieldPath,
    Fix,
    Problem,
    Resource,
    alone,
    as_dict,
    as_list,
    needs_words,
)

_REPLACED = {
    "beta.kubernetes.io/arch": ("kubernetes.io/arch", "1.14"),
    "beta.kubernetes.io/os": ("kubernetes.io/os", "1.14"),
    "beta.kubernetes.io/instance-type": ("node.kubernetes.io/instance-type", "1.17"),
    "failure-domain.beta.kubernetes.io/region": ("topology.kubernetes.io/region", "1.17"),
    "failure-domain.beta.kubernetes.io/zone": ("topology.kubernetes.io/zone", "1.17"),
}
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


@alone
@needs_words(tuple(_REPLACED))
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for every place of a pod template, or of a volume, that names such a label."""
    if resource.kind == "PersistentVolume":
        node = as_dict(as_dict(resource.get("spec", "nodeAffinity")).get("required"))
        yield from _terms(resource, ("spec", "nodeAffinity", "required"), node)
        return
    template = resource.pod_template
    if template is None:
        return
    base: FieldPath = (*template.path, "spec")
    selector = as_dict(template.spec.get("nodeSelector"))
    for key in selector:
        if key in _REPLACED:
            path = (*base, "nodeSelector", key)
            new = _REPLACED[key][0]
            edit = Edit("rename", resource.place(*path), new)
            if new in selector:
                edit = Edit("remove", resource.place(*path))
            yield _problem(resource, path, key, edit if selector.get(new, selector[key]) == selector[key] else None)
    for index, item in enumerate(as_list(template.spec.get("topologySpreadConstraints"))):
        yield from _value(resource, (*base, "topologySpreadConstraints", index, "topologyKey"), item, "topologyKey")
    affinity = as_dict(template.spec.get("affinity"))
    node = as_dict(affinity.get("nodeAffinity"))
    route = (*base, "affinity", "nodeAffinity")
    yield from _terms(resource, (*route, _REQUIRED), as_dict(node.get(_REQUIRED)))
    for index, item in enumerate(as_list(node.get(_PREFERRED))):
        inner = (*route, _PREFERRED, index, "preference")
        yield from _expressions(resource, inner, as_dict(as_dict(item).get("preference")))
    for kind in ("podAffinity", "podAntiAffinity"):
        pods = as_dict(affinity.get(kind))
        for index, item in enumerate(as_list(pods.get(_REQUIRED))):
            inner = (*base, "affinity", kind, _REQUIRED, index, "topologyKey")
            yield from _value(resource, inner, item, "topologyKey")
        for index, item in enumerate(as_list(pods.get(_PREFERRED))):
            inner = (*base, "affinity", kind, _PREFERRED, index, "podAffinityTerm", "topologyKey")
            yield from _value(resource, inner, as_dict(item).get("podAffinityTerm"), "topologyKey")


def _terms(resource: Resource, route: FieldPath, selector: dict[str, Any]) -> Iterator[Problem]:
    for index, term in enumerate(as_list(selector.get("nodeSelectorTerms"))):
        yield from _expressions(resource, (*route, "nodeSelectorTerms", index), as_dict(term))


def _expressions(resource: Resource, route: FieldPath, term: dict[str, Any]) -> Iterator[Problem]:
    for index, item in enumerate(as_list(term.get("matchExpressions"))):
        yield from _value(resource, (*route, "matchExpressions", index, "key"), item, "key")


def _value(resource: Resource, path: FieldPath, item: Any, field: str) -> Iterator[Problem]:
    label = as_dict(item).get(field)
    if isinstance(label, str) and label in _REPLACED:
        yield _problem(resource, path, label, Edit("set", resource.place(*path), _REPLACED[label][0]))


def _problem(resource: Resource, path: FieldPath, label: str, edit: Edit | None) -> Problem:
    new, since = _REPLACED[label]
    return Problem(
        f"{resource.id} relies on the node label {label}, deprecated since Kubernetes {since}: it is {new} now",
        resource.place(*path),
        "deprecated",
        fix=None if edit is None else Fix(f"use {new}", (edit,), "unsafe"),
    )
