"""The smallest changes of a document, each of them block or flow style as the text around it asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubelint_lessons.fixes import block, flow
from kubelint_lessons.fixes.quoting import double_quoted, write_key
from kubelint_lessons.fixes.texts import RefusedError, TextEdit
from kubelint_lessons.fixes.tree import Spot, Tree
from kubelint_lessons.manifests.nodes import AliasNode, MappingNode, Node, ScalarNode, SequenceNode
from kubelint_lessons.model.location import FieldPath, format_path

Change = Callable[[Tree], list[TextEdit]]
"""What turns a document as written into edits of its text. Raises RefusedError."""


def putting(path: FieldPath, value: Any) -> Change:
    """Return the change that puts a value in the place of the one at ``path``."""

    def change(tree: Tree) -> list[TextEdit]:
        try:
            spot = tree.find(path)
        except RefusedError:
            override = _override(tree, path, value)
            if override is None:
                raise
            return override
        tree.require_unshared(spot, with_content=not isinstance(spot.node, AliasNode))
        is_flow = spot.in_flow or (not spot.steps and _is_flow(spot.node))
        return flow.put(tree, spot, value) if is_flow else block.put(tree, spot, value)

    return change


def _override(tree: Tree, path: FieldPath, value: Any) -> list[TextEdit] | None:
    """Return the edits that give a map an own entry beside a merge key; None where it has one already."""
    node = tree.find(path[:-1]).node
    name = path[-1]
    if (
        not isinstance(node, MappingNode)
        or not isinstance(name, str)
        or any(entry.name == name for entry in node.entries)
    ):
        return None
    return adding(path[:-1], name, value)(tree)


def adding(path: FieldPath, name: str, value: Any) -> Change:
    """Return the change that adds an entry to the map at ``path``, which has none of that name."""

    def change(tree: Tree) -> list[TextEdit]:
        spot = tree.find(path)
        tree.require_unshared(spot, with_content=False)
        if not isinstance(spot.node, MappingNode):
            raise RefusedError(f"{format_path(path)} comes from an alias, so the edit would change other places too")
        if not spot.node.entries:
            return _fill(tree, spot, {name: value})
        if spot.node.is_flow:
            return flow.add_entry(tree, spot, name, value)
        return block.add_entry(tree, spot, name, value)

    return change


def inserting(path: FieldPath, position: int, value: Any) -> Change:
    """Return the change that inserts an item into the list at ``path``."""

    def change(tree: Tree) -> list[TextEdit]:
        spot = tree.find(path)
        tree.require_unshared(spot, with_content=False)
        if not isinstance(spot.node, SequenceNode):
            raise RefusedError(f"{format_path(path)} comes from an alias, so the edit would change other places too")
        if not spot.node.items:
            return _fill(tree, spot, [value])
        if spot.node.is_flow:
            return flow.insert_item(tree, spot, position, value)
        return block.insert_item(tree, spot, position, value)

    return change


def deleting(path: FieldPath) -> Change:
    """Return the change that deletes the entry or item at ``path``."""

    def change(tree: Tree) -> list[TextEdit]:
        spot = tree.find(path)
        tree.require_unshared(spot, with_content=not isinstance(spot.node, AliasNode))
        return flow.delete(tree, spot) if spot.in_flow else block.delete(tree, spot)

    return change


def renaming(path: FieldPath, name: str) -> Change:
    """Return the change that gives the key at ``path`` another name."""

    def change(tree: Tree) -> list[TextEdit]:
        spot = tree.find(path)
        tree.require_unshared(spot.up, with_content=False)
        entry = spot.steps[-1].entry
        key = None if entry is None else entry.key
        parent = spot.up.node
        if not isinstance(key, ScalarNode) or key.outer != key.start or not isinstance(parent, MappingNode):
            raise RefusedError("its key carries an anchor, an alias or a tag")
        if sum(other.name == path[-1] for other in parent.entries) > 1:
            raise RefusedError("the key stands in the map more than once")
        if tree.is_json:
            return [TextEdit(key.start, key.end, double_quoted(name))]
        written = write_key(name, key.style, quote=tree.layout.quote, in_flow=parent.is_flow)
        return [TextEdit(key.start, key.end, written)]

    return change


def replacing(path: FieldPath, old: str, new: str) -> Change:
    """Replace inside the text of a scalar as it stands; whether that means the same, the proof says."""

    def change(tree: Tree) -> list[TextEdit]:
        spot = tree.find(path)
        tree.require_unshared(spot, with_content=True)
        node = spot.node
        if not isinstance(node, ScalarNode):
            raise RefusedError(f"{format_path(path)} comes from an alias, so the edit would change other places too")
        edits = []
        at = tree.text.find(old, node.start, node.end)
        while at >= 0:
            edits.append(TextEdit(at, at + len(old), new))
            at = tree.text.find(old, at + len(old), node.end)
        return edits

    return change


def _fill(tree: Tree, spot: Spot, value: Any) -> list[TextEdit]:
    """Return the edits that put something into an empty map or list."""
    return flow.put(tree, spot, value) if spot.in_flow or not spot.steps else block.put(tree, spot, value)


def _is_flow(node: Node) -> bool:
    return isinstance(node, (MappingNode, SequenceNode)) and node.is_flow
