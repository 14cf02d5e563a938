"""What the data must be after an edit, worked out on plain values: every edit of text is measured against it."""

from __future__ import annotations

from typing import Any

from kubelint_lessons.fixes.texts import RefusedError
from kubelint_lessons.manifests.scalars import json_value
from kubelint_lessons.model.fix import Operation
from kubelint_lessons.model.location import FieldPath, format_path


def edited(data: Any, operation: Operation, path: FieldPath, value: Any = None, old: str | None = None) -> Any:
    """Return a copy of plain data after one edit; see model.fix.Edit. Raises RefusedError where it means nothing."""
    root = copied(data)
    if not path:
        raise RefusedError("it would replace the whole document")
    if operation == "set":
        parent = _made(root, path)
        _put(parent, path, normalised(value))
        return root
    parent = value_at(root, path[:-1])
    last = path[-1]
    if not has(parent, last):
        raise RefusedError(f"there is no {format_path(path)}")
    if operation == "remove":
        del parent[last]
    elif operation == "rename":
        _rename(parent, path, value)
    else:
        parent[last] = replaced(parent[last], path, value, old)
    return root


def replaced(current: Any, path: FieldPath, value: Any, old: str | None) -> str:
    """Return a string after ``replace``: every ``old`` in it becomes ``value``. Raises RefusedError."""
    if not isinstance(current, str) or not isinstance(value, str):
        raise RefusedError(f"{format_path(path)} is not text, so nothing in it can be replaced")
    if old is None:
        return value
    if not old or old not in current:
        raise RefusedError(f'{format_path(path)} does not hold "{old}"')
    return current.replace(old, value)


def has(container: Any, step: str | int) -> bool:
    """Return whether a map or list has the entry or item."""
    if isinstance(container, dict):
        return step in container
    return isinstance(container, list) and isinstance(step, int) and 0 <= step < len(container)


def value_at(data: Any, path: FieldPath) -> Any:
    """Return what lies at ``path``, None where nothing does."""
    for step in path:
        if not has(data, step):
            return None
        data = data[step]
    return data


def copied(data: Any) -> Any:
    """Return a copy in which nothing is shared: what aliases repeat is there once for each."""
    if isinstance(data, dict):
        return {key: copied(value) for key, value in data.items()}
    if isinstance(data, list):
        return [copied(value) for value in data]
    return data


def normalised(value: Any) -> Any:
    """Return a value as it would be read again (2.0 is 2). Raises RefusedError for what YAML manifests cannot hold."""
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise RefusedError("its value holds a key that is not text")
        return {key: normalised(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [normalised(part) for part in value]
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise RefusedError("its value is not a number that JSON knows")
        return json_value(value)
    if value is None or isinstance(value, (str, int)):
        return value
    raise RefusedError(f"its value is a {type(value).__name__}, which YAML manifests cannot hold")


def is_same(one: Any, other: Any) -> bool:
    """Return whether two values are equal in type and content; the order of keys does not matter."""
    if one.__class__ is not other.__class__:
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(is_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)


def nested(path: FieldPath, value: Any) -> Any:
    """Return ``value`` wrapped into the maps and lists that ``path`` names. Raises RefusedError."""
    for position in range(len(path) - 1, -1, -1):
        step = path[position]
        if isinstance(step, int) and step != 0:
            raise RefusedError(f"there is no list that item {step} could be added to")
        value = [value] if isinstance(step, int) else {step: value}
    return value


def _made(root: Any, path: FieldPath) -> Any:
    """Return the map or list that holds the last step of ``path``; missing ones are made."""
    current = root
    for position, step in enumerate(path[:-1]):
        _check(current, path[: position + 1])
        if not has(current, step) or current[step] is None:
            made: Any = [] if isinstance(path[position + 1], int) else {}
            _put(current, path[: position + 1], made)
        current = current[step]
    _check(current, path)
    return current


def _check(container: Any, path: FieldPath) -> None:
    wanted = list if isinstance(path[-1], int) else dict
    if not isinstance(container, wanted):
        kind = {dict: "a map", list: "a list"}[wanted]
        raise RefusedError(f"{format_path(path[:-1]) or 'the document'} is not {kind}")


def _put(container: Any, path: FieldPath, value: Any) -> None:
    last = path[-1]
    if isinstance(container, list) and isinstance(last, int):
        if not 0 <= last <= len(container):
            raise RefusedError(f"{format_path(path[:-1])} has {len(container)} items, so there is no item {last}")
        if last == len(container):
            container.append(value)
            return
    container[last] = value


def _rename(parent: Any, path: FieldPath, name: Any) -> None:
    last = path[-1]
    if not isinstance(parent, dict) or not isinstance(name, str):
        raise RefusedError(f"{format_path(path)} has no key that could be renamed")
    if name in parent:
        raise RefusedError(f"{format_path((*path[:-1], name))} exists already")
    entries = [(name if key == last else key, value) for key, value in parent.items()]
    parent.clear()
    parent.update(entries)
