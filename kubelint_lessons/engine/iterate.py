"""``each:`` — the elements of a resource that a rule judges one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from kubelint_lessons.lessons.paths import expand, parse_path
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.location import FieldPath

_ROLES = {
    "containers": ("container",),
    "initContainers": ("init",),
    "allContainers": ("container", "init", "ephemeral"),
}
NAMED = (*_ROLES, "volumes", "ports", "env")
"""What ``each:`` may say instead of a path; they mean the same in every kind of workload."""


class Item(NamedTuple):
    """One element, and its route in the resource; the whole resource has the empty route."""

    value: Any
    path: FieldPath


def items_of(resource: Resource, each: str) -> Iterator[Item]:
    """Yield the elements that ``each`` names; without it the resource as one item whose value is None.

    ``containers``, ``initContainers``, ``allContainers``, and their ``volumes``, ``ports`` and ``env`` come from the
    pod template; on a Service, ``ports`` are its own.
    """
    if not each:
        yield Item(None, ())
    elif each not in NAMED or (each == "ports" and resource.pod_template is None):
        path = "spec.ports[*]" if each == "ports" else each
        for route, value in expand(resource.data, parse_path(path)):
            yield Item(value, route)
    else:
        yield from _of_template(resource, each)


def _of_template(resource: Resource, each: str) -> Iterator[Item]:
    template = resource.pod_template
    if template is None:
        return
    if each == "volumes":
        yield from _list(template.spec.get("volumes"), (*template.path, "spec", "volumes"))
        return
    roles = _ROLES.get(each, _ROLES["allContainers"])
    for container in template.containers:
        if container.role not in roles:
            continue
        path = (*template.path, *container.path)
        if each in _ROLES:
            yield Item(container.data, path)
        else:
            yield from _list(container.data.get(each), (*path, each))


def _list(values: Any, path: FieldPath) -> Iterator[Item]:
    if isinstance(values, list):
        for index, value in enumerate(values):
            yield Item(value, (*path, index))
