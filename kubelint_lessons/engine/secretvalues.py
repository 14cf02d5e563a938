"""Which values of a document are secret, worked out from its data: they are masked wherever a report shows them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from kubelint_lessons.engine.masking import MASK, is_secret_variable, secrets_in
from kubelint_lessons.manifests.documents import Document
from kubelint_lessons.model.regexes import regex

_SHORTEST = 4
"""Shorter values, such as a port or ``on``, occur in text for other reasons."""

_FIELDS = ("data", "stringData")
_SECRET_KEY = regex(r"(?i)(?:.*[\w.\-])?(?:pass(?:word|wd|phrase)?|token|api[-_]?key|private[-_]?key|access[-_]?key)")
_OPTION = regex(r"(?i)--?[\w\-]*(?:password|passwd|passphrase|token|secret|api[-_]?key|private[-_]?key|access[-_]?key)")
_IN_TEXT = regex(r"""(?m)["']?\bkind["']?\s*:\s*["']?Secret\b""")
_ENTRY = regex(r"(?m)^\s*(?!apiVersion|kind|metadata|name|namespace|type|data|stringData)[^\s#:][^:\n]*:\s*(\S.*)$")


def secret_values(document: Document) -> frozenset[str]:
    """Return the secret strings of a document, the lines of each.

    They are all data of Secrets, also of one that stands in a string; the values of env entries and of keys so named;
    the literals of a secretGenerator; and what looks secret inside any string. They are kept with the document.
    """
    if document.secrets is None:
        document.secrets = _find(document)
    return document.secrets


def _find(document: Document) -> frozenset[str]:
    found: set[str] = set()
    for resource in document.resources:
        if resource.kind == "Secret" and not resource.group:
            for field in _FIELDS:
                found.update(_strings(resource.get(field)))
    _add_secrets(document.data, found)
    return frozenset(line for value in found for line in value.splitlines() if len(line.strip()) >= _SHORTEST)


def is_part(line: str, values: frozenset[str]) -> bool:
    """Return whether a line of a file is nothing but a part of a secret value that was folded over several lines."""
    stripped = line.strip(" \t\r\n\"'\\")
    return len(stripped) > _SHORTEST and any(stripped in value and len(value) > len(stripped) for value in values)


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


def _add_secrets(data: Any, found: set[str]) -> None:
    """Add the secret strings below ``data``."""
    if isinstance(data, str):
        found.update(secrets_in(data))
        if "kind" in data and _IN_TEXT.search(data):
            found.update(_of_a_secret_in(data))
    elif isinstance(data, dict):
        found.update(_named(data))
        for value in data.values():
            if value.__class__ is not int and value.__class__ is not bool:
                _add_secrets(value, found)
    elif isinstance(data, list):
        for option, value in pairwise(data):
            if (
                isinstance(option, str)
                and isinstance(value, str)
                and option[:1] == "-"
                and _OPTION.fullmatch(option)
                and value[:1] not in "-$"
            ):
                found.add(value)
        for value in data:
            _add_secrets(value, found)


def _named(data: dict[str, Any]) -> Iterator[str]:
    """Yield what is secret by its name: ``{name: API_TOKEN, value: …}``, ``password: …``, ``secretGenerator``."""
    name, value = data.get("name"), data.get("value")
    if isinstance(name, str) and isinstance(value, str) and is_secret_variable(name) and "$(" not in value:
        yield value
    for key, entry in data.items():
        if isinstance(entry, str) and isinstance(key, str) and _SECRET_KEY.fullmatch(key) and entry[:1] not in "${":
            yield entry
        elif key == "secretGenerator" and isinstance(entry, list):
            for generator in entry:
                literals = generator.get("literals") if isinstance(generator, dict) else None
                yield from (text.partition("=")[2].strip("\"'") for text in _strings(literals))


def _of_a_secret_in(text: str) -> Iterator[str]:
    """Yield the values of a Secret that is written in a string: a patch, or what kubectl applied last."""
    import json

    try:
        data = json.loads(text)
    except ValueError:
        yield from (match[1].strip("\"'") for match in _ENTRY.finditer(text))
        return
    if isinstance(data, dict) and data.get("kind") == "Secret":
        for field in _FIELDS:
            yield from _strings(data.get(field))
