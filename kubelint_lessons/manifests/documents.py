"""One YAML document: what kubectl reads from it, what is wrong with it, what class it has, where things stand."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from kubelint_lessons.manifests.chunkproblems import (
    encoding_problem,
    ignored_problem,
    parse_problem,
    separator_problem,
)
from kubelint_lessons.manifests.classify import DocumentClass, Hint, classify, is_template
from kubelint_lessons.manifests.duplicates import find_duplicates
from kubelint_lessons.manifests.live import Live
from kubelint_lessons.manifests.load import ALL_WORDS, NO_WORDS, load
from kubelint_lessons.manifests.locate import find_span
from kubelint_lessons.manifests.nodes import Node, compose, walk_scalars
from kubelint_lessons.manifests.problems import ReadError, ReadProblem
from kubelint_lessons.manifests.quicklocate import LineSpan, Way, find_line_span
from kubelint_lessons.manifests.resources import Identity, Resource, resources_from, resources_of
from kubelint_lessons.manifests.shelf import Shelf
from kubelint_lessons.manifests.source import Chunk, Source, split
from kubelint_lessons.model.location import FieldPath, Location, Spot

_MOST_IN_LINES = 32
"""To compose the tree of a document takes about as long as to look so many places up in its lines."""


class Document:
    """One YAML document of a file; implements model.Locatable.

    ``index`` counts the chunks of the file. ``problems`` are in the order of the text, whatever the class: what is
    said about a document that is not Kubernetes is for the caller to decide. ``data`` is None where it is broken.
    ``words`` are the bits of the words that the caller asked for and that occur in it. ``is_plain`` says that
    manifests.quickload has read it.
    """

    __slots__ = (
        "_live",
        "_packed",
        "_resources",
        "_shelf",
        "document_class",
        "end",
        "first_line",
        "has_alias",
        "has_null",
        "index",
        "is_plain",
        "problems",
        "secrets",
        "source",
        "start",
        "words",
    )

    def __init__(
        self,
        source: Source,
        index: int,
        first_line: int,
        start: int,
        end: int,
        document_class: DocumentClass,
        has_alias: bool,
        has_null: bool,
        words: int,
        is_plain: bool,
        live: Live | None,
        problems: tuple[ReadProblem, ...] = (),
    ) -> None:
        self.source = source
        self.index = index
        self.first_line = first_line
        self.start = start
        self.end = end
        self.document_class = document_class
        self.has_alias = has_alias
        self.has_null = has_null
        self.words = words
        self.is_plain = is_plain
        self.problems = problems
        self._live = live
        self._packed: bytes | int = b""
        """The values as ``marshal`` writes them, or the ticket for them of what the shelf has put away."""
        self._shelf: Shelf | None = None
        self._resources: tuple[Resource, ...] | Resource | None = None
        """The only one without a tuple around it."""
        self.secrets: frozenset[str] | None = None
        """What a masker found secret in here; documents without findings are never asked."""

    def pack(self) -> tuple[Any, ...] | None:
        """Return this document as plain values for ``unpack``; None where there is more to say about it."""
        if self.problems:
            return None
        try:
            packed = self._packed_values() if self._packed else marshal.dumps(self.live.data)
        except (ValueError, OSError):  # nested too deep for it; put away and lost
            return None
        place = (self.index, self.first_line, self.start, self.end)
        identities = tuple(resource.identity for resource in self.resources)
        flags = (self.has_alias, self.has_null, self.words, self.is_plain)
        return (*place, self.document_class, *flags, packed, identities)

    @classmethod
    def unpack(
        cls,
        source: Source,
        index: int,
        first_line: int,
        start: int,
        end: int,
        document_class: DocumentClass,
        has_alias: bool,
        has_null: bool,
        words: int,
        is_plain: bool,
        packed: bytes,
        identities: tuple[Identity, ...],
    ) -> Document:
        """Return the document that ``pack`` packed; its values stay so until somebody asks for them."""
        place = (source, index, first_line, start, end)
        document = cls(*place, document_class, has_alias, has_null, words, is_plain, None)
        document._packed = packed
        document._hold(resources_from(document, identities))
        return document

    @property
    def size(self) -> int:
        """Return the number of characters."""
        return self.end - self.start

    @property
    def text(self) -> str:
        """Return the chunk as written, comments included."""
        return self.source.text[self.start : self.end]

    @property
    def live(self) -> Live:
        """Return the values, unpacked if they were put away. Nobody may change them, or keep them for long."""
        live = self._live
        if live is None:
            live = self._live = Live(self._unpacked())
            if self._shelf is not None:
                self._shelf.put(self)
        return live

    @property
    def data(self) -> Any:
        """Return the plain values. Nobody may change them."""
        return self.live.data

    def shelve(self, shelf: Shelf) -> None:
        """Let ``shelf`` decide how long the values stay unpacked, now that it is known what tells the objects apart."""
        if self._resources is None:
            self._hold(resources_of(self))
        self._shelf = shelf
        if self._live is not None:
            shelf.put(self)
        elif isinstance(self._packed, bytes):
            self._packed = shelf.packed.put(self._packed)

    def close(self) -> None:
        """Put the values away, packed; they come back when they are asked for."""
        if not self._packed and self._live is not None:
            try:
                self._packed = marshal.dumps(self._live.data)
            except ValueError:  # nested too deep for it
                return
        self._drop_views()
        if self._shelf is not None and isinstance(self._packed, bytes):
            self._packed = self._shelf.packed.put(self._packed)
        self._live = None

    def _packed_values(self) -> bytes:
        """Return the values as ``marshal`` writes them; raises OSError where they were put away and are lost."""
        packed = self._packed
        if isinstance(packed, bytes):
            return packed
        assert self._shelf is not None
        return self._shelf.packed.get(packed)

    def _unpacked(self) -> Any:
        try:
            return marshal.loads(self._packed_values())
        except OSError:
            return load(self.text).data

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Return the Kubernetes objects in here: the object itself, or the items of a List."""
        found = self._resources
        if isinstance(found, tuple):
            return found
        if found is not None:
            return (found,)
        return self._hold(resources_of(self))

    def _hold(self, resources: tuple[Resource, ...]) -> tuple[Resource, ...]:
        self._resources = resources[0] if len(resources) == 1 else resources
        return resources

    def forget(self) -> None:
        """Let go of what holds this document: without that, only garbage collection would free it once a run is over.

        Whoever asks for the objects later gets new ones.
        """
        self._resources = None
        self._drop_views()
        if self._shelf is not None:
            self._shelf.let_go()

    def _drop_views(self) -> None:
        if self._live is not None:
            for view in self._live.views:
                view.owner.forget()
            self._live.views.clear()

    @property
    def is_encrypted(self) -> bool:
        """Return whether SOPS has encrypted values in here."""
        return isinstance(self.data, dict) and isinstance(self.data.get("sops"), dict)

    def reclassify(self, document_class: DocumentClass) -> None:
        """Change the class, and with it what the document holds."""
        self.document_class = document_class
        self._resources = None

    def locate(self, path: FieldPath, spot: Spot = "entry") -> Location:
        """Return the span of ``path`` in the file; never raises. See manifests.locate for what is pointed at."""
        found = _in_lines(self, path, spot) if self.is_plain else None
        if found is not None:
            return Location(self.source.path, self.first_line + found.line, found.start + 1, found.end + 1)
        root = tree_of(self)
        if root is None:
            return Location(self.source.path, *_first_content(self))
        start, end = find_span(root, self.source.text, path, spot)
        return Location(self.source.path, *self.source.span(start, end))

    def open_line(self, number: int) -> str | None:
        """Return a line of the file, as Source.line does; None where it is not among the open lines of this one."""
        lines = self._live.lines if self._live is not None else None
        index = number - self.first_line  # what follows the last line end may be the start of a separator
        return lines[index] if lines is not None and 0 <= index < len(lines) - 1 else None

    def multiline_scalars(self) -> list[tuple[int, int]]:
        """Return the first and last line of every scalar of several lines: comments there are text."""
        root = tree_of(self)
        if root is None:
            return []
        position = self.source.position
        spans = [(position(node.start)[0], position(node.end)[0]) for node in walk_scalars(root)]
        return [span for span in spans if span[0] < span[1]]

    def __repr__(self) -> str:
        return f"<Document {self.source.path}:{self.first_line} {self.document_class}>"


