"""A YAML block inside Markdown: its plain values, and where in the Markdown each key, value and character stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubelint_lessons.lessons.lesson import Block, LessonProblem
from kubelint_lessons.manifests.libyaml import YAMLError
from kubelint_lessons.manifests.load import load
from kubelint_lessons.manifests.problems import ReadError
from kubelint_lessons.manifests.scalars import resolve_key
from kubelint_lessons.manifests.syntax import open_parser
from kubelint_lessons.model.records import NamedTuple

Path = Sequence[str | int]


class _Node:
    """Where a value stands in the block: offsets, its children by key or index, and where their keys stand."""

    __slots__ = ("children", "end", "keys", "start", "style")

    def __init__(self, start: int, end: int, style: str) -> None:
        self.start = start
        self.end = end
        self.style = style
        self.children: dict[str | int, _Node] = {}
        self.keys: dict[str | int, tuple[int, int]] = {}


class Span(NamedTuple):
    """A span within one line of the Markdown, 1-based, end exclusive."""

    line: int
    column: int
    end_column: int


class YamlBlock:
    """A block that was read: ``data`` are its values as kubectl reads them."""

    __slots__ = ("_block", "_path", "_root", "_starts", "data")

    def __init__(self, block: Block, path: str, data: Any, root: _Node | None) -> None:
        """Keep what ``read_yaml`` found out."""
        self.data = data
        self._block = block
        self._path = path
        self._root = root
        self._starts = _line_starts(block.text)

    def key_span(self, path: Path) -> Span:
        """Return the place of the key at ``path``; of a list item its first line; of what is absent its parent's."""
        node, parent, last = self._find(path)
        if parent is not None and last in parent.keys:
            return self._span(*parent.keys[last])
        return self._node_span(node)

    def value_span(self, path: Path) -> Span:
        """Return the place of the value at ``path``, its first line where it has several."""
        return self._node_span(self._find(path)[0])

    def lines_of(self, key: str) -> range:
        """Return the Markdown's lines of a top-level entry, up to where the next one begins."""
        keys = self._root.keys if self._root else {}
        if key not in keys:  # it came with an alias, from some other line
            return range(self._block.line, self._block.line + self._block.text.count("\n"))
        own = keys[key][0]
        following = min((start for start, _ in keys.values() if start > own), default=len(self._block.text))
        return range(self._place(own)[0], self._place(max(own, following - 1))[0] + 1)

    def text_span(self, path: Path, line: int, column: int) -> Span:
        """Return the place of one character of the string at ``path``; ``line`` and ``column`` count in its text.

        Folded and quoted strings are followed character by character, white space aside.
        """
        node, _, _ = self._find(path)
        value = self.data
        for step in path:
            value = value[step]
        if node is None or not isinstance(value, str):
            return self.value_span(path)
        lines = value.split("\n")
        offset = sum(len(text) + 1 for text in lines[: line - 1]) + column - 1
        found_line, found_column = self._place(_align(self._block.text, node, value, min(offset, len(value))))
        return Span(found_line, found_column, found_column + 1)

    def problem(self, span: Span, message: str, hint: str, code: str) -> LessonProblem:
        """Return a problem at ``span``."""
        return LessonProblem(self._path, span.line, span.column, span.end_column, message, hint, code)

    def _find(self, path: Path) -> tuple[_Node | None, _Node | None, str | int]:
        """Return the node at ``path`` or its deepest existing ancestor, the parent, and the last step taken."""
        node, parent, last = self._root, None, ""
        for step in path:
            if node is None or step not in node.children:
                break
            parent, node, last = node, node.children[step], step  # type: ignore[assignment]
        return node, parent, last

    def _node_span(self, node: _Node | None) -> Span:
        if node is None:
            return Span(self._block.fence_line, 1, 2)
        return self._span(node.start, node.end if node.style != "map" else len(self._block.text))

    def _place(self, offset: int) -> tuple[int, int]:
        import bisect

        index = bisect.bisect_right(self._starts, offset) - 1
        return self._block.place(index + 1, offset - self._starts[index] + 1)

    def _span(self, start: int, end: int) -> Span:
        text = self._block.text
        newline = text.find("\n", start)
        stop = min(end, newline if newline >= 0 else len(text))
        line, column = self._place(start)
        return Span(line, column, column + max(1, len(text[start:stop].rstrip())))


