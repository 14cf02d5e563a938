"""New values as text: block style with the file's indentation, flow style, and JSON.

inline:  {}            what stands behind "key:" or "- "
lines:       - name: x       what follows on lines of its own
"""

from __future__ import annotations

from typing import Any

from kubelint_lessons.fixes.layout import Layout
from kubelint_lessons.fixes.quoting import double_quoted, is_printable, write_key, write_scalar
from kubelint_lessons.model.records import NamedTuple


class Written(NamedTuple):
    """A value in block style: ``inline`` goes on the line of its key or dash, ``lines`` below, already indented."""

    inline: str
    lines: tuple[str, ...] = ()


def after_key(value: Any, column: int, layout: Layout, style: str = "") -> Written:
    """Return what follows ``key:`` where the key stands in ``column``; ``style`` is that of the scalar before it."""
    if isinstance(value, dict) and value:
        return Written("", tuple(_map_lines(value, column + layout.step, layout)))
    if isinstance(value, list) and value:
        return Written("", tuple(_list_lines(value, column + layout.list_step, layout)))
    return _scalar(value, column + layout.step, layout, style)


def after_dash(value: Any, column: int, layout: Layout, style: str = "") -> Written:
    """Return what follows ``- `` where the item's content stands in ``column``."""
    lines: list[str] = []
    if isinstance(value, dict):
        lines = _map_lines(value, column, layout)
    elif isinstance(value, list):
        lines = _list_lines(value, column, layout)
    if lines:
        return Written(lines[0][column:], tuple(lines[1:]))
    return _scalar(value, column, layout, style)


def map_entry(name: str, value: Any, column: int, layout: Layout, key_style: str = "") -> list[str]:
    """Return the lines of one entry of a block map."""
    written = after_key(value, column, layout)
    key = write_key(name, key_style, quote=layout.quote)
    return [f"{' ' * column}{key}:{' ' if written.inline else ''}{written.inline}", *written.lines]


def can_be_literal(value: str) -> bool:
    """Return whether text of several lines can be a literal block that reads back as it is, whatever follows it."""
    if value.endswith("\n\n"):
        return False
    lines = value.strip("\n").split("\n")
    return bool(lines[0]) and "\n" in value and is_printable(value) and not lines[0][0].isspace()


def chomping(value: str) -> str:
    """Return the sign behind ``|`` that gives text its line ends at the end: ``-``, ``+`` or none."""
    ends = len(value) - len(value.rstrip("\n"))
    return "-" if ends == 0 else "" if ends == 1 else "+"


def flow_text(value: Any, *, quote: str = '"', is_json: bool = False, tight: bool = False, indent: int = -1,
              step: int = 2, line_break: str = "\n") -> str:  # fmt: skip
    """Return a value in flow style; as JSON where asked, on several lines where ``indent`` (of its line) is given."""
    if not isinstance(value, (dict, list)):
        if is_json and isinstance(value, str):
            return double_quoted(value)
        return write_scalar(value, quote=quote, in_flow=True)
    left, right = "{}" if isinstance(value, dict) else "[]"
    if not value:
        return left + right
    inner = indent + step if indent >= 0 else -1
    colon = ":" if tight else ": "

    def part(value: Any) -> str:
        return flow_text(
            value, quote=quote, is_json=is_json, tight=tight, indent=inner, step=step, line_break=line_break
        )

    if isinstance(value, dict):
        parts = [f"{flow_key(name, is_json=is_json, quote=quote)}{colon}{part(entry)}" for name, entry in value.items()]
    else:
        parts = [part(item) for item in value]
    if indent < 0:
        return left + (",".join(parts) if tight else ", ".join(parts)) + right
    start = f"{line_break}{' ' * inner}"
    return f"{left}{start}{f',{start}'.join(parts)}{line_break}{' ' * indent}{right}"


def flow_key(name: str, *, is_json: bool, quote: str = '"', style: str = "") -> str:
    """Return a key of a flow map."""
    return double_quoted(name) if is_json else write_key(name, style, quote=quote, in_flow=True)


def _scalar(value: Any, column: int, layout: Layout, style: str) -> Written:
    if isinstance(value, dict):
        return Written("{}")
    if isinstance(value, list):
        return Written("[]")
    if isinstance(value, str) and layout.has_blocks and can_be_literal(value):
        lines = (" " * column + line if line else "" for line in value.rstrip("\n").split("\n"))
        return Written(f"|{chomping(value)}", tuple(lines))
    return Written(write_scalar(value, style, quote=layout.quote))


def _map_lines(value: dict[str, Any], column: int, layout: Layout) -> list[str]:
    return [line for name, part in value.items() for line in map_entry(name, part, column, layout)]


def _list_lines(value: list[Any], column: int, layout: Layout) -> list[str]:
    lines: list[str] = []
    for item in value:
        written = after_dash(item, column + 2, layout)
        lines += (f"{' ' * column}- {written.inline}", *written.lines)
    return lines
