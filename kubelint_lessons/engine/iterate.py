"""``each:`` — the elements of a resource that a rule judges one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.lessons.paths import expand, parse_path
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