def compose_chunk(document: Document) -> Node | None:
    """Return the node tree of a document, with offsets into ``document.source.text``; None where it is empty.

    This is what text edits build on: see manifests.nodes for what the offsets mean, manifests.locate.find_node for
    the way to a node. Raises ReadError where the document does not parse. The tree is shared: nobody may change it.
    """
    return compose(document.text, document.start)


def documents_of(source: Source, hint: Hint = "", bits: Mapping[str, int] = NO_WORDS) -> tuple[Document, ...]:
    """Return the documents of a file, at least one where the file could be read; never raises.

    A broken document does not hide the others. Chunks of comments alone are left out beside others.
    """
    if not source.text and source.problems:
        return ()
    documents = [_read(source, index, chunk, hint, bits) for index, chunk in enumerate(split(source))]
    filled = [document for document in documents if document.document_class != "empty"]
    if filled:
        return tuple(filled)
    if documents:
        return (documents[0],)
    nothing = Chunk("", 1, 0, False)
    return (_document(source, 0, nothing, "empty"),)


def settle_patches(documents: Iterable[Document]) -> None:
    """Take partial workloads for incomplete manifests where no kustomization among ``documents`` could patch with them.

    What says ``$patch`` itself, or is a list of JSON patches, stays a patch.
    """
    found = list(documents)
    if any(document.document_class == "kustomize" for document in found):
        return
    for document in found:
        is_object = document.document_class == "patch" and isinstance(document.data, dict)
        if is_object and "$patch" not in document.text:
            document.reclassify("manifest")


