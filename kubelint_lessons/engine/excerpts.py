"""The lines of files that reports show, with secrets masked."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from operator import attrgetter

from kubelint_lessons.engine.masking import mask_line
from kubelint_lessons.engine.reading import ReadFile
from kubelint_lessons.engine.secretvalues import hide, is_part, secret_values
from kubelint_lessons.manifests.documents import Document, documents_of
from kubelint_lessons.manifests.source import Source
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.regexes import regex

_PRIVATE_KEY = regex(r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END|\Z)", re.DOTALL)
_SECRET = regex(r"""(?m)^\s*["']?kind["']?:\s*["']?Secret\b""")
_SHOWN_OF_A_SECRET = (
    "apiVersion:", "kind:", "metadata:", "name:", "namespace:", "type:", "data:", "stringData:"
)  # fmt: skip
_FIRST_LINE = attrgetter("first_line")

Lines = dict[tuple[str, int], str]
"""Masked lines by path and number."""


def add_lines(lines: Lines, finding: Finding, files: Mapping[str, ReadFile], masker: Masker) -> None:
    """Add the line of every place of ``finding`` to ``lines``, unless it is there."""
    for location in (finding.location, *(related.location for related in finding.related)):
        key = (location.path, location.line)
        if key not in lines:
            read = files.get(location.path)
            if read is not None:
                lines[key] = masker.line(read.source, read.documents, location.line)


def masked_lines(path: str, text: str) -> list[str]:
    """Return the lines of a manifest, cut at LF as diffs are, with every value masked that is or looks secret."""
    source = Source(path, text)
    documents = documents_of(source)
    masker = Masker()
    lines = ["", *text.split("\n")]
    return [
        masker.mask(line, lines[number - 1], source, documents, number) for number, line in enumerate(lines) if number
    ]


class Masker:
    """Masks lines of files, as they come: those of one file together."""

    def __init__(self) -> None:
        self._private: tuple[Source | None, list[tuple[int, int]]] = (None, [])

    def line(self, source: Source, documents: tuple[Document, ...], number: int) -> str:
        """Return one line of a file with every value masked that is or looks secret."""
        holder = _holder(documents, number)
        line = previous = None
        if holder is not None:
            line, previous = holder.open_line(number), holder.open_line(number - 1)
        if line is None or previous is None:
            line, previous = source.line(number), source.line(number - 1)
        return self._mask(line, previous, source, holder, number)

    def mask(self, line: str, previous: str, source: Source, documents: tuple[Document, ...], number: int) -> str:
        """Return ``line``, which is the ``number``-th of ``source``, masked; ``previous`` is the one before it."""
        return self._mask(line, previous, source, _holder(documents, number), number)

    def _mask(self, line: str, previous: str, source: Source, holder: Document | None, number: int) -> str:
        values = frozenset() if holder is None else secret_values(holder)
        is_secret = (
            (holder is not None and _is_secret_data(holder, line))
            or any(first < number < last for first, last in self._private_keys(source))
            or is_part(line, values)
        )
        return hide(mask_line(line, previous, is_secret), values)

    def _private_keys(self, source: Source) -> list[tuple[int, int]]:
        """Return the lines between which private keys stand."""
        known, lines = self._private
        if known is not source:
            spans = [match.span() for match in _PRIVATE_KEY.finditer(source.text)]
            ends = len(source.text)
            lines = [(source.position(start)[0], source.position(end)[0] + (end == ends)) for start, end in spans]
            self._private = source, lines
        return lines


def _holder(documents: tuple[Document, ...], line: int) -> Document | None:
    """Return the document in which a line lies."""
    index = bisect_right(documents, line, key=_FIRST_LINE)
    return documents[index - 1] if index else None


def _is_secret_data(document: Document, line: str) -> bool:
    """Return whether a line of a document is shown masked because that holds a Secret.

    Of one that cannot be read as such, broken or a template, nothing but its kind is shown.
    """
    text = line.strip()
    if line.rstrip() == "---":
        return False
    if any(resource.kind == "Secret" and not resource.group for resource in document.resources):
        return not text.startswith(_SHOWN_OF_A_SECRET)
    if document.resources or not _SECRET.search(document.text):
        return False
    return not (text.startswith(("apiVersion:", "kind:", "metadata:")) or text in ("data:", "stringData:"))
