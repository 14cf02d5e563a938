"""Scalars of several lines, for manifests.quickload: block scalars, and plain and quoted ones that go on.

What is not certain raises OutsideError, and libyaml reads the text. Source: libyaml 0.2.5, scanner.c.
"""

from __future__ import annotations

import re
from typing import Any

from kubelint_lessons.manifests.rows import END, IN_DOUBLE, IN_SINGLE, LINE, SCALAR, OutsideError, Rows, unescape
from kubelint_lessons.manifests.scalars import HINTS, resolve

_FOLD = r"\n(\n*)"


def read_block(lines: list[str], start: int, parent: int, header: str) -> tuple[str, int]:
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


def read_plain(lines: list[str], start: int, level: int, rows: Rows) -> tuple[Any, int]:
    """Return the plain scalar that goes on with a line, and how many lines it takes. Raises OutsideError.

    ``level`` is that of the map or list whose last value it is.
    """
    first = start - 1
    while not lines[first].strip(" "):
        first -= 1
    at, kind, _, value, _, inner = rows[lines[first]]
    # lines inside of a scalar are further right than the level, so this one is the entry or item itself
    if (inner or at) != level or kind != SCALAR or value in rows.bits:
        raise OutsideError
    match = LINE.fullmatch(lines[first])
    assert match is not None
    text = match[4].rstrip(" ")
    if text[0] in "\"'" or " #" in text:
        raise OutsideError
    here, breaks = start, start - first - 1
    for here in range(start, len(lines)):
        line = lines[here]
        more = line.strip(" ")
        if not more:
            breaks += 1
            continue
        if len(line) - len(line.lstrip(" ")) <= level >> 1 or more[0] == "#":
            break
        if ": " in more or " #" in more or more[-1] == ":" or not more.isprintable():
            raise OutsideError
        text += ("\n" * breaks or " ") + more
        breaks = 0
    else:
        here = len(lines)
    if here == start:
        raise OutsideError
    return (resolve(text) if text[0] in HINTS else text), here - start


def read_quoted(lines: list[str], start: int, parent: int, opening: str) -> tuple[str, int]:
    """Return a quoted scalar that goes on from a line, and how many lines it takes. Raises OutsideError.

    ``parent`` is the column of the key or dash that it belongs to, ``opening`` the rest of its line.
    """
    inside = IN_DOUBLE if opening[0] == '"' else IN_SINGLE
    text, breaks = opening[1:].rstrip(" "), 0
    for here in range(start, len(lines)):
        line = lines[here]
        more = line.lstrip(" ")
        if not more:
            breaks += 1
            continue
        if len(line) - len(more) <= parent or not more.isprintable():
            break
        text += "\n" * breaks or " "
        breaks = 0
        if re.fullmatch(inside, more):
            text += more.rstrip(" ")
            continue
        match = re.fullmatch(f"({inside}){opening[0]}{END}", more)
        if match is None:
            break
        text += match[1]
        return unescape(text) if opening[0] == '"' else text.replace("''", "'"), here + 1 - start
    raise OutsideError
