"""What can be wrong with a file or a document before any rule looks at it. All codes stand here."""

from __future__ import annotations

from kubelint_lessons.model.records import NamedTuple

MAX_DEPTH = 200
"""Levels of nesting that are read. kubectl takes 10,000; the CEL engine crashes long before that."""


class ReadProblem(NamedTuple):
    """One thing that is wrong with how a file is written; a span within one line, 1-based, end exclusive."""

    code: str
    message: str
    line: int
    column: int
    end_column: int


class ProblemKind(NamedTuple):
    """What a code means: how bad it is, and whether the file (or a part of it) could not be read at all (exit 2)."""

    severity: str
    is_unreadable: bool
    meaning: str


PROBLEM_KINDS: dict[str, ProblemKind] = {
    "yaml-syntax": ProblemKind("error", False, "kubectl rejects this document, so nothing in it is applied"),
    "duplicate-key": ProblemKind("error", False, "a key occurs twice in one map; the last one silently wins"),
    "document-ignored": ProblemKind("error", False, "kubectl reads only the first document between two `---` lines"),
    "alias-bomb": ProblemKind("error", False, "aliases multiply the document far beyond its size; kubectl rejects it"),
    "nesting-too-deep": ProblemKind("error", False, "the document is nested deeper than kubelint reads"),
    "unreadable-encoding": ProblemKind(
        "error", False, "the document holds bytes that are not UTF-8; kubectl rejects it"
    ),
    "utf16-encoding": ProblemKind("warning", False, "kubectl and Argo CD convert UTF-16 files; other tools may not"),
    "binary-file": ProblemKind("error", True, "the file is not text"),
    "file-too-large": ProblemKind("error", True, "the file is larger than kubelint reads"),
}
"""Every code that `manifests` reports, in one place: `severity` is the engine's to stamp, `meaning` is for people."""


class ReadError(Exception):
    """What stops a text from being read, at a span of code points within that text."""

    def __init__(self, code: str, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.start = start
        self.end = end


class RejectedError(ValueError):
    """What kubectl rejects, said without a place: the caller knows the place and makes a ReadError of it."""

    def __init__(self, message: str, code: str = "yaml-syntax") -> None:
        super().__init__(message)
        self.code = code
