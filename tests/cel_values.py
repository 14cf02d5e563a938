"""Values that meet an expression where it reads: absent, null, what it expects, or of another type."""

from __future__ import annotations

import random
from base64 import b64decode
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from kubelint_lessons.lessons import cel_ast
from kubelint_lessons.lessons.cel_code import unpack
from kubelint_lessons.lessons.expression import Bindings, Compiler, NotEvaluated, Program
from kubelint_lessons.lessons.paths import EACH
from kubelint_lessons.lessons.rule import Expression, Rule

_ABSENT = NotImplemented  # one object, also where it is copied
_ODD: list[Any] = [
    *(_ABSENT, _ABSENT, None, True, False, 0, 1, -1, 2, 10, 1.0, 1.5, 0.0, 2**63, -(2**63), 2**63 - 1, 2**70),
    *("", "a", "1", "0", "10.0.0.0/8", "1h", "90m", "1.5Gi", "a\0b", "\ud800", "\ufffd", "é", "a\n", "\n", "K", "ſ"),
    *([], {}, [None], [""], {"a": None}, {"a": "b"}, [[]], [{}], ["a", 1], {"": ""}, {"a\0": 1}),
]


def constants(program: Program) -> list[Any]:
    """Return the constants of an expression: what its author expects to find."""
    nodes = cel_ast.read(unpack(program.serialized).body).root.walk()
    return [node.value for node in nodes if node.kind == "constant" and not isinstance(node.value, bytes)]


def values_for(program: Program, choose: random.Random, params: dict[str, Any] | None = None) -> list[Any]:
    """Return one value for each parameter of ``program``."""
    known = [*constants(program), *deepcopy(_ODD)]
    roots: dict[str, Any] = {}
    for reference in program.references:
        for _ in range(choose.choice([1, 1, 2])):
            _plant(roots, (reference.root, *reference.path), deepcopy(_leaf(known, choose)), choose)
    result = []
    for name in program.parameters:
        value = roots.get(name, {})
        if name == "params" and params is not None and choose.random() < 0.8:
            value = params
        elif name.endswith("Count"):
            value = choose.choice([0, 1, 2, 100])
        elif name.endswith("State"):
            value = choose.choice(["found", "absent", "unknown"])
        result.append(value)
    return result


def _leaf(known: list[Any], choose: random.Random) -> Any:
    kind = choose.random()
    if kind < 0.6:
        return choose.choice(known)
    if kind < 0.75:
        return [_present(choose.choice(known)) for _ in range(choose.randrange(4))]
    if kind < 0.9:
        keys = [key for key in (choose.choice(known) for _ in range(3)) if isinstance(key, str)]
        return {key: _present(choose.choice(known)) for key in keys}
    return {key: {} for key in ("a", "name")}


def _present(value: Any) -> Any:
    return None if value is _ABSENT else value


def _plant(tree: Any, path: tuple[Any, ...], leaf: Any, choose: random.Random) -> None:
    """Put ``leaf`` where ``path`` leads, sometimes earlier, over what is there already."""
    step, *rest = path
    if choose.random() < 0.04:
        rest = []
    if step is EACH or isinstance(step, int):
        if not isinstance(tree, list):
            return
        if not tree or choose.random() < 0.3:
            tree.append({} if rest else _present(leaf))
        if rest:
            index = choose.randrange(len(tree))
            if not isinstance(tree[index], (dict, list)):
                tree[index] = _room(rest[0])
            _plant(tree[index], tuple(rest), leaf, choose)
        return
    if not isinstance(tree, dict):
        return
    if not rest:
        if leaf is not _ABSENT:
            tree[str(step)] = leaf
        return
    if not isinstance(tree.get(str(step)), (dict, list)):
        tree[str(step)] = _room(rest[0])
    _plant(tree[str(step)], tuple(rest), leaf, choose)


def _room(step: Any) -> Any:
    return [] if step is EACH or isinstance(step, int) else {}


def engine_says(program: Program, values: list[Any], compiler: Compiler) -> bool | NotEvaluated:
    """Return the engine's own verdict."""
    value = program.value(compiler.bind(dict(zip(program.parameters, values, strict=True))))
    assert isinstance(value, (bool, NotEvaluated))
    return value


def expressions_of(rule: Rule) -> Iterator[tuple[Expression, tuple[str, ...], dict[str, Any]]]:
    """Yield the CEL of a rule, with the relations and parameters that it may read."""
    for detector in rule.detectors:
        wheres = [relate.where for relate in detector.relate] + [related.where for related in detector.related]
        for expression in (detector.where, detector.expression, *wheres):
            if expression is not None:
                yield expression, detector.relation_names, detector.params


def program_of(expression: Expression, relations: tuple[str, ...], compiler: Compiler) -> Program:
    """Return the program that a rule keeps."""
    return compiler.load(b64decode(expression.program), relations)


__all__ = ["Bindings", "constants", "engine_says", "expressions_of", "program_of", "values_for"]
