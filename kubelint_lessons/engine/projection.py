"""What CEL sees of a resource: the object, its pod template, and a short form of related resources."""

from __future__ import annotations

from typing import Any

from kubelint_lessons.lessons.paths import expand as expand_path
from kubelint_lessons.lessons.paths import parse_path
from kubelint_lessons.manifests.relation import Relation
from kubelint_lessons.manifests.resources import Resource

MOST_ITEMS = 100
"""A list of related resources holds at most this many; its Count has the number (DESIGN §4)."""


def variables_of(resource: Resource) -> dict[str, Any]:
    """Return ``variables``: podTemplate, podSpec and containers of any workload kind; empty for others.

    The same names hold in an exported ValidatingAdmissionPolicy; ``containers`` are the regular ones, then
    init and ephemeral containers.
    """
    template = resource.pod_template
    if template is None:
        return {}
    order = {"container": 0, "init": 1, "ephemeral": 2}
    containers = sorted(template.containers, key=lambda container: order[container.role])
    return {
        "podTemplate": template.data,
        "podSpec": template.spec,
        "containers": [container.data for container in containers],
    }


def relation_bindings(
    name: str, relation: Relation, fields: tuple[str, ...], *, with_items: bool = True
) -> dict[str, Any]:
    """Return the three CEL variables of one relation: its list, its Count and its State.

    Without items the list is left out, for rules that only count.
    """
    values: dict[str, Any] = {f"{name}Count": len(relation.items), f"{name}State": relation.state}
    if with_items:
        values[name] = [project(resource, fields) for resource in relation.items[:MOST_ITEMS]]
    return values


def project(resource: Resource, fields: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the short form of a related resource; ``fields`` are further paths, placed as in the object."""
    template = resource.pod_template
    containers = template.containers if template else ()
    short: dict[str, Any] = {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "name": resource.name,
        "namespace": resource.namespace or "",
        "labels": resource.labels,
        "annotations": resource.annotations,
        "containers": [
            {"name": container.name, "image": container.image, "ports": container.data.get("ports") or []}
            for container in containers
        ],
    }
    replicas = resource.get("spec", "replicas")
    if isinstance(replicas, int):
        short["replicas"] = replicas
    for field in fields:
        _add_field(short, resource, field)
    return short


def _add_field(short: dict[str, Any], resource: Resource, field: str) -> None:
    for route, value in expand_path(resource.data, parse_path(field)):
        target = short
        if all(isinstance(step, str) for step in route):
            for step in route[:-1]:
                branch = target.get(str(step))
                target[str(step)] = branch = dict(branch) if isinstance(branch, dict) else {}
                target = branch
            target[str(route[-1])] = value
