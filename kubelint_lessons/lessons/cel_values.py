"""Plain values made safe for the CEL engine: no null-valued keys, no number or text that it cannot hold."""

from __future__ import annotations

from itertools import islice
from typing import Any

MAX_DEPTH = 200
"""Maps and lists in one another; the engine crashes the interpreter on cycles and on nesting of some thousands."""

_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


class TooDeepError(ValueError):
    """The value is nested deeper than ``MAX_DEPTH``, or contains itself."""


def prepare(value: Any, *, keep_nulls: bool = False) -> Any:
    """Return what CEL may see of a plain value: the value itself wherever nothing had to change, else a copy.

    Keys with null are dropped, as the API server drops them. Whole numbers outside 64 bits become floats, as in
    its JSON. Lone surrogates, and NUL, which would end the text, become U+FFFD. What is not plain stays, and the
    engine reports it as it evaluates. Raises ``TooDeepError``.
    """
    return _prepare(value, keep_nulls, MAX_DEPTH)


def _prepare(value: Any, keep_nulls: bool, room: int) -> Any:
    kind = type(value)
    if kind is str:
        return _text(value)
    if kind is dict:
        return _map(value, keep_nulls, _less(room))
    if kind is list:
        return _list(value, keep_nulls, _less(room))
    if kind is int and not _LOWEST <= value <= _HIGHEST:
        return _float(value)
    return value


def _less(room: int) -> int:
    if not room:
        raise TooDeepError(f"nested deeper than {MAX_DEPTH} levels")
    return room - 1


def _map(entries: dict[Any, Any], keep_nulls: bool, room: int) -> dict[Any, Any]:
    changed: dict[Any, Any] | None = None
    for number, (key, item) in enumerate(entries.items()):
        safe = _text(item) if type(item) is str else _prepare(item, keep_nulls, room)
        name = _text(key) if type(key) is str else _prepare(key, keep_nulls, room)
        is_dropped = item is None and not keep_nulls
        if changed is None and (is_dropped or safe is not item or name is not key):
            changed = dict(islice(entries.items(), number))
        if changed is not None and not is_dropped:
            changed[name] = safe
    return entries if changed is None else changed


def _list(items: list[Any], keep_nulls: bool, room: int) -> list[Any]:
    changed: list[Any] | None = None
    for number, item in enumerate(items):
        safe = _prepare(item, keep_nulls, room)
        if changed is None and safe is not item:
            changed = items[:number]
        if changed is not None:
            changed.append(safe)
    return items if changed is None else changed


def _text(value: str) -> str:
    if "\0" in value:
        value = value.replace("\0", "\ufffd")
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in value)
    return value


def _float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
