"""What of a file decides about scopes: where two versions agree in that, its project falls into the same scopes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kubelint_lessons.manifests.deployers import DEPLOYING_KINDS
from kubelint_lessons.manifests.images import image_name
from kubelint_lessons.manifests.kustomize import FILE_NAMES
from kubelint_lessons.manifests.pathkeys import name_of
from kubelint_lessons.manifests.podtemplates import as_dict

if TYPE_CHECKING:
    from kubelint_lessons.manifests.documents import Document
    from kubelint_lessons.manifests.resources import Resource

_CLASSES = frozenset({"manifest", "list", "empty"})
"""Of others, such as patches and kustomizations, everything may count."""

_KINDS = DEPLOYING_KINDS | {"CustomResourceDefinition"}


def outline_of(documents: Sequence[Document]) -> list[Any] | None:
    """Return what decides about scopes in the documents of a file; None where that may be everything."""
    found: list[Any] = []
    for document in documents:
        if document.document_class not in _CLASSES or name_of(document.source.path) in FILE_NAMES:
            return None
        if any(resource.kind in _KINDS for resource in document.resources):
            return None
        objects = [_outline(resource) for resource in document.resources]
        found.append((document.index, document.document_class, objects))
    return found


def _outline(resource: Resource) -> tuple[Any, ...]:
    """Return what scopes, kustomizations and their patches may ask of an object."""
    metadata = as_dict(resource.get("metadata"))
    template = resource.pod_template
    containers = template.containers if template is not None else ()
    return (
        *resource.identity[:-1],
        metadata.get("labels"),
        metadata.get("annotations"),
        [(container.path, image_name(container.image)) for container in containers],
    )
