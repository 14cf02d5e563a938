"""A route inside a document becomes a span of its text, within one line.

What is written through an alias or a merge key is pointed at where the alias stands (``resources: *small``,
``<<: *defaults``): the place belongs to the object that has the problem, not to the one that lent its text.
"""

from __future__ import annotations

from kubelint_lessons.manifests.nodes import (
    AliasNode,
    Entry,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    resolve_alias,
)
from kubelint_lessons.model.location import FieldPath, Spot
from kubelint_lessons.model.records import NamedTuple


class Span(NamedTuple):
    """Offsets in the source; ``end`` lies in the line of ``start``."""

    start: int
    end: int


class _Found(NamedTuple):
    node: Node
    entry: Entry | None  # the entry whose value the node is; None for list items and the root
    is_complete: bool
    is_borrowed: bool = False  # the rest of the path leads through an alias or a merge key


def find_span(root: Node, text: str, path: FieldPath, spot: Spot) -> Span:
    """Return where ``path`` is written in ``text``, the whole source.

    ``entry``: a scalar's whole ``key: value``, the first entry of a map or list, the value of a list item that is a
    scalar. ``key``: the key alone. ``value``: the value alone, of a map or list its first line. Where the path does
    not exist: the key of the deepest ancestor that does; of a list item its first entry; of the root its first key.
    """
    found = _walk(root, path)
    if not found.is_complete:
        return _of_ancestor(root, found, text)
    if spot == "key":
        return _of_key(found, text)
    if spot == "value":
        return _of_value(found, text)
    return _of_entry(found, text)


def find_node(root: Node, path: FieldPath) -> Node | None:
    """Return the node at ``path``, aliases and merge keys followed; None where there is none."""
    node: Node = root
    for step in path:
        target = resolve_alias(node)
        if isinstance(target, SequenceNode):
            if not isinstance(step, int) or not 0 <= step < len(target.items):
                return None
            node = target.items[step]
        elif isinstance(target, MappingNode):
            entry = find_entry(target, str(step))
            if entry is None:
                return None
            node = entry.value
            if entry.name is None:
                merged = _merged_entry(entry, str(step))
                if merged is None:
                    return None
                node = merged.value
        else:
            return None
    return node


def find_entry(mapping: MappingNode, name: str) -> Entry | None:
    """Return the entry that gives a map its value of ``name``: the last one, which may be a merge key."""
    for entry in reversed(mapping.entries):
        if entry.name == name or (entry.name is None and _merged_entry(entry, name) is not None):
            return entry
    return None


def _merged_entry(entry: Entry, name: str) -> Entry | None:
    """Return the entry of ``name`` that a merge key brings in. In a list of maps the first one wins."""
    value = resolve_alias(entry.value)
    for part in value.items if isinstance(value, SequenceNode) else [value]:
        mapping = resolve_alias(part)
        if isinstance(mapping, MappingNode):
            found = find_entry(mapping, name)
            if found is not None:
                return found if found.name is not None else _merged_entry(found, name)
    return None


def _walk(root: Node, path: FieldPath) -> _Found:
    node, entry = root, None
    for step in path:
        if isinstance(node, AliasNode):
            return _Found(node, entry, find_node(root, path) is not None, is_borrowed=True)
        if isinstance(node, SequenceNode) and isinstance(step, int) and 0 <= step < len(node.items):
            node, entry = node.items[step], None
        elif isinstance(node, MappingNode) and (found := find_entry(node, str(step))) is not None:
            if found.name is None:
                return _Found(found.value, found, find_node(root, path) is not None, is_borrowed=True)
            node, entry = found.value, found
        else:
            return _Found(node, entry, False)
    return _Found(node, entry, True)


def _of_ancestor(root: Node, found: _Found, text: str) -> Span:
    if found.entry is not None:
        return _key_span(found.entry, text)
    if found.node is root:
        return _of_key(found, text)
    return _item_span(found.node, text)


