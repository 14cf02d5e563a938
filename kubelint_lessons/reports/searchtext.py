"""Lessons that a search found, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kubelint_lessons.reports.ruletext import times, word_row
from kubelint_lessons.reports.sanitize import clean, clean_path
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.wrap import plural

_WORDS_SHOWN = 8


def search_text(document: Mapping[str, Any], style: Style) -> Iterator[str]:
    """Yield the lines of the hits, best first, and one that says how much was looked at.

    ``document`` is what ``kubelint lessons search --output-format json`` prints.
    """
    hits, total, searched = document["hits"], document["total"], document["searched"]
    for hit in hits:
        yield from _hit(hit, style)
        yield ""
    if not hits:
        yield f"No lesson has any of these words; {plural(searched, 'lesson')} searched."
    elif total > len(hits):
        yield f"{len(hits)} of {plural(total, 'lesson')} that match, of {searched}; --limit {total} shows all."
    else:
        yield f"{total} of {plural(searched, 'lesson')} {'matches' if total == 1 else 'match'}."


def _hit(hit: Mapping[str, Any], style: Style) -> Iterator[str]:
    yield style.paint("strong", clean(hit["id"]))
    yield from word_row("symptom", hit["symptom"], style)
    if hit["fix"]:
        yield from word_row("fix", hit["fix"], style)
    origin = "built in, " if hit["kind"] == "builtin" else ""
    yield from word_row("lesson", f"{origin}{clean_path(hit['path'])}:{hit['line']}{times(hit['seen'])}", style)
    yield from word_row("rule", _enforcement(hit), style)
    yield from word_row("matches", ", ".join(hit["matches"][:_WORDS_SHOWN]), style)
    if hit["also"]:
        yield from word_row("see also", ", ".join(hit["also"]), style)


def _enforcement(hit: Mapping[str, Any]) -> str:
    if hit["rules"]:
        return f"enforced by {', '.join(hit['rules'])}"
    if hit["off"]:
        return f"not enforced: {', '.join(hit['off'])} is off; --extend-select {hit['off'][0]} turns it on"
    return "not enforced: kubelint lessons adopt proposes a rule"
