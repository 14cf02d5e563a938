"""``each:`` — the elements of a resource that a rule judges one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.lessons.paths import Path, expand, parse_path, values_at
from kubelint_lessons.lessons.rule import EACH_NAMES
from kubelint_lessons.manifests.embedded import EmbeddedDocument, embedded_documents
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.location import FieldPath, Place
from kubelint_lessons.model.records import NamedTuple

_ROLES = {
    "containers": ("container",),
    "initContainers": ("init",),
    "allContainers": ("container", "init", "ephemeral"),
}


class Item(NamedTuple):
    """One element and its route in the resource, or in a document inside one of the resource's strings.

    The resource as a whole has no value and the empty route.
    """

    value: Any
    path: FieldPath
    inside: EmbeddedDocument | None = None

    def place(self, resource: Resource, route: FieldPath) -> Place:
        """Return the place of ``route`` below this element."""
        path = (*self.path, *route)
        return resource.place(*path) if self.inside is None else self.inside.place(*path)

    @property
    def is_whole(self) -> bool:
        """Return whether this is the resource itself."""
        return not self.path and self.inside is None


class Elements:
    """``each:`` and ``embedded:`` of a rule block, their paths read once."""

    __slots__ = ("_each", "_embedded", "_path", "iterates")

    def __init__(self, each: str, embedded: str) -> None:
        self.iterates = bool(each or embedded)
        """Whether the block judges elements, and not the resource as a whole."""
        self._each = each
        self._embedded = embedded
        is_name = each in EACH_NAMES
        self._path: Path = () if not each or (is_name and each != "ports") else parse_path(_path_of(each))

    def values(self, resource: Resource) -> list[Any]:
        """Return the values of ``items``, in their order, without working out where they lie."""
        if self._embedded:
            return [item.value for item in self.items(resource)]
        if self._each not in EACH_NAMES:
            return values_at(resource.data, self._path)
        template = resource.pod_template
        if template is None:
            return values_at(resource.data, self._path) if self._each == "ports" else []
        if self._each == "volumes":
            return _entries(template.spec.get("volumes"))
        roles = _ROLES.get(self._each)
        if roles is None:
            return [value for container in template.containers for value in _entries(container.data.get(self._each))]
        return [container.data for container in template.containers if container.role in roles]

    def items(self, resource: Resource) -> list[Item]:
        """Return the elements, or the resource itself as the only one."""
        if self._embedded:
            return list(embedded_items(resource, self._embedded, self._each))
        return list(items_of(resource, self._each))


def embedded_items(resource: Resource, embedded: str, each: str) -> Iterator[Item]:
    """Yield the documents in the strings at ``embedded``, or the elements at ``each`` inside them."""
    for route, _ in expand(resource.data, parse_path(embedded)):
        for document in embedded_documents(resource.document, (*resource.prefix, *route)):
            if each:
                yield from (Item(value, path, document) for path, value in expand(document.data, parse_path(each)))
            elif document.data is not None:
                yield Item(document.data, (), document)


def items_of(resource: Resource, each: str) -> Iterator[Item]:
    """Yield the elements that ``each`` names; without it the resource as one item whose value is None.

    ``containers``, ``initContainers``, ``allContainers``, and their ``volumes``, ``ports`` and ``env`` come from the
    pod template; on a Service, ``ports`` are its own.
    """
    if not each:
        yield Item(None, ())
    elif each not in EACH_NAMES or (each == "ports" and resource.pod_template is None):
        for route, value in expand(resource.data, parse_path(_path_of(each))):
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


def _path_of(each: str) -> str:
    """Return the path in the resource: ``ports`` of what has no pod template are those of a Service."""
    return "spec.ports[*]" if each == "ports" else each


def _list(values: Any, path: FieldPath) -> Iterator[Item]:
    for index, value in enumerate(_entries(values)):
        yield Item(value, (*path, index))


def _entries(values: Any) -> list[Any]:
    return values if isinstance(values, list) else []
