"""Which macro a loop of a checked expression was: ``exists``, ``all``, ``exists_one``, ``map`` or ``filter``."""

from __future__ import annotations

from typing import Literal

from kubelint_lessons.lessons.cel_ast import Loop, Node
from kubelint_lessons.model.records import NamedTuple

MacroName = Literal["exists", "all", "exists_one", "collect"]


class Macro(NamedTuple):
    """``collect`` is ``map`` and ``filter``: ``item`` of every element for which ``test`` holds (None: always)."""

    name: MacroName
    test: Node | None
    item: Node | None


def macro_of(loop: Loop) -> Macro | None:
    """Return the macro that expands into ``loop``, or None for any other loop."""
    start, step = loop.initial, loop.step
    if loop.second_variable or loop.variable == loop.accumulator:
        return None
    found: Macro | None = None
    if start.kind == "constant" and step.kind == "call" and len(step.items) == 3:
        found = Macro("exists_one", step.items[0], None) if _counts(loop) else None
    elif start.kind == "constant" and step.kind == "call" and len(step.items) == 2:
        found = _quantifier(loop)
    elif start.kind == "list" and not start.items and _is_true(loop.condition) and _is_total(loop, loop.result):
        found = _collection(loop)
    if found is None or any(_reads_total(loop, part) for part in found[1:] if isinstance(part, Node)):
        return None
    return found


def _quantifier(loop: Loop) -> Macro | None:
    step, condition = loop.step, loop.condition
    if not (_is_total(loop, step.items[0]) and _is_total(loop, loop.result)):
        return None
    if not (condition.kind == "call" and condition.name == "@not_strictly_false"):
        return None
    asked = condition.items[0]
    if loop.initial.value is True and step.name == "_&&_" and _is_total(loop, asked):
        return Macro("all", step.items[1], None)
    is_negated = asked.kind == "call" and asked.name == "!_" and _is_total(loop, asked.items[0])
    if loop.initial.value is False and step.name == "_||_" and is_negated:
        return Macro("exists", step.items[1], None)
    return None


def _counts(loop: Loop) -> bool:
    step, result = loop.step, loop.result
    return (
        loop.initial.value == 0
        and type(loop.initial.value) is int
        and _is_true(loop.condition)
        and step.name == "_?_:_"
        and step.items[1].name == "_+_"
        and _is_total(loop, step.items[1].items[0])
        and _is_one(step.items[1].items[1])
        and _is_total(loop, step.items[2])
        and result.name == "_==_"
        and _is_total(loop, result.items[0])
        and _is_one(result.items[1])
    )


def _collection(loop: Loop) -> Macro | None:
    step, test = loop.step, None
    if step.kind == "call" and step.name == "_?_:_" and _is_total(loop, step.items[2]):
        test, step = step.items[0], step.items[1]
    if not (step.kind == "call" and step.name == "_+_" and _is_total(loop, step.items[0])):
        return None
    added = step.items[1]
    if added.kind != "list" or len(added.items) != 1 or added.optional_items:
        return None
    return Macro("collect", test, added.items[0])


def _is_total(loop: Loop, node: Node) -> bool:
    return node.kind == "identifier" and node.name == loop.accumulator


def _reads_total(loop: Loop, node: Node) -> bool:
    """Return whether a part that the author wrote reads the accumulator, which an inner loop may have anew."""
    if node.loop is not None and node.loop.accumulator == loop.accumulator:
        return _reads_total(loop, node.loop.range)
    return _is_total(loop, node) or any(_reads_total(loop, child) for child in node.children())


def _is_true(node: Node) -> bool:
    return node.kind == "constant" and node.value is True


def _is_one(node: Node) -> bool:
    return node.kind == "constant" and node.value == 1 and type(node.value) is int
