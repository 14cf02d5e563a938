"""Reads the documents of a text that is being edited."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from kubelint_lessons.fixes.layout import Layout, layout_of
from kubelint_lessons.fixes.texts import RefusedError
from kubelint_lessons.fixes.tree import Tree
from kubelint_lessons.manifests.load import load
from kubelint_lessons.manifests.nodes import Node, compose
from kubelint_lessons.manifests.problems import ReadError
from kubelint_lessons.manifests.source import Chunk, Source, split

_NEIGHBOURS = 4
"""How many other documents of a file are asked for its indentation where the document itself shows none."""


def chunks_of(text: str) -> list[Chunk]:
    """Return the documents of a text, as kubectl splits it."""
    return split(Source("", text))


def data_at(text: str, index: int) -> Any:
    """Return the plain values of a document. Raises RefusedError where it is gone or does not parse."""
    return data_of(_chunk_at(text, index))


def data_of(chunk: Chunk) -> Any:
    """Return the plain values of a chunk, which nobody may change. Raises RefusedError where it does not parse."""
    try:
        return _load(chunk.text)
    except ReadError as error:
        raise RefusedError(f"the document would not parse: {error.message}") from None


def tree_at(text: str, index: int, *, has_blocks: bool = True) -> Tree:
    """Return a document as written. Raises RefusedError where it is gone, empty, or does not parse.

    ``has_blocks`` allows literal blocks in what is written anew.
    """
    chunk = _chunk_at(text, index)
    try:
        root = compose(chunk.text, chunk.start)
    except ReadError as error:
        raise RefusedError(f"the document would not parse: {error.message}") from None
    if root is None:
        raise RefusedError("the document is empty")

    def measure() -> Layout:
        return layout_of(_with_neighbours(root, text, index), text)._replace(has_blocks=has_blocks)

    return Tree(text, root, chunk.start + len(chunk.text), measure, is_json(chunk.text))


def is_json(text: str) -> bool:
    """Return whether a document is JSON, which kubectl and others then read as such."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    import json

    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=2)
def _load(text: str) -> Any:
    """Return the values of a chunk. What one edit leaves is what the next one starts from."""
    return load(text).data


def _chunk_at(text: str, index: int) -> Chunk:
    chunks = chunks_of(text)
    if index >= len(chunks):
        raise RefusedError("the document is not where it was read")
    return chunks[index]


def _with_neighbours(root: Node, text: str, index: int) -> Iterator[Node]:
    """Yield the tree of the document, then those nearest to it."""
    yield root
    chunks = chunks_of(text)
    nearest = sorted((position for position in range(len(chunks)) if position != index), key=lambda at: abs(at - index))
    for position in nearest[:_NEIGHBOURS]:
        try:
            other = compose(chunks[position].text, chunks[position].start)
        except ReadError:
            continue
        if other is not None:
            yield other
