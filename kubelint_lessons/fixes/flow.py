"""Edits of text in flow style: ``{a: 1}``, ``[a, b]``, and JSON files."""

from __future__ import annotations

from typing import Any

from kubelint_lessons.fixes.lines import delete_lines, is_blank, line_break, line_end, line_start
from kubelint_lessons.fixes.quoting import double_quoted, write_scalar
from kubelint_lessons.fixes.rendering import flow_key, flow_text
from kubelint_lessons.fixes.texts import RefusedError, TextEdit
from kubelint_lessons.fixes.tree import Collection, Spot, Tree, own_line
from kubelint_lessons.manifests.nodes import MappingNode, ScalarNode, SequenceNode
from kubelint_lessons.model.regexes import regex

_SPACE = regex(r"(?:[ \t\r\n]|(?<![^\s,\[{])#[^\r\n]*)*")
_COLON = regex(r"[ \t]*:")


def add_entry(tree: Tree, spot: Spot, name: str, value: Any) -> list[TextEdit]:
    """Return the edits that add an entry at the end of a flow map that has entries."""
    node = spot.node
    assert isinstance(node, MappingNode)
    _require_brackets(tree, node)
    last = node.entries[-1]
    style = last.key.style if isinstance(last.key, ScalarNode) else ""
    key = flow_key(name, is_json=tree.is_json, quote=tree.layout.quote, style=style)
    tight = tree.text[last.key.end : last.value.outer] == ":" and last.value.outer < last.value.end
    before = last.key.outer
    new = f"{key}{':' if tight else ': '}{_value(tree, value, before, tight)}"
    return _insert_behind(tree, max(last.key.end, last.value.end), before, new, "," if tight else ", ")


def insert_item(tree: Tree, spot: Spot, position: int, value: Any) -> list[TextEdit]:
    """Return the edits that insert an item into a flow list that has items."""
    node = spot.node
    assert isinstance(node, SequenceNode)
    neighbour = node.items[max(0, position - 1)]
    tight = len(node.items) > 1 and tree.text[node.items[0].end : node.items[1].outer] == ","
    comma = "," if tight else ", "
    new = _value(tree, value, neighbour.outer, tight, style=_style(neighbour))
    if position > 0:
        return _insert_behind(tree, neighbour.end, neighbour.outer, new, comma)
    if own_line(tree.text, neighbour.outer):
        start = line_start(tree.text, neighbour.outer)
        indent = tree.text[start : neighbour.outer]
        return [TextEdit(start, start, f"{indent}{new},{line_break(tree.text, start)}")]
    return [TextEdit(neighbour.outer, neighbour.outer, f"{new}{comma}")]


def put(tree: Tree, spot: Spot, value: Any) -> list[TextEdit]:
    """Return the edits that put a value in the place of another one in flow style, or of the whole flow document."""
    node, text = spot.node, tree.text
    start, end = node.start, node.end
    if start != node.outer and "&" not in text[node.outer : start]:
        start = node.outer
    tight = False
    before = start
    if spot.steps and (entry := spot.steps[-1].entry) is not None:
        before = entry.key.outer
        tight = text[entry.key.end : entry.value.outer] == ":" and start < end
        if start == end:
            colon = _COLON.match(text, entry.key.end)
            prefix = ": " if colon is None else "" if text[start - 1 : start].isspace() else " "
            return [TextEdit(start, end, prefix + _value(tree, value, before, tight))]
    several = isinstance(node, (MappingNode, SequenceNode)) and "\n" in text[start:end]
    new = _value(tree, value, before, tight, style=_style(node), several=several)
    return [TextEdit(start, end, new)]


