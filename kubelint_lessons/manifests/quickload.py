"""Plain block YAML becomes plain values without libyaml, line by line; what is not certain is left to libyaml.

Most manifests are ``key: value`` lines, and the same lines again and again. Each is understood once (manifests.rows)
and remembered; building the values is a stack of columns. Why it exists, what it saves, and why it is safe:
docs/decisions/0003-own-quick-reader.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import length_hint
from typing import Any

from kubelint_lessons.manifests.multiline import read_block, read_plain, read_quoted
from kubelint_lessons.manifests.rows import BLOCK, FLOW, NULL, OPEN, QUOTED, TEXT, OutsideError, Rows

_OPENED = -2
"""Stands for the level after ``key:`` or ``-``: the next line decides."""

_rows = Rows({})
_rows_without_words = Rows({})


def quick_load(text: str, bits: Mapping[str, int]) -> tuple[Any, bool, int] | None:
    """Return the values of a chunk, whether a null is among them, and the bits of the words that occur.

    None wherever libyaml might see anything else in the text: an error, an alias, a key twice, a second document.
    ``bits`` may not change as long as it is used.
    """
    global _rows  # a memo: what it holds follows from the line and from ``bits``
    if not bits:
        rows = _rows_without_words
    elif _rows.bits is bits:
        rows = _rows
    else:
        rows = _rows = Rows(bits)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    try:
        return _build(lines, rows)
    except OutsideError:
        return None


def forget_rows() -> None:
    """Drop what is remembered of lines: several megabytes, once the files of a large project are read."""
    _rows.clear()


def _build(lines: list[str], rows: Rows) -> tuple[Any, bool, int] | None:
    """Return what the lines hold. A level is twice the column, and one more for a list: see manifests.rows."""
    has_null = False
    words = 0
    root: list[Any] = [None]
    current: Any = root  # the dict or list that is being filled
    nodes = [current]  # from the root to it
    levels = [-1]  # theirs
    level = _OPENED  # of current
    slot: Any = 0  # where in current the value belongs that a line left open
    source = iter(lines)
    for at, kind, key, value, found, inner in map(rows.__getitem__, source):
        if at != level:
            if at < 0:
                continue
            if level < 0:
                level = levels[-1]
                if at > level:
                    if kind == TEXT:
                        return None
                    current[slot] = current = [] if at & 1 else {}
                    nodes.append(current)
                    levels.append(at)
                    level = at
                else:
                    has_null = True
            elif at > level:
                start = len(lines) - length_hint(source) - 1
                value, taken = read_plain(lines, start, level, rows)
                current[-1 if level & 1 else next(reversed(current))] = value
                words |= rows.bits.get(value, 0)
                for _ in range(taken - 1):
                    next(source)
                continue
            if at != level:
                while at < level:
                    nodes.pop()
                    levels.pop()
                    level = levels[-1]
                if at != level:
                    return None
                current = nodes[-1]
        if inner:
            child: Any = {}
            current.append(child)
            current = child
            nodes.append(child)
            levels.append(inner)
            level = inner
        if found:
            words |= found
        if not kind:
            if key is None:
                current.append(value)
            elif key in current:
                return None
            else:
                current[key] = value
            continue
        if key is None:
            slot = -1
            current.append(None)
        elif key in current:
            return None
        else:
            slot = key
            current[key] = None
        if kind == OPEN:
            level = _OPENED
        elif kind == FLOW:
            current[slot] = value.copy()
        elif kind == NULL:
            has_null = True
        elif kind in (BLOCK, QUOTED):
            start = len(lines) - length_hint(source)
            value, taken = (read_block if kind == BLOCK else read_quoted)(lines, start, level >> 1, value)
            current[slot] = value
            words |= rows.bits.get(value, 0)
            for _ in range(taken):
                next(source)
    if level < 0 and len(levels) > 1:
        has_null = True
    return root[0], has_null, words