def _read(source: Source, index: int, chunk: Chunk, hint: Hint, bits: Mapping[str, int]) -> Document:
    problems: list[ReadProblem] = []
    encoding = encoding_problem(source, chunk)
    try:
        loaded = load(chunk.text, bits)
    except ReadError as error:
        line = chunk.text.count("\n", 0, error.start) + 1
        is_yaml = error.code == "yaml-syntax"
        if encoding is None and is_yaml and _is_template(chunk.text, line, hint):
            return _document(source, index, chunk, "helm-template")
        problem = separator_problem(source, chunk) if chunk.bad_separator else parse_problem(source, chunk, error)
        return _document(source, index, chunk, "broken", encoding or problem)
    document_class = classify(source.path, loaded.data, chunk.text, hint)
    if encoding is not None:
        return _document(source, index, chunk, "broken", encoding)
    if chunk.bad_separator:
        problems.append(separator_problem(source, chunk))
    if loaded.may_repeat_keys:
        problems += find_duplicates(source, compose(chunk.text, chunk.start))
    if loaded.ignored is not None:
        problems.append(ignored_problem(source, chunk, loaded.ignored))
    data, has_null, _, _, words, has_alias, is_plain = loaded
    text, first_line, start, _ = chunk
    place = (source, index, first_line, start, start + len(text))
    return Document(*place, document_class, has_alias, has_null, words, is_plain, Live(data), tuple(problems))


def _document(
    source: Source, index: int, chunk: Chunk, document_class: DocumentClass, *problems: ReadProblem
) -> Document:
    """Return a document without values, which may hold any word."""
    place = (source, index, chunk.first_line, chunk.start, chunk.start + len(chunk.text))
    return Document(*place, document_class, False, False, ALL_WORDS, False, Live(None), problems)


def _is_template(text: str, line: int, hint: Hint) -> bool:
    return ("{{" in text and hint == "chart-template") or is_template(text, line)


def tree_of(document: Document) -> Node | None:
    """Return the tree of a document, None where it is empty or does not parse.

    It is kept while the document is open: findings of one document come in groups.
    """
    live = document.live
    if isinstance(live.tree, bool):
        live.tree = None
        if document.document_class != "broken":
            with suppress(ReadError):
                live.tree = compose_chunk(document)
    return live.tree


def _in_lines(document: Document, path: FieldPath, spot: Spot) -> LineSpan | None:
    """Return the span of a route, None where the tree is to be asked: where it is there, or would soon have paid."""
    live = document._live
    if live is None:
        return find_line_span(_lines_of(document), path, spot, Way())
    if live.tree is not False or live.places >= _MOST_IN_LINES:
        return None
    live.places += 1
    if live.lines is None or live.way is None:
        live.lines, live.way = _lines_of(document), Way()
    return find_line_span(live.lines, path, spot, live.way)


def _lines_of(document: Document) -> list[str]:
    """Return the lines of a document, none where they may not be numbered as those of the file are."""
    source, start = document.source.text, document.start
    text = source[start : document.end]
    if start and source[start - 1 : start] != "\n":  # behind a byte order mark
        return []
    if "\r" in source:
        if "\r" not in text:
            return []
        text = text.replace("\r\n", "\n")
    return text.split("\n")


def _first_content(document: Document) -> tuple[int, int, int]:
    """Return the span of the first line that is neither blank nor a comment; of the first line where there is none."""
    source = document.source
    offset = document.start
    for line in document.text.splitlines(keepends=True):
        content = line.strip()
        if content and not content.startswith("#"):
            start = offset + len(line) - len(line.lstrip())
            return source.span(start, start + len(content))
        offset += len(line)
    return source.span(document.start, document.start + len(document.text.split("\n", 1)[0].rstrip()))
