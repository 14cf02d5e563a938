"""The CEL engine's door: importing it, what every expression may read, and the errors that callers see."""

from __future__ import annotations

from typing import Any

VARIABLES = ("object", "item", "params", "platform", "variables")
"""What every expression may read."""

RELATION_SUFFIXES = ("", "Count", "State")
"""A relation called ``workloads`` binds ``workloads``, ``workloadsCount`` and ``workloadsState``."""


class EngineMissing(Exception):  # noqa: N818 - it names a state of the installation, not a mistake in the input
    """The CEL engine cannot be imported; the message says what to do."""


class ExpressionError(ValueError):
    """An expression that does not compile. ``line`` and ``column`` are 1-based within its text, in code points.

    ``hint`` is the next step, or empty.
    """

    def __init__(self, message: str, line: int = 1, column: int = 1, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.hint = hint

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.line}:{self.column}: {self.message}{hint}"


def engine() -> Any:
    """Return the engine's module; raises ``EngineMissing``."""
    try:
        from cel_expr_python import cel
    except ImportError as error:
        raise EngineMissing(
            "Rules in CEL need the package cel-expr-python, which runs on CPython 3.11-3.14 on glibc Linux, macOS and"
            f" Windows ({error}); install it there with: pip install 'cel-expr-python>=0.1.3,<0.2'"
        ) from None
    return cel


def readable(relations: tuple[str, ...]) -> tuple[str, ...]:
    """Return every variable that an expression may read beside relations of these names."""
    return (*VARIABLES, *(name + suffix for name in relations for suffix in RELATION_SUFFIXES))