def read_yaml(block: Block, path: str, code: str) -> YamlBlock | LessonProblem:
    """Return the values of a fenced block, or what keeps it from being read; a key that stands twice does."""
    try:
        loaded = load(block.text)
    except ReadError as fault:
        found = YamlBlock(block, path, None, None)
        span = found._span(fault.start, fault.end)
        return found.problem(span, f"the block is not YAML: {fault.message}", "correct the line", code)
    try:
        root, repeated = _read_places(block.text)
    except YAMLError:  # JSON that is no YAML, such as a surrogate pair in two escapes
        root, repeated = None, None
    found = YamlBlock(block, path, loaded.data, root)
    if repeated:
        name, start, end = repeated
        return found.problem(found._span(start, end), f'the key "{name}" stands twice', "keep one of them", code)
    if loaded.ignored is not None:
        span = found._span(loaded.ignored, len(block.text))
        return found.problem(span, "a second YAML document begins here", "write one document a block", code)
    return found


def _read_places(text: str) -> tuple[_Node | None, tuple[str, int, int] | None]:
    """Return the tree of places of the first document, and the first key that stands twice in its map."""
    next_event = open_parser(text).get_event
    stack: list[tuple[_Node, bool, Any]] = []  # (container, is a map, key that waits for its value)
    repeated: tuple[str, int, int] | None = None
    root: _Node | None = None
    while True:
        event = next_event()
        kind = event.__class__.__name__
        if kind in ("StreamStartEvent", "DocumentStartEvent"):
            continue
        if kind in ("DocumentEndEvent", "StreamEndEvent"):
            return root, repeated
        if kind in ("MappingEndEvent", "SequenceEndEvent"):
            stack.pop()
            continue
        start, end = event.start_mark.index, event.end_mark.index
        if stack and stack[-1][1] and stack[-1][2] is None:  # a key
            key = str(getattr(event, "value", getattr(event, "anchor", "")))
            if kind == "ScalarEvent" and event.tag is None and event.implicit[0]:
                key = resolve_key(key)
            parent = stack[-1][0]
            if key in parent.keys and key != "<<":
                repeated = repeated or (key, start, end)
            parent.keys[key] = (start, end)
            stack[-1] = (parent, True, key)
            continue
        node = _Node(start, end, getattr(event, "style", "") or "" if kind == "ScalarEvent" else "map")
        if stack:
            parent, is_map, key = stack[-1]
            parent.children[key if is_map else len(parent.children)] = node
            stack[-1] = (parent, is_map, None)
        else:
            root = node
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            stack.append((node, kind == "MappingStartEvent", None))


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for index, character in enumerate(text):
        if character == "\n":
            starts.append(index + 1)
    return starts


def _align(text: str, node: _Node, value: str, offset: int) -> int:
    """Return the offset in ``text`` of the character at ``offset`` of the scalar's value."""
    position = node.start
    if node.style in ("|", ">"):
        position = text.find("\n", node.start) + 1
    elif node.style in ("'", '"'):
        position += 1
    wanted = sum(not character.isspace() for character in value[:offset])
    at_end = offset >= len(value.rstrip())
    while position < node.end:
        character = text[position]
        width = 1
        if node.style == "'" and text[position : position + 2] == "''":
            width = 2
        elif node.style == '"' and character == "\\":
            width = 2
            character = " " if text[position + 1 : position + 2] in ("n", "t", "r", "\n", " ") else "x"
        if not character.isspace():
            if wanted == 0:
                return position
            wanted -= 1
            if wanted == 0 and at_end:
                return position + width
        position += width
    return position
