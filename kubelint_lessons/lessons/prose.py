"""Markdown prose as plain text that remembers its blocks, bold spans, comments and lines; and its labelled parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

CODE_MASK = "\ufffc"
"""Stands in ``mask`` for every character of a code span, so that no label is found there."""

BULLET = "•"
"""Stands before every list item in plain text."""

BREAK = "break"
"""The name of the part that takes what people write between blocks that kubelint reads."""

_LABELS = {
    "symptom": "symptom",
    "symptoms": "symptom",
    "problem": "symptom",
    "root cause": "cause",
    "cause": "cause",
    "why": "cause",
    "reason": "cause",
    "explanation": "cause",
    "fix": "fix",
    "solution": "fix",
    "workaround": "fix",
    "resolution": "fix",
    "seen": "seen",
    "source": "sources",
    "sources": "sources",
    "reference": "sources",
    "references": "sources",
}
_PLAIN_LABEL = regex(
    r"(?:(?<=\s)|(?<=[(–—])|^)"
    r"(Root [Cc]ause|Cause|Fix|FIX|Solution|Workaround|Resolution|Seen|Sources?|References):(?=\s|$)"
)
_SYMPTOM_LABEL = regex(r"(Symptoms?|Problem):(?=\s|$)")
_SEEN_ASIDE = regex(r"\((?:[Ll]ast )?[Ss]een:?\s+([^()]*\d{4}-\d{2}[^()]*)\)")
_FORMATTING_TAG = regex(
    r"</?(?:br|b|i|u|s|em|strong|code|kbd|sub|sup|p|div|span|a|img|hr|details|summary|ul|ol|li|small|mark|del|ins)\b[^>]*>",
    re.IGNORECASE,
)
_SEPARATORS = " \t\n:—–-→"
_NEXT_PARAGRAPH = regex(rf"(?<!{BULLET} )\n")
"""The end of a paragraph that does not stand in a list item."""


class Span(NamedTuple):
    """Offsets into ``Prose.text``, end exclusive."""

    start: int
    end: int


class Comment(NamedTuple):
    """An HTML comment as written, and the Markdown lines (1-based, inclusive) in which it stands."""

    text: str
    first_line: int
    last_line: int


class Prose(NamedTuple):
    """Plain text without Markdown marks. ``mask`` is ``text`` with code characters hidden; ``blocks`` are the spans
    of paragraphs; ``bold`` those of bold text."""

    text: str
    mask: str
    blocks: tuple[Span, ...]
    bold: tuple[Span, ...]
    comments: tuple[Comment, ...]

    def words(self, span: Span) -> str:
        """Return the text of ``span`` on one line."""
        return tidy(self.text[span.start : span.end])


class Part(NamedTuple):
    """What follows a label: ``name`` is symptom, cause, fix, seen, sources or break; ``label`` the label's span."""

    name: str
    label: Span
    content: Span


def tidy(text: str) -> str:
    """Return ``text`` on one line, without bullets and separators that have lost what they separated."""
    return " ".join(text.split()).strip(f"{BULLET} ")


def label_name(text: str) -> str | None:
    """Return which part ``text`` names when it stands as a label or a heading of its own."""
    return _LABELS.get(" ".join(text.split()).rstrip(":").rstrip().lower())


