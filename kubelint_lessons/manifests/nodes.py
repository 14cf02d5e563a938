"""The node tree of a chunk: what stands where. Composed again when a place or an edit is needed, and not kept.

Offsets are code points in the text of the whole source, so that ``source.text[node.start:node.end]`` is the node as
written. Anchors, tags, quotes, comments and line ends stay as they are in the text: this is what edits build on.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from kubelint_lessons.manifests.problems import MAX_DEPTH, ReadError, RejectedError
from kubelint_lessons.manifests.scalars import key_text, resolve_key, resolve_tagged
from kubelint_lessons.manifests.syntax import fault_of, mend_surrogates, open_parser, too_deep
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_PROPERTIES = regex(r"(?:[&!][^\s]*|[ \t\r\n]+|(?<=\s)#[^\n]*)+")
"""Anchor, tag, and the space and comments that may follow them."""

_MERGE_TAG = "tag:yaml.org,2002:merge"


class ScalarNode:
    """A scalar as written. ``style`` is ``""`` for plain, else one of ``'``, ``"``, ``|``, ``>``.

    ``outer`` is where its anchor or tag begins, ``start`` where the value itself does. A block scalar ends with its
    last line that is not blank. An absent value (``key:``) has ``start == end``.
    """

    __slots__ = ("end", "is_plain", "outer", "start", "style", "tag", "text")

    def __init__(
        self, text: str, style: str, tag: str | None, is_plain: bool, outer: int, start: int, end: int
    ) -> None:
        self.text = text
        self.style = style
        self.tag = tag
        self.is_plain = is_plain
        self.outer = outer
        self.start = start
        self.end = end


class MappingNode:
    """A map: its entries in the order of the text, keys that occur twice and ``<<`` included.

    The end of a block map is the end of its last value; a flow map ends behind its bracket.
    """

    __slots__ = ("end", "entries", "is_flow", "outer", "start")

    def __init__(self, outer: int, start: int, is_flow: bool) -> None:
        self.entries: list[Entry] = []
        self.is_flow = is_flow
        self.outer = outer
        self.start = start
        self.end = start


class SequenceNode:
    """A list. The start of a block list is its first ``-``; its end is the end of its last item."""

    __slots__ = ("end", "is_flow", "items", "outer", "start")

    def __init__(self, outer: int, start: int, is_flow: bool) -> None:
        self.items: list[Node] = []
        self.is_flow = is_flow
        self.outer = outer
        self.start = start
        self.end = start


class AliasNode:
    """An alias where it stands; ``target`` is the anchored node."""

    __slots__ = ("end", "outer", "start", "target")

    def __init__(self, target: Node, start: int, end: int) -> None:
        self.target = target
        self.outer = self.start = start
        self.end = end


Node = ScalarNode | MappingNode | SequenceNode | AliasNode


class Entry(NamedTuple):
    """One ``key: value``. ``name`` is the key as kubectl sees it, None for a merge key."""

    name: str | None
    key: Node
    value: Node


def resolve_alias(node: Node) -> ScalarNode | MappingNode | SequenceNode:
    """Return the node itself, or what an alias stands for."""
    while isinstance(node, AliasNode):
        node = node.target
    return node


def walk(root: Node) -> Iterator[Node]:
    """Yield every node as written, keys included, in the order of the text; what an alias stands for is not entered."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, SequenceNode):
            waiting += reversed(node.items)
        elif isinstance(node, MappingNode):
            for entry in reversed(node.entries):
                waiting += (entry.value, entry.key)


def walk_scalars(root: Node) -> Iterator[ScalarNode]:
    """Yield every scalar as written, keys included, in the order of the text; what an alias repeats only once."""
    return (node for node in walk(root) if isinstance(node, ScalarNode))


