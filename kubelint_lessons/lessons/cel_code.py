"""The kept form of a compiled expression: what it reads, Python for it where there is some, and the engine's bytes.

A line of text (``kubelint-cel``, the variables, the interpreter that wrote the code, the number of its bytes), the code
with the regular expressions that it uses and what ``cel_regex`` knows of them, as ``marshal`` writes it, and at last,
compressed because it is hardly ever needed, its source and the bytes of the checked expression. Another interpreter
compiles the source again. Like a ``.pyc`` file, this is only ever read from the package itself and from the user's own
cache, never from a repository.
"""

from __future__ import annotations

import marshal
import sys
from _frozen_importlib_external import MAGIC_NUMBER  # importlib.util would be ten modules more
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kubelint_lessons.lessons import cel_runtime, cel_texts
from kubelint_lessons.lessons.cel_texts import matcher

if TYPE_CHECKING:
    from kubelint_lessons.lessons.cel_ast import Checked

_MAGIC = "kubelint-cel"
HELPERS: dict[str, Callable[..., Any]] = {
    helper.__name__: helper
    for helper in (
        cel_runtime.fail,
        cel_runtime.true,
        cel_runtime.number,
        cel_runtime.int64,
        cel_runtime.is_int,
        cel_runtime.is_double,
        cel_runtime.equal,
        cel_runtime.order,
        cel_runtime.inside,
        cel_runtime.index,
        cel_runtime.keys,
        cel_runtime.length,
        cel_runtime.plus,
        cel_runtime.minus,
        cel_runtime.times,
        cel_runtime.divide,
        cel_runtime.modulo,
        cel_runtime.negative,
        cel_runtime.text,
        cel_runtime.whole,
        cel_runtime.function,
        cel_texts.matches,
        cel_texts.starts,
        cel_texts.ends,
        cel_texts.holds,
        cel_texts.join,
        cel_texts.split,
        cel_texts.trim,
        cel_texts.substring,
        cel_texts.position,
        cel_texts.replace,
        cel_texts.cased,
        cel_texts.duration,
    )
}
"""What generated code may call, and the only names that it finds beside its own."""

_COMPRESSED = b"x\xda"
"""How zlib's best compression begins."""


class Kept:
    """The parts of a kept expression; ``code`` is empty where only the engine can evaluate it."""

    __slots__ = ("code", "interpreter", "names", "rest")

    def __init__(self, names: tuple[str, ...], interpreter: str, code: bytes, rest: bytes) -> None:
        self.names = names
        self.interpreter = interpreter
        self.code = code
        self.rest = rest

    @property
    def source(self) -> tuple[str, tuple[Any, ...]]:
        """Return the source of the code, and its regular expressions."""
        source, patterns, _ = self._rest()
        return source, patterns

    @property
    def body(self) -> bytes:
        """Return the bytes of the checked expression."""
        body: bytes = self._rest()[2]
        return body

    def _rest(self) -> Any:
        import zlib

        return marshal.loads(zlib.decompress(self.rest))


def pack(names: tuple[str, ...], body: bytes, source: str, patterns: tuple[Any, ...]) -> bytes:
    """Return the kept form of a checked expression; without a source only the engine can evaluate it.

    A part of an expression has no body: the engine does not know it.
    """
    import zlib

    code = marshal.dumps((_compiled(source), patterns)) if source else b""
    rest = zlib.compress(marshal.dumps((source, patterns, body)), 9)
    return f"{_MAGIC} {','.join(names)} {_interpreter()} {len(code)}\n".encode() + code + rest


def unpack(data: bytes) -> Kept:
    """Return the parts of the kept form; raises ``ValueError`` for other bytes."""
    head, _, rest = data.partition(b"\n")
    words = head.decode("ascii").split(" ")
    if len(words) != 4 or words[0] != _MAGIC or not words[3].isdigit():
        raise ValueError("no line that says what follows")
    size = int(words[3])
    if not rest.startswith(_COMPRESSED, size):
        raise ValueError("no checked expression")
    return Kept(tuple(words[1].split(",")) if words[1] else (), words[2], rest[:size], rest[size:])


def source_of(names: tuple[str, ...], checked: Checked) -> tuple[str, tuple[Any, ...]]:
    """Return Python source for a checked expression of type bool, and its regular expressions; empty for none."""
    from kubelint_lessons.lessons import cel_python, cel_regex

    try:
        source, patterns = cel_python.translate(checked, names)
    except cel_python.Untranslatable:
        return "", ()
    return source, tuple((pattern, *(cel_regex.quick(pattern) or ())) for pattern in patterns)


def function_of(kept: Kept, again: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function in a kept expression; where the engine has to decide, it calls ``again``."""
    if kept.interpreter == _interpreter():
        code, patterns = marshal.loads(kept.code)
    else:
        source, patterns = kept.source
        code = _compiled(source)
    matchers = tuple(matcher(*pattern) for pattern in patterns)
    made: Callable[..., Any] = _Function(code, HELPERS, "evaluate", (again, matchers))
    return made


_Function: Any = type(pack)


def _compiled(source: str) -> Any:
    """Return the code of the one function that ``source`` defines."""
    module = compile(source, "<cel>", "exec", dont_inherit=True)
    return next(constant for constant in module.co_consts if isinstance(constant, type(module)))


def _interpreter() -> str:
    """Return what code objects depend on, as the names of ``.pyc`` files and their first bytes say it."""
    return f"{sys.implementation.cache_tag}-{MAGIC_NUMBER.hex()}"
