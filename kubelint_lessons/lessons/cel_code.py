"""The kept form of a compiled expression: what it reads, Python for it where there is some, and the engine's bytes.

A line of text (``kubelint-cel``, the variables, the number of bytes of the Python part), that part, then the bytes of
the checked expression. The Python part is a ``marshal`` of the interpreter that wrote it, the source, its regular
expressions with what ``cel_regex`` knows of them, and the code object: another interpreter compiles the source again.
Like a ``.pyc`` file, this is only ever read from the package itself and from the user's own cache, never from a
repository.
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from kubelint_lessons.lessons.cel_runtime import HELPERS, matcher

_MAGIC = "kubelint-cel"
_TYPE = b"type.googleapis.com/cel.expr.CheckedExpr"
_ENGINE_START = b"\n%c%b" % (len(_TYPE), _TYPE)
"""How the engine's bytes begin: a ``google.protobuf.Any`` with the type's URL."""


class Kept(NamedTuple):
    """The parts of a kept expression; ``python`` is empty where only the engine can evaluate it."""

    names: tuple[str, ...]
    python: bytes
    body: bytes


def pack(names: tuple[str, ...], python: bytes, body: bytes) -> bytes:
    """Return the kept form."""
    return f"{_MAGIC} {','.join(names)} {len(python)}\n".encode() + python + body


def unpack(data: bytes) -> Kept:
    """Return the parts of the kept form; raises ``ValueError`` for other bytes."""
    head, _, rest = data.partition(b"\n")
    words = head.decode("ascii").split(" ")
    if len(words) != 3 or words[0] != _MAGIC or not words[2].isdigit():
        raise ValueError("no line that says what follows")
    size = int(words[2])
    kept = Kept(tuple(words[1].split(",")) if words[1] else (), rest[:size], rest[size:])
    if not kept.body.startswith(_ENGINE_START):
        raise ValueError("no checked expression")
    return kept


def python_of(names: tuple[str, ...], body: bytes) -> bytes:
    """Return the Python part for a checked expression of type bool, empty where it has none."""
    from kubelint_lessons.lessons import cel_ast, cel_python, cel_regex

    try:
        source, found = cel_python.translate(cel_ast.read(body), names)
    except cel_python.Untranslatable:
        return b""
    patterns = [(pattern, *(cel_regex.quick(pattern) or ())) for pattern in found]
    return marshal.dumps((_interpreter(), source, patterns, marshal.dumps(_compiled(source))))


def function_of(python: bytes, again: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function in a Python part; it calls ``again`` with its arguments where the engine has to decide."""
    interpreter, source, patterns, kept = marshal.loads(python)
    code = marshal.loads(kept) if interpreter == _interpreter() else _compiled(source)
    matchers = tuple(matcher(*pattern) for pattern in patterns)
    made: Callable[..., Any] = _Function(code, HELPERS, "evaluate", (again, matchers))
    return made


_Function: Any = type(pack)


def _compiled(source: str) -> Any:
    """Return the code of the one function that ``source`` defines."""
    return compile(source, "<cel>", "exec", dont_inherit=True).co_consts[0]


def _interpreter() -> str:
    version = sys.version_info
    return f"{sys.implementation.cache_tag} {version[0]}.{version[1]}.{version[2]} {sys.byteorder}"
