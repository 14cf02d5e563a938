"""What joins, and many checks, ask of an object, worked out once while its values are open: nobody opens it for it."""

from __future__ import annotations

from collections.abc import Iterator
from sys import intern
from typing import Any

from kubelint_lessons.manifests.labels import are_labels, are_texts
from kubelint_lessons.manifests.mentions import makes_something
from kubelint_lessons.manifests.placeholders import is_placeholder
from kubelint_lessons.manifests.podtemplates import as_dict, as_list, as_text, string_map, walk
from kubelint_lessons.manifests.pointers import Role, pointers_in
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

_ARCH_LABELS = ("kubernetes.io/arch", "beta.kubernetes.io/arch")


class Traits(NamedTuple):
    """What is written in an object, whatever a scope makes of it.

    ``gives`` are the names that it gives of others: ``name_key`` and the namespace that is stated (or none), in turns.
    ``pod_labels`` are the labels of the pods that it makes, key and value in turns. ``pins`` are the architectures
    that its pods are bound to, or that a Node has. ``makes`` says that ``mentions.made_by`` may name something.
    ``odd_labels`` says that the API server may refuse one of its labels, those of its pods, or those that it selects
    by, ``odd_annotations`` that not all of its annotations are text.
    """

    gives: tuple[str, ...] = ()
    pod_labels: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    makes: bool = False
    odd_labels: bool = False
    odd_annotations: bool = False


NO_TRAITS = Traits()
"""What most objects have, and share."""


def traits_in(group: str, kind: str, data: dict[str, Any], template_path: FieldPath | None) -> Traits:
    """Return the traits of an object with these values, whose pod template lies at ``template_path``."""
    gives: list[str] = []
    for pointer in pointers_in(group, kind, data, template_path, None):
        gives.append(intern(name_key(pointer.role, pointer.kind, pointer.name)))  # many give the same
        gives.append(pointer.namespace or "")
    makes = makes_something(group, kind, data)
    odd = _odd_labels(kind, data, template_path), not are_texts(as_dict(data.get("metadata")).get("annotations"))
    if template_path is None:
        pins = _of_node(data) if kind == "Node" and not group else ()
        is_plain = not (gives or pins or makes or odd[0] or odd[1])
        return NO_TRAITS if is_plain else Traits(tuple(gives), (), pins, makes, *odd)
    template = walk(data, template_path)
    labels = string_map(as_dict(template.get("metadata")).get("labels"))
    flat = tuple(text for pair in labels.items() for text in pair)
    return Traits(tuple(gives), flat, tuple(_of_pods(as_dict(template.get("spec")))), makes, *odd)


def _odd_labels(kind: str, data: dict[str, Any], template_path: FieldPath | None) -> bool:
    if not are_labels(as_dict(data.get("metadata")).get("labels")):
        return True
    if kind == "Service" and not are_labels(as_dict(data.get("spec")).get("selector")):
        return True
    if template_path is None:
        return False
    selector = as_dict(as_dict(data.get("spec")).get("selector"))
    metadata = as_dict(walk(data, template_path).get("metadata"))
    return not (are_labels(selector.get("matchLabels")) and are_labels(metadata.get("labels")))


def name_key(role: Role, kind: str, name: str) -> str:
    """Return what stands for a name of an object of a kind, in a role."""
    return f"{role}\0{kind}\0{name}"


def _of_node(data: dict[str, Any]) -> tuple[str, ...]:
    labels = string_map(as_dict(data.get("metadata")).get("labels"))
    return tuple(labels[key] for key in _ARCH_LABELS if key in labels)


def _of_pods(spec: dict[str, Any]) -> Iterator[str]:
    selector = as_dict(spec.get("nodeSelector"))
    for key in _ARCH_LABELS:
        value = as_text(selector.get(key))
        if value and not is_placeholder(value):
            yield value
    affinity = as_dict(as_dict(spec.get("affinity")).get("nodeAffinity"))
    required = as_dict(affinity.get("requiredDuringSchedulingIgnoredDuringExecution"))
    for term in as_list(required.get("nodeSelectorTerms")):
        for item in as_list(as_dict(term).get("matchExpressions")):
            expression = as_dict(item)
            values = as_list(expression.get("values"))
            is_pin = expression.get("key") in _ARCH_LABELS and expression.get("operator") == "In"
            if is_pin and len(values) == 1 and isinstance(values[0], str) and not is_placeholder(values[0]):
                yield values[0]
