"""What is wrong with a rule block is said at its place in the Markdown, with the next step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.lessons.lesson import Block, LessonProblem
from kubelint_lessons.lessons.schemafile import load_schema
from kubelint_lessons.lessons.validate import Validator
from kubelint_lessons.lessons.yaml_block import YamlBlock, read_yaml

VALIDATOR = Validator("rule-block")
FIRST_LINE = 11


def block(text: str) -> Block:
    return Block(text, FIRST_LINE - 1, FIRST_LINE, ())


def problems(text: str) -> list[tuple[int, int, str, str]]:
    found = VALIDATOR.read(block(text), "l.md")[1]
    return [(problem.line, problem.column, problem.message, problem.hint) for problem in found]


def read(text: str, offsets: tuple[int, ...] = ()) -> YamlBlock:
    found = read_yaml(Block(text, 10, 11, offsets), "l.md", "code")
    assert isinstance(found, YamlBlock)
    return found


CASES = {
    "misspelt key": (
        "sevrity: error\nmatch: any\nforbid: 'true'\n",
        [(11, 1, 'unknown key "sevrity"', 'did you mean "severity"?')],
    ),
    "misspelt detector says nothing else": (
        "match: any\nforbidd: true\n",
        [(12, 1, 'unknown key "forbidd"', 'did you mean "forbid"?')],
    ),
    "misspelt match says nothing else": (
        "mach: any\nforbid: 'true'\n",
        [(11, 1, 'unknown key "mach"', 'did you mean "match"?')],
    ),
    "key that is like nothing": (
        "match: any\nforbid: 'true'\nzzzzzz: 1\n",
        [(13, 1, 'unknown key "zzzzzz"', f"known here: {', '.join(load_schema('rule-block')['properties'])}")],
    ),
    "misspelt severity": (
        "severity: warn\nmatch: any\nforbid: 'true'\n",
        [(11, 11, '"severity" is "warn", expected error, warning or info', 'did you mean "warning"?')],
    ),
    "severity that is like nothing": (
        "severity: 5\nmatch: any\nforbid: 'true'\n",
        [(11, 11, '"severity" is the number 5, expected error, warning or info',
          "write one of error, warning or info")],
    ),
    "no detector": (
        "severity: error\nmatch: any\n",
        [
            (
                11,
                1,
                "the block says not what to check",
                "add require:, forbid:, text:, regex:, check: or extends:",
            )
        ],
    ),
    "two detectors": (
        "match: any\nforbid: 'true'\nrequire: 'true'\n",
        [(13, 1, "forbid: and require: stand together, one is expected", "write a rule block for each")],
    ),
    "expression that YAML reads as a boolean": (
        "match: any\nforbid: true\n",
        [(12, 9, '"forbid" is true, expected text', "put the value in quotes, as YAML reads it as something else")],
    ),
    "no match": ("forbid: 'true'\n", [(11, 1, '"match" is missing', "add match: to the block")]),
    "text without files": ("text: foo\n", [(11, 1, '"files" is missing', "add files: to the block")]),
    "match with text": (
        "text: foo\nfiles: x\nmatch: any\n",
        [(13, 1, '"match" does not go with text: and regex:', "remove it")],
    ),
    "files with match": (
        "match: any\nforbid: 'true'\nfiles: x\n",
        [(13, 1, '"files" goes with text: and regex: only', "remove it; objects are chosen with match:")],
    ),
    "each with check": (
        "match: any\ncheck: some_check\neach: containers\n",
        [(13, 1, '"each" does not go with check:', "remove it")],
    ),
    "number in a list": (
        "match: [any, 3]\nforbid: 'true'\n",
        [(11, 14, '"match" is the number 3, expected text',
          "put the value in quotes, as YAML reads it as something else")],
    ),
    "map where text or a list belongs": (
        "match: {kind: Service}\nforbid: 'true'\n",
        [(11, 8, '"match" is a map, expected text or a list', "write text or a list")],
    ),
    "empty list": ("match: []\nforbid: 'true'\n", [(11, 1, '"match" is empty', "write a value, or remove the key")]),
    "relation in the long form": (
        "match: any\nforbid: 'true'\nrelate: {a: {relation: select, by: 3, whre: x}}\n",
        [
            (13, 24, '"relate.a.relation" is "select", expected selects, selectedBy, targets, targetedBy, references, '
             "referencedBy, owns or same", 'did you mean "selects"?'),
            (13, 36, '"relate.a.by" is the number 3, expected text or a list', "put the value in quotes"),
            (13, 39, 'unknown key "whre" in "relate.a"', 'did you mean "where"?'),
        ],
    ),
    "name that CEL cannot read": (
        "match: any\nforbid: 'true'\nparams: {max-size: 1}\n",
        [(13, 10, '"max-size" is not a name that CEL can read; begin with a small letter, then letters and digits',
          "rename it")],
    ),
    "related in its long form": (
        "match: any\nforbid: 'true'\nrelated: [{nme: x}]\n",
        [(13, 12, 'unknown key "nme" in "related"', 'did you mean "name"?')],
    ),
    "edit without an operation": (
        "match: any\nforbid: 'true'\nfix: {title: x}\n",
        [(13, 1, "the edit says not what it does", "add set:, remove:, rename: or replace:")],
    ),
    "edit without a value": (
        "match: any\nforbid: 'true'\nfix: [{set: a.b, old: x}]\n",
        [
            (13, 7, '"value" is missing in "fix"', "add value:"),
            (13, 18, '"old" does not go with this edit', "remove it"),
        ],
    ),
    "alias that is no id": (
        "match: any\nforbid: 'true'\naliases: [Old_Name]\n",
        [(13, 11, '"aliases": "Old_Name" is not kebab-case (small letters, digits and single hyphens)', "correct it")],
    ),
    "list instead of a map": (
        "- match: any\n",
        [(11, 1, "the block holds a list, a map is expected", "write keys and values, such as severity: error")],
    ),
    "nothing": (
        "",
        [(10, 1, "the block is empty, a map is expected", "write keys and values, such as severity: error")],
    ),
    "a key twice": ("match: any\nmatch: Service\n", [(12, 1, 'the key "match" stands twice', "keep one of them")]),
    "two documents": (
        "match: any\n---\nmatch: any\n",
        [(12, 1, "a second YAML document begins here", "write one document a block")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_problem_has_place_and_next_step(case: tuple[str, list[tuple[int, int, str, str]]]) -> None:
    text, expected = case
    assert problems(text) == expected


def test_yaml_that_does_not_parse() -> None:
    line, column, message, hint = problems("match: any\nforbid: a: b\n")[0]
    assert (line, column) == (12, 10)
    assert message.startswith("the block is not YAML: ")
    assert hint == "correct the line"


def test_valid_blocks() -> None:
    for text in (
        "match: Service\nforbid: 'true'\n",
        "severity: info\nregex: a+\nfiles: ['**/*.sh']\ndefault: off\npresets: [homelab]\naliases: [old-id]\n",
        "match: [workloads]\ncheck: some_check\nparams: {a: [1, {b: c}]}\npatches: true\n",
        "extends: other-rule\nseverity: info\nparams: {a: 1}\nmessage: x\n",
        "match: any\nrequire: 'true'\neach: containers\nfix: {replace: '', old: a, value: b, applicability: safe}\n",
    ):
        assert problems(text) == []


def test_schemas_are_valid_and_explain_every_key() -> None:
    from jsonschema import Draft202012Validator

    for name in ("rule-block", "platform"):
        schema = load_schema(name)
        Draft202012Validator.check_schema(schema)
        for key, entry in schema["properties"].items():
            assert entry.get("description") or "$ref" in entry, key


def test_schemas_are_formatted_json() -> None:
    folder = Path(__file__).resolve().parents[1] / "kubelint_lessons" / "lessons" / "schemas"
    for path in sorted(folder.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        assert json.loads(text)
        assert text.endswith("}\n")


def test_places_inside_strings() -> None:
    found = read(
        "forbid: |\n  workloadsCount > 1 &&\n    wrong\nplain: one\n  two\nfolded: >-\n  a b\n\n  c d\n"
        "single: 'it''s wrong'\ndouble: \"a\\tb \\\"x\\\"\"\n"
    )
    assert found.text_span(("forbid",), 2, 3)[:2] == (13, 5)
    assert found.text_span(("plain",), 1, 5)[:2] == (15, 3)
    assert found.text_span(("folded",), 2, 3)[:2] == (19, 5)
    assert found.text_span(("single",), 1, 6)[:2] == (20, 16)
    assert found.text_span(("double",), 1, 5)[:2] == (21, 15)
    assert found.text_span(("forbid",), 9, 9)[:2] == (13, 10)


def test_places_of_keys_and_values() -> None:
    found = read("a:\n  - b: 1\n    c: [x, yes]\nd: {e: f}\n")
    assert found.key_span(("a", 0, "c")) == (13, 5, 6)
    assert found.value_span(("a", 0, "c", 1)) == (13, 12, 15)
    assert found.value_span(("a", 0)) == (12, 5, 9)
    assert found.key_span(("d", "missing")) == (14, 1, 2)
    assert found.value_span(("d", "e")) == (14, 8, 9)


def test_places_of_an_indented_block() -> None:
    found = read("a: 1\n\nb: 2\n", offsets=(3, 0, 3))
    assert found.key_span(("b",)) == (13, 4, 5)


KEYS = st.sampled_from([*load_schema("rule-block")["properties"], "relation", "by", "set", "value", "name"])
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_map_gives_problems_and_never_an_exception(data: dict[str, Any]) -> None:
    text = json.dumps(data, ensure_ascii=True)
    found, wrong = VALIDATOR.read(block(text), "l.md")
    assert found is not None or wrong
    for problem in wrong:
        assert isinstance(problem, LessonProblem)
        assert problem.line >= FIRST_LINE - 1
        assert 1 <= problem.column < problem.end_column
