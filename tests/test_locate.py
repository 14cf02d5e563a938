"""Places: every route of a document leads to the text it is written as."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.manifests.documents import Document, compose_chunk, documents_of
from kubelint_lessons.manifests.locate import find_node
from kubelint_lessons.manifests.nodes import ScalarNode
from kubelint_lessons.manifests.source import Source, read_source
from kubelint_lessons.model.location import FieldPath, Location, Spot


def document_of(text: str, index: int = 0) -> Document:
    return documents_of(read_source("f.yaml", text.encode()))[index]


def shown(document: Document, location: Location) -> str:
    return document.source.line(location.line)[location.column - 1 : location.end_column - 1]


def at(text: str, *path: str | int, spot: Spot = "entry") -> str:
    """Return ``line:text`` of what a route points at."""
    document = document_of(text)
    location = document.locate(path, spot)
    return f"{location.line}:{shown(document, location)}"


POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  containers:
  - name: web     # the app
    image: "nginx:1.25"
    command: ["sh", "-c",   # a comment
      "sleep 1"]
    args:
    - one
    - two words
    env: []
  - image: busybox
  volumes:
    # nothing mounted yet
    - {name: tmp, emptyDir: {}}
  restartPolicy:
"""


@pytest.mark.parametrize(
    ("path", "entry", "key", "value"),
    [
        (("kind",), "2:kind: Pod", "2:kind", "2:Pod"),
        (("metadata",), "3:name: web", "3:metadata", "3:{name: web, labels: {app: web}}"),
        (("metadata", "labels", "app"), "3:app: web", "3:app", "3:web"),
        (("spec",), "5:containers:", "4:spec", "5:containers:"),
        (("spec", "containers"), "6:name: web", "5:containers", "6:name: web"),
        (("spec", "containers", 0), "6:name: web", "6:name", "6:name: web"),
        (("spec", "containers", 0, "name"), "6:name: web", "6:name", "6:web"),
        (("spec", "containers", 0, "image"), '7:image: "nginx:1.25"', "7:image", '7:"nginx:1.25"'),
        (("spec", "containers", 0, "command"), '8:"sh"', "8:command", '8:["sh", "-c"'),
        (("spec", "containers", 0, "command", 1), '8:"-c"', '8:"-c"', '8:"-c"'),
        (("spec", "containers", 0, "args"), "11:one", "10:args", "11:one"),
        (("spec", "containers", 0, "args", 1), "12:two words", "12:two words", "12:two words"),
        (("spec", "containers", 0, "env"), "13:env: []", "13:env", "13:[]"),
        (("spec", "volumes", 0), "17:name: tmp", "17:name", "17:{name: tmp, emptyDir: {}}"),
        (("spec", "restartPolicy"), "18:restartPolicy:", "18:restartPolicy", "18:restartPolicy:"),
        ((), "1:apiVersion: v1", "1:apiVersion", "1:apiVersion: v1"),
    ],
)
def test_spots(path: FieldPath, entry: str, key: str, value: str) -> None:
    assert (at(POD, *path), at(POD, *path, spot="key"), at(POD, *path, spot="value")) == (entry, key, value)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("spec", "nodeSelector"), "4:spec"),
        (("spec", "nodeSelector", "arch"), "4:spec"),
        (("metadata", "labels", "tier"), "3:labels"),
        (("spec", "containers", 0, "resources", "limits"), "6:name: web"),
        (("spec", "containers", 1, "name"), "14:image: busybox"),
        (("spec", "containers", 7), "5:containers"),
        (("spec", "containers", "x"), "5:containers"),
        (("spec", "containers", 0, "image", "tag"), "7:image"),
        (("spec", "restartPolicy", "x"), "18:restartPolicy"),
        (("status",), "1:apiVersion"),
        ((0,), "1:apiVersion"),
    ],
)
def test_what_is_absent_leads_to_the_key_of_its_ancestor(path: FieldPath, expected: str) -> None:
    assert at(POD, *path) == at(POD, *path, spot="value") == expected


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a: |  # why\n  x\n  y\n", ("a",), "1:a: |"),
        ("a: >-2\n   x\n", ("a",), "1:a: >-2"),
        ("a: one\n  two\n  three\n", ("a",), "1:a: one"),
        ("a: 'one\n  two'\n", ("a",), "1:a: 'one"),
        ('a: "x" # c\n', ("a",), '1:a: "x"'),
        ("a:\n  plain\n", ("a",), "1:a:"),
        ("a: &x\n  b: 1\n", ("a",), "2:b: 1"),
        ("a: &x v\n", ("a",), "1:a: &x v"),
        ("a: !t &x v # c\n", ("a",), "1:a: !t &x v"),
        ("? a\n: b\n", ("a",), "1:a"),
        ("'a b' : c\n", ("a b",), "1:'a b' : c"),
        ('"a\\tb": c\n', ("a\tb",), '1:"a\\tb": c'),
        ("on: 1\n", ("true",), "1:on: 1"),
        ("1: x\n", ("1",), "1:1: x"),
        ("a: 1\nb: 2\na: 3\n", ("a",), "3:a: 3"),
        ("é😀: ü  # x\n", ("é😀",), "1:é😀: ü"),
        ("{a: 1, b: [x, {c: d}]}\n", ("b", 1, "c"), "1:c: d"),
        ("- - x\n  - y\n", (0, 1), "2:y"),
        ("- - x\n", (0,), "1:x"),
        ("-\n  a: b\n", (0,), "2:a: b"),
        ("- \n- x\n", (1,), "2:x"),
        ("- # c\n- x\n", (0,), "1:-"),
        ("a:\n-\n", ("a", 0), "2:-"),
        ("a:\n-", ("a",), "2:-"),
        ("a: [x,]\n", ("a", 1), "1:a"),
        ("[]\n", (), "1:[]"),
        ("[]\n", (3,), "1:[]"),
        ("just text\n", ("a",), "1:just text"),
        ("a:\tb\n", ("a",), "1:a:\tb"),
        ("# x\n\na: 1\n", ("b",), "3:a"),
        ("a: {b: 1, # c\n  d: 2}\n", ("a", "d"), "2:d: 2"),
        ('{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n', ("a", "b"), '3:"b": 1'),
        ("a: x\u2028b: y\n", ("b",), "1:b: y"),
    ],
)
def test_styles(text: str, path: FieldPath, expected: str) -> None:
    for written in (text, text.replace("\n", "\r\n"), f"\ufeff{text}", text.rstrip("\n")):
        assert at(written, *path) == expected


