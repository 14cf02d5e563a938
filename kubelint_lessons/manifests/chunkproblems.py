"""What is wrong with a chunk as a whole, and where."""

from __future__ import annotations

from kubelint_lessons.manifests.problems import ReadError, ReadProblem
from kubelint_lessons.manifests.source import Chunk, Source


def parse_problem(source: Source, chunk: Chunk, error: ReadError) -> ReadProblem:
    """Return why a chunk does not parse."""
    return ReadProblem(error.code, error.message, *source.span(chunk.start + error.start, chunk.start + error.end))


def encoding_problem(source: Source, chunk: Chunk) -> ReadProblem | None:
    """Return the first byte of a chunk that is not UTF-8, or None."""
    end = chunk.start + len(chunk.text)
    for offset in source.bad_offsets:
        if chunk.start <= offset < end:
            message = "a byte here is not UTF-8, which kubectl rejects; save the file as UTF-8"
            return ReadProblem("unreadable-encoding", message, *source.span(offset, offset + 1))
    return None


def separator_problem(source: Source, chunk: Chunk) -> ReadProblem:
    """Return what is wrong with the line above a chunk that has a bad separator."""
    line = chunk.text.split("\n", 1)[0].rstrip()
    message = 'kubectl takes nothing but a comment behind "---"; move the rest to the next line'
    if line.startswith("----"):
        message = 'kubectl separates documents with exactly three dashes; write "---", or make the line a comment'
    return ReadProblem("yaml-syntax", message, *source.span(chunk.start, chunk.start + len(line)))


def ignored_problem(source: Source, chunk: Chunk, offset: int) -> ReadProblem:
    """Return that what begins at ``offset`` of a chunk is not read."""
    rest = chunk.text[offset:]
    start = offset + len(rest) - len(rest.lstrip())
    line = chunk.text[start:].split("\n", 1)[0].rstrip()
    message = 'a second document begins here without a "---" line before it, and is ignored; put "---" above it'
    return ReadProblem(
        "document-ignored", message, *source.span(chunk.start + start, chunk.start + start + max(1, len(line)))
    )
