"""Conditions in CEL, put together from routes and values: every step on the way is guarded, none can fail.

chain("object", ("spec", "type"), equals("X"))  →  has(object.spec) && has(object.spec.type) && object.spec.type == 'X'
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.regexes import regex

Leaf = Callable[[str], list[str]]
"""Returns what must hold of the value that an expression leads to; nothing where it only has to be there."""

_NAME = regex(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = frozenset({"in", "true", "false", "null"})
_CERTAIN = frozenset({"object.metadata", "variables.podSpec", "variables.podTemplate"})
_NAMED_LISTS = frozenset({"env", "parameters", "variables"})
_NAMED_ITEM = frozenset({"name", "value", "valueFrom"})
_ITEM_NAMES = ("x", "y", "z")
_MOST_FEATURES = 4


def chain(root: str, steps: FieldPath, leaf: Leaf, data: Any = None) -> list[str]:
    """Return the conditions, joined by "and", that lead from ``root`` to a value for which ``leaf`` holds.

    ``data`` is the value that ``root`` has in the example: items of lists that are known by name keep it.
    """
    return _chain(root, steps, leaf, data, 0)


def holds_key(root: str, steps: FieldPath, data: Any = None) -> list[str]:
    """Return the conditions that lead to a map which has the last key of ``steps``, known to its kind or not."""
    key = literal(steps[-1])
    return _chain(root, steps[:-1], lambda expression: [f"{key} in {expression}"], data, 0)


def _chain(expression: str, steps: FieldPath, leaf: Leaf, data: Any, depth: int) -> list[str]:
    found: list[str] = []
    previous: str | int = ""
    for index, step in enumerate(steps):
        if isinstance(step, int):
            name = _ITEM_NAMES[depth] if depth < len(_ITEM_NAMES) else f"x{depth}"
            item = data[step] if isinstance(data, list) and step < len(data) else None
            inner = [*identity(str(previous), item, name), *_chain(name, steps[index + 1 :], leaf, item, depth + 1)]
            found.append(f"{expression}.exists({name}, {' && '.join(dict.fromkeys(inner)) or 'true'})")
            return found
        guard = has(expression, step)
        expression = select(expression, step)
        if expression not in _CERTAIN:
            found.append(guard)
        data = data.get(step) if isinstance(data, dict) else None
        previous = step
    return [*found, *leaf(expression)]


def identity(list_name: str, item: Any, expression: str) -> list[str]:
    """Return the condition that an item of a list is the one of this name, where names there mean something."""
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        return []
    if list_name in _NAMED_LISTS or item.keys() <= _NAMED_ITEM:
        return [f"has({expression}.name)", f"{expression}.name == {literal(item['name'])}"]
    return []


def has(expression: str, step: str) -> str:
    """Return the condition that a map has a key."""
    return f"has({expression}.{step})" if _is_name(step) else f"{literal(step)} in {expression}"


def select(expression: str, step: str) -> str:
    """Return the expression for the value of a key."""
    return f"{expression}.{step}" if _is_name(step) else f"{expression}[{literal(step)}]"


def literal(value: Any) -> str:
    """Return a scalar as CEL writes it, in plain ASCII."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if value is None:
        return "null"
    return "'" + "".join(_escaped(character) for character in str(value)) + "'"


def there(expression: str) -> list[str]:
    """Ask for nothing more than that the value is there."""
    del expression
    return []


def equals(value: Any) -> Leaf:
    """Return the condition of being ``value``, a scalar, and of its type."""
    return lambda expression: [f"{expression} == {literal(value)}"]


def contains(text: str) -> Leaf:
    """Return the condition of being a text that holds ``text``."""
    return lambda expression: [f"type({expression}) == string", f"{expression}.contains({literal(text)})"]


def at_most(limit: int) -> Leaf:
    """Return the condition of being a whole number of at most ``limit``."""
    return lambda expression: [f"type({expression}) == int", f"{expression} <= {limit}"]


def at_least(limit: int) -> Leaf:
    """Return the condition of being a whole number of at least ``limit``."""
    return lambda expression: [f"type({expression}) == int", f"{expression} >= {limit}"]


def of_type(name: str) -> Leaf:
    """Return the condition of being of one of CEL's types: bool, int, double, string, list or map."""
    return lambda expression: [f"type({expression}) == {name}"]


def quantity(limit: str, sign: str) -> Leaf:
    """Return the condition of being a quantity that compares to ``limit`` as ``sign``, ``<=`` or ``>=``, says."""

    def leaf(expression: str) -> list[str]:
        text = f"string({expression})"
        return [f"isQuantity({text})", f"quantity({text}).compareTo(quantity({literal(limit)})) {sign} 0"]

    return leaf


def of_image(repository: str) -> Leaf:
    """Return the condition of being an image of ``repository``, whatever its tag."""
    pattern = f"^{re.sub(r'([^A-Za-z0-9/_-])', lambda sign: chr(92) + sign[1], repository)}([:@]|$)"
    return lambda expression: [f"{expression}.matches({literal(pattern)})"]


def features(item: Any) -> Leaf:
    """Return what tells an item of a list from others: its scalars, names aside unless there is nothing else."""

    def leaf(expression: str) -> list[str]:
        if not isinstance(item, dict):
            return [f"{expression} == {literal(item)}"] if not isinstance(item, list) else []
        named = identity("", item, expression)
        if named:
            return named
        found = list(_scalars(item, expression, 0))
        rest = [conditions for name, conditions in found if name not in ("name", "namespace", "description")]
        chosen = rest[:_MOST_FEATURES] or [conditions for _, conditions in found[:1]]
        return list(dict.fromkeys(condition for conditions in chosen for condition in conditions))

    return leaf


def _scalars(item: dict[str, Any], expression: str, depth: int) -> list[tuple[str, list[str]]]:
    """Return each scalar below ``item`` by its key, with the conditions that lead to it and say its value."""
    found: list[tuple[str, list[str]]] = []
    for key, value in item.items():
        inner, guard = select(expression, key), has(expression, key)
        if isinstance(value, dict) and value and depth < 3:
            found += [(name, [guard, *conditions]) for name, conditions in _scalars(value, inner, depth + 1)]
        elif isinstance(value, list) and value and depth < 3 and not isinstance(value[0], (dict, list)):
            found += [(key, [guard, f"{inner}.exists(v, v == {literal(value[0])})"])]
        elif isinstance(value, (dict, list)):
            found.append((key, [guard]))
        elif value is not None:
            found.append((key, [guard, f"{inner} == {literal(value)}"]))
    return found


def _is_name(step: str) -> bool:
    return _NAME.fullmatch(step) is not None and step not in _WORDS


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character == "\n":
        return "\\n"
    code = ord(character)
    if 0x20 <= code < 0x7F:
        return character
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