@lru_cache(maxsize=4)
def compose(text: str, offset: int) -> Node | None:
    """Return the tree of a chunk's first document, None where it has none. Raises ReadError.

    ``offset`` is where the chunk begins in its source. The last few trees are remembered, since findings come in
    groups; nobody may change a tree.
    """
    from kubelint_lessons.manifests.libyaml import StreamEndEvent, YAMLError

    try:
        next_event = open_parser(text).get_event
        next_event()
        if next_event().__class__ is StreamEndEvent:
            return None
        return _compose(next_event, text, offset)
    except YAMLError as error:
        if mended := mend_surrogates(text, keep_length=True):
            return compose(mended, offset)
        raise fault_of(error, text) from None


def _compose(next_event: Any, text: str, offset: int) -> Node:
    from kubelint_lessons.manifests.libyaml import (
        AliasEvent,
        MappingEndEvent,
        MappingStartEvent,
        ScalarEvent,
        SequenceEndEvent,
        SequenceStartEvent,
    )

    anchors: dict[str, Node] = {}
    stack: list[MappingNode | SequenceNode] = []
    keys: list[Node | None] = []  # the key that waits for its value, one per open collection
    while True:
        event = next_event()
        kind = event.__class__
        node: Node
        if kind is MappingStartEvent or kind is SequenceStartEvent:
            outer = event.start_mark.index
            if len(stack) >= MAX_DEPTH:
                raise too_deep(outer)
            start = _skip_properties(text, outer, event.anchor, event.tag)
            make = MappingNode if kind is MappingStartEvent else SequenceNode
            opened = make(outer + offset, start + offset, bool(event.flow_style))
            if event.anchor is not None:
                anchors[event.anchor] = opened
            stack.append(opened)
            keys.append(None)
            continue
        if kind is ScalarEvent:
            node = _scalar(event, text, offset)
            if event.anchor is not None:
                anchors[event.anchor] = node
        elif kind is AliasEvent:
            mark = event.start_mark.index
            if event.anchor not in anchors:
                raise ReadError("yaml-syntax", "an alias without an anchor", mark, mark + 1)
            node = AliasNode(anchors[event.anchor], mark + offset, event.end_mark.index + offset)
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            node = stack.pop()
            keys.pop()
            _close(node, event.end_mark.index + offset)
        else:
            raise AssertionError(f"libyaml sent {event} inside a document")
        if not stack:
            return node
        parent = stack[-1]
        if isinstance(parent, SequenceNode):
            parent.items.append(node)
            continue
        key = keys[-1]
        if key is None:
            keys[-1] = node
        else:
            parent.entries.append(Entry(_name(key), key, node))
            keys[-1] = None


def _close(node: MappingNode | SequenceNode, end: int) -> None:
    if node.is_flow:
        node.end = end
    elif isinstance(node, MappingNode):
        if node.entries:
            last = node.entries[-1]
            node.end = max(last.key.end, last.value.end)
    elif node.items:
        node.end = max(node.start + 1, node.items[-1].end)


def _scalar(event: Any, text: str, offset: int) -> ScalarNode:
    outer, end = event.start_mark.index, event.end_mark.index
    style = event.style or ""
    if style in ("|", ">"):
        end = outer + len(text[outer:end].rstrip())
    start = min(_skip_properties(text, outer, event.anchor, event.tag), end)
    if not event.value and not style:
        start = end
    return ScalarNode(event.value, style, event.tag, event.implicit[0], outer + offset, start + offset, end + offset)


def _skip_properties(text: str, start: int, anchor: str | None, tag: str | None) -> int:
    if anchor is None and tag is None:
        return start
    match = _PROPERTIES.match(text, start)
    return match.end() if match else start


def _name(key: Node) -> str | None:
    """Return a key as kubectl sees it, None for a merge key and for keys that are no scalars."""
    node = resolve_alias(key)
    if not isinstance(node, ScalarNode):
        return None
    try:
        if node.tag is not None:
            if node.tag == _MERGE_TAG and node.text == "<<":
                return None
            return key_text(resolve_tagged(node.tag, node.text))
        if not node.is_plain:
            return node.text
        return None if node.text == "<<" else resolve_key(node.text)
    except RejectedError:
        return None
