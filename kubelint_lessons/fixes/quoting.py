"""Writes one scalar so that kubectl reads it back as it is: plain where that is safe, else quoted as its neighbours.

Plain text is quoted where kubectl, or another YAML reader that tools of a cluster use, would see a number, a date, a
boolean or null in it.
"""

from __future__ import annotations

from typing import Any

from kubelint_lessons.fixes.texts import RefusedError
from kubelint_lessons.manifests.problems import RejectedError
from kubelint_lessons.manifests.scalars import resolve, resolve_key
from kubelint_lessons.model.regexes import regex

_SAFE_START = regex(r"""[^\s\-?:,\[\]{}#&*!|>'"%@`=]|[-?:](?=[^\s,\[\]{}])""")
_UNSAFE = regex(r": |:\Z| #|[\n\t]")
_FLOW_UNSAFE = regex(r"\A[?:]|[,\[\]{}]")
_OTHER_READERS = regex(
    r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"  # base 60, in YAML 1.1
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt\s].*)?"  # dates, in YAML 1.1
    r"|[-+]?0[xob][0-9a-fA-F_]+|[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"  # numbers too large for kubectl
)
_ESCAPED = regex('["\\\\\x00-\x1f\x7f-\x9f\xad\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


def write_scalar(value: Any, style: str = "", *, quote: str = '"', in_flow: bool = False) -> str:
    """Return a scalar on one line. ``style`` is that of the text it takes the place of: ``""``, ``'`` or ``"``.

    ``quote`` is for text that cannot stay plain. What is no text is always plain.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if not isinstance(value, str):
        raise RefusedError(f"a {type(value).__name__} is no scalar")
    if style not in ("'", '"'):
        if is_plain(value, in_flow):
            return value
        style = quote
    if style == "'" and is_printable(value) and "\n" not in value:
        return "'" + value.replace("'", "''") + "'"
    return double_quoted(value)


def write_key(name: str, style: str = "", *, quote: str = '"', in_flow: bool = False) -> str:
    """Return a key, plain where kubectl reads it back as it is."""
    if style not in ("'", '"'):
        if is_plain(name, in_flow, is_key=True):
            return name
        style = quote
    return write_scalar(name, style)


def double_quoted(text: str) -> str:
    """Return text in double quotes with escapes that both YAML and JSON know."""
    return '"' + _ESCAPED.sub(lambda match: _SHORT.get(match.group(), f"\\u{ord(match.group()):04x}"), text) + '"'


def is_printable(text: str) -> bool:
    """Return whether text can stand in a file without escapes (quotes and backslashes aside)."""
    return all(character in '"\\\n\t' for character in _ESCAPED.findall(text))


def is_plain(text: str, in_flow: bool = False, *, is_key: bool = False) -> bool:
    """Return whether text needs no quotes."""
    if not text or text != text.strip() or not _SAFE_START.match(text) or _UNSAFE.search(text):
        return False
    if (in_flow and _FLOW_UNSAFE.search(text)) or not is_printable(text):
        return False
    if text.startswith(("---", "...")) or text == "<<" or _OTHER_READERS.fullmatch(text):
        return False
    try:
        return (resolve_key(text) if is_key else resolve(text)) == text and isinstance(resolve(text), str)
    except RejectedError:
        return False