class _Writer:
    """Collects plain text and its mask side by side."""

    __slots__ = ("blocks", "bold", "comments", "length", "masks", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.masks: list[str] = []
        self.length = 0
        self.blocks: list[Span] = []
        self.bold: list[Span] = []
        self.comments: list[Comment] = []

    def write(self, text: str, *, is_code: bool = False) -> None:
        self.texts.append(text)
        self.masks.append(CODE_MASK * len(text) if is_code else text)
        self.length += len(text)

    def prose(self) -> Prose:
        return Prose(
            "".join(self.texts),
            "".join(self.masks),
            tuple(self.blocks),
            tuple(self.bold),
            tuple(self.comments),
        )


def flatten(nodes: Iterable[SyntaxTreeNode], breaks: frozenset[int] = frozenset()) -> Prose:
    """Return the prose of ``nodes``; fenced and indented code is left out.

    Headings count as bold paragraphs. A fence whose 0-based first line is in ``breaks`` ends the part before it.
    """
    writer = _Writer()
    for node in nodes:
        _write_block(node, writer, breaks)
    return writer.prose()


def _write_block(node: SyntaxTreeNode, writer: _Writer, breaks: frozenset[int]) -> None:
    kind = node.type
    if kind in ("paragraph", "heading", "th", "td"):
        if writer.length:
            writer.write("\n")
        start = writer.length
        for inline in node.children:
            for child in inline.children:
                _write_inline(child, writer, inline.map or node.map or (0, 1))
        if kind == "heading":
            writer.bold.append(Span(start, writer.length))
        writer.blocks.append(Span(start, writer.length))
    elif kind == "html_block":
        first, last = node.map or (0, 1)
        writer.comments.extend(Comment(text, first + 1, last) for text in _comments(node.content))
    elif kind in ("fence", "code_block"):
        if node.map and node.map[0] in breaks:
            if writer.length:
                writer.write("\n")
            writer.blocks.append(Span(writer.length, writer.length))
    else:
        if kind == "list_item":
            writer.write(f" {BULLET} ")
        for child in node.children:
            _write_block(child, writer, breaks)


def _write_inline(node: SyntaxTreeNode, writer: _Writer, lines: tuple[int, int]) -> None:
    kind = node.type
    if kind in ("text", "text_special"):
        writer.write(node.content)
    elif kind == "code_inline":
        writer.write(node.content, is_code=True)
    elif kind in ("softbreak", "hardbreak"):
        writer.write(" ")
    elif kind == "image":
        writer.write(node.content)
    elif kind == "html_inline":
        if node.content.startswith("<!--"):
            writer.comments.append(Comment(node.content, lines[0] + 1, lines[1]))
        elif _FORMATTING_TAG.fullmatch(node.content):
            writer.write(" " if node.content[:3].lower() == "<br" else "")
        else:
            writer.write(node.content)  # `kubectl get <name>`: a placeholder, not markup
    else:
        start, first = writer.length, len(writer.texts)
        for child in node.children:
            _write_inline(child, writer, lines)
        if kind == "strong":
            writer.bold.append(Span(start, writer.length))
        elif kind == "link":
            target = str(node.attrs.get("href", ""))
            if target.startswith(("http://", "https://")) and "".join(writer.texts[first:]) != target:
                writer.write(f" ({target})", is_code=True)


def _comments(html: str) -> list[str]:
    return re.findall(r"<!--.*?-->", html, re.DOTALL)


def split_parts(prose: Prose) -> tuple[Span, tuple[Part, ...]]:
    """Return the span before the first label, and the labelled parts in order; a part ends where the next begins."""
    labels = _find_labels(prose)
    parts = []
    for index, (name, span) in enumerate(labels):
        end = labels[index + 1][1].start if index + 1 < len(labels) else len(prose.text)
        parts.append(Part(name, span, _strip(prose, Span(span.end, end))))
    return Span(0, labels[0][1].start if labels else len(prose.text)), tuple(parts)


def _find_labels(prose: Prose) -> list[tuple[str, Span]]:
    found: list[tuple[str, Span]] = [(BREAK, span) for span in prose.blocks if span.start == span.end]
    told = found[0][1].start if found else len(prose.mask)  # between blocks only bold labels count
    ends = {span.end for span in prose.blocks}
    for span in prose.bold:
        name = label_name(prose.mask[span.start : span.end])
        rest = prose.mask[span.end :].lstrip(" ")
        has_colon = prose.text[span.start : span.end].rstrip().endswith(":") or rest[:1] in (":", "—", "–")
        if name and (has_colon or span.end in ends):
            found.append((name, Span(span.start, span.end + (1 if rest[:1] == ":" else 0))))
    taken = bytearray(len(prose.mask))
    for _, span in found:
        taken[span.start : span.end] = b"\x01" * (span.end - span.start)
    plain = list(_PLAIN_LABEL.finditer(prose.mask, 0, told))
    plain += filter(None, (_SYMPTOM_LABEL.match(prose.mask, block.start, block.end) for block in prose.blocks))
    for match in plain:
        if not any(taken[match.start() : match.end()]):
            found.append((_LABELS[match[1].lower()], Span(match.start(), match.end())))
    return sorted(found, key=lambda item: item[1])


def _strip(prose: Prose, span: Span) -> Span:
    """Return ``span`` without separators at its start."""
    start = span.start
    while start < span.end and prose.mask[start] in _SEPARATORS:
        start += 1
    return Span(start, span.end)


def joined(prose: Prose, parts: Sequence[Part], name: str) -> str:
    """Return the words of every part called ``name``, joined."""
    return " ".join(filter(None, (prose.words(part.content) for part in parts if part.name == name)))


def split_seen(prose: Prose, parts: Sequence[Part]) -> tuple[str, ...]:
    """Return one entry an incident from **Seen:** and from "(seen 2026-02-11 …)" asides.

    A piece without a date belongs to the dated one before it, so that ``2026-02-11 web, api`` is one incident.
    """
    text = "; ".join(_first_block(prose, part) for part in parts if part.name == "seen")
    text = "; ".join(filter(None, [text, *_SEEN_ASIDE.findall(prose.text)]))
    entries: list[str] = []
    has_dates = re.search(r"\d{4}-\d{2}", text) is not None
    for piece in split_pieces(text):
        if has_dates and entries and not re.search(r"\d{4}-\d{2}", piece):
            entries[-1] += f", {piece}"
        else:
            entries.append(piece)
    return tuple(entries)


def split_sources(prose: Prose, parts: Sequence[Part]) -> tuple[str, ...]:
    """Return the sources, one entry each: the paragraph or the list behind the label, not what follows them."""
    return tuple(split_pieces("; ".join(_first_block(prose, part) for part in parts if part.name == "sources")))


def _first_block(prose: Prose, part: Part) -> str:
    """Return the paragraph or the list behind a label, without the paragraphs after it."""
    text = prose.text[part.content.start : part.content.end].lstrip()
    return _NEXT_PARAGRAPH.split(text, maxsplit=1)[0]


def split_pieces(text: str) -> list[str]:
    """Return the pieces of an enumeration: cut at bullets, semicolons, and commas outside brackets."""
    pieces, depth, current = [], 0, ""
    for character in text:
        depth += (character in "([") - (character in ")]" and depth > 0)
        if character in f"{BULLET};" or (character == "," and depth == 0):
            pieces.append(current)
            current = ""
        else:
            current += character
    pieces.append(current)
    return [piece for piece in (tidy(piece).rstrip(".").strip() for piece in pieces) if piece]