def test_the_value_of_an_anchored_scalar_is_the_value_itself() -> None:
    text = "a: &x !t 'v'  # c\nb: &y\n  c: 1\nd: &z !!map {e: 1}\n"
    assert at(text, "a", spot="value") == "1:'v'"
    assert at(text, "b", spot="value") == "3:c: 1"
    assert at(text, "d", spot="value") == "4:{e: 1}"


def test_line_separators_of_unicode_begin_no_line() -> None:
    text = "a: 'x\u2028  y\x85 z'\nb: 1\n"
    assert at(text, "b") == "2:b: 1"
    assert document_of(text).locate(("b",)) == Location("f.yaml", 2, 1, 5)


ALIASES = """\
base: &base
  cpu: 1
  deep: {x: 1}
small: &small {cpu: 2}
direct: *base
merged:
  <<: *base
  cpu: 3
later:
  cpu: 3
  <<: *base
many:
  <<: [*small, *base]
list: [*base]
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("direct",), "5:direct: *base"),
        (("direct", "cpu"), "5:direct: *base"),
        (("direct", "deep", "x"), "5:direct: *base"),
        (("direct", "nope"), "5:direct"),
        (("merged", "cpu"), "8:cpu: 3"),
        (("merged", "deep"), "7:<<: *base"),
        (("merged", "deep", "x"), "7:<<: *base"),
        (("merged", "deep", "nope"), "7:<<"),
        (("later", "cpu"), "11:<<: *base"),
        (("many", "cpu"), "13:<<: [*small, *base]"),
        (("list", 0, "cpu"), "14:*base"),
        (("base", "cpu"), "2:cpu: 1"),
    ],
)
def test_borrowed_text_is_shown_where_it_is_borrowed(path: FieldPath, expected: str) -> None:
    assert at(ALIASES, *path) == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [(("direct", "deep", "x"), "1"), (("merged", "cpu"), "3"), (("later", "cpu"), "1"), (("many", "cpu"), "2")],
)
def test_nodes_follow_aliases_and_merge_keys_as_kubectl_does(path: FieldPath, text: str) -> None:
    document = document_of(ALIASES)
    root = compose_chunk(document)
    assert root is not None
    node = find_node(root, path)
    assert isinstance(node, ScalarNode)
    assert node.text == text
    value: Any = document.data
    for step in path:
        value = value[step]
    assert str(value) == text


def test_places_in_later_documents_count_from_the_start_of_the_file() -> None:
    text = "\ufeff# x\n---\na: 1\n--- # y\n\nb:\n- c\n"
    assert document_of(text, 1).locate(("b", 0)) == Location("f.yaml", 7, 3, 4)
    assert document_of(text, 1).first_line == 5


def test_broken_and_empty_documents_have_a_place() -> None:
    assert document_of("# c\n\n  a: 'x\n").locate(("a", "b")) == Location("f.yaml", 3, 3, 8)
    assert document_of("").locate(("a",)) == Location("f.yaml", 1, 1, 1)
    assert document_of("# only\n").locate(()) == Location("f.yaml", 1, 1, 7)


def test_a_template_that_does_not_parse_has_a_place() -> None:
    document = document_of("# c\n{{- if .Values.a }}\na: 1\n")
    assert document.document_class == "helm-template"
    assert document.locate(("a",)).line == 2


def test_scalars_of_several_lines() -> None:
    text = "a: |\n  x\n\n  y\n\nb: 'x\n  y'\nc: one\n  two\nd: |\n  z\ne: 1\n"
    assert document_of(text).multiline_scalars() == [(1, 4), (6, 7), (8, 9), (10, 11)]


def test_node_offsets_slice_the_source() -> None:
    text = "# 1\n---\na: &x 'q' # c\nb:\n- !t |\n  lit\n\n- [1,\n 2]\n"
    document = document_of(text)
    root = compose_chunk(document)
    assert root is not None

    def written(*path: str | int) -> str:
        node = find_node(root, path)
        assert node is not None
        return document.source.text[node.start : node.end]

    assert written("a") == "'q'"
    assert written("b", 0) == "|\n  lit"
    assert written("b", 1) == "[1,\n 2]"
    assert written("b") == "- !t |\n  lit\n\n- [1,\n 2]"
    assert written() == text[8:].rstrip()


# --- properties -------------------------------------------------------------------------------------------------

WORDS = st.text(alphabet="abcxyz019-._/ é😀'\"#:{}[]&*!|>%@`~,?", min_size=0, max_size=12)
SCALARS = st.none() | st.booleans() | st.integers(-99, 99) | WORDS
TREES = st.recursive(
    SCALARS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(WORDS, children, max_size=4),
    max_leaves=25,
)


def routes(value: Any, path: FieldPath = ()) -> list[tuple[FieldPath, Any]]:
    found = [(path, value)]
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        found += routes(part, (*path, step))
    return found


@given(
    TREES, st.sampled_from([True, False, None]), st.booleans(), st.sampled_from(["\n", "\r\n"]), st.sampled_from([2, 4])
)
@settings(max_examples=150, deadline=None)
def test_every_scalar_is_found_where_it_is_written(
    tree: Any, flow: bool | None, is_ascii: bool, line_break: str, indent: int
) -> None:
    text = yaml.safe_dump(
        tree, default_flow_style=flow, allow_unicode=not is_ascii, width=10_000, indent=indent, line_break=line_break
    )
    document = documents_of(Source("f.yaml", f"# first\n---\n{text}"))[0]
    if tree is None:
        return
    for path, value in routes(document.data):
        for spot in ("entry", "key", "value"):
            location = document.locate(path, spot)
            line = document.source.line(location.line)
            assert 1 <= location.column < location.end_column <= len(line) + 1
        if isinstance(value, (dict, list)) and value:
            continue
        written = shown(document, document.locate(path, "value"))
        if value is not None and written[:1] not in ("?", "|", ">"):
            assert yaml_value(written) == value
        entry = shown(document, document.locate(path))
        if path and isinstance(path[-1], str):
            key = shown(document, document.locate(path, "key"))
            assert yaml_value(key) == path[-1] or str(yaml_value(key)).lower() == path[-1]
            assert entry.startswith(key)
        else:
            assert entry == written


def yaml_value(text: str) -> Any:
    return documents_of(Source("f.yaml", f"- {text}"))[0].data[0]


@given(TREES, st.lists(st.sampled_from(["a", "x", 0, 1]), max_size=3))
@settings(max_examples=100, deadline=None)
def test_routes_that_lead_nowhere_end_somewhere(tree: Any, extra: list[str | int]) -> None:
    document = documents_of(Source("f.yaml", yaml.safe_dump(tree)))[0]
    for path, _ in routes(document.data):
        location = document.locate((*path, *extra))
        assert location.column <= location.end_column
