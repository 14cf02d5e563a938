"""What Python made from CEL calls: CEL's rules for plain values, where they are not Python's.

Every function raises rather than guess; the caller then asks the engine. Text is taken as it is: a NUL or a lone
surrogate stands for the U+FFFD that the engine would see, so that only comparing two texts has to look for them.
"""

from __future__ import annotations

from typing import Any, NoReturn

LOWEST, HIGHEST = -(2**63), 2**63 - 1
MOST_STEPS = 10_000
"""Steps through lists in one evaluation, as in the engine; more are left to it, which refuses them."""

MOST_LENGTH = 1 << 25
"""Characters of a text and items of a list that an expression may make: twice the largest file that is read."""

_EXACT = 2**53
"""Up to here every whole number is a float as well, so that comparing the two asks no questions."""

TOO_MUCH = f"a text or list of more than {MOST_LENGTH // 1024 // 1024} million characters or items"


class Doubt(Exception):  # noqa: N818 - it names a state of the evaluation, not a mistake of the caller
    """The engine has to say what this evaluates to."""


class TooMuch(Doubt):
    """The value would be too large; the engine is not asked, because it would make it."""


def small(length: int) -> None:
    """Raise ``TooMuch`` for a text or a list of more than ``MOST_LENGTH`` characters or items."""
    if length > MOST_LENGTH:
        raise TooMuch


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
    if kind is str or kind is list:
        small(len(left) + len(right))
        return left + right
    if kind is float:
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