def delete(tree: Tree, spot: Spot) -> list[TextEdit]:
    """Return the edits that delete an entry or item of a flow map or list, with the comma that goes with it."""
    step = spot.steps[-1]
    parent = step.parent
    spans = _spans(parent)
    if isinstance(parent, MappingNode) and step.entry is not None:
        _require_brackets(tree, parent)
        if sum(entry.name == step.entry.name for entry in parent.entries) > 1:
            raise RefusedError("the key stands in the map more than once")
        position = parent.entries.index(step.entry)
    else:
        position = step.position
    text = tree.text
    start, end = spans[position]
    if len(spans) == 1:
        _require_no_comment(text, parent.start + 1, parent.end - 1, spans)
        return [TextEdit(parent.start + 1, parent.end - 1, "")]
    comma = _comma(text, end)
    after = end if comma is None else comma + 1
    following = spans[position + 1][0] if position + 1 < len(spans) else parent.end - 1
    fills_lines = own_line(text, start) and line_end(text, after) < following and own_line(text, following)
    fills_lines = fills_lines and _rest_is_comment(text, after)
    if fills_lines:
        edits = [delete_lines(text, start, after)]
        if position + 1 == len(spans) and comma is None:
            before = _comma(text, spans[position - 1][1])
            if before is None:
                raise RefusedError("the comma before it is not where it is expected")
            edits.append(TextEdit(before, before + 1, ""))
        return edits
    if position + 1 < len(spans):
        _require_no_comment(text, end, following, [])
        return [TextEdit(start, following, "")]
    previous = spans[position - 1][1]
    _require_no_comment(text, previous, start, [])
    return [TextEdit(previous, end, "")]


def _value(tree: Tree, value: Any, neighbour: int, tight: bool, *, style: str = "", several: bool | None = None) -> str:
    """Return a value as its neighbours are written: on several lines where they have lines of their own."""
    if isinstance(value, str):
        return (
            double_quoted(value) if tree.is_json else write_scalar(value, style, quote=tree.layout.quote, in_flow=True)
        )
    start = line_start(tree.text, neighbour)
    indent = -1
    if several or (several is None and own_line(tree.text, neighbour) and tree.is_json):
        indent = len(tree.text[start:neighbour]) - len(tree.text[start:neighbour].lstrip(" "))
        if tree.text[start : start + 1] == "\t":
            indent = -1
    return flow_text(
        value,
        quote=tree.layout.quote,
        is_json=tree.is_json,
        tight=tight,
        indent=indent,
        step=_json_step(tree),
        line_break=line_break(tree.text, start),
    )


def _json_step(tree: Tree) -> int:
    """Return how far a JSON file indents: the column of its first entry on a line of its own."""
    root = tree.root
    if isinstance(root, MappingNode) and root.is_flow and root.entries:
        key = root.entries[0].key.outer
        if own_line(tree.text, key):
            return max(1, min(8, key - line_start(tree.text, key)))
    return tree.layout.step


def _insert_behind(tree: Tree, end: int, start: int, new: str, comma: str) -> list[TextEdit]:
    """Return the edits that insert ``new`` behind a neighbour: on the same line, or on an own one as the neighbour."""
    text = tree.text
    if not own_line(text, start):
        return [TextEdit(end, end, f"{comma}{new}")]
    indent = text[line_start(text, start) : start]
    separator = line_break(text, end) + indent
    present = _comma(text, end)
    after = end if present is None else present + 1
    rest = text[after : line_end(text, after)].lstrip()
    if not rest.startswith("#") or text[after : after + 1] == "#":
        return [TextEdit(end, end, f",{separator}{new}")]
    behind = line_end(text, after)
    if present is not None:
        return [TextEdit(behind, behind, f"{separator}{new},")]
    return [TextEdit(end, end, ","), TextEdit(behind, behind, f"{separator}{new}")]


def _spans(parent: Collection) -> list[tuple[int, int]]:
    if isinstance(parent, MappingNode):
        return [(entry.key.outer, max(entry.key.end, entry.value.end)) for entry in parent.entries]
    return [(item.outer, item.end) for item in parent.items]


def _style(node: object) -> str:
    return node.style if isinstance(node, ScalarNode) else ""


def _comma(text: str, end: int) -> int | None:
    """Return where the comma behind an entry or item stands."""
    match = _SPACE.match(text, end)
    position = match.end() if match else end
    return position if text[position : position + 1] == "," else None


def _rest_is_comment(text: str, offset: int) -> bool:
    rest = text[offset : line_end(text, offset)].strip()
    return not rest or rest.startswith("#")


def _require_no_comment(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    """Raise RefusedError where a comment stands between two offsets, outside ``spans``."""
    position = start
    for span_start, span_end in (*spans, (end, end)):
        if "#" in text[position:span_start]:
            raise RefusedError("a comment stands between it and its neighbours")
        position = span_end


def _require_brackets(tree: Tree, node: MappingNode) -> None:
    if tree.text[node.start : node.start + 1] != "{":
        raise RefusedError("the map is written without its brackets")
    if not is_blank(tree.text, node.end, node.end) or tree.text[node.end - 1 : node.end] != "}":
        raise RefusedError("the map is written without its brackets")
