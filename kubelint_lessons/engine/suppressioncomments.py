"""``# kubelint: ignore[id] reason``: comments that silence findings on a line, or of an object.

- Behind a value: the comment speaks of its own line.
- Alone: of the next line that is neither blank nor a comment.
- Alone above the first key of an object, or on or above its ``kind:``: of the whole object.
- Where a block scalar begins on the line that is spoken of: of all of its lines as well.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from kubelint_lessons.engine.collect import is_checked
from kubelint_lessons.engine.directives import Directive, Found, NamedRule, Stray, reason_of
from kubelint_lessons.engine.objectspans import Lines, TreeLines, tree_lines
from kubelint_lessons.manifests.documents import Document
from kubelint_lessons.manifests.source import Source
from kubelint_lessons.model.location import Location
from kubelint_lessons.model.regexes import regex

WORD = "kubelint:"

_HASH = regex(r"(?:^|(?<=\s))#+[ \t]*kubelint:")
_HASH_OR_TEMPLATE = regex(r"(?:^|(?<=\s))(?:#+|\{\{-?[ \t]*/\*)[ \t]*kubelint:")
_MARKUP = regex(r"<!--[ \t]*kubelint:")
_ANY = regex(r"(?:^|(?<=\s))(?:#+|//+|/\*|--|;|\{\{-?[ \t]*/\*)[ \t]*kubelint:")
_MARKUP_SUFFIXES = (".md", ".markdown", ".html", ".htm", ".xml")

_IGNORE = regex(r"[ \t]*ignore[ \t]*\[([^\]]*)\](.*)")
_ATTEMPT = regex(
    r"[ \t]*(?:ignore|ignores|ignored|ignore-file|ignore-line|ignore-next-line|disable|disable-line|disable-next-line|"
    r"suppress|skip|allow|off|noqa|nolint)(?![\w-])"
)
_COMMENT_LINE = regex(r"[ \t]*(?:#|//|/\*|--|;|<!--|\{\{-?[ \t]*/\*)")
_HOW = "write # kubelint: ignore[rule-id] and the reason"


def find_comments(source: Source, documents: tuple[Document, ...]) -> Found:
    """Return the suppressions that comments of a file make; text inside a value is no comment."""
    if WORD not in source.text:
        return Found()
    return _Finder(source, documents).find()


class _Finder:
    """Reads the comments of one file."""

    def __init__(self, source: Source, documents: tuple[Document, ...]) -> None:
        self.source = source
        self.documents = documents
        self.starts = [document.start for document in documents]
        self.trees: dict[int, TreeLines | None] = {}
        self.directives: list[Directive] = []
        self.strays: list[Stray] = []

    def find(self) -> Found:
        for number in self._lines():
            line = self.source.line(number)
            document = self._document_at(self.source.line_starts()[number - 1])
            marks = list(self._marker(document).finditer(line))
            ends = [*(mark.start() for mark in marks[1:]), len(line)]
            for mark, end in zip(marks, ends, strict=bool(marks)):
                self._read(document, number, line, (mark.start(), mark.end(), end))
        return Found(tuple(self.directives), tuple(self.strays))

    def _lines(self) -> Iterator[int]:
        """Yield the number of every line that holds the word."""
        last, offset = 0, self.source.text.find(WORD)
        while offset >= 0:
            number, _ = self.source.position(offset)
            if number != last:
                yield number
            last, offset = number, self.source.text.find(WORD, offset + 1)

    def _document_at(self, offset: int) -> Document | None:
        """Return the document that a line belongs to; None for what stands in none, such as a comment of its own."""
        index = bisect_right(self.starts, offset) - 1
        found = self.documents[index] if index >= 0 else None
        return found if found is not None and offset < max(found.end, found.start + 1) else None

    def _marker(self, document: Document | None) -> re.Pattern[str]:
        if document is not None and document.document_class == "helm-template":
            return _HASH_OR_TEMPLATE
        if self.documents:
            return _HASH
        return _MARKUP if self.source.path.lower().endswith(_MARKUP_SUFFIXES) else _ANY

    def _read(self, document: Document | None, number: int, line: str, span: tuple[int, int, int]) -> None:
        start, word_end, end = span
        text = line[word_end:end]
        written = _IGNORE.match(text)
        if written is None and _ATTEMPT.match(text) is None:
            return  # prose that happens to begin with our name
        stop = start + len(line[start:end].rstrip())
        location = Location(self.source.path, number, start + 1, stop + 1)
        tree = self._tree(document)
        inside = tree.hidden_by(self.source.line_starts()[number - 1] + start) if tree is not None else None
        if inside is not None:
            if document is not None and is_checked(document) and inside.is_block:
                where = f"put it above the key on line {inside.first}"
                self._stray(location, f"this stands inside a block scalar, where it is text and no comment; {where}")
            return
        if written is None:
            self._stray(location, f"this is not understood, so it silences nothing; {_HOW}")
            return
        rules = tuple(_names(written.group(1), self.source.path, number, word_end + written.start(1)))
        if not rules:
            self._stray(location, f"this names no rule, so it silences nothing; {_HOW}")
            return
        is_alone = line[:start].strip() in ("", "---", "-")
        target = self._next_line(number) if is_alone else number
        if target is None:
            message = "nothing follows that this could speak of; put it on or above the line of the finding"
            self._stray(location, message)
            return
        reach, subject = self._reach(target, is_alone)
        reason = reason_of(written.group(2))
        self.directives.append(Directive("comment", rules, reason, location, reach.first, reach.last, subject))

    def _stray(self, location: Location, message: str) -> None:
        self.strays.append(Stray(location, message))

    def _reach(self, target: int, is_alone: bool) -> tuple[Lines, str]:
        """Return the lines that a comment on or above the line ``target`` speaks of, and how to call them."""
        document = self._document_at(self.source.line_starts()[target - 1])
        tree = self._tree(document)
        if tree is None:
            return Lines(target, target), f"line {target}"
        whole = tree.object_at(target, is_alone)
        if whole is not None:
            return whole, "this object"
        return Lines(target, max(target, tree.end_of_scalar(target))), f"line {target}"

    def _tree(self, document: Document | None) -> TreeLines | None:
        if document is None:
            return None
        if document.index not in self.trees:
            self.trees[document.index] = tree_lines(document)
        return self.trees[document.index]

    def _next_line(self, number: int) -> int | None:
        """Return the next line with content, in the same document where there are documents.

        What stands above the first ``---`` of a file speaks of the document below it.
        """
        is_head = not self.documents or self.source.line_starts()[number - 1] < self._first_content()
        for index in range(number + 1, len(self.source.line_starts()) + 1):
            text = self.source.line(index)
            if self.documents and text.startswith(("---", "...")):
                if not is_head:
                    return None
                rest = text[3:].strip()
                if rest and not rest.startswith("#"):
                    return index
                is_head = False
                continue
            if text.strip() and not _COMMENT_LINE.match(text):
                return index
        return None

    def _first_content(self) -> int:
        """Return where the first line begins that is neither blank, nor a comment, nor a directive of YAML."""
        for number, start in enumerate(self.source.line_starts(), 1):
            text = self.source.line(number).strip()
            if text and not text.startswith(("#", "%")):
                return start
        return len(self.source.text)


def _names(text: str, path: str, line: int, offset: int) -> Iterator[NamedRule]:
    """Yield the names in a list separated by commas; ``offset`` is where it begins in its line, from 0."""
    for part in text.split(","):
        name = part.strip()
        if name:
            start = offset + len(part) - len(part.lstrip())
            yield NamedRule(name, Location(path, line, start + 1, start + len(name) + 1))
        offset += len(part) + 1
