"""Where a route stands in plain block YAML: found by indentation, line by line, without a tree of nodes.

For texts that manifests.quickload has read. There is no alias in them and no key twice, and a value that goes on does
so further right than its key: of all lines between two entries of a map, none stands at the column of their keys but
comments and the items of a list. So only the lines on the way to a place are looked at. What is not certain is answered
with None; whatever is answered, manifests.locate would answer from the tree (tests/test_quicklocate.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kubelint_lessons.manifests.problems import RejectedError
from kubelint_lessons.manifests.rows import (
    DOUBLE,
    FLOW_ENTRY,
    FLOW_ITEM,
    FLOW_LIST,
    FLOW_MAP,
    LINE,
    SINGLE,
    OutsideError,
    key_of,
)
from kubelint_lessons.manifests.scalars import HINTS
from kubelint_lessons.model.location import FieldPath, Spot
from kubelint_lessons.model.records import NamedTuple

_BLOCK_MAP, _BLOCK_LIST, _FLOW_MAP, _FLOW_LIST, _SCALAR, _ABSENT = range(6)

_MAY_DIFFER = HINTS | {'"', "'"}
"""First characters of keys that may be written otherwise than they read."""


class LineSpan(NamedTuple):
    """Index of a line, and offsets in it."""

    line: int
    start: int
    end: int


class _Node(NamedTuple):
    """A value: a block begins at a line and column, everything else has a span in its first line.

    ``key`` is that of the entry whose value it is; None for list items and the root.
    """

    kind: int
    line: int
    start: int
    end: int
    key: LineSpan | None


class Way:
    """The way to the place of a document that was sought last: the next often lies near it."""

    __slots__ = ("nodes", "path")

    def __init__(self) -> None:
        self.path: FieldPath = ()
        self.nodes: list[_Node] = []
        """The root, then one for each step of ``path`` that was found."""


def find_line_span(lines: Sequence[str], path: FieldPath, spot: Spot, way: Way) -> LineSpan | None:
    """Return where ``path`` is written, as manifests.locate.find_span says; None where that is to be asked.

    ``lines`` are those of one document that manifests.quickload has read, without line ends. ``way`` is kept for them.
    """
    try:
        return _find(lines, path, spot, way)
    except (OutsideError, RejectedError):
        return None


def _find(lines: Sequence[str], path: FieldPath, spot: Spot, way: Way) -> LineSpan:
    nodes = way.nodes
    if not nodes:
        nodes.append(_block(lines, _next_line(lines, 0), None))
    known = 0
    for step, last in zip(path, way.path, strict=False):
        if step != last:
            break
        known += 1
    del nodes[known + 1 :]
    way.path = path
    node = nodes[-1]
    for step in path[len(nodes) - 1 :]:
        child = _child(lines, node, step)
        if child is None:
            return _of_ancestor(lines, node, len(nodes) == 1)
        nodes.append(child)
        node = child
    if spot == "entry":
        return _of_entry(lines, node)
    return _of_key(lines, node) if spot == "key" else _of_value(lines, node)


# --- the way to a node ------------------------------------------------------------------------------------------


def _child(lines: Sequence[str], node: _Node, step: str | int) -> _Node | None:
    """Return the node one step further, None where there is none."""
    kind = node.kind
    if kind == _BLOCK_MAP:
        key = _find_key(lines, node.line, node.start, str(step))
        return None if key is None else _value(lines, key.line, key.end + 1, node.start, key)
    if kind == _BLOCK_LIST:
        index = _find_item(lines, node.line, node.start, step) if isinstance(step, int) and step >= 0 else None
        return None if index is None else _value(lines, index, node.start + 1, node.start, None)
    if kind == _FLOW_LIST and isinstance(step, int) and step >= 0:
        items = _flow_items(lines, node)
        return items[step] if step < len(items) else None
    if kind == _FLOW_MAP:
        return next((item for name, item in _flow_entries(lines, node) if name == str(step)), None)
    return None


def _find_key(lines: Sequence[str], first: int, column: int, name: str) -> LineSpan | None:
    """Return the key that reads ``name``, of the block map whose first key stands at a line and column."""
    wanted, margin = f"{name}:", " " * column
    last = len(lines)
    if _reads_as_written(name):
        length = len(wanted)
        if lines[first].startswith(wanted, column) and lines[first][column + length : column + length + 1] in ("", " "):
            return LineSpan(first, column, column + length - 1)
        wanted = margin + wanted
        length += column
        for index in range(first + 1, last):
            line = lines[index]
            if line.startswith(wanted):
                if line[length : length + 1] in ("", " "):
                    return LineSpan(index, column, length - 1)
            elif line[:column].strip(" ") and line.lstrip(" ")[0] != "#":
                last = index
                break
    for index in range(first, last):
        line = lines[index]
        if line[column : column + 1] not in _MAY_DIFFER:
            continue
        if index > first and not line.startswith(margin):
            if line.lstrip(" ")[0] == "#":
                continue
            break
        match = LINE.match(line)
        if match is not None and match[3] is not None and match.start(3) == column and key_of(match[3]) == name:
            return LineSpan(index, column, match.end(3))
    return None


def _reads_as_written(name: str) -> bool:
    """Return whether a key may be written plainly as ``name``, and then means that."""
    first = name[:1]
    if not (first.isalnum() or first in ("_", ".", "/", "$", "(")) or " " in name:
        return False
    try:
        return first not in HINTS or key_of(name) == name
    except RejectedError:
        return False


def _find_item(lines: Sequence[str], first: int, column: int, number: int) -> int | None:
    """Return the line of an item of the block list whose first dash stands at a line and column."""
    wanted = " " * column + "-"
    for index in range(first, len(lines)):
        line = lines[index]
        if line.startswith(wanted):
            if not number:
                return index
            number -= 1
        elif line[: column + 1].strip(" ") and line.lstrip(" ")[0] != "#":
            return None
    return None


def _next_line(lines: Sequence[str], start: int) -> int:
    """Return the first line from ``start`` on that is neither blank nor a comment. Raises OutsideError."""
    for index in range(start, len(lines)):
        text = lines[index].lstrip(" ")
        if text and text[0] != "#":
            return index
    raise OutsideError


def _block(lines: Sequence[str], index: int, key: LineSpan | None) -> _Node:
    """Return the block map or list that begins with a line."""
    line = lines[index]
    text = line.lstrip(" ")
    column = len(line) - len(text)
    is_list = text[0] == "-" and text[1:2] in ("", " ")
    return _Node(_BLOCK_LIST if is_list else _BLOCK_MAP, index, column, column, key)


def _value(lines: Sequence[str], index: int, after: int, column: int, key: LineSpan | None) -> _Node:
    """Return what stands behind the colon or dash that ends at ``after``; its key or dash is at ``column``."""
    line = lines[index]
    rest = line[after:].lstrip(" ")
    if not rest or rest[0] == "#":
        return _below(lines, index, after, column, key)
    start = len(line) - len(rest)
    if key is None:
        match = LINE.match(line)
        if match is not None and match[3] is not None:
            return _Node(_BLOCK_MAP, index, match.start(3), match.start(3), None)
    kind, length = _extent(rest)
    return _Node(kind, index, start, start + length, key)


def _below(lines: Sequence[str], index: int, after: int, column: int, key: LineSpan | None) -> _Node:
    """Return the block that begins on a line below a colon or dash, or what is absent there."""
    try:
        block = _block(lines, _next_line(lines, index + 1), key)
    except OutsideError:
        return _Node(_ABSENT, index, after, after, key)
    if block.start > column or (block.start == column and block.kind == _BLOCK_LIST and key is not None):
        return block
    return _Node(_ABSENT, index, after, after, key)


def _extent(rest: str) -> tuple[int, int]:
    """Return kind and length of what stands at the start of ``rest``, all that is left of a line."""
    first = rest[0]
    if first in "\"'":
        match = DOUBLE.fullmatch(rest) if first == '"' else re.fullmatch(SINGLE, rest)
        return _SCALAR, match.end(1) + 1 if match is not None else len(rest.rstrip())
    if first in "[{":
        kind, pattern, closing = (_FLOW_LIST, FLOW_LIST, "]") if first == "[" else (_FLOW_MAP, FLOW_MAP, "}")
        match = re.fullmatch(pattern, rest)
        if match is None:
            raise OutsideError
        return kind, rest.index(closing, max(1, match.end(1))) + 1
    if first in "|>":
        return _SCALAR, 2 if rest[1:2] in ("+", "-") else 1
    return _SCALAR, len(rest.partition(" #")[0].rstrip())


def _first_entry(lines: Sequence[str], node: _Node) -> _Node:
    """Return the value of the first entry of a map that is not empty."""
    if node.kind == _FLOW_MAP:
        return _flow_entries(lines, node)[0][1]
    match = LINE.match(lines[node.line])
    if match is None or match[3] is None:
        raise OutsideError
    key = LineSpan(node.line, node.start, match.end(3))
    return _value(lines, node.line, key.end + 1, node.start, key)


def _first_item(lines: Sequence[str], node: _Node) -> _Node:
    """Return the first item of a list that is not empty."""
    if node.kind == _FLOW_LIST:
        return _flow_items(lines, node)[0]
    return _value(lines, node.line, node.start + 1, node.start, None)


def _flow_items(lines: Sequence[str], node: _Node) -> list[_Node]:
    line, shift = lines[node.line][: node.end - 1], node.start + 1
    found = re.finditer(FLOW_ITEM, line[shift:])
    return [_Node(_SCALAR, node.line, shift + match.start(), shift + match.end(), None) for match in found]


def _flow_entries(lines: Sequence[str], node: _Node) -> list[tuple[str, _Node]]:
    line, shift = lines[node.line][: node.end - 1], node.start + 1
    entries = []
    for match in re.finditer(FLOW_ENTRY, line[shift:]):
        key = LineSpan(node.line, shift + match.start(1), shift + match.end(1))
        entries.append((key_of(match[1]), _Node(_SCALAR, node.line, shift + match.start(2), shift + match.end(2), key)))
    return entries


# --- what is pointed at: as in manifests.locate -----------------------------------------------------------------


def _of_ancestor(lines: Sequence[str], node: _Node, is_root: bool) -> LineSpan:
    if node.key is not None:
        return node.key
    return _of_key(lines, node) if is_root else _of_item(lines, node)


def _of_key(lines: Sequence[str], node: _Node) -> LineSpan:
    if node.key is not None:
        return node.key
    if _is_filled_map(lines, node):
        key = _first_entry(lines, node).key
        assert key is not None
        return key
    return _first_line(node)


def _of_value(lines: Sequence[str], node: _Node) -> LineSpan:
    if node.kind == _BLOCK_MAP or node.kind == _BLOCK_LIST:
        return _of_item(lines, node)
    if node.kind == _ABSENT and node.key is not None:
        return _whole_entry(node)
    return _first_line(node)


def _of_entry(lines: Sequence[str], node: _Node) -> LineSpan:
    if node.key is not None and (node.kind == _SCALAR or node.kind == _ABSENT or _is_empty_flow(lines, node)):
        return _whole_entry(node)
    return _of_item(lines, node)


def _of_item(lines: Sequence[str], node: _Node) -> LineSpan:
    while node.kind == _BLOCK_LIST or (node.kind == _FLOW_LIST and not _is_empty_flow(lines, node)):
        node = _first_item(lines, node)
    return _whole_entry(_first_entry(lines, node)) if _is_filled_map(lines, node) else _first_line(node)


def _whole_entry(value: _Node) -> LineSpan:
    """Return ``key: value`` of an entry, or what of it stands in the line of the key."""
    key = value.key
    assert key is not None
    is_in_line = value.kind > _BLOCK_LIST and value.kind != _ABSENT
    return LineSpan(key.line, key.start, value.end if is_in_line else key.end + 1)


def _first_line(node: _Node) -> LineSpan:
    """Return what of a value stands in its first line; the dash of an absent one."""
    if node.kind == _ABSENT:
        return LineSpan(node.line, node.start - 1, node.start)
    if node.kind <= _BLOCK_LIST:
        raise OutsideError  # of a block, that is what ends within the line
    return LineSpan(node.line, node.start, node.end)


def _is_filled_map(lines: Sequence[str], node: _Node) -> bool:
    return node.kind == _BLOCK_MAP or (node.kind == _FLOW_MAP and not _is_empty_flow(lines, node))


def _is_empty_flow(lines: Sequence[str], node: _Node) -> bool:
    """Return whether there is nothing between the brackets."""
    return node.kind in (_FLOW_MAP, _FLOW_LIST) and not lines[node.line][node.start + 1 : node.end - 1].strip(" ")
