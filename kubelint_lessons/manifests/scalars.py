"""What kubectl makes of a YAML scalar: go.yaml.in/yaml/v2 resolves it, sigs.k8s.io/yaml turns it into JSON.

The rules differ from YAML 1.1 as PyYAML reads it and from YAML 1.2: ``y`` and ``off`` are booleans, ``0o17`` and
``017`` are 15, ``1e3`` is 1000; ``1:30``, dates and ``=`` are strings. Source: resolve.go and decode.go of yaml/v2
2.4, yaml.go of sigs.k8s.io/yaml 1.6, and 4,079 scalars read by both (tests/data/kubectl-yaml-golden.json).
"""

from __future__ import annotations

from functools import lru_cache

from kubelint_lessons.manifests.problems import RejectedError
from kubelint_lessons.model.regexes import regex

Scalar = str | int | float | bool | None

HINTS = frozenset("+-0123456789.~yYnNtTfFoO")
"""First characters of plain scalars that may be something else than a string; so may the empty scalar."""

_TRUE = "y Y yes Yes YES true True TRUE on On ON"
_FALSE = "n N no No NO false False FALSE off Off OFF"
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(_TRUE.split(), True),
    **dict.fromkeys(_FALSE.split(), False),
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
}
_NO_NUMBER = frozenset(
    f"{sign}{word}" for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")
) | {".nan", ".NaN", ".NAN"}  # fmt: skip

_INTEGER = regex(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_FLOAT = regex(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_POINT_FLOAT = regex(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
_TIMESTAMP = regex(r"\d{4}-\d{1,2}-\d{1,2}(?:[Tt ]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)?)?")

_TAG = "tag:yaml.org,2002:"
_TYPES: dict[str, tuple[type, ...]] = {
    f"{_TAG}int": (int,),
    f"{_TAG}bool": (bool,),
    f"{_TAG}null": (type(None),),
    f"{_TAG}float": (int, float),
}
_JSON_PLAIN_LIMIT = 1e21
"""Go writes whole floats below this without an exponent, which makes them integers in JSON."""


@lru_cache(maxsize=8192)
def resolve(text: str) -> Scalar:
    """Return the value of an untagged plain scalar. Raises RejectedError for infinity and not-a-number."""
    if text in _NO_NUMBER:
        raise RejectedError(f'"{text}" is not a number that JSON knows, so kubectl rejects it; put it in quotes')
    value = _go_value(text)
    return _json_number(value) if isinstance(value, float) else value


@lru_cache(maxsize=8192)
def resolve_key(text: str) -> str:
    """Return an untagged plain key as a string: ``on`` → ``"true"``, ``1e3`` → ``"1000"``. Raises RejectedError."""
    if text in _NO_NUMBER:
        return text.lower().removeprefix("+")
    return key_text(_go_value(text))


def resolve_tagged(tag: str, text: str) -> Scalar:
    """Return the value of a scalar with a tag, as Go sees it (1e3 is still a float). Unknown tags are ignored."""
    if tag == f"{_TAG}binary":
        return _decode_base64(text)
    if tag == f"{_TAG}timestamp":
        if not _TIMESTAMP.fullmatch(text):
            raise RejectedError(f'"{text}" is not a timestamp, which its tag says')
        return text
    if tag not in _TYPES:
        return text
    value = float("inf") if text in _NO_NUMBER else _go_value(text)
    name = tag.removeprefix(_TAG)
    is_right = isinstance(value, _TYPES[tag]) and not (name in ("int", "float") and isinstance(value, bool))
    if not is_right:
        raise RejectedError(f'"{text}" is not of the type that its tag !!{name} names')
    if name == "float" and isinstance(value, int):
        return float(value)
    if text in _NO_NUMBER:
        raise RejectedError(f'"{text}" is not a number that JSON knows, so kubectl rejects it')
    return value


def json_value(value: Scalar) -> Scalar:
    """Return what is left of a value after its way through JSON: whole floats are integers."""
    return _json_number(value) if isinstance(value, float) else value


def key_text(value: Scalar) -> str:
    """Return the string that a key becomes in JSON. Raises RejectedError for null and for what JSON cannot have."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        raise RejectedError("a key is empty or null, which kubectl rejects; give it a name, or put it in quotes")
    if isinstance(value, float):
        return _format_float32(value)
    if value >= 2**63:
        raise RejectedError(f"the key {value} is too large a number for kubectl; put it in quotes")
    return str(value)


def _go_value(text: str) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    if text[0] == ".":
        return _float_or_text(text, text) if _POINT_FLOAT.fullmatch(text) else text
    if text[0] not in "+-0123456789":
        return text
    plain = text.replace("_", "")
    match = _INTEGER.fullmatch(plain)
    if match:
        sign, hexadecimal, binary, octal, decimal = match.groups()
        digits, base = (hexadecimal, 16) if hexadecimal else (binary, 2) if binary else (octal, 8)
        value = int(decimal) if decimal and len(decimal) < 21 else 2**64 if decimal else int(digits, base)
        if sign == "-":
            value = -value
        if -(2**63) <= value < (2**63 if sign else 2**64):
            return value
    return _float_or_text(plain, text) if _FLOAT.fullmatch(plain) else text


def _float_or_text(number: str, text: str) -> Scalar:
    value = float(number)
    return text if value in (float("inf"), float("-inf")) else value


def _json_number(value: float) -> int | float:
    if value != int(value) or abs(value) >= _JSON_PLAIN_LIMIT:
        return value
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        return int(value)
    whole, _, fraction = mantissa.partition(".")
    return int(whole + fraction + "0" * (int(exponent) - len(fraction)))


def _format_float32(value: float) -> str:
    """Return what Go's strconv.FormatFloat(value, 'g', -1, 32) gives, which sigs.k8s.io/yaml uses for keys."""
    import struct

    try:
        packed = struct.pack("<f", value)
    except OverflowError:
        return ".inf" if value > 0 else "-.inf"
    digits = next(text for n in range(1, 18) if struct.pack("<f", float(text := f"{value:.{n - 1}e}")) == packed)
    mantissa, _, exponent = digits.partition("e")
    power = int(exponent)
    if power < -4 or power >= 6:
        return f"{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"
    return f"{float(digits):.{max(0, len(mantissa.replace('.', '').lstrip('-')) - 1 - power)}f}"


def _decode_base64(text: str) -> str:
    from base64 import b64decode

    try:
        return b64decode(text.replace("\r", "").replace("\n", ""), validate=True).decode("utf-8", "replace")
    except ValueError:
        raise RejectedError("the value is tagged !!binary and is not base64") from None
