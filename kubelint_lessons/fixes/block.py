"""Edits of text in block style: maps and lists whose structure is their indentation."""

from __future__ import annotations

from typing import Any

from kubelint_lessons.fixes.lines import column, delete_lines, is_blank, line_break, line_end, line_start, next_line
from kubelint_lessons.fixes.literal import header_end, rewrite_block_scalar
from kubelint_lessons.fixes.rendering import Written, after_dash, after_key, flow_text, map_entry
from kubelint_lessons.fixes.texts import RefusedError, TextEdit
from kubelint_lessons.fixes.tree import Spot, Step, Tree, content_end, own_line
from kubelint_lessons.manifests.nodes import Entry, MappingNode, ScalarNode, SequenceNode
from kubelint_lessons.model.regexes import regex

_COLON = regex(r"[ \t]*:")
_NO_TEXT = regex(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n?|\n))*")
_IGNORE_COMMENT = regex(r"#\s*kubelint:\s*ignore\b")


def add_entry(tree: Tree, spot: Spot, name: str, value: Any) -> list[TextEdit]:
    """Return the edits that add an entry at the end of a block map that has entries."""
    node = spot.node
    assert isinstance(node, MappingNode)
    text = tree.text
    first = node.entries[0].key
    indent = _indent_of(text, first.outer)
    style = first.style if isinstance(first, ScalarNode) else ""
    lines = map_entry(name, value, indent, tree.layout, style if style in ("'", '"') else "")
    return [_insert_below(text, content_end(text, node, tree.end), lines)]


def insert_item(tree: Tree, spot: Spot, position: int, value: Any) -> list[TextEdit]:
    """Return the edits that insert an item into a block list that has items."""
    node = spot.node
    assert isinstance(node, SequenceNode)
    text = tree.text
    indent = column(text, node.start)
    gap = _gap(text, node.start, node.items[0].outer)
    written = after_dash(value, indent + 1 + gap, tree.layout)
    lines = [f"{' ' * indent}-{' ' * gap}{written.inline}", *written.lines]
    if position > 0:
        return [_insert_below(text, content_end(text, node.items[position - 1], tree.end), lines)]
    new = line_break(text, node.start)
    before = new.join(lines)[indent:]
    return [TextEdit(node.start, node.start, f"{before}{new}{' ' * indent}")]


def put(tree: Tree, spot: Spot, value: Any) -> list[TextEdit]:
    """Return the edits that put a value in the place of another one that stands in block style."""
    node, text, layout = spot.node, tree.text, tree.layout
    if not spot.steps:
        return _put_root(tree, spot, value)
    step = spot.steps[-1]
    style = node.style if isinstance(node, ScalarNode) else ""
    if isinstance(node, ScalarNode) and style in ("|", ">") and isinstance(value, str):
        parent_indent = column(text, step.parent.start)
        edits = rewrite_block_scalar(tree, node, value, parent_indent)
        if edits is not None:
            return edits
    if isinstance(node, (MappingNode, SequenceNode)) and node.is_flow and (node.end - node.start > 2 or not value):
        if not isinstance(value, (dict, list)) or "\n" not in text[node.start : node.end]:
            written = Written(flow_text(value, quote=layout.quote))
        else:
            indent = column(text, line_start(text, node.start)) + _leading(text, line_start(text, node.start))
            written = Written(flow_text(value, quote=layout.quote, indent=indent, step=layout.step,
                                        line_break=line_break(text, node.start)))  # fmt: skip
    elif step.entry is not None:
        written = after_key(value, _indent_of(text, step.entry.key.outer), layout, style)
    else:
        dash = dash_of(tree, step.parent, step.position)
        written = after_dash(value, column(text, dash) + 1 + _gap(text, dash, node.start), layout, style)
    return _replace(tree, spot, written)


def delete(tree: Tree, spot: Spot) -> list[TextEdit]:
    """Return the edits that delete an entry or item; the last one leaves ``{}`` or ``[]``."""
    step = spot.steps[-1]
    parent = step.parent
    if isinstance(parent, MappingNode) and step.entry is not None:
        same = [entry for entry in parent.entries if entry.name == step.entry.name]
        if len(same) == len(parent.entries):
            return put(tree, spot.up, {})
        if len(same) > 1 and not own_line(tree.text, same[0].key.outer):
            raise RefusedError("the key stands in the map more than once")
        return [edit for entry in same for edit in _delete(tree, spot, entry)]
    assert isinstance(parent, SequenceNode)
    if len(parent.items) == 1:
        return put(tree, spot.up, [])
    start = dash_of(tree, parent, step.position)
    end = content_end(tree.text, spot.node, tree.end)
    if own_line(tree.text, start):
        return [_delete_lines(tree.text, start, max(end, start + 1))]
    following = dash_of(tree, parent, step.position + 1)
    return [_pull_up(tree.text, start, end, following)]


def dash_of(tree: Tree, parent: SequenceNode | MappingNode, position: int) -> int:
    """Return where the dash of an item stands."""
    assert isinstance(parent, SequenceNode)
    if position == 0:
        return parent.start
    text = tree.text
    before = content_end(text, parent.items[position - 1], tree.end)
    match = _NO_TEXT.match(text, next_line(text, before))
    start = match.end() if match else before
    start += _leading(text, start)
    if text[start : start + 1] != "-":
        raise RefusedError("the dash of the list item is not where it is expected")
    return start


