"""A place found in the lines of a document is the one found in its tree: real files, changed ones, and random text."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from test_quickload import COMMITTED, Choose, changed, chunks_below, several_lines, some_lines, texts

from kubelint_lessons.manifests.documents import Document, documents_of
from kubelint_lessons.manifests.locate import find_span
from kubelint_lessons.manifests.nodes import Node, compose
from kubelint_lessons.manifests.quickload import quick_load
from kubelint_lessons.manifests.quicklocate import Way, find_line_span
from kubelint_lessons.manifests.source import Source
from kubelint_lessons.model.location import FieldPath, Location, Spot

SPOTS: tuple[Spot, ...] = ("entry", "key", "value")


def routes(value: Any, path: FieldPath = ()) -> Iterator[FieldPath]:
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        yield from routes(part, (*path, step))


def asked(data: Any, most: int) -> Iterator[FieldPath]:
    """Yield about ``most`` routes of a document, each also with a step that leads nowhere, or may."""
    found = list(routes(data))
    for number, path in enumerate(found[:: len(found) // most + 1]):
        yield path
        yield (*path, ("missing", 0, "name", "on", -1, "a", "")[number % 7])


class Seen:
    """How many places were asked for, and how many of them were answered."""

    def __init__(self) -> None:
        self.asked = self.answered = 0

    def compare(self, text: str, most: int = 1000) -> None:
        """Fail where a place in a text that we read is another one than in its tree, or has one where that is empty."""
        quick = quick_load(text, {})
        if quick is None:
            return
        text = text.replace("\r\n", "\n")
        lines, source, root = text.split("\n"), Source("f.yaml", text), compose(text, 0)
        way = Way()
        if root is None:
            assert find_line_span(lines, (), "entry", way) is None
            return
        for path in asked(quick[0], most):
            for spot in SPOTS:
                found = find_line_span(lines, path, spot, way)
                self.asked += 1
                if found is None:
                    continue
                self.answered += 1
                seen = (found.line + 1, found.start + 1, found.end + 1)
                assert seen == source.span(*find_span(root, text, path, spot)), (path, spot, text)

    @property
    def share(self) -> float:
        return self.answered / self.asked


# --- real files -------------------------------------------------------------------------------------------------


def test_our_own_documents() -> None:
    seen = Seen()
    for text in COMMITTED:
        seen.compare(text)
    assert seen.asked > 100_000
    assert seen.share > 0.99


@pytest.mark.parametrize("name", ["clean", "wild"])
def test_the_corpora(shared: Path, name: str) -> None:
    seen = Seen()
    for text in chunks_below(shared / "corpus" / name):
        if len(text) < 100_000:
            seen.compare(text, 20)
    assert seen.asked > 10_000
    assert seen.share > 0.99


def test_the_way_found_last_changes_no_place() -> None:
    random_ = random.Random(20261128)
    for text in COMMITTED:
        read = quick_load(text, {})
        if read is None or not text.strip():
            continue
        lines, way = text.replace("\r\n", "\n").split("\n"), Way()
        paths = list(asked(read[0], 100))
        random_.shuffle(paths)
        for path in paths:
            assert find_line_span(lines, path, "entry", way) == find_line_span(lines, path, "entry", Way()), path


# --- changed files and random text ------------------------------------------------------------------------------


def test_changed_documents() -> None:
    random_ = random.Random(20261126)
    originals = [text for text in COMMITTED if 0 < len(text) < 1500]
    seen = Seen()
    for _ in range(4000):
        text = random_.choice(originals)
        for _ in range(random_.randint(1, 3)):
            text = changed(text, random_)
        seen.compare(text, 30)
    assert seen.asked > 50_000
    assert seen.share > 0.98


@pytest.mark.parametrize("make", [some_lines, several_lines])
def test_many_random_lines(make: Callable[[Choose], str]) -> None:
    random_ = random.Random(20261127)
    seen = Seen()
    for _ in range(40_000):
        seen.compare(make(random_.choice))
    assert seen.asked > 20_000
    assert seen.share > 0.7


@settings(max_examples=500, deadline=None, derandomize=True)
@given(texts())
def test_random_lines(text: str) -> None:
    Seen().compare(text)


@pytest.mark.parametrize(
    "text",
    [
        "a:\n- b: |\n    a: 1\n    - c\n\n    d: 2\n  d: x\n- e\nd: 3\n",
        "a: b\n   a: c\n",
        "a: 'x\n  b: y'\nb: z\n",
        'a: "x\n\n  - b"\nb:\n  -\n    - c\n    -\n  - "d"  # e\n',
        "  a:\n  # c\n# d\n      b: 1\n\n      c: 2\n  d:\n",
        "on: 1\n'on': 2\n\"name\": {a: 1, 'b c': [x]}\n",
        "on: 1\nkind: x\n",
        "0x10: {a: b, on: \"c, d\" } # }\n1e3: [a,  'b ] c' , --d=e ]  # ]\nnull_: {}\n",
        "'#a': 1\n#a: 2\n'b: ''c': 3\n",
        "'a: b': 1\na: 'b: c'\n",
        "a:\n- \n-   # c\n- b:\n  c: ~\n-   d: >-\n      e\n    f: |+\n\n      g\n\n",
        "- - a\n",
        "a: x # y\nb: x# y\nc: http://d/#e\naws:tag/x: 1\na::: b\n",
        "(a): 1\n$b: 2\n/c: 3\n_d: 4\n.e: 5\n",
    ],
)
def test_texts_that_mislead(text: str) -> None:
    Seen().compare(text)


# --- documents --------------------------------------------------------------------------------------------------


def in_tree(document: Document, root: Node, path: FieldPath, spot: Spot) -> Location:
    span = find_span(root, document.source.text, path, spot)
    return Location(document.source.path, *document.source.span(*span))


FILES = [
    "# first\n---\na: 1\nb:\n- c\n--- # second\n\nd: [e]\n",
    "a: 1\r\nb:\r\n- c\r\n---\r\nd: e\r\n",
    "---\n\ufeffa: 1\n---\nb: 2\n",
    "a: '\u2028'\n---\nb: 2\n",
    "--- # x\ry: z\na: 1\n---\nb: 2\n",
    "a: 1\rb: 2\n---\nc: 3\n",
    "a: |\n  x\ry\n---\nc: 3\n",
]


@pytest.mark.parametrize("text", FILES)
def test_places_are_lines_of_the_file(text: str) -> None:
    for document in documents_of(Source("f.yaml", text)):
        if document.document_class == "broken":
            continue
        root = compose(document.text, document.start)
        assert root is not None
        for path in asked(document.data, 100):
            for spot in SPOTS:
                assert document.locate(path, spot) == in_tree(document, root, path, spot)


def test_many_places_of_one_document_are_found_in_its_tree() -> None:
    (document,) = documents_of(Source("f.yaml", "".join(f"k{number}:\n  a: {number}\n" for number in range(200))))
    lines = [document.locate((f"k{number}", "a")).line for number in range(200)]
    assert lines == list(range(2, 402, 2))
    assert document.live.tree not in (False, None)


def test_a_closed_document_is_not_opened_for_a_place() -> None:
    (document,) = documents_of(Source("f.yaml", "a:\n  b: 1\n"))
    document.close()
    assert document.locate(("a", "b")) == Location("f.yaml", 2, 3, 7)
    assert document._live is None
