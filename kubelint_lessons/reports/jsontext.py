"""JSON as ``json.dumps(value, indent=2)`` writes it, in half the time: with an indent, that is not written in C."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii
from typing import Any

_LEVEL = "  "


def indented(value: Any, depth: int = 0) -> str:
    """Return plain values as JSON text, ASCII only, as it stands ``depth`` levels deep: its first line has no indent.

    Keys are strings. A ``Written`` stands for what it holds.
    """
    return _text(value, "\n" + _LEVEL * depth)


class Written:
    """A value as text already: what occurs often is written once. It belongs to one depth."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def _text(value: Any, line: str) -> str:
    """Return a value as text; ``line`` begins a new line at its depth."""
    kind = value.__class__
    if kind is str:
        return encode_basestring_ascii(value)
    if kind is int:
        return str(value)
    if kind is dict and value:
        inner = line + _LEVEL
        entries = [f"{encode_basestring_ascii(key)}: {_text(item, inner)}" for key, item in value.items()]
        return f"{{{inner}{f',{inner}'.join(entries)}{line}}}"
    if (kind is list or kind is tuple) and value:
        inner = line + _LEVEL
        return f"[{inner}{f',{inner}'.join([_text(item, inner) for item in value])}{line}]"
    return value.text if kind is Written else json.dumps(value)
