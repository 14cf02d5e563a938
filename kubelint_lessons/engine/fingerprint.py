"""A name for a finding that survives moved lines and moved files."""

from __future__ import annotations

import hashlib
from typing import Any

from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.finding import ResourceId
from kubelint_lessons.model.location import FieldPath


def fingerprint(rule: str, resource: ResourceId | None, route: str, value: Any, nth: int) -> str:
    """Return 16 hexadecimal digits over rule, object, route, value, and position among equals; no line, no file."""
    parts = [rule, *(part or "" for part in resource or ()), route, repr(value), str(nth)]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def stable_route(resource: Resource, path: FieldPath) -> str:
    """Return a route in which list items that have a name are called by it: ``spec.containers[web].image``."""
    parts: list[str] = []
    value: Any = resource.document.data
    for step in path:
        child = None
        if isinstance(value, dict) or (isinstance(value, list) and isinstance(step, int) and step < len(value)):
            child = value.get(step) if isinstance(value, dict) else value[step]  # type: ignore[index]
        name = child.get("name") if isinstance(child, dict) and isinstance(step, int) else None
        parts.append(f"[{name}]" if isinstance(name, str) else str(step))
        value = child
    return ".".join(parts)
