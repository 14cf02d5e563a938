"""The lines of files that reports show, with secrets masked."""

from __future__ import annotations

from collections.abc import Iterable

from kubelint_lessons.engine.collect import ReadFile
from kubelint_lessons.engine.masking import mask_line
from kubelint_lessons.engine.secretvalues import hide, secret_values
from kubelint_lessons.manifests.documents import Document, documents_of
from kubelint_lessons.manifests.source import Source
from kubelint_lessons.model.finding import Finding


def excerpts_of(findings: Iterable[Finding], files: dict[str, ReadFile]) -> dict[tuple[str, int], str]:
    """Return the line of every place of ``findings``, by path and number."""
    excerpts: dict[tuple[str, int], str] = {}
    for finding in findings:
        for location in (finding.location, *(related.location for related in finding.related)):
            key = (location.path, location.line)
            read = files.get(location.path)
            if key not in excerpts and read is not None:
                excerpts[key] = masked_line(read, location.line)
    return excerpts


def masked_line(read: ReadFile, number: int) -> str:
    """Return one line of a file with every value masked that is or looks secret."""
    line, previous = read.source.line(number), read.source.line(number - 1)
    masked = mask_line(line, previous, _is_secret_data(read.documents, number))
    holder = _holder(read.documents, number)
    return masked if holder is None else hide(masked, secret_values(holder))


def masked_lines(path: str, text: str) -> list[str]:
    """Return the lines of a manifest, cut at LF as diffs are, with every value masked that is or looks secret."""
    source = Source(path, text)
    documents = documents_of(source)
    lines = text.split("\n")
    values = frozenset(value for document in documents for value in secret_values(document))
    return [
        hide(mask_line(line, lines[number - 2] if number > 1 else "", _is_secret_data(documents, number)), values)
        for number, line in enumerate(lines, 1)
    ]


def _holder(documents: tuple[Document, ...], line: int) -> Document | None:
    """Return the document in which a line lies."""
    holder = None
    for document in documents:
        if document.first_line > line:
            break
        holder = document
    return holder


def _is_secret_data(documents: tuple[Document, ...], line: int) -> bool:
    """Return whether a line lies in a document that holds a Secret, outside its identifying fields."""
    holder = _holder(documents, line)
    if holder is None or not any(resource.kind == "Secret" and not resource.group for resource in holder.resources):
        return False
    text = holder.source.line(line).strip()
    return not text.startswith(
        ("apiVersion:", "kind:", "metadata:", "name:", "namespace:", "type:", "data:", "stringData:")
    )