def _delete(tree: Tree, spot: Spot, entry: Entry) -> list[TextEdit]:
    text = tree.text
    parent = spot.steps[-1].parent
    assert isinstance(parent, MappingNode)
    start = entry.key.outer
    end = content_end(text, entry.value, tree.end)
    if own_line(text, start):
        return [_delete_lines(text, start, max(end, entry.key.end))]
    _indent_of(text, start)
    following = parent.entries[parent.entries.index(entry) + 1].key.outer
    return [_pull_up(text, start, end, following)]


def _pull_up(text: str, start: int, end: int, following: int) -> TextEdit:
    """Return the edit that deletes up to what follows, which takes the place; comments on own lines are kept."""
    position = next_line(text, end)
    while position < following:
        begin = position + _leading(text, position)
        if text[begin : begin + 1] == "#":
            return TextEdit(start, begin, "")
        position = next_line(text, position)
    return TextEdit(start, following, "")


def _delete_lines(text: str, start: int, end: int) -> TextEdit:
    """Return the edit that deletes lines, with the comments above that only silence findings in them."""
    start = line_start(text, start)
    while start > 0:
        above = (
            line_start(text, max(0, start - 2)) if text[start - 2 : start] == "\r\n" else line_start(text, start - 1)
        )
        if not _IGNORE_COMMENT.match(text[above:start].lstrip()):
            break
        start = above
    return delete_lines(text, start, end)


def _put_root(tree: Tree, spot: Spot, value: Any) -> list[TextEdit]:
    if value:
        raise RefusedError("it would replace the whole document")
    end = content_end(tree.text, spot.node, tree.end)
    return [TextEdit(spot.node.start, line_end(tree.text, end), "[]" if isinstance(value, list) else "{}")]


def _replace(tree: Tree, spot: Spot, written: Written) -> list[TextEdit]:
    """Return the edits that put written text behind the colon or dash of a node, comments on its line kept."""
    node, text = spot.node, tree.text
    head = _head(tree, spot.steps[-1])
    inline = written.inline
    is_block = isinstance(node, (MappingNode, SequenceNode)) and not node.is_flow
    start, end = node.start, node.end
    body: tuple[int, int] | None = None
    if is_block:
        last = line_end(text, content_end(text, node, tree.end))
        if node.outer != start:
            raise RefusedError("it carries an anchor or a tag")
        if line_start(text, start) == line_start(text, head):
            lines = line_break(text, start).join((inline, *written.lines))
            return [TextEdit(start, last, lines)]
        start = end = head
        body = line_start(text, node.start), last
    elif isinstance(node, ScalarNode) and node.style in ("|", ">"):
        end = header_end(text, node)
        last = content_end(text, node, tree.end)
        if last > line_end(text, end):
            body = next_line(text, end), last
    elif line_start(text, start) != line_start(text, head):
        if not written.lines:
            return [TextEdit(start, end, inline)]
        body = line_start(text, node.outer), end
        start = end = head
    elif start != node.outer and "&" not in text[node.outer : start]:
        start = node.outer  # a tag that says the type of the old value
    edits = [_inline_edit(text, head, start, end, inline)]
    if body is not None and written.lines and next_line(text, end) == body[0]:
        edits.append(TextEdit(*body, line_break(text, body[0]).join(written.lines)))
        return edits
    if written.lines:
        edits.append(_insert_below(text, end, written.lines))
    if body is not None:
        edits.append(delete_lines(text, *body))
    return edits


def _inline_edit(text: str, head: int, start: int, end: int, inline: str) -> TextEdit:
    if not inline:
        return TextEdit(head, end, "")
    if start < end:
        return TextEdit(start, end, inline)
    if is_blank(text, start, line_end(text, start)):
        end = line_end(text, start)
    return TextEdit(start, end, f" {inline}")


def _head(tree: Tree, step: Step) -> int:
    """Return the offset behind the colon or the dash that a value belongs to."""
    if step.entry is None:
        return dash_of(tree, step.parent, step.position) + 1
    match = _COLON.match(tree.text, step.entry.key.end)
    if match is None:
        raise RefusedError('the key is written with "?"')
    return match.end()


def _indent_of(text: str, key: int) -> int:
    """Return the column of a key that stands behind nothing but spaces and dashes. Raises RefusedError."""
    start = line_start(text, key)
    if text[start:key].strip(" -"):
        raise RefusedError("the first key of the map stands behind something else than a dash")
    return key - start


def _insert_below(text: str, offset: int, lines: list[str] | tuple[str, ...]) -> TextEdit:
    """Return the edit that inserts lines below the one that holds ``offset``."""
    end = line_end(text, offset)
    new = line_break(text, end)
    return TextEdit(end, end, "".join(new + line for line in lines))


def _gap(text: str, dash: int, content: int) -> int:
    """Return how many spaces stand between a dash and what follows on its line; one where nothing does."""
    between = text[dash + 1 : content]
    return len(between) if between and len(between) < 9 and not between.strip(" ") else 1


def _leading(text: str, start: int) -> int:
    """Return how many spaces stand at ``start``."""
    end = start
    while text[end : end + 1] == " ":
        end += 1
    return end - start
