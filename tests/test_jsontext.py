"""Our JSON text is that of the standard library, and what was written before stands in it as if written now."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.reports.jsontext import Written, indented

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(), parts, max_size=4),
    max_leaves=20,
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(VALUES)
def test_the_same_text_as_the_standard_library(value: Any) -> None:
    assert indented(value) == json.dumps(value, indent=2)


def test_tuples_are_lists() -> None:
    assert indented(("a", (), (1,))) == json.dumps(["a", [], [1]], indent=2)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(VALUES)
def test_what_was_written_before(value: Any) -> None:
    before = Written(indented(value, 2))
    assert indented({"a": [before, before], "b": 1}) == json.dumps({"a": [value, value], "b": 1}, indent=2)
