"""YAML or JSON inside a string, such as a Prometheus configuration in a ConfigMap, with places in the outer file.

    data:
      prometheus.yml: |
        scrape_configs: []      # line and column of this line in the file, not in the string

In a literal block (``|``) every line of the string is a line of the file, so places are exact. Folded, quoted and
plain scalars rearrange their text; places inside them are the scalar's own line.
"""

from __future__ import annotations

from typing import Any

from kubelint_lessons.manifests.documents import Document, compose_chunk, documents_of
from kubelint_lessons.manifests.locate import find_node
from kubelint_lessons.manifests.nodes import ScalarNode, resolve_alias
from kubelint_lessons.manifests.problems import ReadError, ReadProblem
from kubelint_lessons.manifests.source import Source
from kubelint_lessons.model.location import FieldPath, Location, Place, Spot


class EmbeddedDocument:
    """One YAML document inside a string of another document; implements model.Locatable.

    ``host`` is the document that holds the string, ``path`` where it does. ``data`` are plain values; nobody may
    change them.
    """

    __slots__ = ("_inner", "host", "path")

    def __init__(self, host: Document | EmbeddedDocument, path: FieldPath, inner: Document) -> None:
        self.host = host
        self.path = path
        self._inner = inner

    @property
    def data(self) -> Any:
        """Return the plain values, None where the document does not parse."""
        return self._inner.data

    @property
    def index(self) -> int:
        """Return the number of this document's chunk in the string."""
        return self._inner.index

    @property
    def text(self) -> str:
        """Return the text of this document as it stands in the string."""
        return self._inner.text

    @property
    def problems(self) -> tuple[ReadProblem, ...]:
        """Return what is wrong with the inner document, placed in the outer file."""
        found = []
        for problem in self._inner.problems:
            where = self._in_file(problem.line, problem.column, problem.end_column)
            found.append(ReadProblem(problem.code, problem.message, where.line, where.column, where.end_column))
        return tuple(found)

    def locate(self, path: FieldPath, spot: Spot = "entry") -> Location:
        """Return the span of ``path``, a route inside the string, in the outer file; never raises."""
        inner = self._inner.locate(path, spot)
        return self._in_file(inner.line, inner.column, inner.end_column)

    def place(self, *path: str | int, spot: Spot = "entry") -> Place:
        """Return the place of a field of this document."""
        return Place(self, path, spot)

    def _in_file(self, line: int, column: int, end_column: int) -> Location:
        host = self.host
        outer = host if isinstance(host, Document) else host._inner
        moved = _in_literal_block(outer, self.path, self._inner.source, line)
        if moved is None:
            return host.locate(self.path)
        outer_line, shift = moved
        if isinstance(host, Document):
            return Location(outer.source.path, outer_line, column + shift, end_column + shift)
        return host._in_file(outer_line, column + shift, end_column + shift)

    def __repr__(self) -> str:
        return f"<EmbeddedDocument {self.path} of {self.host!r}>"


def embedded_documents(host: Document | EmbeddedDocument, path: FieldPath) -> tuple[EmbeddedDocument, ...]:
    """Return the documents inside the string at ``path``; none where no string lies there. Never raises.

    A string that is no YAML gives one document without data, whose problems say why. Text that only happens to be
    YAML, such as a sentence, gives a document whose data is a string: callers ask for the type they expect.
    """
    value = host.data
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return ()
    if not isinstance(value, str):
        return ()
    outer = host if isinstance(host, Document) else host._inner
    inner = Source(outer.source.path, value)
    return tuple(EmbeddedDocument(host, path, document) for document in documents_of(inner))


def _in_literal_block(outer: Document, path: FieldPath, inner: Source, line: int) -> tuple[int, int] | None:
    """Return the line of the outer text that is ``line`` of a literal block, and how far it is indented there."""
    try:
        root = compose_chunk(outer)
    except ReadError:
        return None
    node = None if root is None else find_node(root, path)
    if node is None:
        return None
    scalar = resolve_alias(node)
    if not isinstance(scalar, ScalarNode) or scalar.style != "|":
        return None
    outer_line = outer.source.position(scalar.start)[0] + line
    written, text = outer.source.line(outer_line), inner.line(line)
    if not written.endswith(text):
        return None
    return outer_line, len(written) - len(text)
