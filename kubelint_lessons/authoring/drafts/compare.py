"""What changed between two plain values: scalars, keys and list items, whatever order they stand in."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, Literal

from kubelint_lessons.fixes.oracle import is_same
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

ChangeKind = Literal["changed", "added", "removed", "renamed", "item-added", "item-removed", "order"]

_MAX_DEPTH = 60
_MAX_PAIRED_ITEMS = 200
_MOST_COMPARISONS = 2_500
_MOST_ITEMS = 5
_LIST_KEYS = ("name", "key", "mountPath", "containerPort", "port", "host", "path", "ip", "id", "alert", "job_name")
"""Fields that name an item of a list, the best first."""
_LIKE = 0.6


class Change(NamedTuple):
    """One difference. ``path`` leads to it in the bad value, ``fixed_path`` in the fixed one.

    ``added`` and ``removed`` are keys of maps, ``item-added`` and ``item-removed`` items of lists; what was added has
    as ``path`` the place where it is missing (of an item, its list). ``renamed`` gives the key the name ``name``.
    ``order`` says that a list holds the same items in another order.
    """

    kind: ChangeKind
    path: FieldPath
    fixed_path: FieldPath
    old: Any = None
    new: Any = None
    name: str = ""


def compare(bad: Any, fixed: Any) -> tuple[Change, ...]:
    """Return what makes ``fixed`` of ``bad``, in the order of ``bad``; a key with the value null counts as absent."""
    return tuple(_compare(bad, fixed, (), (), 0))


def _compare(bad: Any, fixed: Any, path: FieldPath, fixed_path: FieldPath, depth: int) -> Iterator[Change]:
    if is_same(bad, fixed):
        return
    if depth < _MAX_DEPTH and isinstance(bad, dict) and isinstance(fixed, dict):
        yield from _compare_maps(bad, fixed, path, fixed_path, depth)
    elif depth < _MAX_DEPTH and isinstance(bad, list) and isinstance(fixed, list):
        yield from _compare_lists(bad, fixed, path, fixed_path, depth)
    else:
        yield Change("changed", path, fixed_path, bad, fixed)


def _compare_maps(
    bad: dict[str, Any], fixed: dict[str, Any], path: FieldPath, fixed_path: FieldPath, depth: int
) -> Iterator[Change]:
    before = {key: value for key, value in bad.items() if value is not None}
    after = {key: value for key, value in fixed.items() if value is not None}
    removed = [key for key in before if key not in after]
    added = [key for key in after if key not in before]
    renamed = _renamed(before, after, removed, added)
    for key, value in before.items():
        if key in renamed:
            new = renamed[key]
            yield Change("renamed", (*path, key), (*fixed_path, new), value, after[new], new)
        elif key in after:
            yield from _compare(value, after[key], (*path, key), (*fixed_path, key), depth + 1)
        else:
            yield from _removed(value, (*path, key), (*fixed_path, key))
    for key in added:
        if key not in renamed.values():
            yield from _added(after[key], (*path, key), (*fixed_path, key))


def _removed(value: Any, path: FieldPath, fixed_path: FieldPath) -> Iterator[Change]:
    """Yield one change for a key, or one for each item of a short list: which item it was is what matters."""
    if isinstance(value, list) and 0 < len(value) <= _MOST_ITEMS:
        yield from (Change("item-removed", (*path, index), fixed_path, item) for index, item in enumerate(value))
    else:
        yield Change("removed", path, fixed_path, value)


def _added(value: Any, path: FieldPath, fixed_path: FieldPath) -> Iterator[Change]:
    if isinstance(value, list) and 0 < len(value) <= _MOST_ITEMS:
        for index, item in enumerate(value):
            yield Change("item-added", path, (*fixed_path, index), new=item)
    else:
        yield Change("added", path, fixed_path, new=value)


def _renamed(before: dict[str, Any], after: dict[str, Any], removed: list[str], added: list[str]) -> dict[str, str]:
    """Return which removed keys came back under another name: with an equal value, or in another spelling."""
    found: dict[str, str] = {}
    for old in removed:
        free = [new for new in added if new not in found.values()]
        equal = [new for new in free if is_same(before[old], after[new])]
        close = [new for new in equal if _likeness(old, new) >= _LIKE]
        telling = not isinstance(before[old], (bool, int, float)) and before[old] not in ("", {}, [])
        if close:
            found[old] = max(close, key=lambda new: _likeness(old, new))
        elif len(equal) == 1 and telling:
            found[old] = equal[0]
    return found


def _likeness(one: str, other: str) -> float:
    if one.lower() == other.lower():
        return 1.0
    return SequenceMatcher(None, one[:200].lower(), other[:200].lower(), autojunk=False).ratio()


def _compare_lists(
    bad: list[Any], fixed: list[Any], path: FieldPath, fixed_path: FieldPath, depth: int
) -> Iterator[Change]:
    pairs = _pairs(bad, fixed)
    matched = dict(pairs)
    if all(is_same(bad[old], fixed[new]) for old, new in pairs) and len(pairs) == len(bad) == len(fixed):
        yield Change("order", path, fixed_path, bad, fixed)
        return
    for old, value in enumerate(bad):
        if old in matched:
            new = matched[old]
            yield from _compare(value, fixed[new], (*path, old), (*fixed_path, new), depth + 1)
        else:
            yield Change("item-removed", (*path, old), fixed_path, value)
    taken = set(matched.values())
    for new, value in enumerate(fixed):
        if new not in taken:
            yield Change("item-added", path, (*fixed_path, new), new=value)


def _pairs(bad: list[Any], fixed: list[Any]) -> list[tuple[int, int]]:
    """Return which item of one list is which of the other: equal ones first, then by name, then by likeness."""
    if max(len(bad), len(fixed)) > _MAX_PAIRED_ITEMS:
        return [(index, index) for index in range(min(len(bad), len(fixed)))]
    olds, news = list(range(len(bad))), list(range(len(fixed)))
    pairs: list[tuple[int, int]] = []

    def take(old: int, new: int) -> None:
        pairs.append((old, new))
        olds.remove(old)
        news.remove(new)

    for old in tuple(olds):
        same = [new for new in news if is_same(bad[old], fixed[new])]
        if same:
            take(old, old if old in same else same[0])
    for old in tuple(olds):
        key = _list_key(bad, fixed)
        named = [new for new in news if key and is_same(bad[old][key], fixed[new][key])]
        if len(named) == 1:
            take(old, named[0])
    if len(olds) * len(news) > _MOST_COMPARISONS:
        return sorted([*pairs, *zip(olds, news, strict=False)])
    for old in tuple(olds):
        scored = [(_alike(bad[old], fixed[new]), new == old, -new) for new in news]
        best = max(scored, default=(0.0, False, 0))
        if best[0] >= 0.5 or (best[0] > 0 and len(olds) == len(news) == 1):
            take(old, -best[2])
    return sorted(pairs)


def _list_key(bad: list[Any], fixed: list[Any]) -> str:
    """Return the field that tells the items of both lists apart, empty where there is none."""
    for key in _LIST_KEYS:
        if all(_is_told_apart(items, key) for items in (bad, fixed)):
            return key
    return ""


def _is_told_apart(items: list[Any], key: str) -> bool:
    values = [item.get(key) for item in items if isinstance(item, dict)]
    if len(values) != len(items) or not all(isinstance(value, (str, int)) for value in values):
        return False
    return len(set(values)) == len(values)


def _alike(one: Any, other: Any) -> float:
    """Return from 0 to 1 how much two items have in common; they are not equal."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = {*one, *other}
        equal = sum(key in one and key in other and is_same(one[key], other[key]) for key in keys)
        shared = sum(key in one and key in other for key in keys)
        return (equal + shared * 0.5) / (len(keys) * 1.5) if keys else 0.0
    if isinstance(one, str) and isinstance(other, str):
        option = one.partition("=")[0]
        if "=" in one and option == other.partition("=")[0]:
            return 1.0
        return SequenceMatcher(None, one[:500], other[:500], autojunk=False).ratio()
    return 0.1 if type(one) is type(other) else 0.0
