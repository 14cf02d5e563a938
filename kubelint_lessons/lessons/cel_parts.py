"""The part of an expression that can be asked before something else is known.

``has(item.port) && routesState == 'absent'`` is false where ``has(item.port)`` is: there no route need be looked for.
"""

from __future__ import annotations

from kubelint_lessons.lessons.cel_ast import Node


def part_without(node: Node, unknown: frozenset[str], outcome: bool) -> Node | None:
    """Return an expression that reads none of the variables ``unknown``, or None where ``node`` has no such part.

    Wherever it is evaluated to other than ``outcome``, so is ``node``, whatever the unknown ones are: there ``node``
    is no error either, because ``&&`` and ``||`` absorb those of one side.
    """
    if all(part.kind != "identifier" or part.name.removeprefix(".") not in unknown for part in node.walk()):
        return node
    if node.kind == "comprehension":
        return _loop(node, unknown, outcome)
    if node.kind != "call":
        return None
    if node.name == "!_":
        inner = part_without(node.items[0], unknown, not outcome)
        return None if inner is None else node._replace(items=(inner,))
    if node.name in ("_&&_", "_||_"):
        parts = [part_without(item, unknown, outcome) for item in node.items]
        kept = tuple(part for part in parts if part is not None)
        if len(kept) < len(parts) and (not kept or outcome != (node.name == "_&&_")):
            return None
        return kept[0] if len(kept) == 1 else node._replace(items=kept)
    if node.name == "_?_:_":
        condition, *ways = node.items
        if part_without(condition, unknown, outcome) is not condition:
            return None
        yes, no = (part_without(way, unknown, outcome) for way in ways)
        return None if yes is None or no is None else node._replace(items=(condition, yes, no))
    return None


def _loop(node: Node, unknown: frozenset[str], outcome: bool) -> Node | None:
    """Return ``exists`` and ``all`` over something known, with the part of their condition that is."""
    loop = node.loop
    if loop is None or part_without(loop.range, unknown, outcome) is not loop.range:
        return None
    is_exists = loop.step.name == "_||_" and loop.initial.value is False
    is_all = loop.step.name == "_&&_" and loop.initial.value is True
    if not (is_exists or is_all) or len(loop.step.items) != 2:
        return None
    before, condition = loop.step.items
    part = part_without(condition, unknown, outcome)
    if part is None or before.kind != "identifier" or before.name != loop.accumulator:
        return None
    return node._replace(loop=loop._replace(step=loop.step._replace(items=(before, part))))
