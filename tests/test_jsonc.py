"""JSON with comments: read as editors read it, and added to without touching another byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubelint_lessons.authoring.jsonc import JsoncError, append_to, read_jsonc

TASKS = """\
// ours
{
    // See the manual.
    "version": "2.0.0", /* fixed */
    "tasks": [
        { "label": "a" }, // first
        {
            "label": "b // no comment, \\" neither",
        } // last
        // end
    ],
}
"""


def test_comments_and_commas_at_the_end_are_read_over() -> None:
    node = read_jsonc(TASKS)
    assert node is not None
    assert node.value == {
        "version": "2.0.0",
        "tasks": [{"label": "a"}, {"label": 'b // no comment, " neither'}],
    }


def test_an_item_follows_the_last_one_and_the_comment_on_its_line() -> None:
    node = read_jsonc(TASKS)
    assert node is not None
    after = append_to(TASKS, node.inner["tasks"], {"label": "c"})
    assert after == TASKS.replace(
        "        } // last\n", '        }, // last\n        {\n            "label": "c"\n        }\n'
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[]", "[\n  1\n]"),
        ("[ ]", "[\n  1\n]"),
        ("[\n]\n", "[\n  1\n]\n"),
        ("[ // none\n]", "[ // none\n  1\n]"),
        ("[2]", "[2,\n  1\n]"),
        ("[2, ]", "[2,\n  1,\n]"),
        ("[2 /* two */]", "[2,\n  1\n/* two */]"),
        ("[\n\t2\n]", "[\n\t2,\n\t1\n]"),
        ("[\r\n    2\r\n]\r\n", "[\r\n    2,\r\n    1\r\n]\r\n"),
        ("\ufeff[2]", "\ufeff[2,\n  1\n]"),
        ("[\n  2\n  // more?\n  , // yes\n]", "[\n  2\n  // more?\n  , // yes\n  1,\n]"),
    ],
)
def test_where_an_item_goes(before: str, after: str) -> None:
    node = read_jsonc(before)
    assert node is not None
    found = append_to(before, node, 1)
    read = read_jsonc(found)
    assert read is not None
    assert read.value == [*node.value, 1]
    if "two" not in before:
        assert found == after


def test_a_key_is_added_to_an_object() -> None:
    text = '{\n  "version": "2.0.0" // fixed\n}\n'
    node = read_jsonc(text)
    assert node is not None
    assert append_to(text, node, [1], "tasks") == ('{\n  "version": "2.0.0", // fixed\n  "tasks": [\n    1\n  ]\n}\n')


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("{", 1),
        ("[1 2]", 3),
        ('{"a" 1}', 5),
        ('{"a": 1, "a": 2}', 9),
        ("[1] x", 4),
        ("{a: 1}", 1),
        ("[,]", 1),
        ("[" * 200, 101),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(text: str, offset: int) -> None:
    with pytest.raises(JsoncError) as caught:
        read_jsonc(text)
    assert caught.value.offset == offset


@pytest.mark.parametrize("text", ["", "  \n", "// nothing\n", "/* nothing */"])
def test_comments_alone_hold_nothing(text: str) -> None:
    assert read_jsonc(text) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
GAPS = st.sampled_from(["", " ", "\n", "\t", "// x\n", " /* ] } , */ ", '\n  // " [\n  '])


def written(draw: Callable[[Any], Any], value: Any) -> str:
    def gap() -> str:
        return str(draw(GAPS))

    comma = "," if value and draw(st.booleans()) else ""
    if isinstance(value, list):
        body = ",".join(gap() + written(draw, item) + gap() for item in value)
        return f"[{body}{comma}{gap()}]"
    if isinstance(value, dict):
        pairs = ((json.dumps(key), written(draw, item)) for key, item in value.items())
        body = ",".join(f"{gap()}{key}{gap()}:{gap()}{item}{gap()}" for key, item in pairs)
        return f"{{{body}{comma}{gap()}}}"
    return json.dumps(value)


@st.composite
def lists(draw: st.DrawFn) -> tuple[list[Any], str]:
    value: list[Any] = draw(st.lists(VALUES, max_size=4))
    return value, draw(GAPS) + written(draw, value) + draw(GAPS)


@given(lists(), VALUES)
def test_whatever_is_added_nothing_else_changes(given_list: tuple[list[Any], str], added: Any) -> None:
    value, text = given_list
    node = read_jsonc(text)
    assert node is not None
    assert node.value == value
    after = append_to(text, node, added)
    read = read_jsonc(after)
    assert read is not None
    assert read.value == [*value, added]
    rest = iter("".join(after.split()))
    assert all(character in rest for character in "".join(text.split()))  # in this order, all still there
