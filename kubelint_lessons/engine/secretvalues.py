"""Which values of a document are secret, worked out from its data: they are masked wherever a report shows them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

from kubelint_lessons.engine.masking import MASK, is_secret_variable, secrets_in, suspicious
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
    for text in suspicious(_add_named(document.data, found)):
        found.update(secrets_in(text))
        if "kind" in text and _IN_TEXT.search(text):
            found.update(_of_a_secret_in(text))
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


def _add_named(data: Any, found: set[str]) -> list[str]:
    """Add what is secret by a name beside it, and return all strings below ``data``."""
    strings: list[str] = []
    waiting = [data]
    while waiting:
        value = waiting.pop()
        kind = value.__class__
        if kind is str:
            strings.append(value)
        elif kind is dict:
            if "value" in value or any(map(_is_telling, value)):
                found.update(_named(value))
            waiting += value.values()
        elif kind is list:
            if len(value) > 1:
                found.update(_behind_options(value))
            waiting += value
    return strings


def _behind_options(items: list[Any]) -> Iterator[str]:
    """Yield the values that stand in a list behind their options: ``--password``, ``…``."""
    for option, value in pairwise(items):
        is_pair = option.__class__ is str and option[:1] == "-" and value.__class__ is str and value[:1] not in "-$"
        if is_pair and _OPTION.fullmatch(option):
            yield value


def _named(data: dict[str, Any]) -> Iterator[str]:
    """Yield what is secret by its name: ``{name: API_TOKEN, value: …}``, ``password: …``, ``secretGenerator``."""
    value = data.get("value")
    if value.__class__ is str and "$(" not in value:
        name = data.get("name")
        if isinstance(name, str) and is_secret_variable(name):
            yield value
    for key in data:
        if not _is_telling(key):
            continue
        entry = data[key]
        if key == "secretGenerator":
            for generator in entry if isinstance(entry, list) else ():
                literals = generator.get("literals") if isinstance(generator, dict) else None
                yield from (text.partition("=")[2].strip("\"'") for text in _strings(literals))
        elif isinstance(entry, str) and entry[:1] not in "${":
            yield entry


@lru_cache(maxsize=4096)
def _is_telling(key: str) -> bool:
    """Return whether the value of a key is secret, or those of a secretGenerator."""
    return key == "secretGenerator" or _SECRET_KEY.fullmatch(key) is not None


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
