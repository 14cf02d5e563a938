"""Kubernetes' list functions for CEL (``sum``, ``min``, ``isSorted``, ``indexOf`` …) and ``transformMap``."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from kubelint_lessons.lessons.cel_runtime import MOST_STEPS

_INT64 = range(-(2**63), 2**64)


def _family(value: Any) -> type:
    """Return what CEL compares with what: numbers with numbers, otherwise only the same type."""
    kind = type(value)
    return float if kind is int else kind


def is_equal(left: Any, right: Any) -> bool:
    """Return CEL's ``==``: numbers compare across types, booleans are no numbers."""
    if _family(left) is not _family(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(is_equal, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(is_equal(value, right[key]) for key, value in left.items())
    return bool(left == right)


def _comparable(values: list[Any], function: str) -> list[Any]:
    families = {_family(value) for value in values}
    if len(families) > 1 or families & {list, dict, type(None)}:
        raise TypeError(f"no such overload: {function} of a list whose items do not compare")
    return values


def _index_of(values: list[Any], wanted: Any) -> int:
    return next((index for index, value in enumerate(values) if is_equal(value, wanted)), -1)


def _last_index_of(values: list[Any], wanted: Any) -> int:
    return next((index for index in range(len(values) - 1, -1, -1) if is_equal(values[index], wanted)), -1)


def _is_sorted(values: list[Any]) -> bool:
    _comparable(values, "isSorted")
    return all(first <= second for first, second in pairwise(values))


def _extreme(name: str, choose: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    def extreme(values: list[Any]) -> Any:
        if not values:
            raise ValueError(f"{name} called on empty list")
        return choose(_comparable(values, name))

    return extreme


def _sum(values: list[Any]) -> Any:
    kinds = {type(value) for value in values}
    if len(kinds) > 1 or not kinds <= {int, float}:
        raise TypeError("no such overload: sum of a list that does not hold numbers of one type")
    total = sum(values)
    if isinstance(total, int) and total not in _INT64:
        raise OverflowError("integer overflow")
    return total


def number_range(length: int) -> list[int]:
    """Return the numbers from 0 below ``length``, no more than anybody may step through."""
    if length > MOST_STEPS:
        raise ValueError(f"more than {MOST_STEPS} steps through lists")
    return list(range(length))


def _insert(entries: dict[Any, Any], key: Any, value: Any) -> dict[Any, Any]:
    return {**entries, key: value}


_SCALARS = ("int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes")

LIST_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{f"list<{kind}>.isSorted() -> bool": _is_sorted for kind in _SCALARS},
    **{f"list<{kind}>.min() -> {kind}": _extreme("min", min) for kind in _SCALARS},
    **{f"list<{kind}>.max() -> {kind}": _extreme("max", max) for kind in _SCALARS},
    **{f"list<{kind}>.sum() -> {kind}": _sum for kind in ("int", "uint", "double", "duration")},
}
"""CEL declaration → implementation. Python cannot hand a duration or timestamp back, so those end as an error."""

GENERIC_FUNCTIONS: dict[str, Callable[..., Any]] = {"indexOf": _index_of, "lastIndexOf": _last_index_of}
"""``list<T>.NAME(T) -> int``."""

INSERT = _insert
"""One step of ``transformMap``, which the engine declares but does not implement."""
