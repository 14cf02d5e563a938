"""Which objects a patch changes, and which of their fields it touches."""

from __future__ import annotations

import re
from typing import Any

from kubelint_lessons.manifests import kinds
from kubelint_lessons.manifests.podtemplates import as_dict, as_text, string_map
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.regexes import regex

MAX_ROUTES = 400
"""A patch that touches more fields than this counts as touching everything."""

_EVERYTHING: tuple[FieldPath, ...] = ((),)
_SIMPLE_PATTERN = regex(r"(?:[\w\-./:]|\.[*+]|\|){1,200}")
_MAX_WILDCARDS = 4


def touched_routes(patch: Any) -> tuple[FieldPath, ...]:
    """Return the routes that a patch touches, list positions as ``"*"``; ``((),)`` means everything.

    ``patch`` is a strategic merge patch (a map) or a list of JSON patch operations.
    """
    routes: list[FieldPath] = []
    if isinstance(patch, list):
        for operation in patch:
            for key in ("path", "from"):
                pointer = as_dict(operation).get(key)
                if isinstance(pointer, str):
                    routes.append(_route_of_pointer(pointer))
    elif isinstance(patch, dict):
        body = {key: value for key, value in patch.items() if key not in ("apiVersion", "kind")}
        metadata = as_dict(body.get("metadata"))
        kept = {key: value for key, value in metadata.items() if key not in ("name", "namespace")}
        body["metadata"] = kept
        if not kept:
            del body["metadata"]
        _collect(body, (), routes)
    unique = tuple(dict.fromkeys(routes))
    return unique if len(unique) <= MAX_ROUTES else _EVERYTHING


def route_of_field(field: str) -> FieldPath:
    """Return the route of a kustomize field path: ``spec.rules.[host=x].http`` → ``("spec", "rules", "*", "http")``."""
    steps = re.split(r"(?<!\\)\.", field)
    return tuple("*" if step.isdigit() or step == "*" or step.startswith("[") else step for step in steps if step)


def deletes_target(patch: Any) -> bool:
    """Return whether a strategic merge patch removes the whole object."""
    return isinstance(patch, dict) and patch.get("$patch") == "delete"


def names_target(patch: Any, resource: Resource) -> bool:
    """Return whether a strategic merge patch without a target is meant for ``resource``."""
    data = as_dict(patch)
    group, _ = kinds.split_api_version(as_text(data.get("apiVersion")))
    metadata = as_dict(data.get("metadata"))
    namespace = as_text(metadata.get("namespace"))
    return (
        data.get("kind") == resource.kind
        and group == resource.group
        and metadata.get("name") in (resource.original_name, resource.name)
        and (not namespace or namespace in (resource.original_namespace, resource.namespace))
    )


def matches_target(target: dict[str, Any], resource: Resource) -> bool:
    """Return whether a patch's ``target`` selects ``resource``; what is too intricate to decide counts as selected."""
    found: dict[str, tuple[str, ...]] = {
        "group": (resource.group,),
        "version": (resource.version,),
        "kind": (resource.kind,),
        "name": (resource.original_name, resource.name),
        "namespace": (resource.original_namespace or "default", resource.namespace or "default"),
    }
    for key, values in found.items():
        wanted = target.get(key)
        if isinstance(wanted, str) and wanted and not _matches_any(wanted, values):
            return False
    labels = string_map(as_dict(resource.data.get("metadata")).get("labels")) | resource.labels
    return _matches_labels(as_text(target.get("labelSelector")), labels) and _matches_labels(
        as_text(target.get("annotationSelector")), resource.annotations
    )


def _matches_any(pattern: str, values: tuple[str, ...]) -> bool:
    if pattern in values:
        return True
    body = pattern.removeprefix("^").removesuffix("$")
    if not _SIMPLE_PATTERN.fullmatch(body) or body.count("*") + body.count("+") > _MAX_WILDCARDS:
        return True
    compiled = re.compile(body)
    return any(compiled.fullmatch(value) for value in values)


def _matches_labels(selector: str, labels: dict[str, str]) -> bool:
    for part in selector.split(","):
        key, equals, value = part.strip().partition("=")
        is_plain = equals and not key.endswith("!") and " " not in key.strip() and "(" not in part
        if is_plain and labels.get(key.strip()) != value.removeprefix("=").strip():
            return False
    return True


def _route_of_pointer(pointer: str) -> FieldPath:
    steps = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
    return tuple("*" if step == "-" or step.isdigit() else step for step in steps)


def _collect(value: Any, route: FieldPath, routes: list[FieldPath]) -> None:
    if len(routes) > MAX_ROUTES:
        return
    if isinstance(value, dict) and value:
        for key, item in value.items():
            if isinstance(key, str) and key.startswith("$"):
                routes.append(route)
            else:
                _collect(item, (*route, str(key)), routes)
    elif isinstance(value, list) and value:
        for item in value:
            is_keyed = isinstance(item, dict) and "name" in item and len(item) > 1
            body = {key: entry for key, entry in item.items() if key != "name"} if is_keyed else item
            _collect(body, (*route, "*"), routes)
    else:
        routes.append(route)
