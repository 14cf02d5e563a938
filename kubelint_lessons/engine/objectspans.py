"""Which lines belong to which object, and which of them lie inside a value: what suppressions need of a tree."""

from __future__ import annotations

from collections.abc import Iterable

from kubelint_lessons.engine.collect import is_checked
from kubelint_lessons.engine.directives import MARK
from kubelint_lessons.manifests.documents import Document, tree_of
from kubelint_lessons.manifests.locate import find_node
from kubelint_lessons.manifests.nodes import MappingNode, Node, ScalarNode, walk_scalars
from kubelint_lessons.manifests.source import Source
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple


class Lines(NamedTuple):
    """A run of lines of a file, 1-based, the last one included."""

    first: int
    last: int


class Hidden(NamedTuple):
    """A value whose text is no comment: offsets in the source, the line where it begins, and its style."""

    start: int
    end: int
    first: int
    last: int
    is_block: bool


class ObjectLines(NamedTuple):
    """The lines of one object, the line of its first key, and that of its ``kind``; 0 where it has none."""

    whole: Lines
    first_key: int
    kind: int


class TreeLines(NamedTuple):
    """The lines of one document. Of its values only those that have several lines or hold our name are kept."""

    objects: tuple[ObjectLines, ...]
    scalars: tuple[Hidden, ...]

    def hidden_by(self, offset: int) -> Hidden | None:
        """Return the value whose text holds an offset, or None."""
        return next((scalar for scalar in self.scalars if scalar.start <= offset < scalar.end), None)

    def end_of_scalar(self, line: int) -> int:
        """Return the last line of the values that begin on a line; 0 where none does."""
        return max((scalar.last for scalar in self.scalars if scalar.first == line), default=0)

    def object_at(self, line: int, is_alone: bool) -> Lines | None:
        """Return the lines of the object that a comment on or above ``line`` speaks of as a whole, or None."""
        for entry in self.objects:
            if line == entry.kind or (is_alone and line == entry.first_key):
                return entry.whole
        return None


def tree_lines(document: Document) -> TreeLines | None:
    """Return the lines of a document's objects and values; None where it has no tree, as templates have none."""
    root = tree_of(document)
    if root is None:
        return None
    source = document.source
    found = (_hidden(source, node) for node in walk_scalars(root))
    scalars = tuple(item for item in found if item.first < item.last or MARK in source.text[item.start : item.end])
    objects: tuple[ObjectLines, ...] = ()
    if is_checked(document):
        prefixes = dict.fromkeys(((), *(resource.prefix for resource in document.resources)))
        objects = tuple(_objects(document, root, prefixes))
    return TreeLines(objects, scalars)


def lines_at(document: Document, root: Node, path: FieldPath) -> Lines | None:
    """Return the lines of what lies at ``path``, of the whole document for ``()``; None where nothing lies there."""
    if not path:
        last, column = document.source.position(max(document.start, document.end))
        return Lines(document.first_line, max(document.first_line, last - (column == 1)))
    node = find_node(root, path)
    return _lines(document.source, node) if node is not None else None


def _objects(document: Document, root: Node, prefixes: Iterable[FieldPath]) -> list[ObjectLines]:
    found = []
    for prefix in prefixes:
        node = find_node(root, prefix)
        whole = lines_at(document, root, prefix)
        if isinstance(node, MappingNode) and node.entries and whole is not None:
            position = document.source.position
            kind = next((entry for entry in node.entries if entry.name == "kind"), None)
            first_key = position(node.entries[0].key.outer)[0]
            found.append(ObjectLines(whole, first_key, position(kind.key.outer)[0] if kind is not None else 0))
    return sorted(found, key=lambda entry: entry.whole.last - entry.whole.first)


def _lines(source: Source, node: Node) -> Lines:
    return Lines(source.position(node.outer)[0], source.position(max(node.outer, node.end - 1))[0])


def _hidden(source: Source, node: ScalarNode) -> Hidden:
    """Return the text of a value; a comment behind the ``|`` of a block scalar is none of it."""
    first, last = _lines(source, node)
    is_block = node.style in ("|", ">")
    start = node.start
    if is_block:
        starts = source.line_starts()
        header, _ = source.position(node.start)
        start = starts[header] if header < len(starts) else node.end
    return Hidden(start, node.end, source.position(node.start)[0] if is_block else first, last, is_block)
