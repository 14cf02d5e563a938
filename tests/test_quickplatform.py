"""Facts read quickly are those that the Markdown parser and jsonschema give, with nothing to say about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from test_platform_file import PATH, REFERENCE

from kubelint_lessons.lessons.platform_file import read_platform
from kubelint_lessons.lessons.quickplatform import quick_facts
from kubelint_lessons.lessons.quickschema import accepts
from kubelint_lessons.lessons.schemafile import load_schema

FIXTURES = Path(__file__).parent.parent / "fixtures"
SCHEMA = load_schema("platform")
VALID = Draft202012Validator(SCHEMA)
LINES = st.sampled_from(
    [
        "", "", "", "# Title", "text", "- item", "  more", "> quoted", "1. one", "| a | b |", "|---|---|", "---", "***",
        "```", "```", "```yaml platform", "```yaml platform", "```yaml", "```bash", "```yaml rule", "```platform",
        "````", "~~~", "  ```", "- ```yaml platform", "<!-- note", "-->", "<div>", "- <pre>", "[a]: <b", "**web** pods",
        "\t```", "distribution: k3s", "gitops: {tool: flux}", "gitops: {tool: none}", "traefik:", '  version: "3.3"',
        "a: [", "storage: {classes: [a, {name: b}]}", "gitops: {tool: flux, tool: flux}", "crds: [a.io/v1]",
        "crds: [a]", "x: 1", "distribution: &a k3s", "distribution: *a",
        "nodes: {list: [{name: a, architecture: arm64}]}", "--- # end",
    ]
)  # fmt: skip
ODD: tuple[Any, ...] = (
    None,
    True,
    1,
    0,
    -1,
    1.0,
    2.5,
    "",
    "a",
    "1.33",
    "a.io/v1",
    "Local",
    [],
    {},
    ["a"],
    {"name": "a"},
)


def same(text: str) -> bool:
    """Return whether the quick way took a text; what it then says is what the slow way says."""
    facts = quick_facts(text)
    if facts is None:
        return False
    read = read_platform(text, PATH)
    assert (facts, ()) == (read.facts, read.problems)
    assert list(facts) == list(read.facts)
    return True


def test_ordinary_references_are_read_quickly() -> None:
    assert same(REFERENCE)
    assert same("# Nothing for tools\n\nBut a list:\n\n- one\n- two <b>\n")
    texts = [path.read_text(encoding="utf-8") for path in FIXTURES.rglob("platform-reference.md")]
    assert texts
    assert all(map(same, texts))


@given(st.lists(LINES, max_size=14).map("\n".join))
def test_lines_in_any_order_mean_the_same(text: str) -> None:
    same(text)


@given(st.lists(LINES, max_size=6), st.lists(LINES, max_size=6), st.lists(LINES, max_size=4))
def test_blocks_among_any_lines_mean_the_same(above: list[str], inside: list[str], below: list[str]) -> None:
    same("\n".join([*above, "", "```yaml platform", *inside, "```", *below]))


@pytest.mark.parametrize(
    "text",
    [
        "<!--\n\n```yaml platform\ndistribution: k3s\n```\n",
        "text\n```yaml platform\ndistribution: k3s\n```\n",
        "---\na: b\n\n```yaml platform\ndistribution: k3s\n```\n",
        "```yaml platform\ndistribution: k3s\n",
        "~~~\n\n```yaml platform\ndistribution: k3s\n```\n~~~\n",
        "```yaml platform\ndistribution: 3\n```\n",
        "```yaml platform\ndistribution: k3s\n```\n\n```yaml platform\ndistribution: k3s\n```\n",
        "```yaml platform\n```\n",
        "```yaml platfrom\ndistribution: k3s\n```\n",
        "```yaml platform\r\ndistribution: k3s\r\n```\r\n",
    ],
)
def test_what_is_not_plain_is_left_to_the_parser(text: str) -> None:
    assert quick_facts(text) is None


def _values(schema: Any) -> st.SearchStrategy[Any]:
    """Return values as a schema describes them, now and then with something else in their place."""
    if "$ref" in schema:
        return st.deferred(lambda: _values(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]))
    odd = st.sampled_from(
        [None, True, 1, 0, -1, 1.0, 2.5, "", "a", "1.33", "a.io/v1", "Local", [], {}, ["a"], {"name": "a"}]
    )
    if "anyOf" in schema:
        return st.one_of(*map(_values, schema["anyOf"]), odd)
    kind = schema.get("type")
    if kind == "object":
        entries: dict[str, Any] = {key: _values(inner) for key, inner in schema.get("properties", {}).items()}
        others = schema.get("additionalProperties", {})
        other = st.dictionaries(
            st.sampled_from(["x", "y"]), _values(others) if isinstance(others, dict) else odd, max_size=1
        )
        known = st.fixed_dictionaries({}, optional=entries) if entries else st.just({})
        return st.one_of(known, st.builds(lambda a, b: {**a, **b}, known, other), odd)
    if kind == "array":
        return st.one_of(st.lists(_values(schema.get("items", {})), max_size=2), odd)
    if "enum" in schema:
        return st.one_of(st.sampled_from(schema["enum"]), odd)
    return odd


@given(_values(SCHEMA))
def test_what_is_accepted_is_valid(value: Any) -> None:
    if accepts(SCHEMA, value):
        VALID.validate(value)


def test_an_unknown_keyword_accepts_nothing() -> None:
    assert accepts({"type": "string"}, "a")
    assert not accepts({"type": "string", "maxLength": 9}, "a")
