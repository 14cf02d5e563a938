"""Pod templates and their containers, wherever a workload keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from kubelint_lessons.manifests import kinds
from kubelint_lessons.model.location import FieldPath, Place, Spot

if TYPE_CHECKING:
    from kubelint_lessons.manifests.resources import Resource

Role = Literal["container", "init", "ephemeral"]

CONTAINER_LISTS: tuple[tuple[str, Role], ...] = (
    ("initContainers", "init"),
    ("containers", "container"),
    ("ephemeralContainers", "ephemeral"),
)

_KUSTOMIZE_LABELS_TEMPLATE = frozenset(
    {
        ("", "ReplicationController"),
        ("apps", "Deployment"),
        ("apps", "ReplicaSet"),
        ("apps", "DaemonSet"),
        ("apps", "StatefulSet"),
        ("extensions", "Deployment"),
        ("extensions", "ReplicaSet"),
        ("extensions", "DaemonSet"),
        ("batch", "Job"),
        ("batch", "CronJob"),
    }
)
"""Kinds into whose pod template kustomize writes common labels (its built-in field specs)."""


def walk(data: Any, path: FieldPath) -> Any:
    """Return what lies at ``path``, or None where a step does not exist."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(data, list) or not -len(data) <= step < len(data):
                return None
            data = data[step]
        else:
            if not isinstance(data, dict):
                return None
            data = data.get(step)
    return data


def as_dict(value: Any) -> dict[str, Any]:
    """Return ``value`` where it is a map, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Return ``value`` where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """Return ``value`` where it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def string_map(value: Any) -> dict[str, str]:
    """Return the entries of a map whose key and value are strings; labels and annotations hold nothing else."""
    if not isinstance(value, dict):
        return {}
    return {key: item for key, item in value.items() if isinstance(key, str) and isinstance(item, str)}


class Container:
    """One container of a pod template; ``path`` is relative to the template.

    The template holds its containers. They find it by way of the resource: a cycle would keep the values of every
    workload in memory until the next garbage collection.
    """

    __slots__ = ("_resource", "data", "image", "name", "path", "role")

    def __init__(self, resource: Resource, role: Role, path: FieldPath, data: dict[str, Any]) -> None:
        self._resource = resource
        self.role = role
        self.path = path
        self.data = data
        self.name = as_text(data.get("name"))
        self.image = as_text(data.get("image"))

    @property
    def template(self) -> PodTemplate:
        """Return the template that this container belongs to."""
        template = self._resource.pod_template
        assert template is not None
        return template

    def place(self, *path: str | int, spot: Spot = "entry") -> Place:
        """Return the place of a field of this container."""
        return self.template.place(*self.path, *path, spot=spot)

    def __repr__(self) -> str:
        return f"<{self.role} {self.name!r} of {self._resource!r}>"


class PodTemplate:
    """The pod that a workload makes; ``path`` is relative to the resource, ``()`` for a Pod itself."""

    __slots__ = ("containers", "data", "labels", "path", "resource", "spec")

    def __init__(self, resource: Resource, path: FieldPath, data: dict[str, Any]) -> None:
        self.resource = resource
        self.path = path
        self.data = data
        self.spec: dict[str, Any] = as_dict(data.get("spec"))
        self.labels = with_added(resource, string_map(as_dict(data.get("metadata")).get("labels")))
        self.containers: tuple[Container, ...] = tuple(
            Container(resource, role, ("spec", field, index), item)
            for field, role in CONTAINER_LISTS
            for index, item in enumerate(as_list(self.spec.get(field)))
            if isinstance(item, dict)
        )

    def place(self, *path: str | int, spot: Spot = "entry") -> Place:
        """Return the place of a field of this template."""
        return self.resource.place(*self.path, *path, spot=spot)

    def __repr__(self) -> str:
        return f"<pod template of {self.resource!r}>"


def template_route(group: str, kind: str, data: Any) -> FieldPath | None:
    """Return where an object keeps the template of the pods that it makes, or None where it makes none.

    A kind that the table does not know counts as a workload if ``spec.template.spec.containers`` is a list of
    containers with images.
    """
    path = kinds.template_path(group, kind)
    if path is not None:
        template = walk(data, path)
        if not isinstance(template, dict):
            return None
        says_something = isinstance(template.get("spec"), dict) or (path and isinstance(template.get("metadata"), dict))
        return path if says_something else None
    if not kinds.may_hold_template(group, kind):
        return None
    path = ("spec", "template")
    containers = walk(data, (*path, "spec", "containers"))
    if isinstance(containers, list) and any(
        isinstance(item, dict) and isinstance(item.get("image"), str) for item in containers
    ):
        return path
    return None


def template_of(resource: Resource) -> PodTemplate | None:
    """Return the pod template of a workload, or None where the resource makes no pods."""
    path = resource.template_path
    return None if path is None else PodTemplate(resource, path, walk(resource.data, path))


def with_added(resource: Resource, labels: dict[str, str]) -> dict[str, str]:
    """Return the labels of a workload's pods, with those that its scope adds to the ``labels`` that are written."""
    transform = resource.transform
    if not resource.template_path:  # a Pod: its own
        return {**labels, **dict(transform.labels)} if transform.labels else labels
    added = transform.template_labels
    if added and (resource.group, resource.kind) in _KUSTOMIZE_LABELS_TEMPLATE:
        return {**labels, **dict(added)}
    return labels
