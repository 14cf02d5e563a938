"""JSON with comments, as editors keep their settings: read with offsets, and added to without touching another byte."""

from __future__ import annotations

import json
import re
from typing import Any

from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_TRIVIA = regex(r"(?:\s|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_REST_OF_LINE = regex(r"(?:[ \t]|/\*[^\r\n]*?\*/)*(?://[^\r\n]*)?")
_STRING = regex(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_SCALAR = regex(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_DEEPEST = 100


class JsoncError(ValueError):
    """What is wrong, at which offset of the text."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Node(NamedTuple):
    """One value: what it is, where it stands, and the nodes in it (of an object by key, else by position)."""

    value: Any
    start: int
    end: int
    inner: dict[Any, Node]


def read_jsonc(text: str) -> Node | None:
    """Return the value that ``text`` holds, None where there are comments and blanks only; raises JsoncError.

    Commas at the end of a list are allowed, a key that stands twice is not.
    """
    start = _skip(text, 1 if text.startswith("\ufeff") else 0)
    if start == len(text):
        return None
    node = _read(text, start, 0)
    end = _skip(text, node.end)
    if end != len(text):
        raise JsoncError("there is more after the end of the value", end)
    return node


def append_to(text: str, node: Node, value: Any, key: str | None = None) -> str:
    """Return ``text`` with ``value`` as the last of the list ``node``, or with ``key`` as the last of that object.

    Comments, blanks and line ends around it stay as they are; the new lines follow their indentation.
    """
    line_end = "\r\n" if "\r\n" in text else "\n"
    unit = _unit(text)
    outer = _indent_of(text, node.start)
    children = list(node.inner.values())
    indent = outer + unit
    if children:
        first = _line_start(text, children[-1].start)
        lead = text[first : children[-1].start]
        indent = re.match(r"[ \t]*", lead)[0] if node.start < first else indent  # type: ignore[index]
    lines = json.dumps(value, indent=unit, ensure_ascii=False).split("\n")
    shown = (f"{json.dumps(key)}: " if key is not None else "") + (line_end + indent).join(lines)
    if not children:
        rest = _skip(text, node.start + 1)
        kept = text[node.start + 1 : rest].rstrip()
        return f"{text[: node.start + 1]}{kept}{line_end}{indent}{shown}{line_end}{outer}{text[rest:]}"
    end = children[-1].end
    comma = _skip(text, end)
    has_comma = text[comma] == ","
    after = comma + 1 if has_comma else end
    rest_of_line = _REST_OF_LINE.match(text, after)
    place = rest_of_line.end() if rest_of_line is not None else after
    if place < len(text) and text[place] not in "\r\n":  # something else follows on the line: the end of the list
        place = after
    new = line_end + indent + shown + ("," if has_comma else "")
    tail = text[place:]
    if tail.lstrip(" \t")[:1] in ("]", "}"):
        new, tail = new + line_end + outer, tail.lstrip(" \t")
    between = text[after:place]
    return text[:end] + (text[end:after] if has_comma else ",") + between + new + tail


def _read(text: str, start: int, depth: int) -> Node:
    if depth > _DEEPEST:
        raise JsoncError("this is nested too deeply", start)
    opening = text[start : start + 1]
    if opening in ("{", "["):
        return _read_inner(text, start, depth, is_object=opening == "{")
    if opening == '"':
        return _read_string(text, start)
    found = _SCALAR.match(text, start)
    if found is None:
        raise JsoncError("a value is missing here", start)
    return Node(json.loads(found[0]), start, found.end(), {})


def _read_inner(text: str, start: int, depth: int, *, is_object: bool) -> Node:
    inner: dict[Any, Node] = {}
    closing = "}" if is_object else "]"
    position = _skip(text, start + 1)
    while text[position : position + 1] != closing:
        name: Any = len(inner)
        if is_object:
            key = _read_string(text, position)
            name = key.value
            if name in inner:
                raise JsoncError(f'the key "{name}" stands here a second time', position)
            position = _skip(text, key.end)
            if text[position : position + 1] != ":":
                raise JsoncError("a colon is missing here", position)
            position = _skip(text, position + 1)
        inner[name] = _read(text, position, depth + 1)
        position = _skip(text, inner[name].end)
        if text[position : position + 1] == ",":
            position = _skip(text, position + 1)
        elif text[position : position + 1] != closing:
            raise JsoncError(f"a comma or {closing} is missing here", position)
    values = {key: node.value for key, node in inner.items()}
    return Node(values if is_object else list(values.values()), start, position + 1, inner)


def _read_string(text: str, start: int) -> Node:
    found = _STRING.match(text, start)
    if found is None:
        raise JsoncError("a name in quotes is missing here", start)
    try:
        return Node(json.loads(found[0]), start, found.end(), {})
    except ValueError as error:
        raise JsoncError(f"this is no string: {error}", start) from None


def _skip(text: str, position: int) -> int:
    found = _TRIVIA.match(text, position)
    return found.end() if found is not None else position


def _line_start(text: str, position: int) -> int:
    return max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) + 1


def _indent_of(text: str, position: int) -> str:
    found = re.match(r"[ \t]*", text[_line_start(text, position) : position])
    return found[0] if found is not None else ""


def _unit(text: str) -> str:
    """Return how one level is indented: as the first indented line is, else two spaces."""
    found = re.search(r"(?m)^([ \t]+)[^\s/*]", text)
    if found is None:
        return "  "
    return "\t" if found[1].startswith("\t") else found[1]
