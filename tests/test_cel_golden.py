"""259 expressions with the verdict of the real Kubernetes 1.34 admission environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kubelint_lessons.lessons.expression import Compiler, ExpressionError, NotEvaluated

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "cel-golden.json").read_text("utf-8"))
CASES: list[dict[str, Any]] = GOLDEN["cases"]

DISAGREES = {
    "022 object.?nul.?foo.orValue(1) == 1": "cel-cpp: .? on null is an error; lessons never see null-valued keys",
    "023 object.?n.?foo.orValue(1) == 1": "cel-cpp: .? on a number is an error, so the rule is not evaluated",
    "024 object.?s.?foo.orValue(1) == 1": "cel-cpp: .? on a text is an error, so the rule is not evaluated",
    "025 has(object.n.foo)": "cel-cpp: has() of a field of a number is an error, so the rule is not evaluated",
    "026 has(object.s.foo)": "cel-cpp: has() of a field of a text is an error, so the rule is not evaluated",
}
"""Every case whose verdict is not the API server's, with the reason. Never a wrong value: an error in its place."""

UNORDERED = {"twovar/transformList"}
"""The order of a map's entries is random, in Go as in cel-cpp."""


@pytest.fixture(scope="module")
def compiler() -> Compiler:
    return Compiler()


def _expected(verdict: dict[str, Any]) -> tuple[str, Any]:
    if "compileError" in verdict:
        return "compile error", None
    return ("run-time error", None) if "runtimeError" in verdict else ("value", _typed(verdict["value"]))


def _typed(value: Any) -> Any:
    """Return a value that only equals values of the same kind: True is not 1, but 1 is 1.0 as in JSON."""
    if isinstance(value, list):
        return [_typed(item) for item in value]
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    return ("bool", value) if isinstance(value, bool) else value


def _actual(case: dict[str, Any], compiler: Compiler) -> tuple[str, Any]:
    try:
        program = compiler.compile(case["expr"], result="any")
    except ExpressionError:
        return "compile error", None
    objects = GOLDEN["objects"]
    bindings = compiler.bind({"object": objects[case["object"]], "params": objects["params"]}, keep_nulls=True)
    value = program.value(bindings)
    again = compiler.load(program.serialized).value(bindings)
    assert type(again) is type(value)
    if isinstance(value, NotEvaluated):
        return "run-time error", None
    if case["id"] in UNORDERED:
        value, again = sorted(value), sorted(again)
    assert _typed(again) == _typed(value)
    return "value", _typed(value)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_verdict_is_the_api_servers(case: dict[str, Any], compiler: Compiler) -> None:
    agrees = _actual(case, compiler) == _expected(case["k8s"])

    if case["id"] in DISAGREES:
        assert not agrees, "this case agrees now: remove it from DISAGREES"
        assert _actual(case, compiler)[0] != "value"
    else:
        assert agrees, f"got {_actual(case, compiler)}, the API server has {_expected(case['k8s'])}"


def test_every_exception_names_a_case() -> None:
    assert set(DISAGREES) <= {case["id"] for case in CASES}
    assert len(CASES) - len(DISAGREES) == 254


def test_result_type_is_the_api_servers(compiler: Compiler) -> None:
    """An expression counts as a condition exactly where the API server says that its type is bool."""
    differing = []
    for case in CASES:
        if "type" not in case["k8s"]:
            continue
        try:
            compiler.compile(case["expr"])
            is_bool = True
        except ExpressionError:
            is_bool = False
        if is_bool != (case["k8s"]["type"] == "bool"):
            differing.append(case["id"])
    assert differing == []
