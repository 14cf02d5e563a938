"""Python made from CEL says what the engine says: the same verdict, or none where it has none."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from cel_values import engine_says, expressions_of, program_of, values_for
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubelint_lessons.lessons import cel_ast
from kubelint_lessons.lessons.cel_code import Kept, function_of, source_of, unpack
from kubelint_lessons.lessons.cel_python import Untranslatable, translate
from kubelint_lessons.lessons.cel_runtime import Doubt
from kubelint_lessons.lessons.cel_values import prepare
from kubelint_lessons.lessons.expression import Compiler, ExpressionError, NotEvaluated, Program
from kubelint_lessons.lessons.packs import load_rules

COMPILER = Compiler()
GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "cel-golden.json").read_text("utf-8"))


class AskedError(Exception):
    """The Python left it to the engine."""


def _give_up(*_: Any) -> Any:
    raise AskedError


def python_says(program: Program, values: list[Any]) -> Any:
    """Return what the Python of an expression returns by itself; raises ``AskedError`` where it asks the engine."""
    kept = unpack(program.serialized)
    return function_of(kept, _give_up)(*values)


def agree(program: Program, values: list[Any]) -> bool:
    """Return whether Python decided by itself, as the engine does; the whole program always does."""
    wanted = engine_says(program, values, COMPILER)
    assert program.call(*values) == wanted, program.parameters
    assert type(program.call(*values)) is type(wanted)
    try:
        found = python_says(program, values)
    except AskedError:
        return False
    assert found is wanted, (program.parameters, values, found, wanted)
    return True


# --- the expressions of every built-in lesson --------------------------------------------------------------------


def test_every_builtin_expression_is_python() -> None:
    rules = load_rules().rules.values()
    programs = [program_of(kept, names, COMPILER) for rule in rules for kept, names, _ in expressions_of(rule)]
    assert len(programs) > 250
    assert [program.parameters for program in programs if not program.is_python] == []


def test_builtin_expressions_agree_where_they_read() -> None:
    choose = random.Random(6)
    decided = total = 0
    for rule in load_rules().rules.values():
        for kept, names, params in expressions_of(rule):
            program = program_of(kept, names, COMPILER)
            for _ in range(12):
                decided += agree(program, values_for(program, choose, params))
                total += 1
    assert decided > total / 2


def test_builtin_expressions_agree_on_real_objects(shared: Path) -> None:
    """Every fifth document of the clean corpus, as it is and with something changed, meets some expressions."""
    from kubelint_lessons.manifests.documents import documents_of
    from kubelint_lessons.manifests.source import read_source

    choose = random.Random(6)
    rules = load_rules().rules.values()
    programs = [(program_of(kept, names, COMPILER), p) for rule in rules for kept, names, p in expressions_of(rule)]
    objects = []
    for path in sorted((shared / "corpus" / "clean").rglob("*.y*ml"))[::5]:
        for document in documents_of(read_source(str(path), path.read_bytes())):
            objects += [resource.data for resource in document.resources]
    assert len(objects) > 100
    decided = total = 0
    for number, data in enumerate(objects):
        for changed in (data, _changed(data, choose), _changed(data, choose)):
            parts = [data, changed, *_parts(changed)]
            for program, params in choose.sample(programs, 6):
                values = [_value(name, changed, parts, params, choose) for name in program.parameters]
                decided += agree(program, values)
                total += 1
        if number > 250:
            break
    assert decided > total / 3


def _value(name: str, data: Any, parts: list[Any], params: Any, choose: random.Random) -> Any:
    if name == "params":
        return params
    if name.endswith("Count"):
        return choose.randrange(3)
    if name.endswith("State"):
        return choose.choice(["found", "absent", "unknown"])
    if name == "object":
        return data
    if name == "variables":
        if not isinstance(data, dict):
            return {}
        spec = data.get("spec")
        template = spec.get("template", data) if isinstance(spec, dict) else data
        inner = template.get("spec") if isinstance(template, dict) else None
        containers = inner.get("containers") if isinstance(inner, dict) else None
        return {"podTemplate": template, "podSpec": inner or {}, "containers": containers or []}
    if name in ("item", "platform"):
        return choose.choice(parts)
    return [choose.choice(parts) for _ in range(choose.randrange(3))]


def _parts(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [part for item in inner if isinstance(item, (dict, list)) for part in (item, *_parts(item))]


def _changed(value: Any, choose: random.Random) -> Any:
    """Return a copy in which one value is another, or null."""
    if isinstance(value, dict) and value and choose.random() < 0.8:
        chosen = choose.choice(list(value))
        return {key: _changed(item, choose) if key == chosen else item for key, item in value.items()}
    if isinstance(value, list) and value and choose.random() < 0.7:
        chosen = choose.randrange(len(value))
        return [_changed(item, choose) if index == chosen else item for index, item in enumerate(value)]
    return choose.choice([None, True, 0, 2**70, 1.5, "", "a", [], {}, [None], {"a": None}])


# --- the golden expressions --------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: str(case["id"]))
def test_golden_expressions_agree(case: dict[str, Any]) -> None:
    """Also those whose result is no bool; without null-valued keys, as lessons see objects."""
    try:
        program = COMPILER.compile(case["expr"], result="any")
    except ExpressionError:
        return
    values = [prepare(GOLDEN["objects"][{"object": case["object"]}.get(name, name)]) for name in program.parameters]
    wanted = program.value(dict(zip(program.parameters, values, strict=True)))
    body = unpack(program.serialized).body
    try:
        source, patterns = translate(cel_ast.read(body), program.parameters)
    except Untranslatable:
        return
    found = _run(source, patterns, values)
    if found is not Doubt:
        assert _typed(found) == _typed(wanted), source


def _run(source: str, patterns: tuple[str, ...], values: list[Any]) -> Any:
    from kubelint_lessons.lessons.cel_code import HELPERS
    from kubelint_lessons.lessons.cel_texts import matcher

    space: dict[str, Any] = dict(HELPERS)
    exec(source, space)
    return space["evaluate"](*values, lambda *_: Doubt, tuple(map(matcher, patterns)))


def _typed(value: Any) -> Any:
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return ("bool", value) if isinstance(value, bool) else value


# --- random expressions ------------------------------------------------------------------------------------------

NAMES = ("object", "item", "params")
FIELDS = ("a", "b", "c")
LITERALS = ("1", "0", "2", "-1", "1.5", "2.0", "true", "false", "'a'", "''", "'b'", "null", "[]", "{}")
texts = st.sampled_from(
    ["", "a", "b", "ab", "1", "0", "-3", "a b", "1.5", "1h", "90m", "é", "a\0", "a\ud800", "\ufffd"]
)
numbers = st.sampled_from(
    [0, 1, 2, -1, 2**63 - 1, -(2**63), 2**63, 2**70, 2**53 + 1, 0.0, 1.0, 1.5, -2.0, 2.0**53, 1e30]
)
plain = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FIELDS, "ab", ""]), inner, max_size=3)
    ),
    max_leaves=10,
)
objects = st.dictionaries(st.sampled_from(FIELDS), plain, max_size=3)


@st.composite
def _path(draw: st.DrawFn, names: tuple[str, ...]) -> str:
    root = draw(st.sampled_from(names))
    steps = draw(st.lists(st.sampled_from([".a", ".b", ".c", "['a']", "[0]", "[item]"]), max_size=2))
    return root + "".join(steps)


def _any(names: tuple[str, ...], depth: int) -> st.SearchStrategy[str]:
    """Return expressions of any type."""
    simple = _path(names) | st.sampled_from(LITERALS)
    if not depth:
        return simple
    inner = _any(names, depth - 1)
    inside = _any((*names, "x"), depth - 1)
    return st.one_of(
        _path(names),
        simple,
        _condition(names, depth - 1),
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/%"), inner),
        st.builds("({} ? {} : {})".format, _condition(names, depth - 1), inner, inner),
        st.builds(
            "{}({})".format, st.sampled_from(["size", "string", "int", "dyn", "duration", "quantity", "-"]), inner
        ),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{}.map(x, {})".format, _path(names), inside),
        st.builds("{}.filter(x, {})".format, _path(names), _condition((*names, "x"), depth - 1)),
        st.builds("{}.{}".format, inner, st.sampled_from(_METHODS)),
    )


_METHODS = (
    *("size()", "trim()", "join(',')", "join()", "split('a')", "split('')", "lowerAscii()", "upperAscii()"),
    *("substring(0, 1)", "substring(1)", "indexOf('b')", "lastIndexOf('a')", "replace('a', 'b')", "find('[ab]')"),
)


def _condition(names: tuple[str, ...], depth: int) -> st.SearchStrategy[str]:
    """Return expressions of type bool, or of none that is known."""
    tested = st.builds("has({}.{})".format, _path(names), st.sampled_from(FIELDS))
    if not depth:
        return tested | _path(names) | st.sampled_from(["true", "false"])
    inner, value = _condition(names, depth - 1), _any(names, depth - 1)
    inside = _condition((*names, "x"), depth - 1)
    comparison = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in"])
    return st.one_of(
        tested,
        st.builds("({} {} {})".format, inner, st.sampled_from(["&&", "||"]), inner),
        st.builds("!({})".format, inner),
        st.builds("({} {} {})".format, value, comparison, value),
        st.builds("({} {} {})".format, _path(names), comparison, st.sampled_from(LITERALS)),
        st.builds("({} in {})".format, _path(names), st.sampled_from(["['a', 'b']", "[1, 2]", "[true]", "['a']"])),
        st.builds("({} in {})".format, st.sampled_from(LITERALS), _path(names)),
        st.builds("type({}) == {}".format, value, st.sampled_from(_TYPES)),
        st.builds("{}.{}(x, {})".format, _path(names), st.sampled_from(["exists", "all", "exists_one"]), inside),
        st.builds("{}.{}('{}')".format, value, st.sampled_from(_TESTS), st.sampled_from(["a", "", "b", "^a", "."])),
        st.builds("{}.{}({})".format, value, st.sampled_from(_TESTS), value),
        st.builds("is{}({})".format, st.sampled_from(["Quantity", "IP", "CIDR", "URL", "Semver"]), value),
    )


_TYPES = ("string", "int", "double", "bool", "list", "map", "null_type", "uint")
_TESTS = ("startsWith", "endsWith", "contains", "matches")


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=_condition(NAMES, 3), data=st.lists(st.tuples(objects, plain, objects), min_size=6, max_size=6))
def test_random_expressions_agree(text: str, data: list[tuple[Any, ...]]) -> None:
    try:
        program = COMPILER.compile(text)
    except ExpressionError:
        return
    if not program.is_python:
        return
    for row in data:
        given = dict(zip(NAMES, row, strict=True))
        agree(program, [given[name] for name in program.parameters])


# --- what makes it quick and safe --------------------------------------------------------------------------------


def test_plain_rules_never_load_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = COMPILER.compile("has(object.spec.x) && object.spec.x.exists(y, y in ['a', 'b'])").serialized
    compiler = Compiler()
    monkeypatch.setattr(Compiler, "_runtime", _give_up)
    program = compiler.load(kept)
    assert program.parameters == ("object",)
    assert program.call({"spec": {"x": ["c", "b"]}}) is True
    assert program.call({"spec": {"x": None}}) is False
    assert program.evaluate({"object": {"spec": {}}}) is False
    assert program.evaluate(compiler.bind({"object": lambda: {"spec": {"x": {"a": 1}}}})) is True


def test_another_interpreter_compiles_the_source_anew() -> None:
    program = COMPILER.compile("object.x.matches('^a') || object.x == 'b'")
    kept = unpack(program.serialized)
    kept = Kept(kept.names, "cpython-999-00000000", b"not code", kept.rest)
    function = function_of(kept, _give_up)
    assert [function({"x": text}) for text in ("ab", "b", "c")] == [True, True, False]


HOSTILE = [
    "__import__('os').system('exit 1')",
    "'; raise SystemExit #",
    '"""\nimport os\n"""',
    "\\",
    "\n    raise SystemExit\n",
    "{}{0}{code}",
    "again",
    "\u2028import os",
    "a" * 5000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_lesson_becomes_code(text: str) -> None:
    quoted = json.dumps(text)
    for expression in (
        f"object[{quoted}] == {quoted}",
        f"{quoted} in object && object[{quoted}].startsWith({quoted})",
        f"object.exists(k, k == {quoted}) && [{quoted}].all(x, x in [{quoted}, 'a'])",
        f"object[{quoted}].contains({quoted}) && object[{quoted}].split({quoted}).size() == 2",
    ):
        program = COMPILER.compile(expression)
        assert program.is_python
        assert agree(program, [{text: text}])
        assert program.call({text: text}) is True
        assert agree(program, [{"a": "a", text: "b"}])


@pytest.mark.parametrize("name", ["class", "again", "matchers", "fail", "a0", "t1", "n", "Exception", "evaluate"])
def test_names_of_python_are_names_like_others(name: str) -> None:
    program = COMPILER.compile(f"object.{name}.exists({name}, has({name}.{name}) && {name}.{name} == item.{name})")
    values = {"object": {name: [{}, {name: 3}]}, "item": {name: 3}}
    assert agree(program, [values[key] for key in program.parameters])
    assert program.call(*(values[key] for key in program.parameters)) is True


def test_only_names_and_constants_of_ours_are_in_the_code() -> None:
    """Every global in the code of a built-in expression is a helper, every attribute a method of plain values."""
    from kubelint_lessons.lessons.cel_code import HELPERS

    allowed = {*HELPERS, "get", "append", "find", "startswith", "endswith", "type", "len", "Exception"}
    allowed |= {"str", "bool", "list", "dict"}
    for rule in load_rules().rules.values():
        for kept, names, _ in expressions_of(rule):
            program = program_of(kept, names, COMPILER)
            code = function_of(unpack(program.serialized), _give_up).__code__
            assert set(code.co_names) <= allowed


def test_an_expression_that_is_not_understood_stays_with_the_engine() -> None:
    for text in ("object.?a.orValue(1) == 1", "b'a' == b'a'", "1u < 2u", "timestamp(object.x) > timestamp(object.y)"):
        program = COMPILER.compile(text)
        assert not program.is_python
        assert source_of(program.parameters, cel_ast.read(unpack(program.serialized).body)) == ("", ())
        values = [{"a": 1, "x": "2026-01-02T00:00:00Z", "y": "2026-01-01T00:00:00Z"}][: len(program.parameters)]
        assert program.call(*values) is True


def test_endless_loops_end_as_in_the_engine() -> None:
    program = COMPILER.compile("object.x.all(a, object.x.all(b, a + b >= 0))")
    assert program.call({"x": list(range(50))}) is True
    found = program.call({"x": list(range(200))})
    assert found == NotEvaluated("more than 10000 steps through lists")


@pytest.mark.parametrize(
    "pattern", ["^a", "(?i)B$", "(a+)+$", "a{1001}", "(a{999}){999}", "[", "(?m)^b", "é", "\ufffd", "a\0"]
)
def test_patterns_that_only_the_data_knows_agree(pattern: str) -> None:
    program = COMPILER.compile("object.text.matches(params.pattern)")
    for text in ("a", "ab", "a\nb", "", "é", "\ufffd", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"):
        agree(program, [{"text": text}, {"pattern": pattern}])
