"""The words of a lesson for reports that are read on a web page: as Markdown, and as plain text."""

from __future__ import annotations

import re

from kubelint_lessons.engine.result import Reported
from kubelint_lessons.model.regexes import regex
from kubelint_lessons.reports.sanitize import clean, clean_markdown, code_span

_LINK = regex(r"https?://[!-~]+")


def lesson_markdown(reported: Reported, place: str = "") -> str:
    """Return the lesson as paragraphs of Markdown; ``place`` says where it is, already as Markdown.

    A source becomes a link if it is one of http or https, and words otherwise.
    """
    words = reported.words
    rows = [(name, clean_markdown(text)) for name, text in _rows(reported)]
    rows.append(("Lesson", place or (code_span(f"{words.path}:{words.line}") if words.path else "")))
    rows.append(("Sources", ", ".join(_source(source) for source in words.sources)))
    return "\n\n".join(f"**{name}:** {text}" for name, text in rows if text)


def lesson_plain(reported: Reported) -> str:
    """Return the lesson as lines of plain text."""
    words = reported.words
    rows = [(name, clean(text)) for name, text in _rows(reported)]
    rows.append(("Lesson", clean(f"{words.path}:{words.line}") if words.path else ""))
    rows.append(("Sources", ", ".join(clean(source) for source in words.sources)))
    return "\n".join(f"{name}: {text}" for name, text in rows if text)


def _rows(reported: Reported) -> list[tuple[str, str]]:
    words = reported.words
    seen = f"{len(words.seen)} times: {', '.join(words.seen)}" if len(words.seen) > 1 else ", ".join(words.seen)
    return [("Symptom", words.symptom), ("Root cause", words.cause), ("Fix", words.fix), ("Seen", seen)]


def is_link(source: str) -> bool:
    """Return whether a source can be a link: http or https, in plain characters, without any that end a link early."""
    return bool(_LINK.fullmatch(source)) and not re.search(r"[<>\\`\"']", source)


def _source(source: str) -> str:
    return f"<{source}>" if is_link(source) else clean_markdown(source)
