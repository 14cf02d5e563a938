"""What Python made from CEL calls: CEL's rules for plain values, where they are not Python's.

Every function raises rather than guess; the caller then asks the engine. Text is taken as it is: a NUL or a lone
surrogate stands for the U+FFFD that the engine would see, so that only comparing two texts has to look for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

LOWEST, HIGHEST = -(2**63), 2**63 - 1
MOST_STEPS = 10_000
"""Steps through lists in one evaluation, as in the engine; more are left to it, which refuses them."""

_EXACT = 2**53
"""Up to here every whole number is a float as well, so that comparing the two asks no questions."""


class Doubt(Exception):  # noqa: N818 - it names a state of the evaluation, not a mistake of the caller
    """The engine has to say what this evaluates to."""


def fail() -> NoReturn:
    """Raise ``Doubt``."""
    raise Doubt


def is_clean(text: str) -> bool:
    """Return whether the engine sees ``text`` as it is, and no other text as the same."""
    if text.isascii():
        return "\0" not in text
    if "\0" in text or "\ufffd" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def clean(text: Any) -> str:
    """Return a text that needs no change for the engine."""
    if type(text) is str and is_clean(text):
        return text
    raise Doubt


def true(value: Any) -> bool:
    """Return a bool."""
    if value is True or value is False:
        return bool(value)
    raise Doubt


def number(value: Any) -> int | float:
    """Return a number that compares with small whole numbers."""
    if type(value) is int or type(value) is float:
        return value
    raise Doubt


def int64(value: int) -> int:
    """Return a whole number that has not left 64 bits."""
    if LOWEST <= value <= HIGHEST:
        return value
    raise Doubt


def is_int(value: Any) -> bool:
    """Return whether CEL calls the value an int; beyond 64 bits it is a double."""
    return type(value) is int and LOWEST <= value <= HIGHEST


def is_double(value: Any) -> bool:
    """Return whether CEL calls the value a double."""
    return type(value) is float or (type(value) is int and not LOWEST <= value <= HIGHEST)


def equal(left: Any, right: Any) -> bool:
    """Return ``==`` of two values: numbers compare across types, booleans are no numbers, null keys are none."""
    kind, other = type(left), type(right)
    if kind is str and other is str:
        if left == right:
            return True
        if len(left) == len(right) and not (is_clean(left) and is_clean(right)):
            raise Doubt
        return False
    if kind not in _PLAIN or other not in _PLAIN:
        raise Doubt
    if kind is dict or kind is list:
        if kind is not other:
            return False
        return _equal_maps(left, right) if kind is dict else _equal_lists(left, right)
    if kind is other:
        if kind is int and left != right:
            int64(left)
            int64(right)
        return bool(left == right)
    if (kind is int and other is float) or (kind is float and other is int):
        if not (-_EXACT <= left <= _EXACT and -_EXACT <= right <= _EXACT):
            raise Doubt
        return bool(left == right)
    return False


_PLAIN = frozenset({str, int, float, bool, type(None), list, dict})


def _equal_lists(left: list[Any], right: list[Any]) -> bool:
    return len(left) == len(right) and all(map(equal, left, right))


def _equal_maps(left: dict[str, Any], right: dict[str, Any]) -> bool:
    names, others = keys(left), keys(right)
    if len(names) != len(others):
        return False
    return all(right.get(name) is not None and equal(left[name], right[name]) for name in names)


def order(left: Any, right: Any) -> int:
    """Return -1, 0 or 1 for two numbers, two texts or two bools."""
    kind, other = type(left), type(right)
    if kind is str and other is str:
        clean(left)
        clean(right)
    elif (kind is int or kind is float) and (other is int or other is float):
        if kind is other is int:
            int64(left)
            int64(right)
        elif not (-_EXACT <= left <= _EXACT and -_EXACT <= right <= _EXACT):
            raise Doubt
    elif not (kind is bool and other is bool):
        raise Doubt
    return int(left > right) - int(left < right)


def inside(value: Any, container: Any) -> bool:
    """Return ``value in container`` for a list or the keys of a map."""
    kind = type(container)
    if kind is list:
        if type(value) is str:
            if value in container:
                return True
            if not is_clean(value):
                raise Doubt
            return False
        return any(equal(value, item) for item in container)
    if kind is dict and type(value) is str:
        if container.get(value) is not None:
            return True
        if is_clean(value):
            return False
    raise Doubt


def index(container: Any, key: Any) -> Any:
    """Return ``container[key]`` for a list and a number, or a map and a text."""
    if type(container) is dict:
        if type(key) is str and (value := container.get(key)) is not None:
            return value
    elif type(container) is list and type(key) is int and 0 <= key < len(container):
        return container[key]
    raise Doubt


def keys(value: Any) -> list[str]:
    """Return the keys of a map that are not null, which is what CEL walks through."""
    if type(value) is not dict:
        raise Doubt
    names = []
    for name, entry in value.items():
        if type(name) is not str or not is_clean(name):
            raise Doubt
        if entry is not None:
            names.append(name)
    return names


def length(value: Any) -> int:
    """Return ``size()`` of a text, list or map."""
    kind = type(value)
    if kind is str or kind is list:
        return len(value)
    if kind is dict:
        return sum(entry is not None for entry in value.values())
    raise Doubt


def plus(left: Any, right: Any) -> Any:
    """Return ``left + right`` of two whole numbers, floats, texts or lists."""
    kind = type(left)
    if kind is not type(right):
        raise Doubt
    if kind is int:
        return int64(int64(left) + int64(right))
    if kind is str or kind is float or kind is list:
        return left + right
    raise Doubt


def minus(left: Any, right: Any) -> Any:
    """Return ``left - right`` of two whole numbers or floats."""
    if type(left) is int and type(right) is int:
        return int64(int64(left) - int64(right))
    if type(left) is float and type(right) is float:
        return left - right
    raise Doubt


def times(left: Any, right: Any) -> Any:
    """Return ``left * right`` of two whole numbers or floats."""
    if type(left) is int and type(right) is int:
        return int64(int64(left) * int64(right))
    if type(left) is float and type(right) is float:
        return left * right
    raise Doubt


def divide(left: Any, right: Any) -> int:
    """Return ``left / right`` of two whole numbers, cut towards zero."""
    if type(left) is not int or type(right) is not int or right == 0:
        raise Doubt
    result = abs(int64(left)) // abs(int64(right))
    return int64(result if (left < 0) is (right < 0) else -result)


def modulo(left: Any, right: Any) -> int:
    """Return ``left % right`` of two whole numbers, with the sign of the left one."""
    if type(left) is not int or type(right) is not int or right in (0, -1):
        raise Doubt
    result = abs(int64(left)) % abs(int64(right))
    return -result if left < 0 else result


def negative(value: Any) -> Any:
    """Return ``-value``."""
    if type(value) is int:
        return int64(-int64(value))
    if type(value) is float:
        return -value
    raise Doubt


def text(value: Any) -> str:
    """Return ``string(value)`` of a text, bool or whole number; how CEL writes doubles is its own affair."""
    if type(value) is str:
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if type(value) is int:
        return str(int64(value))
    raise Doubt


def whole(value: Any) -> int:
    """Return ``int(value)`` of a whole number, a float, or a text of a few digits."""
    if type(value) is int:
        return int64(value)
    if type(value) is float and -_EXACT <= value <= _EXACT:
        return int(value)
    if type(value) is str:
        digits = value.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) < 19:
            return int(value)
    raise Doubt


def function(name: str, is_method: bool, *arguments: Any) -> Any:
    """Return the result of a function that Kubernetes adds to CEL."""
    from kubelint_lessons.lessons.cel_dispatch import call

    return call(name, is_method, arguments)


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


HELPERS: dict[str, Callable[..., Any]] = {
    helper.__name__: helper
    for helper in (
        fail, true, number, int64, is_int, is_double, equal, order, inside, index, keys, length, plus, minus,
        times, divide, modulo, negative, text, whole, function, matches, starts, ends, holds, join, split, trim,
        substring, position, replace, cased, duration,
    )
}  # fmt: skip
"""What generated code may call, and the only names that it finds beside its own."""
