"""Examples from real objects: cut down to what the rule looks at and what makes the object a valid one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kubelint_lessons.authoring.drafts.secrecy import masked
from kubelint_lessons.fixes.layout import Layout
from kubelint_lessons.fixes.rendering import map_entry
from kubelint_lessons.manifests.podtemplates import walk
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.location import FieldPath

MOST_LEAVES = 12
"""A map of at most this many scalars is kept whole: what it needs to be valid is in it."""

_LARGEST_SPEC = 20
_BODIES = frozenset(("metadata", "status", "data", "binaryData", "stringData"))
_LAYOUT = Layout(step=2, list_step=2, quote="'")
_TEMPLATE_NEEDS = ("restartPolicy",)
_WORKLOAD_NEEDS: tuple[FieldPath, ...] = (
    ("spec", "selector"),
    ("spec", "serviceName"),
    ("spec", "schedule"),
    ("metadata", "name"),
    ("metadata", "generateName"),
)
_CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")


def shrink(
    resource: Resource, keep: Iterable[FieldPath], texts: Iterable[tuple[FieldPath, str]] = ()
) -> dict[str, Any]:
    """Return a smaller copy of an object that still holds the routes in ``keep``, secret values masked.

    ``texts`` are routes of strings that are replaced first.
    """
    data = dict(resource.data)
    for route, text in texts:
        data = _replaced(data, route, text)
    data = masked(data)
    routes: set[FieldPath] = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "generateName")}
    if resource.pod_template is not None:
        routes.update(_workload_routes(resource, data, tuple(keep)))
    else:
        routes.update(_object_routes(data, tuple(keep)))
    found = _pick(data, sorted(routes, key=len))
    assert isinstance(found, dict)
    return found


def shrink_inner(data: Any, keep: Iterable[FieldPath]) -> str | None:
    """Return a document that stands in a string as smaller YAML text; None where it is not a map."""
    if not isinstance(data, dict):
        return None
    routes = set(keep)
    for route in keep:
        routes.update(_completed(data, route, 1))
        for end in range(len(route)):
            routes.update(_scalars_at(data, route[:end]))
    return yaml_text(_pick(masked(data), sorted(routes, key=len)))


def yaml_text(data: dict[str, Any]) -> str:
    """Return an object as YAML in block style, with a line end at the end."""
    lines = [line for key, value in data.items() for line in map_entry(key, value, 0, _LAYOUT)]
    return "".join(f"{line}\n" for line in lines)


def _workload_routes(resource: Resource, data: dict[str, Any], keep: tuple[FieldPath, ...]) -> Iterator[FieldPath]:
    template = resource.pod_template
    assert template is not None
    base = (*template.path, "spec")
    yield from _WORKLOAD_NEEDS
    yield (*template.path, "metadata", "labels")
    for field in _TEMPLATE_NEEDS:
        yield (*base, field)
    shown: set[FieldPath] = set()
    for route in keep:
        if route[: len(base)] != base or len(route) == len(base):
            yield from _completed(data, route, len(base) + 1 if route[: len(base)] == base else len(route))
            continue
        start = len(base) + 1
        if route[len(base)] in _CONTAINER_LISTS and len(route) > len(base) + 1:
            shown.add(route[: len(base) + 2])
            start = len(base) + 3
        yield from _completed(data, route, min(start, len(route)))
        yield from _volume_of(data, route, base)
    if not any(route[len(base)] == "containers" for route in shown):
        shown.add((*base, "containers", 0))
    for route in shown:
        yield (*route, "name")
        yield (*route, "image")


def _volume_of(data: dict[str, Any], route: FieldPath, base: FieldPath) -> Iterator[FieldPath]:
    """Yield the volume that a mount on the way of ``route`` names."""
    if "volumeMounts" not in route:
        return
    position = route.index("volumeMounts")
    mount = walk(data, route[: position + 2])
    mounts = [mount] if isinstance(mount, dict) else walk(data, route[: position + 1])
    names = [item.get("name") for item in mounts if isinstance(item, dict)] if isinstance(mounts, list) else []
    volumes = walk(data, (*base, "volumes"))
    for index, volume in enumerate(volumes if isinstance(volumes, list) else ()):
        if isinstance(volume, dict) and volume.get("name") in names:
            yield (*base, "volumes", index)


def _object_routes(data: dict[str, Any], keep: tuple[FieldPath, ...]) -> Iterator[FieldPath]:
    for route in keep:
        if route[:1] == ("metadata",) or route[:1] in (("data",), ("stringData",), ("binaryData",)):
            yield route
            continue
        yield from _completed(data, route, 1)
        for end in range(1, len(route)):
            yield from _scalars_at(data, route[:end])
    touched = {route[0] for route in keep if route}
    for key, value in data.items():
        if key in _BODIES or key in touched:
            continue
        if not isinstance(value, (dict, list)) or _leaves(value) <= (_LARGEST_SPEC if key == "spec" else MOST_LEAVES):
            yield (key,)
        elif isinstance(value, dict):
            yield from _scalars_at(data, (key,))


def _completed(data: dict[str, Any], route: FieldPath, start: int) -> Iterator[FieldPath]:
    """Yield the shortest beginning of ``route`` from ``start`` steps on that leads to a small map, else all of it."""
    for end in range(start, len(route)):
        value = walk(data, route[:end])
        if isinstance(value, dict) and _leaves(value) <= MOST_LEAVES:
            yield route[:end]
            return
    yield route


def _scalars_at(data: dict[str, Any], route: FieldPath) -> Iterator[FieldPath]:
    value = walk(data, route)
    if isinstance(value, dict):
        for key, part in list(value.items())[:_LARGEST_SPEC]:
            if not isinstance(part, (dict, list)) and part is not None:
                yield (*route, key)


def _pick(data: Any, routes: list[FieldPath]) -> Any:
    if any(not route for route in routes):
        return data
    if isinstance(data, dict):
        chosen = {key: [route[1:] for route in routes if route[0] == key] for key in data}
        return {key: _pick(data[key], below) for key, below in chosen.items() if below}
    if isinstance(data, list):
        chosen_items = [[route[1:] for route in routes if route[0] == index] for index in range(len(data))]
        return [_pick(data[index], below) for index, below in enumerate(chosen_items) if below]
    return data


def _replaced(data: Any, route: FieldPath, text: str) -> Any:
    if not route:
        return text
    if isinstance(data, dict) and route[0] in data:
        return {**data, route[0]: _replaced(data[route[0]], route[1:], text)}
    return data


def _leaves(value: Any) -> int:
    """Return how many scalars and empty containers ``value`` holds."""
    if isinstance(value, dict) and value:
        return sum(_leaves(part) for part in value.values())
    if isinstance(value, list) and value:
        return sum(_leaves(part) for part in value)
    return 1
