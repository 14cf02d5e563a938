"""The path language of ``at:`` and ``each:``, ``spec.rules[*].http.paths[0]``, and the ``{lookups}`` of messages."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from kubelint_lessons.lessons.names import did_you_mean
from kubelint_lessons.model.location import FieldPath, format_path
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex


class Each(str):
    """The type of ``EACH``, which equals ``"*"`` and is told from a key of that name by its type."""

    __slots__ = ()


EACH: Final = Each("*")
"""The step ``[*]``: every item of a list, every value of a map."""

Step = str | int
Path = tuple[Step, ...]


class PathError(ValueError):
    """A path that cannot be read; ``column`` is 1-based within its text, ``hint`` the next step or empty."""

    def __init__(self, message: str, column: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.hint = hint


_NAME = regex(r"[\w-]+")
_INDEX = regex(
    r"\[\s*(?:(?P<each>\*)|(?P<index>\d{1,9})|(?P<quote>[\"'])(?P<key>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote))\s*\]"
)
_ESCAPE = regex(r"\\(.)", re.DOTALL)


def parse_path(text: str, *, offset: int = 0) -> Path:
    """Return the steps of ``spec.containers[*].image`` or ``metadata.annotations["a.b/c"]``.

    Keys with dots and other special characters stand in quotes, as ``["a.b"]``. Raises ``PathError``, with
    ``offset`` added to its column.
    """
    steps: list[Step] = []
    position = 0
    while position < len(text):
        step, position = _next_step(text, position, not steps, offset)
        steps.append(step)
    if not steps:
        raise PathError("the path is empty", offset + 1, "write a path such as spec.selector")
    return tuple(steps)


def _next_step(text: str, position: int, is_first: bool, offset: int) -> tuple[Step, int]:
    column = offset + position + 1
    character = text[position]
    if character == "[":
        found = _INDEX.match(text, position)
        if found is None:
            hint = 'in brackets stand [0], [*] or a quoted key such as ["a.b"]'
            raise PathError("the brackets hold neither a number, nor *, nor a quoted key", column, hint)
        if found["each"]:
            return EACH, found.end()
        if found["index"]:
            return int(found["index"]), found.end()
        return _ESCAPE.sub(r"\1", found["key"]), found.end()
    if character == "." and not is_first:
        position += 1
    elif not is_first:
        raise PathError(f"unexpected {character!r} in a path", column, "steps are joined by a dot")
    found = _NAME.match(text, position)
    if found is None:
        column = offset + position + 1
        if position == len(text) or text[position] == ".":
            raise PathError("a field name is missing", column, "a path has no dot at its ends and no two in a row")
        if text[position] == "*":
            raise PathError("a star stands in brackets", column, "write [*] for every item")
        raise PathError(
            f"unexpected {text[position]!r} in a path", column, 'a key with special characters is quoted: ["a.b/c"]'
        )
    return found.group(), found.end()


def format_steps(path: Path) -> str:
    """Return a path as people write it."""
    parts: list[str] = []
    plain: list[str | int] = []
    for step in path:
        if isinstance(step, Each):
            parts.append(_joined(plain, bool(parts)) + "[*]")
            plain = []
        else:
            plain.append(step)
    return "".join(parts) + _joined(plain, bool(parts))


def _joined(plain: list[str | int], continues: bool) -> str:
    written = format_path(tuple(plain))
    return f".{written}" if continues and written and not written.startswith("[") else written


def expand(data: Any, path: Path) -> list[tuple[FieldPath, Any]]:
    """Return every place that ``path`` leads to in plain data, in order, with its value; none where it is absent."""
    return list(_expand(data, path, ()))


def _expand(data: Any, path: Path, done: FieldPath) -> Iterator[tuple[FieldPath, Any]]:
    if not path:
        yield done, data
        return
    step, rest = path[0], path[1:]
    if isinstance(step, Each):
        pairs: Any = enumerate(data) if isinstance(data, list) else data.items() if isinstance(data, dict) else ()
        for key, value in pairs:
            yield from _expand(value, rest, (*done, key))
    elif has_step(data, step):
        yield from _expand(data[step], rest, (*done, step))


def values_at(data: Any, path: Path) -> list[Any]:
    """Return the values that ``expand`` finds, in the same order."""
    found = [data]
    for step in path:
        if isinstance(step, Each):
            below = [one if isinstance(one, list) else one.values() if isinstance(one, dict) else () for one in found]
            found = [value for values in below for value in values]
        else:
            found = [one[step] for one in found if has_step(one, step)]
    return found


def has_step(data: Any, step: str | int) -> bool:
    """Return whether a map has this key, or a list this index."""
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list) and isinstance(step, int) and step < len(data)


def lookup(data: Any, path: Path, default: Any = None) -> Any:
    """Return the value at ``path``, ``default`` where it is absent; a list of all values if the path has ``[*]``."""
    found = values_at(data, path)
    if any(isinstance(step, Each) for step in path):
        return found
    return found[0] if found else default


LONGEST = 80
"""Code points of one value in a message."""

MOST_ITEMS = 5
"""Items of a list that are named; the rest is counted."""

_ABSENT: Final = object()


class TemplateError(ValueError):
    """A template that cannot be read; ``column`` is 1-based within its text, ``hint`` the next step or empty."""

    def __init__(self, message: str, column: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.hint = hint


class Lookup(NamedTuple):
    """One ``{…}``: the name it starts with, the path below it, and where its brace stands (1-based)."""

    root: str
    path: Path
    column: int


Template = tuple[str | Lookup, ...]


def parse_template(text: str, names: Collection[str] | None = None) -> Template:
    """Return the parts of ``Service "{object.name}" also selects {workloads}``; ``{{`` and ``}}`` are braces.

    With ``names``, a lookup that starts with another name is an error. Raises ``TemplateError``.
    """
    parts: list[str | Lookup] = []
    literal: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character in "{}" and text[position : position + 2] == character * 2:
            literal.append(character)
            position += 2
        elif character == "}":
            raise TemplateError("a closing brace without an opening one", position + 1, "write }} for a brace")
        elif character == "{":
            end = text.find("}", position)
            if end < 0:
                raise TemplateError("a brace that is not closed", position + 1, "write {{ for a brace")
            if literal:
                parts.append("".join(literal))
                literal = []
            parts.append(_lookup(text[position + 1 : end], position + 1, names))
            position = end + 1
        else:
            literal.append(character)
            position += 1
    if literal:
        parts.append("".join(literal))
    return tuple(parts)


def _lookup(text: str, column: int, names: Collection[str] | None) -> Lookup:
    try:
        path = parse_path(text, offset=column)
    except PathError as error:
        hint = "in braces stands a path such as {object.metadata.name}, nothing else; {{ is a brace"
        raise TemplateError(error.message, error.column, hint) from None
    root = path[0]
    if not isinstance(root, str):
        raise TemplateError("a lookup starts with a name", column + 1, "such as {object.metadata.name}")
    if names is not None and root not in names:
        hint = did_you_mean(root, names, f"known are {', '.join(sorted(names))}")
        raise TemplateError(f"nothing is called {root!r} here", column + 1, hint)
    return Lookup(root, path[1:], column)


def render(template: Template, scope: Mapping[str, Any]) -> str:
    """Return the text with every lookup replaced by what it finds in plain data; ``?`` where nothing is.

    Objects read ``Deployment "web"``, lists join with commas and "and", scalars look as in YAML; each value has at
    most ``LONGEST`` code points, and no control characters. ``{object.name}`` is short for its metadata's.
    A ``Resource`` in ``scope`` stands for its data with effective name and namespace, a ``Relation`` for its items.
    """
    return "".join(part if isinstance(part, str) else _written(_shown(part, scope)) for part in template)


def fill(template: Template, scope: Mapping[str, Any]) -> Any:
    """Return a value for an edit: nothing is clipped or made harmless, as ``render`` does for people.

    A template that is one lookup and nothing else gives the value itself, of any type. Raises ``LookupError``
    where something is absent, since an edit with a ``?`` in it would do harm.
    """
    found = [part if isinstance(part, str) else _find(part, scope) for part in template]
    if any(value is _ABSENT for value in found):
        raise LookupError("the template reads a field that is absent")
    if len(template) == 1 and not isinstance(template[0], str):
        return found[0]
    return "".join(_scalar(value) for value in found)


def _shown(wanted: Lookup, scope: Mapping[str, Any]) -> Any:
    """Return what ``_find`` does, but of a whole relation the items that are named: only these are looked at."""
    items = getattr(scope.get(wanted.root), "items", None)
    if wanted.path or not isinstance(items, tuple):
        return _find(wanted, scope)
    return [*map(_plain, items[:MOST_ITEMS]), *items[MOST_ITEMS:]]


def _find(wanted: Lookup, scope: Mapping[str, Any]) -> Any:
    if wanted.root not in scope:
        return _ABSENT
    value = _plain(scope[wanted.root])
    path = wanted.path
    if isinstance(value, list) and path and isinstance(path[0], int):
        value, path = (_plain(value[path[0]]), path[1:]) if path[0] < len(value) else (None, path)
    found = lookup(value, path, _ABSENT)
    if found is _ABSENT and path[0] in ("name", "namespace") and _is_object(value):
        return lookup(value["metadata"], path, _ABSENT)
    return found


def _plain(value: Any) -> Any:
    """Return plain data for what the manifests layer has: a relation's items, a resource as the cluster sees it."""
    items = getattr(value, "items", None)
    if isinstance(items, tuple):
        return [_plain(item) for item in items]
    data = getattr(value, "data", None)
    if not isinstance(data, dict):
        return value
    effective = {"name": value.name, "namespace": value.namespace}
    metadata = data["metadata"] if isinstance(data.get("metadata"), dict) else {}
    return {**data, "metadata": {**metadata, **{key: name for key, name in effective.items() if name}}}


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and "kind" in value and isinstance(value.get("metadata"), dict)


def _written(value: Any) -> str:
    if value is _ABSENT:
        return "?"
    if not isinstance(value, list):
        return clip(_scalar(value))
    shown = [clip(_scalar(item)) for item in value[:MOST_ITEMS]]
    if len(value) > MOST_ITEMS:
        shown.append(f"{len(value) - MOST_ITEMS} more")
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown) or "none"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "." + repr(value) if value in (float("inf"),) or value != value else repr(value).replace("-inf", "-.inf")
    if isinstance(value, dict):
        return _map(value)
    if isinstance(value, list):
        return f"[{', '.join(_scalar(item) for item in value[:LONGEST])}]"
    return str(value)


def _map(value: dict[Any, Any]) -> str:
    kind = value.get("kind")
    name = value.get("name") or next((found for _, found in expand(value, ("metadata", "name"))), None)
    if isinstance(kind, str) and isinstance(name, str):
        return f'{kind} "{name}"'
    entries = list(value.items())[:LONGEST]
    return f"{{{', '.join(f'{_scalar(key)}: {_scalar(item)}' for key, item in entries)}}}"


def clip(text: str) -> str:
    """Return at most ``LONGEST`` code points, with every character that is not printable as an escape."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 1]}…"
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character) or ascii(character)[1:-1]
