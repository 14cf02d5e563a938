"""Plain block YAML becomes plain values without libyaml, line by line; what is not certain is left to libyaml.

Most manifests are ``key: value`` lines, and the same lines again and again. Each is understood once (manifests.rows)
and remembered; building the values is a stack of columns. Why it exists, what it saves, and why it is safe:
docs/decisions/0003-own-quick-reader.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import length_hint
from typing import Any

from kubelint_lessons.manifests.rows import BLOCK, FLOW, NULL, OPEN, OutsideError, Rows

_OPENED = -2
"""Stands for the level after ``key:`` or ``-``: the next line decides."""

_FOLD = r"\n(\n*)"

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
                    current[slot] = current = [] if at & 1 else {}
                    nodes.append(current)
                    levels.append(at)
                    level = at
                else:
                    has_null = True
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
        elif kind == BLOCK:
            start = len(lines) - length_hint(source)
            value, taken = _block(lines, start, level >> 1, value)
            current[slot] = value
            words |= rows.bits.get(value, 0)
            for _ in range(taken):
                next(source)
    if level < 0 and len(levels) > 1:
        has_null = True
    return root[0], has_null, words


def _block(lines: list[str], start: int, parent: int, header: str) -> tuple[str, int]:
    """Return a block scalar whose text begins at a line, and how many lines it takes. Raises OutsideError.

    ``parent`` is the column of the key or dash that it belongs to, ``header`` what is left of ``|-``.
    """
    first, count = start, len(lines)
    while first < count and not lines[first].strip(" "):
        first += 1
    if first == count:
        raise OutsideError
    line = lines[first]
    column = len(line) - len(line.lstrip(" "))
    margin = line[:column]
    if column <= parent or line[column] == "\t" or any(len(blank) > column for blank in lines[start:first]):
        raise OutsideError
    last = end = first
    while end < count:
        line = lines[end]
        if line.strip(" "):
            if not line.startswith(margin):
                break
            last = end
        end += 1
    if any(len(blank) > column for blank in lines[last + 1 : end]):
        raise OutsideError
    text = "\n".join([line[column:] for line in lines[first : last + 1]])
    if not text.replace("\n", "").replace("\t", "").isprintable():
        raise OutsideError
    if header[0] == ">":
        if "\n " in text or "\n\t" in text:
            raise OutsideError
        text = re.sub(_FOLD, lambda breaks: breaks[1] or " ", text)
    text = "\n" * (first - start) + text
    if header == "|+" or header == ">+":
        text += "\n" * (end - last)
    elif len(header) == 1:
        text += "\n"
    return text, end - start
