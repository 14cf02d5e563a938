"""What an expression says before its relations are known never differs from what it says in the end."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from kubelint_lessons.lessons.expression import Compiler, NotEvaluated, Program

RELATIONS = ("routes", "pods")
UNKNOWN = frozenset(name + suffix for name in RELATIONS for suffix in ("", "Count", "State"))
EXPRESSIONS = (
    "has(item.port) && item.port > 3 && routesState != 'found'",
    "routesState != 'found' && item.port > 3",
    "!(has(item.port) && routesState == 'found')",
    "!has(item.port) || routesState == 'found'",
    "has(item.port) || routesCount > 0",
    "item.names.exists(n, n in params.names && !pods.exists(p, p.name == n))",
    "item.names.all(n, n in params.names || podsCount > 1)",
    "item.names.all(n, n in params.names && podsCount > 1)",
    "!item.names.exists(n, podsState == 'unknown' || n == 'b')",
    "has(item.port) ? item.port == 4 && routesCount > 1 : podsCount > 0 && has(item.names)",
    "routesCount > 0 ? has(item.port) : has(item.names)",
    "pods.exists(p, p.name == 'a') && (routesState == 'found' || has(item.port))",
    "pods.exists(p, has(item.port))",
    "item.names.exists_one(n, n == 'a' && podsCount > 0) && has(item.port)",
    "item.names.exists(pods, pods == 'a') && routesCount > 1",
    "has(item.port)",
    "routesCount > 1",
)
ITEMS: tuple[dict[str, Any], ...] = (
    {},
    {"port": 4},
    {"port": 2, "names": []},
    {"port": "text", "names": ["a"]},
    {"names": ["a", "b"]},
    {"names": ["b", 7], "port": 5},
    {"names": "text", "port": None},
)
PODS: tuple[list[dict[str, str]], ...] = ([], [{"name": "a"}], [{"name": "b"}, {}])


def parts() -> list[tuple[Program, Program, bool]]:
    compiler = Compiler()
    found = []
    for text, outcome in product(EXPRESSIONS, (True, False)):
        whole = compiler.compile(text, RELATIONS)
        part = whole.part_without(UNKNOWN, outcome)
        if part is not None:
            found.append((whole, compiler.load(part), outcome))
    return found


def test_a_part_decides_only_what_the_whole_decides_the_same_way() -> None:
    decided = open_still = 0
    for (whole, part, outcome), item in product(parts(), ITEMS):
        verdict = part.evaluate({"item": item, "params": {"names": ["a", "c"]}})
        if verdict == outcome or isinstance(verdict, NotEvaluated):
            open_still += 1
            continue
        decided += 1
        for state, pods in product(("found", "absent", "unknown"), PODS):
            values = {"routesState": state, "routesCount": len(pods), "routes": pods, "podsState": state, "pods": pods}
            known = {**values, "podsCount": len(pods), "item": item, "params": {"names": ["a", "c"]}}
            assert whole.evaluate(known) == (not outcome)
    assert min(decided, open_still) > 20


@pytest.mark.parametrize(
    ("text", "outcome", "read"),
    [
        ("has(item.port) && routesCount > 0", True, ("item",)),
        ("has(item.port) && routesCount > 0", False, None),
        ("has(item.port) || routesCount > 0", False, ("item",)),
        ("!(has(item.port) || routesCount > 0)", True, ("item",)),
        ("item.exists(x, x in params.a && podsCount > 0)", True, ("item", "params")),
        ("pods.exists(x, x.name == item.name)", True, None),
        ("podsState == 'found' ? has(item.a) : has(item.b)", True, None),
        ("has(item.a) ? has(item.b) && podsCount > 1 : has(item.c)", True, ("item",)),
    ],
)
def test_which_part_is_taken(text: str, outcome: bool, read: tuple[str, ...] | None) -> None:
    part = Compiler().compile(text, RELATIONS).part_without(UNKNOWN, outcome)
    assert (None if part is None else Compiler().load(part).parameters) == read


def test_a_part_that_cannot_be_evaluated_says_nothing() -> None:
    part = Compiler().compile("item.port > 3 && routesCount > 0", RELATIONS).part_without(UNKNOWN, True)
    assert part is not None
    assert isinstance(Compiler().load(part).evaluate({"item": {}}), NotEvaluated)
