"""Where a change lies, as a rule addresses it: what it matches, what it iterates over, and the way from there.

spec.template.spec.containers[0].image of a Deployment  →  match: workloads, each: containers, item.image
"""

from __future__ import annotations

from typing import Any

from kubelint_lessons.lessons.paths import EACH, Path, format_steps
from kubelint_lessons.manifests import kinds
from kubelint_lessons.manifests.podtemplates import walk
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

_CONTAINER_LISTS = {
    "containers": "containers",
    "initContainers": "initContainers",
    "ephemeralContainers": "allContainers",
}
_OWN_LISTS = ("ports", "env")


class RulePlace(NamedTuple):
    """The address of a field. ``root`` is a CEL name, ``steps`` lead on from it, list positions included.

    ``base`` is the route of the item (``()`` without ``each``); ``below`` the route from there, as ``at:`` has it.
    """

    match: str
    each: str
    root: str
    steps: FieldPath
    base: FieldPath
    below: FieldPath

    @property
    def at(self) -> str:
        """Return the path for ``at:``: the first place of that form where lists lie in between."""
        return format_steps(_generalised(self.below)) if self.below else ""

    @property
    def is_exact(self) -> bool:
        """Return whether ``at`` means one field, whatever kind the object is of."""
        is_shared = self.match == "workloads" and not self.each
        return not is_shared and not any(isinstance(step, int) for step in self.below)


def place_of(resource: Resource, path: FieldPath) -> RulePlace:
    """Return how a rule addresses ``path`` in ``resource``; a pod template is addressed alike in every workload."""
    template = resource.pod_template
    if template is not None and path[: len(template.path)] == template.path:
        inner = path[len(template.path) :]
        if inner[:1] == ("spec",) and len(inner) > 1:
            return _in_pod(template.path, inner[1:], path)
        if inner[:1] == ("metadata",) and len(inner) > 1 and template.path:
            return RulePlace("workloads", "", "variables.podTemplate", inner, (), path)
    return _in_object(resource, path)


def pattern_of(resource: Resource) -> str:
    """Return what ``match:`` says for the kind of ``resource``: built-in kinds by name, others with their group."""
    if kinds.is_builtin(resource.group, resource.kind) or not resource.group:
        return resource.kind
    return f"{resource.group}/{resource.kind}"


def value_at(resource: Resource, path: FieldPath) -> Any:
    """Return what lies at a route of ``resource``, None where nothing does."""
    return walk(resource.data, path)


def root_data(resource: Resource, place: RulePlace) -> Any:
    """Return the value that the CEL name ``place.root`` has for ``resource``."""
    template = resource.pod_template
    if place.root == "item":
        return value_at(resource, place.base)
    if template is not None and place.root == "variables.podSpec":
        return template.spec
    if template is not None and place.root == "variables.podTemplate":
        return template.data
    return resource.data


def _in_pod(template: FieldPath, inner: FieldPath, path: FieldPath) -> RulePlace:
    base = (*template, "spec")
    first = inner[0]
    if first in _CONTAINER_LISTS and len(inner) > 1:
        if len(inner) > 3 and inner[2] in _OWN_LISTS and isinstance(inner[3], int):
            return RulePlace("workloads", str(inner[2]), "item", inner[4:], (*base, *inner[:4]), inner[4:])
        each = _CONTAINER_LISTS[str(first)]
        return RulePlace("workloads", each, "item", inner[2:], (*base, *inner[:2]), inner[2:])
    if first == "volumes" and len(inner) > 1:
        return RulePlace("workloads", "volumes", "item", inner[2:], (*base, *inner[:2]), inner[2:])
    return RulePlace("workloads", "", "variables.podSpec", inner, (), path)


def _in_object(resource: Resource, path: FieldPath) -> RulePlace:
    match = pattern_of(resource)
    positions = [index for index, step in enumerate(path) if isinstance(step, int)]
    if not positions:
        return RulePlace(match, "", "object", path, (), path)
    end = positions[-1] + 1
    each = format_steps(_generalised(path[:end]))
    if match == "Service" and each == "spec.ports[*]":
        each = "ports"
    return RulePlace(match, each, "item", path[end:], path[:end], path[end:])


def _generalised(path: FieldPath) -> Path:
    return tuple(EACH if isinstance(step, int) else step for step in path)
