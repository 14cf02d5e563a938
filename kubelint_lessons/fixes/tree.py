"""The way to what an edit changes: the maps and lists it leads through, and whether an alias stands in it."""

from __future__ import annotations

from collections.abc import Callable

from kubelint_lessons.fixes.layout import Layout
from kubelint_lessons.fixes.lines import is_blank, line_end, line_start, next_line
from kubelint_lessons.fixes.texts import RefusedError
from kubelint_lessons.manifests.locate import find_entry
from kubelint_lessons.manifests.nodes import AliasNode, Entry, MappingNode, Node, ScalarNode, SequenceNode, walk
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

Collection = MappingNode | SequenceNode

_SHARED = "an alias repeats this elsewhere, so the edit would change other places too"


class Step(NamedTuple):
    """One step of the way: the entry (of a map) or the item (of a list) that was taken."""

    parent: Collection
    entry: Entry | None
    position: int


class Spot(NamedTuple):
    """A node that is there, and the way to it. ``steps`` is empty for the root."""

    steps: tuple[Step, ...]
    node: Node

    @property
    def in_flow(self) -> bool:
        """Return whether the node stands inside a flow map or list."""
        return any(step.parent.is_flow for step in self.steps)

    @property
    def up(self) -> Spot:
        """Return the spot of the map or list that holds the node."""
        return Spot(self.steps[:-1], self.steps[-1].parent)


class Tree:
    """One document as written. ``text`` is the whole file; ``end`` is where the document ends in it."""

    __slots__ = ("_layout", "_measure", "_repeated", "end", "is_json", "root", "text")

    def __init__(self, text: str, root: Node, end: int, measure: Callable[[], Layout], is_json: bool) -> None:
        self.text = text
        self.root = root
        self.end = end
        self.is_json = is_json
        self._measure = measure
        self._layout: Layout | None = None
        self._repeated = [node for node in walk(root) if isinstance(node, AliasNode)]

    @property
    def layout(self) -> Layout:
        """Return how the file is written; measured when it is asked for, since small edits need not know."""
        if self._layout is None:
            self._layout = self._measure()
        return self._layout

    def find(self, path: FieldPath) -> Spot:
        """Return the spot of a path that exists. Raises RefusedError where it leads through an alias or merge key."""
        node = self.root
        steps: list[Step] = []
        for step in path:
            if isinstance(node, AliasNode):
                raise RefusedError("it lies in what an alias repeats, so the edit would change other places too")
            if isinstance(node, SequenceNode) and isinstance(step, int) and 0 <= step < len(node.items):
                steps.append(Step(node, None, step))
                node = node.items[step]
                continue
            entry = find_entry(node, str(step)) if isinstance(node, MappingNode) else None
            if entry is None or not isinstance(node, MappingNode):
                raise RefusedError(f'"{step}" is not where it was read')
            if entry.name is None:
                raise RefusedError("it comes in through a merge key, so the edit would change other places too")
            steps.append(Step(node, entry, -1))
            node = entry.value
        return Spot(tuple(steps), node)

    def require_unshared(self, spot: Spot, *, with_content: bool) -> None:
        """Raise RefusedError where an alias repeats the node, what it lies in, or (``with_content``) what it holds."""
        if not self._repeated:
            return
        above = {id(step.parent) for step in spot.steps} | {id(spot.node)}
        below = {id(node) for node in walk(spot.node)} if with_content else set()
        for alias in self._repeated:
            if id(alias.target) in above:
                raise RefusedError(_SHARED)
            if id(alias.target) in below and id(alias) not in below:
                raise RefusedError("it holds an anchor that an alias elsewhere needs")


def content_end(text: str, node: Node, limit: int) -> int:
    """Return where the last line that belongs to a node's value ends, comments and line break not included.

    Blank lines at the end of a block scalar belong to it where they are part of its value. ``limit`` is the end of
    the document.
    """
    end = node.end
    while isinstance(node, (MappingNode, SequenceNode)) and not node.is_flow:
        if isinstance(node, MappingNode):
            if not node.entries:
                break
            node = node.entries[-1].value
        else:
            if not node.items:
                break
            node = node.items[-1]
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        return block_scalar_end(text, node, limit, keeps="+" in text[node.start : node.start + 3])
    return end


def block_scalar_end(text: str, node: ScalarNode, limit: int, *, keeps: bool) -> int:
    """Return where the last line of a block scalar ends; ``keeps`` counts the blank lines behind it."""
    header_end = line_end(text, node.start)
    first = next_line(text, node.start)
    indent = len(text[first : node.end]) - len(text[first : node.end].lstrip(" ")) if first < node.end else 0
    end = node.end
    position = end
    while True:
        start = next_line(text, position)
        if start >= limit or start == line_end(text, position):
            return end
        position = line_end(text, start)
        if not is_blank(text, start, position):
            return end
        if keeps or (position - start > indent and node.end > header_end):
            end = position


def own_line(text: str, offset: int) -> bool:
    """Return whether nothing stands before ``offset`` in its line."""
    return is_blank(text, line_start(text, offset), offset)
