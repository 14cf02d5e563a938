"""Which changes lead from the present data to what an edit means: as few and as small ones as possible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.fixes.changes import Change, adding, deleting, inserting, putting, renaming, replacing
from kubelint_lessons.fixes.oracle import has, is_same, nested, normalised, replaced, value_at
from kubelint_lessons.model.fix import Operation
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple


class Request(NamedTuple):
    """What an edit asks for, without its place."""

    operation: Operation
    value: Any = None
    old: str | None = None


def ways(data: Any, path: FieldPath, request: Request) -> Iterator[list[Change]]:
    """Yield lists of changes that should lead to what is asked for, the gentlest first.

    Each change is for the document that the one before it left.
    """
    if request.operation == "remove":
        yield [deleting(path)]
    elif request.operation == "rename":
        yield [renaming(path, request.value)]
    elif request.operation == "set":
        yield list(_setting(data, path, normalised(request.value)))
    else:
        if request.old is not None:
            yield [replacing(path, request.old, request.value)]
        yield [putting(path, replaced(value_at(data, path), path, request.value, request.old))]


def _setting(data: Any, path: FieldPath, value: Any) -> Iterator[Change]:
    """Yield the changes that give ``path`` a value: as few and as small ones as possible, so that comments stay."""
    present = 0
    current = data
    while present < len(path) and has(current, path[present]):
        current = current[path[present]]
        present += 1
    if present == len(path):
        yield from _turning(current, value, path)
        return
    step, rest = path[present], path[present + 1 :]
    if not current:
        yield putting(path[:present], nested(path[present:], value))
    elif isinstance(step, int):
        yield inserting(path[:present], step, nested(rest, value))
    else:
        yield adding(path[:present], step, nested(rest, value))


def _turning(current: Any, value: Any, path: FieldPath) -> Iterator[Change]:
    if is_same(current, value):
        return
    if isinstance(current, dict) and isinstance(value, dict) and current.keys() & value.keys():
        for key in [key for key in current if key not in value]:
            yield deleting((*path, key))
        for key, part in value.items():
            if key in current:
                yield from _turning(current[key], part, (*path, key))
            else:
                yield adding(path, key, part)
    elif isinstance(current, list) and isinstance(value, list) and current and value:
        yield from _turning_list(current, value, path)
    else:
        yield putting(path, value)


def _turning_list(current: list[Any], value: list[Any], path: FieldPath) -> Iterator[Change]:
    """Yield the changes from one list to another; items that stay are not touched, nor are their comments."""
    kept = _common(current, value)
    done = 0  # items of the list as it will be that are in place
    old = 0
    for old_end, new_end in (*kept, (len(current), len(value))):
        paired = min(old_end - old, new_end - done)
        for offset in range(paired):
            yield from _turning(current[old + offset], value[done + offset], (*path, done + offset))
        position = done + paired
        for _ in range(old_end - old - paired):
            yield deleting((*path, position))
        for index in range(position, new_end):
            yield inserting(path, index, value[index])
        old, done = old_end + 1, new_end + 1


def _common(current: list[Any], value: list[Any]) -> list[tuple[int, int]]:
    """Return the pairs of positions of items that both lists have in the same order."""
    from difflib import SequenceMatcher

    one, other = ([_name_of(item) for item in part] for part in (current, value))
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return [(block.a + offset, block.b + offset) for block in blocks for offset in range(block.size)]


def _name_of(item: Any) -> str:
    return f"{item.__class__.__name__} {item!r}"
