"""One edit of data becomes edits of text, proved: the text parses, and its data are those that the edit means."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

from kubelint_lessons.fixes.oracle import edited, is_same, value_at
from kubelint_lessons.fixes.plans import Request, ways
from kubelint_lessons.fixes.reading import chunks_of, data_at, data_of, is_json, tree_at
from kubelint_lessons.fixes.targets import Hop, Target, resolve
from kubelint_lessons.fixes.texts import RefusedError, Revision, TextEdit
from kubelint_lessons.model.fix import Edit
from kubelint_lessons.model.location import format_path

__all__ = ["Request", "edit_text", "revise", "text_edits"]


def text_edits(edits: Iterable[Edit]) -> dict[str, tuple[TextEdit, ...]]:
    """Return the edits of text that make some edits of data, by file; offsets are those of the file as it was read.

    The edits are made in their order, each on what the one before left. Raises RefusedError.
    """
    revisions: dict[str, Revision] = {}
    for edit in edits:
        target, source = resolve(edit.place)
        revision = revisions.setdefault(target.file, Revision(source))
        revise(revision, target, Request(edit.operation, edit.value, edit.old))
    return {path: revision.edits() for path, revision in revisions.items()}


def revise(revision: Revision, target: Target, request: Request) -> None:
    """Make one edit in a file. Raises RefusedError, and leaves the revision as it was, where it cannot be exact."""
    revision.apply(edit_text(revision.text, target.hops, request))


def edit_text(text: str, hops: tuple[Hop, ...], request: Request) -> tuple[TextEdit, ...]:
    """Return the edits that make one change in the text of a file. Raises RefusedError."""
    hop = hops[0]
    if len(hops) == 1:
        return _prove(text, hop, request)
    current = value_at(data_at(text, hop.document), hop.path)
    if not isinstance(current, str):
        raise RefusedError(f"{format_path(hop.path)} is no longer text")
    inner = Revision(current)
    inner.apply(edit_text(current, hops[1:], request))
    return _prove(text, hop, Request("set", inner.text))


def _prove(text: str, hop: Hop, request: Request) -> tuple[TextEdit, ...]:
    """Return the edits of the first way that leads to exactly the data that the edit means."""
    data = data_at(text, hop.document)
    expected = edited(data, request.operation, hop.path, request.value, request.old)
    if is_same(data, expected):
        raise RefusedError("there is nothing to change")
    refusal = RefusedError("it cannot be written so that nothing else changes")
    for changes, has_blocks in product(ways(data, hop.path, request), (True, False)):
        revision = Revision(text)
        try:
            for change in changes:
                revision.apply(change(tree_at(revision.text, hop.document, has_blocks=has_blocks)))
            _check(text, revision.text, hop.document, expected)
        except RefusedError as error:
            refusal = error
            continue
        return revision.edits()
    raise refusal


def _check(before: str, after: str, index: int, expected: Any) -> None:
    """Raise RefusedError unless the document is as expected and all others are as they were."""
    old, new = chunks_of(before), chunks_of(after)
    if len(old) != len(new):
        raise RefusedError("it would change how the file is split into documents")
    for position, (one, other) in enumerate(zip(old, new, strict=True)):
        if position != index and one.text != other.text:
            raise RefusedError("it would change another document of the file")
    if not is_same(data_of(new[index]), expected):
        raise RefusedError("it cannot be written so that nothing else changes")
    if is_json(old[index].text) and not is_json(new[index].text):
        raise RefusedError("the file would no longer be JSON")
