"""CEL behind one module: compiling, binding, evaluating, keeping, and every edge of the engine."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.lessons.cel_references import Reference
from kubelint_lessons.lessons.cel_values import prepare
from kubelint_lessons.lessons.expression import Compiler, EngineMissing, ExpressionError, NotEvaluated
from kubelint_lessons.lessons.paths import EACH

DEPLOYMENT: dict[str, Any] = {
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"app": "shop"}},
    "spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "web"}, {"name": "db", "image": "x:1"}]}}},
}


@pytest.fixture(scope="module")
def compiler() -> Compiler:
    return Compiler()


def evaluate(compiler: Compiler, text: str, **values: Any) -> Any:
    relations = tuple(name for name in values if f"{name}Count" in values)
    return compiler.compile(text, relations).evaluate(compiler.bind(values))


def error_of(compiler: Compiler, text: str, relations: tuple[str, ...] = ()) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        compiler.compile(text, relations)
    return caught.value


# --- evaluating -------------------------------------------------------------------------------------------------


def test_verdicts_are_true_and_false(compiler: Compiler) -> None:
    assert evaluate(compiler, "object.spec.replicas > 2", object=DEPLOYMENT) is True
    assert evaluate(compiler, "object.spec.replicas > 3", object=DEPLOYMENT) is False
    assert evaluate(compiler, "true") is True


def test_one_binding_serves_many_programs(compiler: Compiler) -> None:
    bindings = compiler.bind({"object": DEPLOYMENT, "params": {"max": 3}, "platform": {}, "variables": {}})
    texts = ["object.spec.replicas <= params.max", "has(object.spec.replicas)", "!has(platform.nodes)", "1 < 2"]
    assert [compiler.compile(text).evaluate(bindings) for text in texts] == [True] * 4


def test_item_changes_without_binding_the_object_again(compiler: Compiler) -> None:
    bindings = compiler.bind({"object": DEPLOYMENT, "item": None})
    both = compiler.compile("has(item.image) || item.name == object.metadata.name")
    only_item = compiler.compile("has(item.image)")
    items = DEPLOYMENT["spec"]["template"]["spec"]["containers"]
    assert [both.evaluate(bindings.extend({"item": item})) for item in items] == [True, True]
    assert [only_item.evaluate(bindings.extend({"item": item})) for item in items] == [False, True]
    assert compiler.compile("item == null").evaluate(bindings) is True


def test_extended_bindings_share_what_the_program_reads_from_outside(compiler: Compiler) -> None:
    calls: list[str] = []

    def expensive() -> dict[str, Any]:
        calls.append("called")
        return {"containers": []}

    bindings = compiler.bind({"object": DEPLOYMENT, "variables": expensive})
    assert compiler.compile("has(object.spec)").evaluate(bindings) is True
    assert calls == []
    program = compiler.compile("variables.containers.size() == 0")
    assert [program.evaluate(bindings.extend({"item": item})) for item in (1, 2)] == [True, True]
    assert calls == ["called"]


def test_relations_are_a_list_a_count_and_a_state(compiler: Compiler) -> None:
    values = {"workloads": [{"kind": "Pod"}], "workloadsCount": 2, "workloadsState": "found"}
    text = "workloadsCount > 1 && workloadsState == 'found' && workloads[0].kind == 'Pod'"
    assert evaluate(compiler, text, **values) is True
    assert "int and string" in error_of(compiler, "workloadsCount == 'a'", ("workloads",)).message
    assert "string and int" in error_of(compiler, "workloadsState == 1", ("workloads",)).message


def test_relations_of_one_rule_are_unknown_to_another(compiler: Compiler) -> None:
    compiler.compile("podsCount > 0", ("pods",))
    assert error_of(compiler, "podsCount > 0").message == "there is no variable 'podsCount'"
    assert error_of(compiler, "podsCount > 0", ("workloads",)).column == 1


@pytest.mark.parametrize("name", ["1x", "a b", "in", "x, type_name: int}", "", "ä"])
def test_a_relation_needs_a_name(compiler: Compiler, name: str) -> None:
    assert "no name for a variable" in error_of(compiler, "true", (name,)).message


def test_relation_names_must_differ(compiler: Compiler) -> None:
    assert "two variables have one name" in error_of(compiler, "true", ("x", "xCount")).message
    assert "two variables have one name" in error_of(compiler, "true", ("object",)).message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("object.spec.nope == 1", "there is no key nope"),
        ("object.spec.template.spec.containers[9].name == ''", "there is no item 9 in a list of 2"),
        ("object.spec.replicas + object.kind == 1", "+ does not work for int, string"),
        ("object.spec.replicas > object.kind", "> does not work for int, string"),
        ("object.spec.replicas / (object.spec.replicas - 3) == 1", "divide by zero"),
        ("object.spec.replicas + 9223372036854775807 > 0", "integer overflow"),
        ("object.kind.x == 1", "a field is read from a value that is no map"),
        ("object.kind.?x.orValue(1) == 1", "an optional field is read from a value that is no map"),
        ("object.kind && true", "a condition is no bool"),
        ("object.spec.replicas.startsWith('a')", "startsWith(string) does not work on int"),
        ("object.kind.contains(object.spec.replicas)", "contains(int) does not work on string"),
        ("quantity(object.spec.replicas).isInteger()", "quantity() does not take int"),
        ("quantity(object.kind).isInteger()", "'Deployment' is not a quantity such as 500m or 1.5Gi"),
        ("item.x == 1", "item is not given here"),
        ("lists.range(200).all(a, lists.range(200).all(b, a + b >= 0))", "more than 10000 steps through lists"),
    ],
)
def test_run_time_errors_are_not_evaluated(compiler: Compiler, text: str, reason: str) -> None:
    result = evaluate(compiler, text, object=DEPLOYMENT)
    assert isinstance(result, NotEvaluated)
    assert result.reason == reason


def test_what_was_not_evaluated_is_neither_true_nor_false() -> None:
    with pytest.raises(TypeError):
        bool(NotEvaluated("because"))
    assert NotEvaluated("a") == NotEvaluated("a") != NotEvaluated("b")
    assert repr(NotEvaluated("a")) == "NotEvaluated('a')"


def test_a_dyn_condition_that_is_no_bool_is_not_evaluated(compiler: Compiler) -> None:
    program = compiler.compile("object.a", result="any")
    assert program.evaluate({"object": {"a": 1}}) == NotEvaluated("the result is no bool but int")
    assert program.value({"object": {"a": [1, {"b": "c"}]}}) == [1, {"b": "c"}]


def test_the_input_is_not_changed(compiler: Compiler) -> None:
    data = {"a": None, "b": [{"c": None}], "d": "\ud800"}
    evaluate(compiler, "has(object.b)", object=data)
    assert data == {"a": None, "b": [{"c": None}], "d": "\ud800"}


# --- the engine's hard edges ------------------------------------------------------------------------------------


def test_null_valued_keys_are_absent(compiler: Compiler) -> None:
    data = {"a": None, "list": [None, {"b": None}]}
    assert evaluate(compiler, "!has(object.a) && object.list[0] == null && !has(object.list[1].b)", object=data) is True
    kept = compiler.bind({"object": data}, keep_nulls=True)
    assert compiler.compile("has(object.a) && object.a == null").evaluate(kept) is True


class _Text(str):
    pass


class _Map(dict[str, Any]):
    pass


@pytest.mark.parametrize(
    "value", [_Text("x"), _Map(), (1,), {1}, b"x".__class__, object(), {"a": _Text("x")}, {None: 1}, {1.5: 1}, [(1,)]]
)
def test_values_that_are_not_plain_are_not_evaluated(compiler: Compiler, value: Any) -> None:
    """Where an expression reads them; what it does not read can be anything."""
    result = compiler.compile("object == object").evaluate(compiler.bind({"object": {"x": value}}))
    assert isinstance(result, NotEvaluated)
    result = compiler.compile("object == 1").value(compiler.bind({"object": {"x": value}}))
    assert isinstance(result, NotEvaluated)


@pytest.mark.parametrize("value", [2**63, 2**64, -(2**63) - 1, 10**400, -(10**400), float("nan"), float("inf")])
def test_numbers_beyond_64_bits_are_floats(compiler: Compiler, value: Any) -> None:
    assert evaluate(compiler, "type(object.n) == double", object={"n": value}) is True


def test_numbers_of_64_bits_stay_exact(compiler: Compiler) -> None:
    assert evaluate(compiler, "object.n == 9223372036854775807", object={"n": 2**63 - 1}) is True
    assert evaluate(compiler, "object.n == -9223372036854775808", object={"n": -(2**63)}) is True


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\0", "é", "😀", "\u2028"])
def test_any_text_can_be_bound(compiler: Compiler, text: str) -> None:
    assert evaluate(compiler, "object.all(k, k.size() > 0 && object[k] == k)", object={text: text}) is True


@pytest.mark.parametrize("depth", [201, 5_000, 100_000])
def test_deep_values_are_refused(compiler: Compiler, depth: int) -> None:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    bindings = compiler.bind({"object": value, "item": 1})
    assert compiler.compile("object == 1").value(bindings) == NotEvaluated("object is nested deeper than 200 levels")
    assert compiler.compile("object == 1").evaluate(bindings) is False
    assert compiler.compile("item == 1").value(bindings) is True
    if depth > 1_000:
        assert isinstance(compiler.compile("object == object").evaluate(bindings), NotEvaluated)


def test_two_hundred_levels_are_fine(compiler: Compiler) -> None:
    value: Any = 1
    for number in range(200):
        value = [value] if number % 2 else {"x": value}
    assert evaluate(compiler, "object == object", object=value) is True


def test_a_cycle_is_refused(compiler: Compiler) -> None:
    value: dict[str, Any] = {}
    value["self"] = value
    assert isinstance(evaluate(compiler, "object == object", object=value), NotEvaluated)
    assert isinstance(compiler.compile("object == 1").value({"object": value}), NotEvaluated)


def test_clean_values_are_not_copied() -> None:
    assert prepare(DEPLOYMENT) is DEPLOYMENT
    changed = prepare({"keep": DEPLOYMENT, "drop": None})
    assert changed == {"keep": DEPLOYMENT}
    assert changed["keep"] is DEPLOYMENT


def test_changes_at_every_level_cost_one_walk() -> None:
    value: Any = {"a": None}
    for _ in range(150):
        value = {"x": value, "a": None}
    assert "a" not in prepare(value)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(value=plain, item=plain)
def test_evaluating_never_raises(value: Any, item: Any) -> None:
    bindings = _SHARED.bind({"object": value, "item": value}).extend({"item": item})
    for program in _PROGRAMS:
        assert isinstance(program.evaluate(bindings), (bool, NotEvaluated))


ordinary = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text("aé😀\n"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("aé😀\n"), inner, max_size=3),
    max_leaves=12,
)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=150, deadline=None)
@given(value=ordinary)
def test_preparing_drops_nulls_and_nothing_else(value: Any) -> None:
    before = repr(value)
    assert repr(prepare(value)) == repr(without_nulls(value))
    assert prepare(value, keep_nulls=True) is value
    assert repr(value) == before


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("abo.?[](){}'\"\\&|=!<> 10,:r\n`é/*-+"), max_size=25) | st.text())
def test_compiling_any_text_ends_in_a_program_or_a_placed_error(text: str) -> None:
    error = ExpressionError("nothing wrong")
    try:
        _SHARED.compile(text)
    except ExpressionError as caught:
        error = caught
    lines = text.split("\n")
    assert 1 <= error.line <= len(lines)
    assert 1 <= error.column <= len(lines[error.line - 1]) + 1
    assert error.message


_SHARED = Compiler()
_PROGRAMS = [
    _SHARED.compile(text)
    for text in (
        "object.spec.containers.all(c, has(c.image) && c.image.contains(':'))",
        "object.?a.?b.orValue('x') == item",
        "size(object) > 0 || item in object",
        "object.exists(x, x == item)",
        "quantity(string(object)).isInteger()",
        "[object, item].indexOf(item) == 1 && '%s %s'.format([object, item]) != ''",
        "object == item",
        "object.sort() == object.distinct() || isURL(item)",
    )
]


# --- compiling: places and words --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("objct.spec == 1", 1, 1),
        ("object.a == 1 &&\n  objct.spec.x.y == 1", 2, 3),
        ("'é😀' == object.a &&\n  'é😀' == objct.b", 2, 11),
        ("has(object.a) &&\n\n  objct", 3, 3),
        ("'''\n''' == object.a && objct == 1", 2, 20),
        ("// objct\nobject.a == 1 && objct == 1", 2, 18),
        ("object.a == objct", 1, 13),
        ("object.objct.x == 1 && objct.x == 1", 1, 24),
    ],
)
def test_a_misspelt_variable_is_found_on_its_line(compiler: Compiler, text: str, line: int, column: int) -> None:
    error = error_of(compiler, text)
    assert (error.line, error.column) == (line, column)
    assert error.message == "there is no variable 'objct'"
    assert error.hint == 'did you mean "object"?'


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("", (1, 1), "empty", "write a condition"),
        ("object.metadata.name.startWith('x')", (1, 22), "no function startWith()", "startsWith"),
        ("frobnicate(object)", (1, 1), "no function frobnicate()", "Kubernetes"),
        ("object.kind == 'A' and true", (1, 20), "unexpected and", "&&"),
        ("object.kind == 'A' or true", (1, 20), "unexpected or", "||"),
        ("not true", (1, 5), "unexpected true", ""),
        ("object.kind = 'A'", (1, 13), "unexpected =", "=="),
        ("object.a & object.b", (1, 10), "unexpected &", "&&"),
        ("object.a == True", (1, 13), "no variable 'True'", "true"),
        ("object.a == None", (1, 13), "no variable 'None'", "has("),
        ("len(object.a) == 1", (1, 1), "no function len()", "size()"),
        ("oldObject.a == 1", (1, 1), "no variable 'oldObject'", "not updates"),
        ("math.greatest(1, 2) == 2", (1, 1), "no variable 'math'", "does not have math"),
        ("object.in == 1", (1, 8), "in is a word", "['in']"),
        ("object.a == 'x", (1, 13), "not closed", "'''"),
        ("object.a ==", (1, 12), "ends too early", ""),
        ("object.items[*].a == 1", (1, 14), "unexpected *", "all("),
        ("object.`a.b` == 1", (1, 8), "unexpected `", "object['a.b/c']"),
        ("# comment", (1, 1), "unexpected #", "//"),
        ("has(object.labels['a.b'])", (1, 18), "has() takes a field", "in object.metadata.labels"),
        ("has(object)", (1, 5), "has() takes a field", ""),
        ("object.all(x.y, true)", (1, 13), "all() needs a variable name", "list.all(x"),
        ("[1].exists(namespace, true)", (1, 12), "namespace is reserved", "another name"),
        ("1 + 'a' == 2", (1, 3), "+ does not work for int and string", "convert"),
        ("'a' in 1", (1, 5), "in does not work for string and int", ""),
        ("1 ? true : false", (1, 3), "condition of ?: must be a bool", "compare"),
        ("object.a ? true : 1", (1, 10), "bool and int as results", "same type"),
        ("[1].all(x, x)", (1, 8), "a condition must be a bool, not int", "compare"),
        ("size(1) == 1", (1, 1), "size() does not take (int)", "a text, a list or a map"),
        ("object.?a.all(x, x == 1)", (1, 7), "not optional(dyn)", ".orValue([])"),
        ("'a'.x == 1", (1, 4), "type string has no fields", ""),
        ("object.a.startsWith('a', 'b')", (1, 10), "startsWith() does not take this number", ""),
        ("99999999999999999999 == 1", (1, 1), "invalid int literal", ""),
        ("object.a == '\ud800'", (1, 14), "lone surrogate", ""),
    ],
)
def test_errors_say_where_and_what_next(
    compiler: Compiler, text: str, place: tuple[int, int], message: str, hint: str
) -> None:
    error = error_of(compiler, text)
    assert message in error.message
    assert hint in error.hint
    assert (error.line, error.column) == place


@pytest.mark.parametrize(
    "text",
    [
        "(" * 40 + "true" + ")" * 40,
        "object" + ".a" * 40 + " == 1",
        " + ".join(["'a'"] * 40) + " == object.a",
        "object.a == 1 ? true : " * 45 + "true",
    ],
)
def test_nesting_beyond_the_engine_is_explained(compiler: Compiler, text: str) -> None:
    error = error_of(compiler, text)
    assert error.message == "the expression is nested more than 32 levels deep"
    assert "write x in ['a', 'b']" in error.hint
    assert error_of(compiler, "'" + "x" * 100_000 + "' == ''").message.startswith("the expression is longer")


def test_long_chains_of_conditions_are_fine(compiler: Compiler) -> None:
    text = " && ".join(f"object.kind != 'k{number}'" for number in range(300))
    assert evaluate(compiler, text, object=DEPLOYMENT) is True


@pytest.mark.parametrize(
    "text", ["object.spec.hostNetwork", "object.?a.?b.orValue(false)", "object.a ? object.b : object.c"]
)
def test_a_condition_must_be_exactly_bool(compiler: Compiler, text: str) -> None:
    error = error_of(compiler, text)
    assert error.message == "the expression must be a bool, and is of any type"
    assert error.hint.endswith("add == true")
    compiler.compile(f"({text}) == true")


def test_other_results_are_named(compiler: Compiler) -> None:
    assert error_of(compiler, "  1 + 2").message == "the expression must be a bool, and is a int"
    assert error_of(compiler, "  1 + 2").column == 3
    assert compiler.compile("'a' + 'b'", result="string").value({}) == "ab"


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("object.x in [1, 'a']", 17, "a list must hold one type: int first, string here"),
        ("object.x in [1, object.n]", 23, "a list must hold one type: int first, dyn here"),
        ("object.x == {'a': 1, 'b': 'x'}", 27, "a map must hold one type: int first, string here"),
        ("object.x == {'a': 1, 2: 2}", 22, "a map must hold one type: string first, int here"),
        ("object.a.matches('[a-')", 18, "'[a-' is not a regular expression: missing ]: [a-"),
        ("object.a.matches('(?=a)')", 18, "'(?=a)' is not a regular expression: invalid perl operator: (?="),
        ("object.a.find('(') == ''", 15, "'(' is not a regular expression: missing ): ("),
        ("duration(object.a) > duration('1d')", 31, "'1d' is not a valid duration"),
        (
            "timestamp('2026-13-01T00:00:00Z') > timestamp(object.a)",
            11,
            "'2026-13-01T00:00:00Z' is not a valid timestamp",
        ),
        ("object.a == int('0x1F')", 17, "'0x1F' is not a valid int"),
        ("'%d'.format(['a']) == ''", 14, "%d takes an integer, not string"),
        ("'%s %s'.format([1]) == ''", 16, "the format has 2 clauses and 1 values"),
        ("object.a == '%y'.format([1])", 13, 'unrecognized formatting clause "%y"'),
        ("object.spec.x.orValue(1) == 1", 22, "orValue() needs an optional, and .x is always a plain value"),
        ("object['a'].orValue(1) == 1", 20, "orValue() needs an optional, and [] is always a plain value"),
    ],
)
def test_literals_that_cannot_work_are_refused(compiler: Compiler, text: str, column: int, message: str) -> None:
    error = error_of(compiler, text)
    assert error.message == message
    assert (error.line, error.column) == (1, column)


def test_the_first_of_several_refusals_is_reported(compiler: Compiler) -> None:
    text = "object.a.matches(r'^\\d+$') &&\n object.b.matches('(') && object.c in [1, 'a']"
    assert str(error_of(compiler, text)).startswith("2:19: '(' is not a regular expression")


def test_lists_of_one_kind_are_accepted(compiler: Compiler) -> None:
    for text in (
        "[object.a, object.b] == []",
        "[dyn(1), dyn('a')].size() == 2",
        "'%s %d'.format(['a', 1]) == 'a 1'",
        "[?object.?a, ?object.?b].size() == 0",
        "[1, ?optional.of(2)].size() == 2",
    ):
        compiler.compile(text)


@pytest.mark.parametrize(
    "text",
    [
        "quantity('1').isGreaterThan(3)",
        "quantity('1') == 1",
        "quantity('1').size() == 1",
        "has(quantity('1').x)",
        "ip('1.1.1.1') == quantity('1')",
        "semver('1.2.3').isGreaterThan(quantity('1'))",
        "['a'].sum() == 'a'",
        "math.greatest(1, 2) == 2",
        "base64.encode(b'hi') == 'aGk='",
        "cel.bind(x, 1, x == 1)",
        "'abc'.reverse() == 'cba'",
    ],
)
def test_types_of_kubernetes_are_opaque_and_its_functions_are_all(compiler: Compiler, text: str) -> None:
    error_of(compiler, text)


# --- what an expression reads -----------------------------------------------------------------------------------


def paths(compiler: Compiler, text: str, relations: tuple[str, ...] = ()) -> set[tuple[str, tuple[Any, ...]]]:
    return {(item.root, item.path) for item in compiler.compile(text, relations).references}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("object.spec.template.spec.hostNetwork == true", {("spec", "template", "spec", "hostNetwork")}),
        ("object.?spec.?replicas.orValue(1) == 1", {("spec", "replicas")}),
        ("object.metadata.annotations['a.b/c'] == ''", {("metadata", "annotations", "a.b/c")}),
        ("object.metadata.annotations[?'a.b/c'].orValue('') == ''", {("metadata", "annotations", "a.b/c")}),
        ("has(object.spec.replicas)", {("spec", "replicas")}),
        ("object.items[0].a == 1", {("items", 0, "a")}),
        ("object.x.all(c, c.y.exists(d, d.z == 1))", {("x",), ("x", EACH, "y"), ("x", EACH, "y", EACH, "z")}),
        ("object.x.all(k, v, v.y == k)", {("x",), ("x", EACH, "y")}),
        ("(object.x + object.?y.orValue([])).all(c, c.z == 1)", {("x",), ("y",), ("x", EACH, "z"), ("y", EACH, "z")}),
        ("object.x.filter(c, c.y == 1)[0].z == 1", {("x",), ("x", EACH, "y"), ("x", EACH, "z")}),
        ("object.x.map(c, c.y).exists(d, d.z == 1)", {("x",), ("x", EACH, "y"), ("x", EACH, "y", "z")}),
        ("object.?x.optMap(r, r.y > 1).orValue(true)", {("x",), ("x", "y")}),
        ("(has(object.a) ? object.a : object.b).c == 1", {("a",), ("a", "c"), ("b", "c")}),
        ("type(object.port) == int", {("port",)}),
        ("object == null", {()}),
    ],
)
def test_field_paths_are_read_from_the_expression(
    compiler: Compiler, text: str, expected: set[tuple[Any, ...]]
) -> None:
    assert paths(compiler, text) == {("object", path) for path in expected}


def test_references_have_places(compiler: Compiler) -> None:
    text = "variables.containers\n  .all(c, has(c.resources)) && item.?image.orValue('') != ''"
    assert compiler.compile(text).references == (
        Reference("variables", ("containers",), 1, 1, ((1, 11),)),
        Reference("variables", ("containers", EACH, "resources"), 2, 15, ((1, 11), (2, 7), (2, 17))),
        Reference("item", ("image",), 2, 32, ((2, 38),)),
    )


def test_names_that_are_read_are_known(compiler: Compiler) -> None:
    program = compiler.compile("workloadsCount > 1 && [1].all(item, item > 0) && has(object.a)", ("workloads",))
    assert program.names == {"workloadsCount", "object"}
    assert program.reads("workloadsCount")
    assert not program.reads("workloadsState")
    assert not program.reads("item")


# --- keeping programs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "object.spec.replicas > 2",
        "'%s-%d'.format([object.kind, object.spec.replicas]) == 'Deployment-3'",
        "object.metadata.labels.transformMap(k, v, v + '!') == {'app': 'shop!'}",
        "!format.dns1123Label().validate(object.metadata.name).hasValue()",
        "quantity('1Gi').isGreaterThan(quantity('1Mi'))",
        "true",
    ],
)
def test_a_kept_program_behaves_as_the_compiled_one(compiler: Compiler, text: str) -> None:
    program = compiler.compile(text)
    restored = Compiler().load(program.serialized)
    assert restored.serialized == program.serialized
    assert restored.references == program.references
    assert restored.names == program.names
    bindings = {"object": DEPLOYMENT}
    assert restored.evaluate(bindings) is program.evaluate(bindings) is True


@pytest.mark.parametrize("data", [b"", b"object", b"object\n", b"object\n\xff\xff", b"\xff\n\x00", b"x" * 1000])
def test_other_bytes_are_refused(compiler: Compiler, data: bytes) -> None:
    with pytest.raises(ValueError, match="not a compiled expression"):
        compiler.load(data)


def test_a_program_of_another_rule_is_refused(compiler: Compiler) -> None:
    kept = compiler.compile("podsCount > 1", ("pods",)).serialized
    assert compiler.load(kept, ("pods",)).reads("podsCount")
    with pytest.raises(ValueError, match="reads podsCount"):
        compiler.load(kept, ("workloads",))


def test_programs_and_bindings_may_be_shared_by_threads(compiler: Compiler) -> None:
    programs = [compiler.compile(f"object.spec.replicas == {number} && has(params.x)") for number in range(6)]
    bindings = compiler.bind({"object": DEPLOYMENT, "params": {"x": 1}})

    def work(seed: int) -> list[Any]:
        return [programs[(seed + step) % 6].evaluate(bindings) for step in range(200)]

    with ThreadPoolExecutor(8) as pool:
        for seed, verdicts in enumerate(pool.map(work, range(8))):
            assert verdicts == [(seed + step) % 6 == 3 for step in range(200)]


# --- the engine is optional and late ----------------------------------------------------------------------------


def test_without_the_engine_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    optional = Compiler().compile("object.?a.orValue(1) == 1")
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    for action in (lambda: Compiler().compile("true"), lambda: Compiler().load(optional.serialized).evaluate({})):
        with pytest.raises(EngineMissing, match="pip install 'cel-expr-python"):
            action()


def test_importing_the_module_imports_no_engine() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "import kubelint_lessons.lessons.expression, kubelint_lessons.lessons.paths\n"
        "heavy = {'cel_expr_python', 're2', 'fractions', 'ipaddress', 'urllib', 'difflib', 'dataclasses', 'pathlib'}\n"
        "print(sorted(heavy & (set(sys.modules) - before)))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"
