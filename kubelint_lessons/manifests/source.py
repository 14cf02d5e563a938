"""One file as text: bytes are decoded, guarded, and cut into documents where kubectl cuts them."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import Any, Protocol

from kubelint_lessons.manifests.problems import ReadProblem
from kubelint_lessons.manifests.shelf import Closable
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

MAX_BYTES = 16 * 1024 * 1024
"""Larger files are not read; the API server takes objects of at most 3 MiB, etcd of 1.5 MiB."""

_MAX_BAD_BYTES = 1000
"""A file with more bytes that are no UTF-8 than this is something else than text."""

_BOM = "\ufeff"
_LINE_BREAK = regex(r"\r\n?|\n")
_BAD_BYTE = regex("[\udc80-\udcff]")


class Texts(Protocol):
    """A shelf that brings texts back."""

    def put(self, item: Closable) -> None:
        """Take note that a source is open."""
        ...

    def read_again(self, source: Source) -> str:
        """Return the text of a source that was put away."""
        ...


class Source:
    """One file as text. Offsets are code points in ``text``, which keeps its line ends and has lost a leading BOM."""

    __slots__ = ("_line_starts", "_shelf", "_text", "bad_offsets", "content", "file", "path", "problems")

    def __init__(
        self, path: str, text: str, problems: tuple[ReadProblem, ...] = (), bad_offsets: tuple[int, ...] = ()
    ) -> None:
        self.path = path
        self.problems = problems
        self.bad_offsets = bad_offsets
        """Where bytes stood that are not UTF-8; the text holds U+FFFD there."""
        self._text: str | None = text
        self._line_starts: list[int] | None = None
        self._shelf: Texts | None = None
        self.file: Any = None
        """What the shelf that brings the text back knows it by, and its bytes (``content``)."""
        self.content = b""

    @property
    def text(self) -> str:
        """Return the text, read once more if it was put away."""
        if self._text is None:
            assert self._shelf is not None
            self._text = self._shelf.read_again(self)
            self._shelf.put(self)
        return self._text

    @property
    def size(self) -> int:
        """Return the number of characters that are open."""
        return len(self._text or "")

    def shelve(self, shelf: Texts, file: Any, content: bytes) -> None:
        """Let ``shelf`` decide how long the text is kept, which it can read again by ``file``.

        ``content`` is what the bytes are known by.
        """
        self._shelf, self.file, self.content = shelf, file, content
        shelf.put(self)

    @classmethod
    def unread(cls, path: str, shelf: Texts, file: Any, content: bytes) -> Source:
        """Return a source whose text nobody has read yet, as after ``shelve``."""
        source = cls(path, "")
        source._text, source._shelf, source.file, source.content = None, shelf, file, content
        return source

    def close(self) -> None:
        """Put the text away."""
        self._text = None
        self._line_starts = None

    def line_starts(self) -> list[int]:
        """Return the offset of every line's first character. Lines end with LF, CR LF or a lone CR."""
        if self._line_starts is None:
            text = self.text
            if "\r" in text:
                self._line_starts = [0, *(match.end() for match in _LINE_BREAK.finditer(text))]
            else:
                ends = accumulate(map(len, text.split("\n")), initial=0)
                self._line_starts = [end + number for number, end in enumerate(ends)][:-1]
        return self._line_starts

    def position(self, offset: int) -> tuple[int, int]:
        """Return the 1-based line and column, in code points, of an offset."""
        starts = self.line_starts()
        index = bisect_right(starts, offset) - 1
        return index + 1, offset - starts[index] + 1

    def line(self, number: int) -> str:
        """Return the text of a 1-based line without its line end; empty where there is no such line."""
        starts = self.line_starts()
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def lines(self) -> list[str]:
        """Return every line without its line end; unlike ``str.splitlines``, only LF, CR LF and CR end one."""
        return [self.line(number) for number in range(1, len(self.line_starts()) + 1)]

    def span(self, start: int, end: int) -> tuple[int, int, int]:
        """Return line, column and end column of ``start``: at least one character, unless the line has none."""
        line, column = self.position(start)
        longest = len(self.line(line)) + 1
        column = max(1, min(column, longest - 1))
        return line, column, min(column + max(1, end - start), longest)

    def __repr__(self) -> str:
        return f"<Source {self.path}>"


