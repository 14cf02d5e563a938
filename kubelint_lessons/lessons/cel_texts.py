"""CEL's functions on texts, and regular expressions, for Python made from CEL; see ``cel_runtime``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubelint_lessons.lessons.cel_runtime import Doubt, clean, small


def matches(value: Any, pattern: Any) -> bool:
    """Return whether a pattern that only the data knows matches somewhere in ``value``."""
    from kubelint_lessons.lessons.cel_patterns import search

    return search(clean(value), clean(pattern))


def starts(value: Any, wanted: Any) -> bool:
    """Return whether a text starts with another."""
    return clean(value).startswith(clean(wanted))


def ends(value: Any, wanted: Any) -> bool:
    """Return whether a text ends with another."""
    return clean(value).endswith(clean(wanted))


def holds(value: Any, wanted: Any) -> bool:
    """Return whether a text contains another."""
    return clean(wanted) in clean(value)


def join(items: Any, separator: Any = "") -> str:
    """Return the texts of a list as one."""
    if type(items) is list and type(separator) is str and all(type(item) is str for item in items):
        small(sum(map(len, items)) + len(separator) * len(items))
        return separator.join(items)
    raise Doubt


def split(value: str, separator: str) -> list[str]:
    """Return the parts of a text that is not empty."""
    if type(value) is str and value and separator:
        return value.split(separator)
    raise Doubt


def trim(value: Any) -> str:
    """Return an ASCII text without white space at its ends."""
    if type(value) is str and value.isascii():
        return value.strip(" \t\n\v\f\r")
    raise Doubt


def substring(value: Any, start: Any, end: Any = None) -> str:
    """Return the characters from ``start`` to ``end``, both of which lie in the text."""
    if type(value) is str and type(start) is int:
        if end is None:
            end = len(value)
        if type(end) is int and 0 <= start <= end <= len(value):
            return value[start:end]
    raise Doubt


def position(value: Any, wanted: str, is_last: bool) -> int:
    """Return where ``wanted``, which is not empty, begins in a text, first or last, or -1."""
    if type(value) is str and wanted:
        return value.rfind(wanted) if is_last else value.find(wanted)
    raise Doubt


def replace(value: Any, old: str, new: str) -> str:
    """Return a text with every ``old``, which is not empty, replaced."""
    if type(value) is str and old:
        if len(new) > len(old):
            small(len(value) + value.count(old) * (len(new) - len(old)))
        return value.replace(old, new)
    raise Doubt


def cased(value: Any, is_upper: bool) -> str:
    """Return an ASCII text in lower or upper case."""
    if type(value) is str and value.isascii():
        return value.upper() if is_upper else value.lower()
    raise Doubt


_UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_LONGEST = 315_576_000_000 * 10**9


def duration(value: Any) -> int:
    """Return ``duration(value)`` in nanoseconds, for a text such as ``1h30m`` or ``1.5s``."""
    if type(value) is not str or not value:
        raise Doubt
    total = 0
    rest: str = value
    while len(rest) > 0:
        digits = rest.lstrip("0123456789")
        amount = rest[: len(rest) - len(digits)]
        fraction = ""
        if digits.startswith("."):
            after = digits[1:].lstrip("0123456789")
            fraction, digits = digits[1 : len(digits) - len(after)], after
            if not fraction:
                raise Doubt
        unit = digits[:2] if digits[:2] in _UNITS else digits[:1]
        if unit not in _UNITS or not amount or len(amount) > 12 or len(fraction) > 3:
            raise Doubt
        nanoseconds, scale = int(amount + fraction) * _UNITS[unit], (1, 10, 100, 1000)[len(fraction)]
        if nanoseconds % scale:
            raise Doubt
        total, rest = total + nanoseconds // scale, digits[len(unit) :]
    if total > _LONGEST:
        raise Doubt
    return total


def matcher(
    pattern: str, python: str = "", longest: int = -1, words: tuple[str, ...] = (), any_case: bool = False
) -> Callable[[Any], bool]:
    """Return a function that tells whether an RE2 ``pattern`` matches somewhere in a text.

    The other arguments are what ``cel_regex.quick`` knows of it. Patterns are compiled with the first text.
    """
    compiled: dict[str, Callable[[str], Any]] = {}

    def matches(value: Any) -> bool:
        if type(value) is not str:
            raise Doubt
        is_ascii = value.isascii()
        if words and (is_ascii or not any_case):
            text = value.lower() if any_case else value
            for word in words:
                if word in text:
                    break
            else:
                return False
        if "\0" in value:
            raise Doubt
        kind = "python" if is_ascii and len(value) <= longest else "re2"
        if kind not in compiled:
            compiled[kind] = _search_of(pattern, python if kind == "python" else "")
        return compiled[kind](value) is not None

    return matches


def _search_of(pattern: str, python: str) -> Callable[[str], Any]:
    if python:
        import re

        return re.compile(python, re.ASCII).search
    from kubelint_lessons.lessons.patterns import compile_pattern

    search: Callable[[str], Any] = compile_pattern(pattern).search
    return search
