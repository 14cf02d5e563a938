"""Checked CEL expressions changed for the evaluator: nodes are replaced and written back as the engine's bytes."""

from __future__ import annotations

from collections.abc import Callable

from kubelint_lessons.lessons import cel_wire as wire
from kubelint_lessons.lessons.cel_ast import Kind, Loop, Node, read_node, unwrapped


def replace(data: bytes, change: Callable[[Node], Node]) -> bytes:
    """Return the bytes with every node replaced by ``change(node)``, innermost first."""
    message = bytearray()
    for number, _, value in wire.fields(unwrapped(data)):
        if isinstance(value, int):
            message += wire.varint_field(number, value)
        elif number == 4:
            message += wire.bytes_field(4, write(_replaced(read_node(value), change)))
        else:
            message += wire.bytes_field(number, value)
    return wire.bytes_field(1, b"type.googleapis.com/cel.expr.CheckedExpr") + wire.bytes_field(2, bytes(message))


def _replaced(node: Node, change: Callable[[Node], Node]) -> Node:
    loop = node.loop
    return change(
        node._replace(
            target=None if node.target is None else _replaced(node.target, change),
            items=tuple(_replaced(item, change) for item in node.items),
            entries=tuple(
                entry._replace(
                    key=None if entry.key is None else _replaced(entry.key, change),
                    value=_replaced(entry.value, change),
                )
                for entry in node.entries
            ),
            loop=None if loop is None else Loop(*loop[:3], *(_replaced(part, change) for part in loop[3:])),
        )
    )


def write(node: Node) -> bytes:
    """Return the bytes of one node (``cel.expr.Expr``)."""
    number, body = _WRITERS[node.kind](node)
    return wire.varint_field(2, node.id) + wire.bytes_field(number, body)


def _write_constant(node: Node) -> tuple[int, bytes]:
    value = node.value
    if value is None:
        return 3, wire.varint_field(1, 0)
    if isinstance(value, bool):
        return 3, wire.varint_field(2, value)
    if isinstance(value, int):
        return 3, wire.varint_field(4 if node.is_uint else 3, value)
    if isinstance(value, float):
        return 3, wire.double_field(5, value)
    if isinstance(value, str):
        return 3, wire.bytes_field(6, value.encode())
    return 3, wire.bytes_field(7, value)


def _write_select(node: Node) -> tuple[int, bytes]:
    operand = b"" if node.target is None else wire.bytes_field(1, write(node.target))
    return 5, operand + wire.bytes_field(2, node.name.encode()) + wire.varint_field(3, node.is_test)


def _write_call(node: Node) -> tuple[int, bytes]:
    target = b"" if node.target is None else wire.bytes_field(1, write(node.target))
    arguments = b"".join(wire.bytes_field(3, write(item)) for item in node.items)
    return 6, target + wire.bytes_field(2, node.name.encode()) + arguments


def _write_list(node: Node) -> tuple[int, bytes]:
    elements = b"".join(wire.bytes_field(1, write(item)) for item in node.items)
    return 7, elements + b"".join(wire.varint_field(2, index) for index in node.optional_items)


def _write_map(node: Node) -> tuple[int, bytes]:
    body = wire.bytes_field(1, node.name.encode()) if node.name else b""
    for entry in node.entries:
        key = wire.bytes_field(2, entry.field.encode()) if entry.key is None else wire.bytes_field(3, write(entry.key))
        parts = wire.varint_field(1, entry.id) + key + wire.bytes_field(4, write(entry.value))
        body += wire.bytes_field(2, parts + wire.varint_field(5, entry.is_optional))
    return 8, body


def _write_loop(node: Node) -> tuple[int, bytes]:
    loop = node.loop
    if loop is None:
        raise ValueError("a comprehension without a loop")
    body = wire.bytes_field(1, loop.variable.encode()) + wire.bytes_field(3, loop.accumulator.encode())
    if loop.second_variable:
        body += wire.bytes_field(8, loop.second_variable.encode())
    for number, part in zip((2, 4, 5, 6, 7), loop[3:], strict=True):
        body += wire.bytes_field(number, write(part))
    return 9, body


_WRITERS: dict[Kind, Callable[[Node], tuple[int, bytes]]] = {
    "constant": _write_constant,
    "identifier": lambda node: (4, wire.bytes_field(1, node.name.encode())),
    "select": _write_select,
    "call": _write_call,
    "list": _write_list,
    "map": _write_map,
    "comprehension": _write_loop,
}
