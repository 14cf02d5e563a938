"""The path language of `at:` and `each:`, and the lookups of message templates."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.lessons.paths import (
    EACH,
    Each,
    Lookup,
    PathError,
    TemplateError,
    clip,
    expand,
    fill,
    format_steps,
    has_step,
    lookup,
    parse_path,
    parse_template,
    render,
)

DATA: dict[str, Any] = {
    "metadata": {"annotations": {"metallb.io/address-pool": "lan"}, "a.b": 1},
    "spec": {
        "selector": {"app": "web", "tier": None},
        "containers": [{"name": "web", "image": "x:1", "ports": [{"port": 1}, {"port": 2}]}, {"name": "db"}],
    },
}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("spec.selector", ("spec", "selector")),
        ("spec.containers[*].image", ("spec", "containers", EACH, "image")),
        ("spec.rules[*].http.paths[0]", ("spec", "rules", EACH, "http", "paths", 0)),
        ('metadata.annotations["metallb.io/address-pool"]', ("metadata", "annotations", "metallb.io/address-pool")),
        ("metadata.annotations['metallb.io/address-pool']", ("metadata", "annotations", "metallb.io/address-pool")),
        ('["a.b"]', ("a.b",)),
        ('["a.b"].c["d"][0][1]', ("a.b", "c", "d", 0, 1)),
        ("[0]", (0,)),
        ("[ * ]", (EACH,)),
        ('["*"]', ("*",)),
        (r'["a\"b\\c"]', ('a"b\\c',)),
        ('[""]', ("",)),
        ("data.tls-cert_x.0", ("data", "tls-cert_x", "0")),
        ("größe", ("größe",)),
    ],
)
def test_paths_are_read(text: str, path: tuple[Any, ...]) -> None:
    parsed = parse_path(text)
    assert parsed == path
    assert [type(step) for step in parsed] == [type(step) for step in path]


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "the path is empty"),
        (".spec", 1, "a field name is missing"),
        ("spec.", 6, "a field name is missing"),
        ("spec..a", 6, "a field name is missing"),
        ("spec.*", 6, "a star stands in brackets"),
        ("spec[", 5, "the brackets hold neither"),
        ("spec[]", 5, "the brackets hold neither"),
        ("spec[a]", 5, "the brackets hold neither"),
        ("spec[-1]", 5, "the brackets hold neither"),
        ("spec['a]", 5, "the brackets hold neither"),
        ("spec[0", 5, "the brackets hold neither"),
        ("spec[0]a", 8, "unexpected 'a'"),
        ("spec a", 5, "unexpected ' '"),
        ("spec. a", 6, "unexpected ' '"),
        ("spec.a == 1", 7, "unexpected ' '"),
        ("size(spec)", 5, "unexpected '('"),
        ("a:b", 2, "unexpected ':'"),
        ("a!r", 2, "unexpected '!'"),
        ("a+b", 2, "unexpected '+'"),
        ("labels.a/b", 9, "unexpected '/'"),
    ],
)
def test_path_errors_have_a_column(text: str, column: int, message: str) -> None:
    with pytest.raises(PathError) as caught:
        parse_path(text)
    assert caught.value.column == column
    assert caught.value.message.startswith(message)
    assert caught.value.hint


def test_each_is_told_from_a_star_key() -> None:
    star, key = parse_path('[*]["*"]')
    assert isinstance(star, Each)
    assert not isinstance(key, Each)
    assert expand({"*": 1, "b": 2}, (key,)) == [(("*",), 1)]
    assert expand({"*": 1, "b": 2}, (star,)) == [(("*",), 1), (("b",), 2)]


def test_expand_returns_every_place_in_order() -> None:
    found = expand(DATA, parse_path("spec.containers[*].ports[*].port"))
    assert found == [
        (("spec", "containers", 0, "ports", 0, "port"), 1),
        (("spec", "containers", 0, "ports", 1, "port"), 2),
    ]
    assert expand(DATA, parse_path("spec.selector")) == [(("spec", "selector"), {"app": "web", "tier": None})]
    assert expand(DATA, parse_path("spec.selector[*]")) == [
        (("spec", "selector", "app"), "web"),
        (("spec", "selector", "tier"), None),
    ]
    assert expand(DATA, ()) == [((), DATA)]


@pytest.mark.parametrize(
    "text", ["spec.nope", "spec.containers[7]", "spec.containers.name", "spec[0]", "spec.selector.app.x"]
)
def test_expand_is_empty_where_nothing_is(text: str) -> None:
    assert expand(DATA, parse_path(text)) == []
    assert lookup(DATA, parse_path(text)) is None
    assert lookup(DATA, parse_path(text), "?") == "?"


def test_lookup_returns_a_value_or_a_list() -> None:
    assert lookup(DATA, parse_path("spec.containers[1].name")) == "db"
    assert lookup(DATA, parse_path("spec.containers[*].name")) == ["web", "db"]
    assert lookup(DATA, parse_path("spec.containers[*].nope")) == []
    assert lookup(DATA, parse_path("spec.selector.tier"), "x") is None


def test_has_step() -> None:
    assert has_step({"a": 1}, "a")
    assert has_step([1], 0)
    assert not has_step([1], 1)
    assert not has_step("text", 0)
    assert not has_step(None, "a")


steps = st.lists(st.one_of(st.text(max_size=6), st.integers(0, 999), st.just(EACH)), min_size=1, max_size=5)


@given(steps)
def test_a_written_path_reads_the_same(path: list[Any]) -> None:
    written = format_steps(tuple(path))
    again = parse_path(written)
    assert again == tuple(path)
    assert [isinstance(step, Each) for step in again] == [isinstance(step, Each) for step in path]


# --- templates --------------------------------------------------------------------------------------------------


def test_templates_are_text_and_lookups() -> None:
    assert parse_template('Service "{object.name}" selects {workloads}') == (
        'Service "',
        Lookup("object", ("name",), 10),
        '" selects ',
        Lookup("workloads", (), 33),
    )
    assert parse_template("") == ()
    assert parse_template("{{a}} {{{x}}}") == ("{a} {", Lookup("x", (), 9), "}")
    assert parse_template('{object.metadata.labels["a.b/c"]}') == (
        Lookup("object", ("metadata", "labels", "a.b/c"), 1),
    )


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a { b", 3),
        ("a } b", 3),
        ("{}", 2),
        ("{ object }", 2),
        ("{object.name!r}", 13),
        ("{object.name:>10}", 13),
        ("{object.name()}", 13),
        ("{1 + 2}", 3),
        ("{a+b}", 3),
        ("{object.}", 9),
        ("{[0]}", 2),
        ("x {{ {object", 6),
    ],
)
def test_template_errors_have_a_column(text: str, column: int) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_template(text)
    assert caught.value.column == column
    assert caught.value.hint


def test_unknown_names_are_errors_where_names_are_given() -> None:
    assert parse_template("{objct.name}")
    with pytest.raises(TemplateError, match="nothing is called 'objct' here") as caught:
        parse_template("a {objct.name}", ("object", "item"))
    assert caught.value.column == 4
    assert caught.value.hint == 'did you mean "object"?'
    with pytest.raises(TemplateError) as caught:
        parse_template("{zzz}", ("object", "item"))
    assert caught.value.hint == "known are item, object"


WEB: dict[str, Any] = {"kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}}}
DB = {"kind": "StatefulSet", "name": "db", "namespace": "", "labels": {}}


def shown(template: str, **scope: Any) -> str:
    return render(parse_template(template), scope)


def test_objects_read_as_kind_and_name() -> None:
    assert shown("{object}", object=WEB) == 'Deployment "web"'
    assert shown("{workloads}", workloads=[WEB, DB]) == 'Deployment "web" and StatefulSet "db"'
    assert shown("{workloads}", workloads=[DB, WEB, DB]) == 'StatefulSet "db", Deployment "web" and StatefulSet "db"'
    assert shown("{workloads}", workloads=[]) == "none"
    assert shown("{workloads[0].name}", workloads=[DB]) == "db"


def test_name_kind_and_namespace_are_short_for_metadata() -> None:
    assert shown("{object.kind} {object.namespace}/{object.name}", object=WEB) == "Deployment shop/web"
    assert shown("{object.metadata.name}", object=WEB) == "web"
    assert shown("{object.name} {object.namespace}", object={"kind": "X", "metadata": {}}) == "? ?"
    assert shown("{item.name}", item={"metadata": {"name": "x"}}) == "?"


class _Resource:
    """As the manifests layer has it: data as written, name and namespace as the cluster will see them."""

    def __init__(self, data: dict[str, Any], name: str, namespace: str | None) -> None:
        self.data, self.name, self.namespace = data, name, namespace


class _Relation(NamedTuple):
    items: tuple[_Resource, ...]
    state: str


def test_resources_and_relations_render_as_objects() -> None:
    resource = _Resource(WEB, "prod-web", "prod")
    relation = _Relation((resource, _Resource({"kind": "Pod"}, "p", None)), "found")
    template = "{object} {object.name} {object.namespace} {object.metadata.labels.app}"
    assert shown(template, object=resource) == 'Deployment "prod-web" prod-web prod web'
    assert shown("{workloads} {workloads[1].name}", workloads=relation) == 'Deployment "prod-web" and Pod "p" p'
    assert WEB["metadata"]["name"] == "web"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (None, "null"),
        (1, "1"),
        (1.5, "1.5"),
        (30.0, "30.0"),
        (float("inf"), ".inf"),
        (float("-inf"), "-.inf"),
        (float("nan"), ".nan"),
        ("a b", "a b"),
        ("", ""),
        ({"app": "web", "n": 1}, "{app: web, n: 1}"),
        ({}, "{}"),
        ([1, True, "x"], "1, true and x"),
        ([[1, 2], [3]], "[1, 2] and [3]"),
        (list(range(8)), "0, 1, 2, 3, 4 and 3 more"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\u202eb\u200bc\u2028d", "a\\u202eb\\u200bc\\u2028d"),
        ("\ud800", "\\ud800"),
        ("größe 😀", "größe 😀"),
        ("x" * 81, "x" * 79 + "…"),
        ("x" * 80, "x" * 80),
    ],
)
def test_values_look_as_in_yaml(value: Any, text: str) -> None:
    assert shown("{v}", v=value) == text


def test_absent_values_are_question_marks() -> None:
    assert shown("{a} {b.c} {b.d[0].e}", b={"d": []}) == "? ? ?"


def test_lists_are_looked_through() -> None:
    data = {"spec": {"containers": [{"name": "a"}, {"name": "b"}]}}
    assert shown("{object.spec.containers[*].name}", object=data) == "a and b"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(values)
def test_rendering_never_raises_and_is_one_harmless_line(value: Any) -> None:
    text = shown("{v} {v.name} {v[0]} {v[*].name}", v=value)
    assert text.isprintable()
    assert len(clip("x" * 500)) == 80


@settings(deadline=None)
@given(st.text(alphabet="{}ab.[]*0\"' \n", max_size=20))
def test_any_template_is_read_or_refused(text: str) -> None:
    column = 1
    try:
        render(parse_template(text), {"a": {"b": 1}})
    except TemplateError as error:
        column = error.column
    assert 1 <= column <= len(text) + 1


def test_edits_get_whole_values_of_any_type() -> None:
    scope = {"item": {"port": 80, "name": "a\nb" + "x" * 100, "map": {"a": [1]}}}
    assert fill(parse_template("{item.port}"), scope) == 80
    assert fill(parse_template("{item.map}"), scope) == {"a": [1]}
    assert fill(parse_template("{item.name}-{item.port}"), scope) == "a\nb" + "x" * 100 + "-80"
    assert fill(parse_template("plain"), scope) == "plain"
    with pytest.raises(LookupError):
        fill(parse_template("x-{item.nope}"), scope)
