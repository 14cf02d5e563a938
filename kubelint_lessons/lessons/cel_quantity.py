"""Kubernetes quantities for CEL: ``500m``, ``1.5Gi``, ``1e3``, as apimachinery's ``resource.Quantity`` reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fractions import Fraction

Opaque = dict[str, Any]
"""CEL's view of a value that the API server keeps opaque: one key, the type's name, and a canonical form."""

TAG = "kubernetes.Quantity"
_FORM = r"([+-]?)(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?"
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_LARGEST = 2**63 - 1
_MAX_EXPONENT = 400


def amount(text: str) -> Fraction:
    """Return the exact number that a quantity stands for; raises ``ValueError`` where the API server refuses it.

    Digits below one nano are rounded away from zero and numbers above 2**63-1 are cut, as the API server does.
    """
    from fractions import Fraction

    form = re.fullmatch(_FORM, text)
    if form is None or not text.isascii():
        raise ValueError(f"{text!r} is not a quantity such as 500m or 1.5Gi")
    sign, digits, suffix = form[1], form[2], form[3] or ""
    if suffix in _BINARY:
        scale = Fraction(2 ** _BINARY[suffix])
    elif suffix in _DECIMAL:
        scale = Fraction(10) ** _DECIMAL[suffix]
    else:
        exponent = int(suffix[1:]) if len(suffix) < 8 else _MAX_EXPONENT + 1
        if abs(exponent) > _MAX_EXPONENT:
            raise ValueError(f"the exponent of {text!r} is out of range")
        scale = Fraction(10) ** exponent
    number = Fraction(digits if digits[0] != "." else f"0{digits}") * scale
    nanos = number * 10**9
    if nanos.denominator != 1:
        number = Fraction(nanos.__ceil__(), 10**9)
    number = min(number, Fraction(_LARGEST))
    return -number if sign == "-" else number


def quantity(text: str) -> Opaque:
    """Return the quantity in ``text``."""
    return _wrapped(amount(text))


def is_quantity(text: str) -> bool:
    """Return whether the API server reads ``text`` as a quantity."""
    try:
        amount(text)
    except ValueError:
        return False
    return True


def _wrapped(number: Fraction) -> Opaque:
    return {TAG: f"{number.numerator}/{number.denominator}"}


def _number(value: Opaque) -> Fraction:
    from fractions import Fraction

    return Fraction(value[TAG])


def compare(left: Opaque, right: Opaque) -> int:
    """Return -1, 0 or 1."""
    first, second = _number(left), _number(right)
    return (first > second) - (first < second)


def sign(value: Opaque) -> int:
    """Return -1, 0 or 1."""
    number = _number(value)
    return (number > 0) - (number < 0)


def is_integer(value: Opaque) -> bool:
    """Return whether the quantity is a whole number."""
    return _number(value).denominator == 1


def as_integer(value: Opaque) -> int:
    """Return the whole number; raises ``ValueError`` for a fraction."""
    number = _number(value)
    if number.denominator != 1:
        raise ValueError("cannot convert value to integer")
    return number.numerator


def as_float(value: Opaque) -> float:
    """Return the nearest float."""
    return float(_number(value))


def add(left: Opaque, right: Opaque | int) -> Opaque:
    """Return the sum."""
    return _wrapped(_number(left) + (right if isinstance(right, int) else _number(right)))


def subtract(left: Opaque, right: Opaque | int) -> Opaque:
    """Return the difference."""
    return _wrapped(_number(left) - (right if isinstance(right, int) else _number(right)))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "quantity(string) -> kubernetes.Quantity": quantity,
    "isQuantity(string) -> bool": is_quantity,
    "sign(kubernetes.Quantity) -> int": sign,
    "kubernetes.Quantity.isInteger() -> bool": is_integer,
    "kubernetes.Quantity.asInteger() -> int": as_integer,
    "kubernetes.Quantity.asApproximateFloat() -> double": as_float,
    "kubernetes.Quantity.add(kubernetes.Quantity) -> kubernetes.Quantity": add,
    "kubernetes.Quantity.add(int) -> kubernetes.Quantity": add,
    "kubernetes.Quantity.sub(kubernetes.Quantity) -> kubernetes.Quantity": subtract,
    "kubernetes.Quantity.sub(int) -> kubernetes.Quantity": subtract,
    "kubernetes.Quantity.isGreaterThan(kubernetes.Quantity) -> bool": lambda a, b: compare(a, b) > 0,
    "kubernetes.Quantity.isLessThan(kubernetes.Quantity) -> bool": lambda a, b: compare(a, b) < 0,
    "kubernetes.Quantity.compareTo(kubernetes.Quantity) -> int": compare,
}
"""CEL declaration → implementation. ``sign`` is no method: the API server declares it so."""
