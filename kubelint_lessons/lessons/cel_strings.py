"""Kubernetes' string functions for CEL: ``find``, ``findAll`` and a ``format`` that writes what cel-go writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from kubelint_lessons.lessons.cel_runtime import MOST_LENGTH, TOO_MUCH
from kubelint_lessons.lessons.patterns import PatternError, compile_pattern
from kubelint_lessons.model.records import NamedTuple


def _pattern(text: str) -> Any:
    try:
        return compile_pattern(text)
    except PatternError as error:
        raise ValueError(f"invalid regular expression: {error}") from None


def find(text: str, pattern: str) -> str:
    """Return the first match, or nothing."""
    found = _pattern(pattern).search(text)
    return found.group() if found else ""


def find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    """Return all matches, at most ``limit`` of them unless it is negative."""
    matches: list[str] = []
    end = -1
    for found in _pattern(pattern).finditer(text):
        if 0 <= limit <= len(matches):
            break
        if found.start() == found.end() == end:
            continue
        end = found.end()
        matches.append(found.group())
    return matches


class Clause(NamedTuple):
    """One ``%…`` of a format: its letter and, for numbers, how many digits follow the point."""

    verb: str
    precision: int


VERBS: dict[str, tuple[frozenset[str], str]] = {
    "s": (frozenset(), "anything"),
    "d": (frozenset({"int", "uint"}), "an integer"),
    "f": (frozenset({"double"}), "a double"),
    "e": (frozenset({"double"}), "a double"),
    "b": (frozenset({"int", "uint", "bool"}), "an integer or a bool"),
    "x": (frozenset({"int", "uint", "string", "bytes"}), "an integer, a string or bytes"),
    "X": (frozenset({"int", "uint", "string", "bytes"}), "an integer, a string or bytes"),
    "o": (frozenset({"int", "uint"}), "an integer"),
}
"""Clause → the types it takes (none listed: all of them), and how to say so."""


def clauses(template: str) -> Iterator[str | Clause]:
    """Yield literal texts and clauses; raises ``ValueError`` for a clause that CEL does not know."""
    end = 0
    for found in re.finditer(r"%(?:%|(?:\.(\d{1,3}))?(.)|)", template, re.DOTALL):
        if found.start() > end:
            yield template[end : found.start()]
        end = found.end()
        if found.group() == "%%":
            yield "%"
        elif found[2] and found[2] in VERBS:
            yield Clause(found[2], int(found[1] or 6))
        else:
            raise ValueError(f'unrecognized formatting clause "{found.group()}"')
    if end < len(template):
        yield template[end:]


def type_name(value: Any) -> str:
    """Return CEL's name of a value's type."""
    names = {bool: "bool", int: "int", float: "double", str: "string", bytearray: "bytes", bytes: "bytes"}
    names |= {type(None): "null_type", list: "list", dict: "map", datetime: "timestamp", timedelta: "duration"}
    return names.get(type(value), "type")


def format_text(template: str, values: list[Any]) -> str:
    """Return the formatted text; raises ``ValueError`` where cel-go's ``format`` fails."""
    parts: list[str] = []
    index = length = 0
    for clause in clauses(template):
        if isinstance(clause, str):
            parts.append(clause)
            continue
        if index >= len(values):
            raise ValueError(f"index {index} out of range")
        value = values[index]
        index += 1
        allowed, expected = VERBS[clause.verb]
        if allowed and type_name(value) not in allowed:
            raise ValueError(f"%{clause.verb} takes {expected}, not {type_name(value)}")
        parts.append(_written(clause, value))
        length += len(parts[-1])
        if length > MOST_LENGTH:
            raise ValueError(TOO_MUCH)
    return "".join(parts)


def _written(clause: Clause, value: Any) -> str:
    verb = clause.verb
    if verb == "s":
        return _text(value)
    if verb in "fe":
        return f"{value:.{clause.precision}{verb}}"
    if verb in "xX" and not isinstance(value, int):
        digits = (value.encode() if isinstance(value, str) else bytes(value)).hex()
        return digits.upper() if verb == "X" else digits
    return f"{int(value):{verb}}"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, list):
        return f"[{', '.join(_nested(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(sorted(f'{_nested(key)}:{_nested(item)}' for key, item in value.items()))}}}"
    if isinstance(value, timedelta):
        return f"{_double(value.total_seconds())}s"
    if isinstance(value, datetime):
        written = value.astimezone(UTC).isoformat().removesuffix("+00:00")
        return f"{written.rstrip('0') if '.' in written else written}Z"
    return str(value) if isinstance(value, int) else str(value).lower()


def _nested(value: Any) -> str:
    if isinstance(value, str):
        import json

        return json.dumps(value, ensure_ascii=False)
    return _text(value)


def _double(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if value.is_integer():
        return str(int(value))
    written = repr(value)
    return f"{value:.20f}".rstrip("0") if "e" in written else written


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "string.find(string) -> string": find,
    "string.findAll(string) -> list<string>": find_all,
    "string.findAll(string, int) -> list<string>": find_all,
}
"""CEL declaration → implementation."""
