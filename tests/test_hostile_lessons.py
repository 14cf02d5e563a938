"""Expressions that want all the memory or time there is end as not evaluated, in Python and in the engine."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from kubelint_lessons.lessons import cel_memory
from kubelint_lessons.lessons.cel_runtime import MOST_LENGTH, TOO_MUCH, TooMuch, plus, small
from kubelint_lessons.lessons.cel_texts import join, replace
from kubelint_lessons.lessons.expression import Compiler, NotEvaluated

OBJECT: dict[str, Any] = {
    "items": [{"name": f"n{number}", "text": "x" * 50} for number in range(2000)],
    "text": "x" * 100_000,
}
STEPS = "more than 10000 steps through lists"
MEMORY = "more than 1 GiB of memory"

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")


@pytest.fixture(scope="module")
def compiler() -> Compiler:
    return Compiler()


def end_of(compiler: Compiler, text: str) -> str:
    """Return why an expression was not evaluated."""
    found = compiler.compile(text).evaluate({"object": OBJECT})
    assert isinstance(found, NotEvaluated), found
    return found.reason


@pytest.mark.parametrize(
    "text",
    [
        "lists.range(1000000000).size() > 3",
        "lists.range(9223372036854775807).exists(i, i == 3)",
        "lists.range(20000).distinct().size() > 3",
        "object.items.all(a, object.items.all(b, a.name != 'z' || b.name != 'z'))",
        "object.items.map(a, object.items.map(b, b.name)).size() > 3",
        "object.items.exists(a, object.items.filter(b, b.name == a.name).size() > 1)",
        "lists.range(5000).all(a, lists.range(5000).all(b, a + b >= 0))",
    ],
)
def test_loops_end_after_the_same_number_of_steps(compiler: Compiler, text: str) -> None:
    assert end_of(compiler, text) == STEPS


@pytest.mark.parametrize(
    "text",
    [
        "['xxxxxxxxxxxxxxxx']" + ".map(a, a + a)" * 24 + ".exists(a, a.size() > 3)",
        "[object.text]" + ".map(a, a + a)" * 24 + ".exists(a, a.contains('y'))",
        "[[1, 2, 3, 4]]" + ".map(a, a + a)" * 25 + ".exists(a, a.size() > 3)",
        "['x']" + ".map(a, [a, a, a, a].join(','))" * 24 + ".exists(a, a.size() > 3)",
        "['x']" + ".map(a, '%s%s%s'.format([a, a, a]))" * 24 + ".exists(a, a.size() > 3)",
        "'x'" + f".replace('x', '{'x' * 100}')" * 5 + ".size() > 3",
    ],
    ids=["constant", "data", "list", "join", "format", "replace"],
)
def test_texts_and_lists_do_not_grow_without_end(compiler: Compiler, text: str) -> None:
    assert end_of(compiler, text) == TOO_MUCH


@linux
@pytest.mark.parametrize(
    "text",
    [
        "object.text.replace('x', object.text).size() > 3",
        "[[1]]" + ".map(a, [a, a, a, a].flatten())" * 24 + ".exists(a, a.size() > 3)",
    ],
    ids=["replace", "flatten"],
)
def test_the_engine_gets_a_bounded_amount_of_memory(compiler: Compiler, text: str) -> None:
    assert end_of(compiler, text) == MEMORY


@linux
def test_the_bound_is_gone_afterwards(compiler: Compiler) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    end_of(compiler, "object.text.replace('x', object.text).size() > 3")
    assert resource.getrlimit(resource.RLIMIT_AS) == before

    def fail_within() -> None:
        with cel_memory.bounded_memory():
            assert resource.getrlimit(resource.RLIMIT_AS) != before
            raise KeyError

    with pytest.raises(KeyError):
        fail_within()
    assert resource.getrlimit(resource.RLIMIT_AS) == before


@linux
def test_a_lower_bound_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1 << 30, -1))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: seen.append(limits))
    monkeypatch.setattr(cel_memory, "_in_use", lambda: 1 << 29)
    with cel_memory.bounded_memory():
        assert seen == []


def test_what_is_large_but_not_hostile_is_evaluated(compiler: Compiler) -> None:
    for text in (
        "lists.range(10000).size() == 10000",
        "lists.range(9000).all(i, i >= 0)",
        "lists.range(0) == [] && lists.range(3) == [0, 1, 2] && lists.range(-1) == []",
        "(object.text + object.text).size() == 200000",
        "object.items.map(a, a.text).join(',').size() == 2000 * 51 - 1",
        "object.text.replace('x', 'yyyyy').size() == 500000",
        "object.items.all(a, object.items.size() == 2000)",
    ):
        assert compiler.compile(text).evaluate({"object": OBJECT}) is True, text


def test_the_limit_itself_is_allowed() -> None:
    small(MOST_LENGTH)
    for make in (
        lambda: small(MOST_LENGTH + 1),
        lambda: plus("x" * MOST_LENGTH, "x"),
        lambda: join(["x" * (MOST_LENGTH // 4)] * 4, "-"),
        lambda: replace("x" * (MOST_LENGTH // 4), "x", "yyyyy"),
    ):
        with pytest.raises(TooMuch):
            make()
    assert len(replace("x" * (MOST_LENGTH // 4), "x", "yyyy")) == MOST_LENGTH


def test_a_hostile_expression_leaves_the_next_evaluation_alone(compiler: Compiler) -> None:
    program = compiler.compile("object.text.replace('x', object.more).size() == 3")
    assert isinstance(program.evaluate({"object": {"text": "x" * 60_000, "more": "x" * 60_000}}), NotEvaluated)
    assert program.evaluate({"object": {"text": "x", "more": "abc"}}) is True
