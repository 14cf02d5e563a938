"""Plain values made safe for the CEL engine: no null-valued keys, no number or text that it cannot hold."""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 200
"""Maps and lists in one another; the engine crashes the interpreter on cycles and on nesting of some thousands."""

_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


class TooDeepError(ValueError):
    """The value is nested deeper than ``MAX_DEPTH``, or contains itself."""


def prepare(value: Any, *, keep_nulls: bool = False, _room: int = MAX_DEPTH) -> Any:
    """Return what CEL may see of a plain value: the value itself wherever nothing had to change, else a copy.

    Keys with null are dropped, as the API server drops them. Whole numbers outside 64 bits become floats, as in
    its JSON; lone surrogates become U+FFFD. What is not plain stays, and the engine reports it as it evaluates.
    Raises ``TooDeepError``.
    """
    kind = type(value)
    if kind is str:
        return value if value.isascii() else _text(value)
    if kind is dict:
        if not _room:
            raise TooDeepError(f"nested deeper than {MAX_DEPTH} levels")
        changed: dict[Any, Any] | None = None
        for key, item in value.items():
            safe_key = key if type(key) is not str or key.isascii() else _text(key)
            safe = prepare(item, keep_nulls=keep_nulls, _room=_room - 1)
            drop = safe is None and not keep_nulls
            if changed is None and (drop or safe is not item or safe_key is not key):
                changed = {}
                for earlier, kept in value.items():
                    if earlier is key:
                        break
                    changed[earlier] = kept
            if changed is not None and not drop:
                changed[safe_key] = safe
        return value if changed is None else changed
    if kind is list:
        if not _room:
            raise TooDeepError(f"nested deeper than {MAX_DEPTH} levels")
        for index, item in enumerate(value):
            safe = prepare(item, keep_nulls=keep_nulls, _room=_room - 1)
            if safe is not item:
                rest = (prepare(other, keep_nulls=keep_nulls, _room=_room - 1) for other in value[index + 1 :])
                return [*value[:index], safe, *rest]
        return value
    if kind is int and not _LOWEST <= value <= _HIGHEST:
        return _float(value)
    return value


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace" if value.isascii() else "surrogatepass").decode("utf-8", "replace")
    return value


def _float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
