"""What one line of plain block YAML says, worked out once per line and remembered; for manifests.quickload.

A row is ``(at, kind, key, value, words, inner)``. ``at`` is the level where the line stands: twice its column, plus one
for a list item, so that a list at the column of its key is a level below it and above everything further right; -1 for
blank and comment lines. ``key`` is None for items. ``inner`` is the level of the map that begins with
``- key: value``, else 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from sys import intern
from typing import Any

from kubelint_lessons.manifests.problems import RejectedError
from kubelint_lessons.manifests.scalars import HINTS, resolve, resolve_key
from kubelint_lessons.model.regexes import regex

Row = tuple[int, int, str | None, Any, int, int]

SCALAR, OPEN, FLOW, NULL, BLOCK, QUOTED, TEXT = range(7)
"""Kinds of rows by their value: a scalar, on the lines below or absent, ``[…]`` or ``{…}``, null, a block scalar,
quotes that close on another line.

``TEXT`` is a line that is neither entry nor item: it can only go on with a value, so it stands below every level.
"""

_MAX_ROWS = 16384
_MAX_LENGTH = 500
"""Longer lines are not remembered."""
_BELOW_ALL = 1 << 20
_MAX_COLUMN = 80
"""Since every level stands further right than the one around it, or is a list at its key, this bounds the depth too."""

_QUOTED_KEY = r"""|"[^"\\]{1,250}"|'[^']{1,250}'"""
LINE = regex(rf"( *)(-(?: +|$))?(?:([A-Za-z0-9_./$(][A-Za-z0-9_./$():-]{{0,250}}{_QUOTED_KEY}):(?= |$))? *(.*)")
"""Indentation, dash, key, and the rest."""
END = r"(?: +#.*| *)"
IN_DOUBLE = r"""[^"\\]*(?:\\["\\nt][^"\\]*)*"""
DOUBLE = regex(rf'"({IN_DOUBLE})"{END}')
IN_SINGLE = r"(?:[^']|'')*"
SINGLE = rf"'({IN_SINGLE})'{END}"
_HEADER = rf"([|>][-+]?){END}"

FLOW_ITEM = rf"""(?:"{IN_DOUBLE}"|'[^']*'|-{{0,2}}[A-Za-z0-9_./][A-Za-z0-9_./=+@-]*)"""
_KEY = rf"[A-Za-z0-9_./][A-Za-z0-9_./-]{{0,250}}{_QUOTED_KEY}"
_ENTRY = rf"(?:{_KEY}): +{FLOW_ITEM}"
FLOW_LIST = rf"\[ *((?:{FLOW_ITEM} *, *)*{FLOW_ITEM})? *\]{END}"
FLOW_MAP = rf"\{{ *((?:{_ENTRY} *, *)*{_ENTRY})? *\}}{END}"
FLOW_ENTRY = rf"({_KEY}): +({FLOW_ITEM})"
"""Patterns that are not compiled are compiled by their first use, which is often none: it takes a millisecond."""

_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
_NO_START = frozenset(",]}#&*!%@`")


class OutsideError(Exception):
    """A text holds something that is left to libyaml."""


class Rows(dict[str, Row]):
    """The rows of the lines that were looked up last; a line outside of what is understood raises OutsideError."""

    __slots__ = ("bits",)

    def __init__(self, bits: Mapping[str, int]) -> None:
        super().__init__()
        self.bits = bits

    def __missing__(self, line: str) -> Row:
        try:
            row = _read(line, self.bits)
        except RejectedError:
            raise OutsideError from None
        if len(line) <= _MAX_LENGTH:
            if len(self) >= _MAX_ROWS:
                self.clear()
            self[line] = row
        return row


def _read(line: str, bits: Mapping[str, int]) -> Row:
    match = LINE.fullmatch(line)
    # what Python prints is less than what libyaml takes for text and not for a line end
    if match is None or not line.isprintable():
        raise OutsideError
    indent, dash, key, rest = match.groups()
    at = len(indent) * 2
    inner = words = 0
    if key is not None:
        key = key_of(key)
        words = bits.get(key, 0)
        if dash is not None:
            inner = at + len(dash) * 2
            at += 1
    elif dash is not None:
        at += 1
    elif rest and rest[0] != "#":
        return (_BELOW_ALL, TEXT, None, None, 0, 0)
    else:
        return (-1, SCALAR, None, None, 0, 0)
    if (inner or at) > _MAX_COLUMN * 2:
        raise OutsideError
    kind, value = _value(rest)
    if kind == FLOW:
        for item in value:
            words |= bits.get(item, 0)
        if value.__class__ is dict:
            for item in value.values():
                words |= bits.get(item, 0)
    elif kind == SCALAR:
        words |= bits.get(value, 0)
    return (at, kind, key, value, words, inner)


def _value(rest: str) -> tuple[int, Any]:
    """Return kind and value of what stands behind a key or dash."""
    if not rest or rest[0] == "#":
        return OPEN, None
    first = rest[0]
    if first == '"':
        match = DOUBLE.fullmatch(rest)
        if match is not None:
            return SCALAR, unescape(match[1])
        if re.fullmatch(IN_DOUBLE, rest[1:]):
            return QUOTED, rest
    elif first == "'":
        match = re.fullmatch(SINGLE, rest)
        if match is not None:
            return SCALAR, match[1].replace("''", "'")
        if re.fullmatch(IN_SINGLE, rest[1:]):
            return QUOTED, rest
    elif first == "[":
        match = re.fullmatch(FLOW_LIST, rest)
        if match is not None:
            return FLOW, [_item(item) for item in re.findall(FLOW_ITEM, match[1] or "")]
    elif first == "{":
        match = re.fullmatch(FLOW_MAP, rest)
        if match is not None:
            entries = re.findall(FLOW_ENTRY, match[1] or "")
            result = {key_of(key): _item(item) for key, item in entries}
            if len(result) == len(entries):
                return FLOW, result
    elif first == "|" or first == ">":
        match = re.fullmatch(_HEADER, rest)
        if match is not None:
            return BLOCK, match[1]
    elif first not in _NO_START and not (first in "-?:" and rest[1:2] in ("", " ")):
        plain = rest.partition(" #")[0].rstrip(" ")
        if ": " not in plain and plain[-1] != ":":
            value = resolve(plain) if first in HINTS else plain
            return (NULL if value is None else SCALAR), value
    raise OutsideError


def key_of(written: str) -> str:
    """Return a key as kubectl sees it. Raises RejectedError."""
    first = written[0]
    if first in HINTS:
        return intern(resolve_key(written))
    return intern(written[1:-1] if first in "\"'" else written)


def _item(written: str) -> Any:
    """Return an item between brackets."""
    first = written[0]
    if first in "\"'":
        return unescape(written[1:-1]) if first == '"' else written[1:-1]
    value = resolve(written) if first in HINTS else written
    if value is None:
        raise OutsideError
    return value


def unescape(text: str) -> str:
    """Return what stands between double quotes as it is meant."""
    if "\\" not in text:
        return text
    return re.sub(r"\\(.)", lambda match: _ESCAPES[match[1]], text)
