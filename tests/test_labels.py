"""Labels that are taken at a glance are those in which the rule finds no fault."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.lessons.checks import load_check
from kubelint_lessons.manifests.labels import are_labels, are_texts, is_label

PIECES = st.lists(
    st.sampled_from(["a", "B", "9", "-", "_", ".", "/", "é", " ", "\n", "a" * 61, "x.y", "k8s.io/", "$"]), max_size=5
).map("".join)


@given(PIECES, PIECES)
@settings(max_examples=2000, deadline=None)
def test_a_label_is_one_without_a_fault(key: str, value: str) -> None:
    load_check("invalid_label_value")
    rule: Any = sys.modules["kubelint_lessons.rules.invalid_label_value"]
    assert is_label(key, value) == (not rule._fault_of_key(key) and not rule._fault_of_value(value))


@pytest.mark.parametrize(
    ("value", "labels", "texts"),
    [
        (None, True, True),
        ([1], True, True),
        ({}, True, True),
        ({"app.kubernetes.io/name": "web", "empty": ""}, True, True),
        ({"a b": "c"}, False, True),
        ({"a": "c d"}, False, True),
        ({"a": 1}, False, False),
        ({"a": None}, False, False),
        ({"a": ["b"]}, False, False),
    ],
)
def test_maps_of_labels_and_of_texts(value: Any, labels: bool, texts: bool) -> None:
    assert (are_labels(value), are_texts(value)) == (labels, texts)
