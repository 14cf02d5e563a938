"""The one matcher for label selectors, against the API's rules and against a slow reference."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_relations import matches_map, matches_selector

from kubelint_lessons.manifests.placeholders import could_become, is_placeholder
from kubelint_lessons.manifests.selectors import EVERYTHING, NOTHING, from_label_selector, from_labels, with_labels

WEB = {"app": "web", "tier": "front"}


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("selector", "is_match"),
    [
        ({}, True),
        ({"matchLabels": None, "matchExpressions": None}, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "web", "tier": "back"}}, False),
        ({"matchLabels": {"app": "web"}, **expression("tier", "Exists")}, True),
        (expression("app", "In", "api", "web"), True),
        (expression("app", "In", "api"), False),
        (expression("zone", "In", "a"), False),
        (expression("app", "NotIn", "api"), True),
        (expression("zone", "NotIn", "a"), True),
        (expression("app", "NotIn", "web"), False),
        (expression("zone", "DoesNotExist"), True),
        (expression("app", "DoesNotExist"), False),
    ],
)
def test_label_selectors_follow_the_api(selector: Any, is_match: bool) -> None:
    assert from_label_selector(selector).matches(WEB) is is_match


@pytest.mark.parametrize(
    "selector",
    [
        None,
        "app=web",
        [],
        {"matchLabels": ["app"]},
        {"matchLabels": {"app": 1}},
        {"matchExpressions": {"key": "app"}},
        {"matchExpressions": ["app"]},
        {"matchExpressions": [{"key": "app"}]},
        {"matchExpressions": [{"operator": "Exists"}]},
        expression("app", "Equals", "web"),
        expression("app", "exists"),
        expression("app", "In"),
        expression("app", "NotIn"),
        expression("app", "Exists", "web"),
        {"matchExpressions": [{"key": "app", "operator": "In", "values": [1]}]},
        {"matchExpressions": [{"key": "app", "operator": "In", "values": "web"}]},
    ],
)
def test_what_the_api_server_refuses_matches_nothing(selector: Any) -> None:
    assert from_label_selector(selector) == NOTHING
    assert not from_label_selector(selector).matches(WEB)


@pytest.mark.parametrize("value", [None, {}, [], "app", {"app": 1}, {1: "app"}])
def test_a_map_without_pairs_selects_nothing_by_itself(value: Any) -> None:
    assert from_labels(value) == NOTHING


def test_a_value_that_is_filled_in_later_is_unknown_where_it_could_fit() -> None:
    selector = from_labels({"app": "web"})
    assert selector.verdict({"app": "${APP}"}) == "unknown"
    assert selector.verdict({"app": "api-${APP}"}) == "no"
    assert from_labels({"app": "{{ name }}"}).verdict({"app": "web"}) == "unknown"
    assert from_labels({"app": "${APP}"}).verdict({"app": "${APP}"}) == "unknown"
    assert from_label_selector(expression("app", "NotIn", "web")).verdict({"app": "$(APP)"}) == "unknown"


def test_added_labels_replace_those_of_the_same_key() -> None:
    assert with_labels(from_labels({"app": "web"}), [("app", "api"), ("env", "dev")]).pairs == {
        ("app", "api"),
        ("env", "dev"),
    }
    assert with_labels(EVERYTHING, []) is EVERYTHING


@pytest.mark.parametrize(
    "text", ["${APP}", "$(APP)", "$APP", "{{ .Values.name }}", "<your-name>", "ENC[AES256]", "%APP%"]
)
def test_placeholders_are_recognised(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["web", "web-1.2_3", "system:node", ""])
def test_names_are_no_placeholders(text: str) -> None:
    assert not is_placeholder(text)


@pytest.mark.parametrize(
    ("pattern", "name", "is_possible"),
    [
        ("${APP}-secret", "web-secret", True),
        ("${APP}-secret", "web-config", False),
        ("web-${ENV}", "web-dev", True),
        ("web-${ENV}", "api-dev", False),
        ("{{ name }}", "anything", True),
        ("$APP", "anything", True),
    ],
)
def test_a_placeholder_could_become_what_its_fixed_parts_allow(pattern: str, name: str, is_possible: bool) -> None:
    assert could_become(pattern, name) is is_possible


KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from(["1", "2", "3", "${V}"])
LABELS = st.dictionaries(KEYS, VALUES, max_size=3)
EXPRESSIONS = st.lists(
    st.fixed_dictionaries(
        {
            "key": KEYS,
            "operator": st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist", "Equals"]),
            "values": st.lists(VALUES, max_size=2),
        }
    ),
    max_size=2,
)


@given(LABELS, EXPRESSIONS, LABELS)
def test_selectors_agree_with_the_reference(pairs: dict[str, str], expressions: Any, labels: dict[str, str]) -> None:
    selector = {"matchLabels": pairs, "matchExpressions": expressions}
    assert from_label_selector(selector).verdict(labels) == matches_selector(selector, labels)
    if pairs:
        assert from_labels(pairs).verdict(labels) == matches_map(pairs, labels)