def _of_key(found: _Found, text: str) -> Span:
    if found.entry is not None:
        return _key_span(found.entry, text)
    node = found.node
    if isinstance(node, MappingNode) and node.entries:
        return _key_span(node.entries[0], text)
    return _first_line(node, text)


def _of_value(found: _Found, text: str) -> Span:
    node = found.node
    if found.entry is not None and node.start == node.end:
        return _entry_span(found.entry, text)
    if isinstance(node, SequenceNode) and not node.is_flow and node.items:
        return _item_span(node.items[0], text)
    if isinstance(node, MappingNode) and not node.is_flow and node.entries:
        return _entry_span(node.entries[0], text)
    return _first_line(node, text)


def _of_entry(found: _Found, text: str) -> Span:
    node = found.node
    if found.entry is not None and found.is_borrowed:
        return _entry_span(found.entry, text)
    if isinstance(node, MappingNode) and node.entries:
        return _entry_span(node.entries[0], text)
    if isinstance(node, SequenceNode) and node.items:
        return _item_span(node.items[0], text)
    if found.entry is not None:
        return _entry_span(found.entry, text)
    return _first_line(node, text)


def _item_span(item: Node, text: str) -> Span:
    if isinstance(item, MappingNode) and item.entries:
        return _entry_span(item.entries[0], text)
    if isinstance(item, SequenceNode) and item.items:
        return _item_span(item.items[0], text)
    return _first_line(item, text)


def _key_span(entry: Entry, text: str) -> Span:
    return _clip(entry.key.outer, max(entry.key.end, entry.key.outer), text)


def _entry_span(entry: Entry, text: str) -> Span:
    """Return ``key: value``, or what of it stands in the line of the key."""
    start = entry.key.outer
    line_end = _line_end(text, start)
    if entry.key.end > line_end:
        return _clip(start, entry.key.end, text)
    value = entry.value
    if value.start < line_end and value.start != value.end:
        return Span(start, _first_line(value, text).end)
    return Span(start, _behind_colon(entry.key.end, line_end, text))


def _behind_colon(key_end: int, line_end: int, text: str) -> int:
    """Return the offset behind the colon that follows a key, the key's own end where none follows in its line."""
    colon = key_end
    while colon < line_end and text[colon] in " \t":
        colon += 1
    return colon + 1 if text[colon : colon + 1] == ":" else key_end


def _first_line(node: Node, text: str) -> Span:
    """Return what of a value stands in the line where it begins, without a comment behind it."""
    start = node.start
    if start == node.end:
        return _before(start, text)
    line_end = _line_end(text, start)
    if node.end <= line_end:
        return _clip(start, node.end, text)
    if isinstance(node, ScalarNode):
        if node.style in ("|", ">"):
            end = start + 1
            while text[end : end + 1] in ("+", "-", *"0123456789") and end < line_end:
                end += 1
            return Span(start, end)
        return _clip(start, node.end, text)
    end = max((part for part in _ends(node) if part <= line_end), default=start + 1)
    return Span(start, max(end, start + 1))


def _before(offset: int, text: str) -> Span:
    """Return the character that an absent value follows: the ``-`` of its list item."""
    while offset > 0 and text[offset - 1] in " \t":
        offset -= 1
    return Span(max(0, offset - 1), offset)


def _ends(node: Node) -> list[int]:
    """Return the ends of all that lies below a map or list, the opening bracket included."""
    ends = [node.start + 1]
    if isinstance(node, MappingNode):
        for entry in node.entries:
            ends += (entry.key.end, entry.value.end, *_ends(entry.value))
    elif isinstance(node, SequenceNode):
        for item in node.items:
            ends += (item.end, *_ends(item))
    return ends


def _clip(start: int, end: int, text: str) -> Span:
    end = min(end, _line_end(text, start))
    end = start + len(text[start:end].rstrip())
    return Span(start, max(end, start + 1))


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    carriage_return = text.find("\r", start, end)
    return end if carriage_return < 0 else carriage_return
