"""Block scalars (``|`` and ``>``): new text line by line, so that lines that stay are not touched."""

from __future__ import annotations

import re

from kubelint_lessons.fixes.lines import line_break, line_end, next_line
from kubelint_lessons.fixes.quoting import is_printable
from kubelint_lessons.fixes.rendering import chomping
from kubelint_lessons.fixes.texts import TextEdit
from kubelint_lessons.fixes.tree import Tree, block_scalar_end
from kubelint_lessons.manifests.nodes import ScalarNode
from kubelint_lessons.model.regexes import regex

_HEADER = regex(r"[|>](?:([1-9])([+-]?)|([+-]?)([1-9]?))")
_LINE = regex(r"([^\r\n]*)(\r\n?|\n|\Z)")


def header_end(text: str, node: ScalarNode) -> int:
    """Return where ``|2-`` ends."""
    match = _HEADER.match(text, node.start)
    return match.end() if match else node.start + 1


def rewrite_block_scalar(tree: Tree, node: ScalarNode, value: str, parent_indent: int) -> list[TextEdit] | None:
    """Return the edits that give a block scalar a new value, as a literal block; None where it cannot be one.

    ``parent_indent`` is the column of the map or list that holds the scalar.
    """
    text = tree.text
    body = value.rstrip("\n")
    if not body or "\n" not in value or not is_printable(value):
        return None
    header = _HEADER.match(text, node.start)
    digit = (header.group(1) or header.group(4) or "") if header else ""
    if header is None or (parent_indent == 0 and digit == "" and line_end(text, node.start) >= node.end):
        return None
    sign = chomping(value)
    start = next_line(text, node.start)
    end = start
    if node.end > start:
        end = block_scalar_end(text, node, tree.end, keeps=True) if sign == "+" else node.end
    raw = _raw_lines(text, start, end)
    filled = next((line for line, _, _ in raw if line.strip()), "")
    indent = parent_indent + int(digit) if digit else len(filled) - len(filled.lstrip(" "))
    if not filled:
        indent = parent_indent + tree.layout.step
    new = [" " * indent + line if line else "" for line in body.split("\n")]
    new += [""] * (len(value) - len(body) - 1)
    first = next(line for line in body.split("\n") if line)
    if first[0] == " " and not digit:
        digit = str(indent - parent_indent)
    if first[0] == "\t" or len(digit) > 1:
        return None
    edits = []
    if header.group() != f"|{digit}{sign}" and not (header.group()[0] == "|" and _sign(header) == sign and not digit):
        edits.append(TextEdit(header.start(), header.end(), f"|{digit}{sign}"))
    return edits + _changed_lines(text, raw, new, start, indent, line_break(text, node.start))


def _sign(header: re.Match[str]) -> str:
    return header.group(2) or header.group(3) or ""


def _raw_lines(text: str, start: int, end: int) -> list[tuple[str, int, int]]:
    """Return every line with where it begins, and where the next one does."""
    lines = []
    while start < end:
        match = _LINE.match(text, start)
        if match is None or match.end() == start:
            break
        lines.append((match.group(1), start, match.end()))
        start = match.end()
    return lines


def _changed_lines(
    text: str, raw: list[tuple[str, int, int]], new: list[str], start: int, indent: int, end_of_line: str
) -> list[TextEdit]:
    from difflib import SequenceMatcher

    old = [line if len(line) > indent or line.strip() else "" for line, _, _ in raw]
    edits: list[TextEdit] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, first, last, new_first, new_last in matcher.get_opcodes():
        if tag == "equal":
            continue
        begin = raw[first][1] if first < len(raw) else (raw[-1][2] if raw else start)
        end = raw[last - 1][2] if last > first else begin
        lines = "".join(line + end_of_line for line in new[new_first:new_last])
        if end == len(text) and text[-1:] not in ("\n", "\r"):  # the last line of the file has no line break
            if begin == end:
                lines = end_of_line + lines.removesuffix(end_of_line)
            elif lines:
                lines = lines.removesuffix(end_of_line)
            else:
                begin -= len(end_of_line)
        edits.append(TextEdit(begin, end, lines))
    return edits
