from __future__ import annotations

import pytest

from kubelint_lessons.manifests.documents import Document, documents_of
from kubelint_lessons.manifests.embedded import EmbeddedDocument, embedded_documents
from kubelint_lessons.manifests.source import read_source
from kubelint_lessons.model.location import FieldPath, Location


def document_of(text: str) -> Document:
    return documents_of(read_source("cm.yaml", text.encode()))[0]


def shown(host: Document, location: Location) -> str:
    written = host.source.line(location.line)[location.column - 1 : location.end_column - 1]
    return f"{location.line}:{written}"


CONFIG = """\
# the configuration of Prometheus
apiVersion: v1
kind: ConfigMap
data:
  prometheus.yml: |-
    # scrape everything

    scrape_configs:
      - job_name: node   # a comment
        relabel_configs:
          - target_label: __address__
            replacement: "${1}:9100"
  two.yaml: |
    a: 1
    ---
    b:
      c: ü
  json: |
    {"a": {"b": [1, 2]}}
  folded: >
    a: 1
  quoted: "a: {b: 1}"
"""


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("key", "path", "expected"),
    [
        ("prometheus.yml", ("scrape_configs", 0, "job_name"), "9:job_name: node"),
        (
            "prometheus.yml",
            ("scrape_configs", 0, "relabel_configs", 0, "replacement"),
            '12:replacement: "${1}:9100"',
        ),
        ("prometheus.yml", ("scrape_configs", 0, "static_configs"), "9:job_name: node"),
        ("prometheus.yml", ("global",), "8:scrape_configs"),
        ("two.yaml", ("a",), "14:a: 1"),
        ("json", ("a", "b", 1), "19:2"),
        ("folded", ("a",), "20:folded: >"),
        ("quoted", ("a", "b"), '22:quoted: "a: {b: 1}"'),
    ],
)
def test_places_lie_in_the_outer_file(line_break: str, bom: str, key: str, path: FieldPath, expected: str) -> None:
    host = document_of(bom + CONFIG.replace("\n", line_break))
    inner = embedded_documents(host, ("data", key))[0]
    assert shown(host, inner.locate(path)) == expected
    assert inner.place(*path).location() == inner.locate(path)


def read(text: str, *path: str | int) -> tuple[Document, tuple[EmbeddedDocument, ...]]:
    host = document_of(text)
    return host, embedded_documents(host, path)


def test_every_document_of_the_string_is_read() -> None:
    host, documents = read(CONFIG, "data", "two.yaml")
    assert [document.data for document in documents] == [{"a": 1}, {"b": {"c": "ü"}}]
    assert shown(host, documents[1].locate(("b", "c"))) == "17:c: ü"


@pytest.mark.parametrize(
    ("header", "indent", "column"),
    [("|", "   ", 4), ("|2", "    ", 5), ("|-", "  ", 3), ("|+1", "     ", 6), ("!!str |", "  ", 3), ("&x |", "  ", 3)],
)
def test_indentation_of_literal_blocks(header: str, indent: str, column: int) -> None:
    host, (inner,) = read(f"a: {header}\n\n{indent}b: 1\n\n{indent}c: 2\n\n", "a")
    assert inner.locate(("c",)) == Location("cm.yaml", 5, column, column + 4)
    assert shown(host, inner.locate(("b",), "value")) == "3:1"


def test_literal_blocks_of_list_items() -> None:
    host, (inner,) = read("- |\n  a: 1\n- b\n", 0)
    assert shown(host, inner.locate(("a",))) == "2:a: 1"


def test_an_aliased_block_is_shown_where_it_is_written() -> None:
    host, (inner,) = read("x: &x |\n  a: 1\nb: *x\n", "b")
    assert shown(host, inner.locate(("a",))) == "2:a: 1"


def test_strings_inside_strings() -> None:
    text = "a: |\n  b: |\n    c:\n      d: 1\n  e: 'f: 1'\n"
    host, (outer,) = read(text, "a")
    (inner,) = embedded_documents(outer, ("b",))
    assert shown(host, inner.locate(("c", "d"))) == "4:d: 1"
    (quoted,) = embedded_documents(outer, ("e",))
    assert shown(host, quoted.locate(("f",))) == "5:e: 'f: 1'"


def test_problems_of_the_string_are_placed_in_the_file() -> None:
    host, (inner,) = read("a: |\n  b: 1\n  c: 'x\n", "a")
    assert inner.data is None
    assert [(problem.code, problem.line, problem.column) for problem in inner.problems] == [("yaml-syntax", 3, 6)]
    assert shown(host, inner.locate(("b",))) == "2:b: 1"


@pytest.mark.parametrize("path", [("a", "b"), ("nope",), ("c", 3), ("c", "x"), ("n",), ()])
def test_no_string_no_documents(path: FieldPath) -> None:
    assert embedded_documents(document_of("a: 1\nc: [x]\nn:\n"), path) == ()


def test_text_that_is_no_map_is_a_string() -> None:
    _, (inner,) = read("a: hello world\n", "a")
    assert inner.data == "hello world"
