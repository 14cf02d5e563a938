"""Checked CEL expressions as trees of frozen nodes, read from the engine's bytes.

The bytes are a ``google.protobuf.Any`` (1 the type's URL, 2 the message) around ``cel.expr.CheckedExpr`` of
https://github.com/google/cel-spec (proto/cel/expr): 3 the types, 4 the expression, 5 the source information.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from kubelint_lessons.lessons import cel_wire as wire
from kubelint_lessons.model.records import NamedTuple

Constant = None | bool | int | float | str | bytes
Kind = Literal["constant", "identifier", "select", "call", "list", "map", "comprehension"]

_PRIMITIVES = ("", "bool", "int", "uint", "double", "string", "bytes")
_WELL_KNOWN = ("", "any", "timestamp", "duration")


class Entry(NamedTuple):
    """One ``key: value`` of a map literal; ``field`` instead of ``key`` in a message literal."""

    id: int
    key: Node | None
    value: Node
    is_optional: bool
    field: str = ""


class Loop(NamedTuple):
    """What a macro such as ``all`` expands into."""

    variable: str
    second_variable: str
    accumulator: str
    range: Node
    initial: Node
    condition: Node
    step: Node
    result: Node


class Node(NamedTuple):
    """One expression. ``name`` is the identifier, field, function or message; ``target`` what stands before the dot.

    ``items`` are the arguments of a call or the elements of a list, ``optional_items`` the indices written ``?x``.
    ``is_test`` marks the select inside ``has()``.
    """

    id: int
    kind: Kind
    name: str = ""
    value: Constant = None
    target: Node | None = None
    items: tuple[Node, ...] = ()
    optional_items: tuple[int, ...] = ()
    entries: tuple[Entry, ...] = ()
    loop: Loop | None = None
    is_test: bool = False
    is_uint: bool = False

    def children(self) -> Iterator[Node]:
        """Yield the nodes directly below."""
        if self.target is not None:
            yield self.target
        yield from self.items
        for entry in self.entries:
            if entry.key is not None:
                yield entry.key
            yield entry.value
        if self.loop is not None:
            yield from self.loop[3:]

    def walk(self) -> Iterator[Node]:
        """Yield this node and everything below, parents first."""
        yield self
        for child in self.children():
            yield from child.walk()


class Checked(NamedTuple):
    """A checked expression: its tree, the type of every node, and where it stands in the text."""

    root: Node
    types: dict[int, str]
    offsets: dict[int, int]
    line_ends: tuple[int, ...]

    def place(self, node: Node) -> tuple[int, int]:
        """Return the 1-based line and column (code points) of a node; (1, 1) for one that no text stands for."""
        offset = self.offsets.get(node.id, 0)
        line, start = 1, 0
        for end in self.line_ends:
            if end > offset:
                break
            line, start = line + 1, end
        return line, offset - start + 1

    def type_of(self, node: Node) -> str:
        """Return a type as people write it: ``list(int)``, ``dyn``, ``kubernetes.Quantity``."""
        return self.types.get(node.id, "dyn")


def read(data: bytes) -> Checked:
    """Return the tree in the bytes of a checked expression; raises ``ValueError`` for anything else."""
    root: Node | None = None
    types: dict[int, str] = {}
    offsets: dict[int, int] = {}
    line_ends: tuple[int, ...] = ()
    for number, _, value in wire.fields(unwrapped(data)):
        if not isinstance(value, bytes):
            continue
        if number == 4:
            root = read_node(value)
        elif number == 3:
            key, described = _pair(value)
            types[key] = _type(described)
        elif number == 5:
            for inner, _, part in wire.fields(value):
                if inner == 3:
                    line_ends = tuple(wire.packed(part)) if isinstance(part, bytes) else (*line_ends, part)
                elif inner == 4 and isinstance(part, bytes):
                    numbers = {n: v for n, _, v in wire.fields(part) if isinstance(v, int)}
                    offsets[wire.signed(numbers.get(1, 0))] = wire.signed(numbers.get(2, 0))
    if root is None:
        raise ValueError("no expression")
    return Checked(root, types, offsets, line_ends)


def unwrapped(data: bytes) -> bytes:
    """Return the message inside the ``Any``, or nothing."""
    for number, _, value in wire.fields(data):
        if number == 2 and isinstance(value, bytes):
            return value
    return b""


def _pair(data: bytes) -> tuple[int, bytes]:
    key, value = 0, b""
    for number, _, part in wire.fields(data):
        if number == 1 and isinstance(part, int):
            key = wire.signed(part)
        elif number == 2 and isinstance(part, bytes):
            value = part
    return key, value


def _type(data: bytes) -> str:
    for number, _, value in wire.fields(data):
        if number == 3:
            return _PRIMITIVES[int(value)]
        if number == 5:
            return _WELL_KNOWN[int(value)]
        if not isinstance(value, bytes):
            continue
        if number == 2:
            return "null"
        inner = {n: v for n, _, v in wire.fields(value) if isinstance(v, bytes)} if number in (6, 7) else {}
        if number == 6:
            return f"list({_type(inner.get(1, b''))})"
        if number == 7:
            return f"map({_type(inner.get(1, b''))}, {_type(inner.get(2, b''))})"
        if number == 11:
            return f"type({_type(value)})"
        if number == 9:
            return value.decode()
        if number == 14:
            parts = list(wire.fields(value))
            name = b"".join(v for n, _, v in parts if n == 1 and isinstance(v, bytes)).decode()
            inside = ", ".join(_type(v) for n, _, v in parts if n == 2 and isinstance(v, bytes))
            return f"{name}({inside})" if inside else name
    return "dyn"


def read_node(data: bytes) -> Node:
    """Return one expression (``cel.expr.Expr``) and everything below."""
    node_id, node = 0, Node(0, "constant")
    for number, _, value in wire.fields(data):
        if number == 2 and isinstance(value, int):
            node_id = wire.signed(value)
        elif isinstance(value, bytes) and number in _READERS:
            node = _READERS[number](list(wire.fields(value)))
    return node._replace(id=node_id)


_Fields = list[tuple[int, int, int | bytes]]


def _all(parts: _Fields, number: int) -> list[bytes]:
    return [value for n, _, value in parts if n == number and isinstance(value, bytes)]


def _text(parts: _Fields, number: int) -> str:
    return b"".join(_all(parts, number)).decode()


def _flag(parts: _Fields, number: int) -> bool:
    return any(n == number and bool(value) for n, _, value in parts)


def _read_constant(parts: _Fields) -> Node:
    for number, _, value in parts:
        if isinstance(value, int):
            if number == 2:
                return Node(0, "constant", value=bool(value))
            if number in (3, 4):
                return Node(0, "constant", value=wire.signed(value) if number == 3 else value, is_uint=number == 4)
        elif number == 5:
            return Node(0, "constant", value=wire.double(value))
        elif number == 6:
            return Node(0, "constant", value=value.decode())
        elif number == 7:
            return Node(0, "constant", value=value)
    return Node(0, "constant")


def _read_select(parts: _Fields) -> Node:
    return Node(0, "select", _text(parts, 2), target=read_node(_all(parts, 1)[0]), is_test=_flag(parts, 3))


def _read_call(parts: _Fields) -> Node:
    targets = _all(parts, 1)
    return Node(
        0,
        "call",
        _text(parts, 2),
        target=read_node(targets[0]) if targets else None,
        items=tuple(read_node(item) for item in _all(parts, 3)),
    )


def _read_list(parts: _Fields) -> Node:
    optional: list[int] = []
    for number, _, value in parts:
        if number == 2:
            optional += wire.packed(value) if isinstance(value, bytes) else [value]
    return Node(0, "list", items=tuple(read_node(item) for item in _all(parts, 1)), optional_items=tuple(optional))


def _read_map(parts: _Fields) -> Node:
    entries = []
    for data in _all(parts, 2):
        entry = list(wire.fields(data))
        keys = _all(entry, 3)
        entry_id = next((wire.signed(v) for n, _, v in entry if n == 1 and isinstance(v, int)), 0)
        key = read_node(keys[0]) if keys else None
        entries.append(Entry(entry_id, key, read_node(_all(entry, 4)[0]), _flag(entry, 5), _text(entry, 2)))
    return Node(0, "map", _text(parts, 1), entries=tuple(entries))


def _read_loop(parts: _Fields) -> Node:
    source, initial, condition, step, result = (read_node(_all(parts, number)[0]) for number in (2, 4, 5, 6, 7))
    names = (_text(parts, 1), _text(parts, 8), _text(parts, 3))
    return Node(0, "comprehension", loop=Loop(*names, source, initial, condition, step, result))


_READERS: dict[int, Callable[[_Fields], Node]] = {
    3: _read_constant,
    4: lambda parts: Node(0, "identifier", _text(parts, 1)),
    5: _read_select,
    6: _read_call,
    7: _read_list,
    8: _read_map,
    9: _read_loop,
}
