"""Which values of a document are secret, worked out from its data: they are masked wherever a report shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kubelint_lessons.engine.masking import MASK, SECRET_NAME
from kubelint_lessons.manifests.documents import Document

_LOOKS_SECRET = re.compile(rf"(?i){SECRET_NAME}")
_SHORTEST = 4
"""Shorter values, such as a port or ``on``, occur in text for other reasons."""


def secret_values(document: Document) -> frozenset[str]:
    """Return the secret strings of a document, longest lines of each: all data of Secrets, and env entries so named."""
    found: set[str] = set()
    for resource in document.resources:
        if resource.kind == "Secret" and not resource.group:
            for field in ("data", "stringData"):
                found.update(_strings(resource.get(field)))
        found.update(_named(resource.data))
    return frozenset(line for value in found for line in value.splitlines() if len(line.strip()) >= _SHORTEST)


def hide(text: str, values: frozenset[str]) -> str:
    """Return ``text`` with every one of ``values`` masked."""
    for value in sorted(values, key=len, reverse=True):
        if value.strip() in text:
            text = text.replace(value.strip(), MASK)
    return text


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _strings(value)
    elif isinstance(data, list):
        for value in data:
            yield from _strings(value)


def _named(data: Any) -> Iterator[str]:
    """Yield the ``value`` of every ``{name: API_TOKEN, value: …}``, however the two are ordered."""
    if isinstance(data, dict):
        name, value = data.get("name"), data.get("value")
        if isinstance(name, str) and isinstance(value, str) and _LOOKS_SECRET.search(name) and "$(" not in value:
            yield value
        for child in data.values():
            yield from _named(child)
    elif isinstance(data, list):
        for child in data:
            yield from _named(child)