class Chunk(NamedTuple):
    """What stands between two ``---`` lines; kubectl parses each chunk alone and reads one document from it.

    ``start`` is the offset of ``text`` in the source. Where ``bad_separator`` is true, the chunk begins with a line
    like ``--- {a: b}``, which is a document start for YAML and an error for kubectl.
    """

    text: str
    first_line: int
    start: int
    bad_separator: bool


def read_source(path: str, data: bytes) -> Source:
    """Return a file's text; never raises. What kept the whole file from being read is in ``problems``.

    UTF-8 with or without BOM; UTF-16 with BOM is read, and reported. Source of what kubectl takes:
    k8s.io/cli-runtime's FileVisitor (UTF-16) and the reader of go.yaml.in/yaml/v2 (everything else).
    """
    if len(data) > MAX_BYTES:
        size, limit = len(data) / 1024 / 1024, MAX_BYTES // 1024 // 1024
        message = f"the file has {size:.1f} MiB, more than the {limit} MiB that kubelint reads; exclude it, or split it"
        return Source(path, "", (ReadProblem("file-too-large", message, 1, 1, 1),))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and not data.startswith(b"\xff\xfe\0\0"):
        return _read_utf16(path, data)
    zero = data.find(b"\0")
    if zero >= 0:
        message = f"the file is not text (byte {zero + 1} is zero); exclude it, or save it as UTF-8"
        return Source(path, "", (ReadProblem("binary-file", message, data.count(b"\n", 0, zero) + 1, 1, 1),))
    try:
        return Source(path, data.decode("utf-8").removeprefix(_BOM))
    except UnicodeDecodeError:
        pass
    escaped = data.decode("utf-8", "surrogateescape").removeprefix(_BOM)
    bad_offsets = tuple(match.start() for match in _BAD_BYTE.finditer(escaped))
    if len(bad_offsets) > _MAX_BAD_BYTES:
        message = f"the file is not text ({len(bad_offsets)} bytes are not UTF-8); exclude it, or save it as UTF-8"
        return Source(path, "", (ReadProblem("binary-file", message, 1, 1, 1),))
    return Source(path, _BAD_BYTE.sub("\ufffd", escaped), (), bad_offsets)


def _read_utf16(path: str, data: bytes) -> Source:
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError as error:
        message = f"the file starts as UTF-16 and breaks off at byte {error.start + 1}; save it as UTF-8"
        return Source(path, "", (ReadProblem("binary-file", message, 1, 1, 1),))
    message = (
        "the file is UTF-16, which kubectl converts and other tools that apply manifests may not; save it as UTF-8"
    )
    first_line = _LINE_BREAK.split(text.removeprefix(_BOM), maxsplit=1)[0]
    return Source(path, text.removeprefix(_BOM), (ReadProblem("utf16-encoding", message, 1, 1, len(first_line) + 1),))


def split(source: Source) -> list[Chunk]:
    """Return the chunks that kubectl parses one by one.

    A line that starts with ``---`` separates if the rest of it is blank or a comment; anything else after the dashes
    is an error in kubectl, whatever YAML says. The separator belongs to no chunk; chunks without a line are left out.
    Source: YAMLReader in k8s.io/apimachinery/pkg/util/yaml.
    """
    text = source.text
    chunks: list[Chunk] = []
    has_returns = "\r" in text
    start, first_line, bad_separator = 0, 1, False
    at = 0 if text.startswith("---") else text.find("\n---") + 1
    if at == 0 and not text.startswith("---"):
        at = -1
    while at >= 0:
        line_end = text.find("\n", at)
        line_end = len(text) if line_end < 0 else line_end + 1
        rest = text[at + 3 : line_end].strip()
        _add(chunks, source, start, at, first_line, bad_separator, has_returns)
        first_line += text.count("\n", start, at)
        bad_separator = bool(rest) and not rest.startswith("#")
        if bad_separator:
            start = at
        else:
            start = line_end
            first_line += 1
        at = text.find("\n---", at) + 1 or -1
    _add(chunks, source, start, len(text), first_line, bad_separator, has_returns)
    return chunks


def _add(
    chunks: list[Chunk],
    source: Source,
    start: int,
    end: int,
    first_line: int,
    bad_separator: bool,
    has_returns: bool,
) -> None:
    if start >= end:
        return
    text = source.text[start:end]
    if text.startswith(_BOM):
        text, start = text[1:], start + 1
    if has_returns and (chunks or "\r" in text):
        first_line = source.position(start)[0]
    chunks.append(Chunk(text, first_line, start, bad_separator))
