"""A lesson in the making, as text for a terminal: what it was drafted from, the lesson, and where it would fire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kubelint_lessons.reports.sanitize import clean, clean_block, clean_path
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.wrap import plural, wrap

WIDTH = 110
_MOST_ROWS = 8


def draft_text(document: Mapping[str, Any], style: Style) -> Iterator[str]:
    """Yield the lines about a new lesson; ``document`` is what ``kubelint lessons new --output-format json`` prints."""
    yield from _origin(document, style)
    yield style.paint("strong", f"The {_NOUNS[document['kind']]}, for {clean_path(document['file'])}:")
    yield ""
    yield from (f"  {line}" if line else "" for line in lesson_text(document).splitlines())
    yield ""
    yield from _trial(document, style)
    for problem in document["problems"]:
        yield from _row(style.paint("error", "not saved:"), problem, 11)


def origin_text(change: str, remarks: Sequence[str], style: Style) -> Iterator[str]:
    """Yield what people need to know before they are asked for words: what changed, or why that gives no rule."""
    if change:
        yield from _row(style.paint("strong", "drafted from:"), change, 14)
    else:
        yield from _rows("not a rule:", remarks, style)


def lesson_text(document: Mapping[str, Any]) -> str:
    """Return the lesson's Markdown, harmless for a terminal."""
    return clean_block(document["lesson"]) + "\n"


_NOUNS = {"rule": "lesson", "note": "note (a lesson without a rule)", "binding": "note"}


def _origin(document: Mapping[str, Any], style: Style) -> Iterator[str]:
    draft = _chosen(document)
    if document["changes"] or document["drafts"]:
        number = plural(document["changes"], "change")
        yield f"Compared both sides: {number} of Kubernetes objects." if document["changes"] else "Compared both sides."
    if draft:
        yield from _row(style.paint("strong", "drafted from:"), draft["change"], 14)
    yield from _rows("left out:", document["leftOut"], style)
    yield from _rows("not a rule:", document["remarks"], style)
    if not draft:
        yield from _rows("tried:", [f"{item['title']}: {item['reason']}" for item in document["refused"]], style)
    if document["changes"] or document["drafts"] or document["remarks"]:
        yield ""


def _trial(document: Mapping[str, Any], style: Style) -> Iterator[str]:
    draft = _chosen(document)
    if draft:
        places = ", ".join(f"{clean_path(place['path'])}:{place['line']}" for place in draft["bad"][:3])
        yield f"Both examples hold. The bad side is found ({places}), the fixed one is not."
        yield from _places(draft, style)
    if document["knownRules"] and document["kind"] != "binding":
        rules = document["knownRules"]
        yield from _row(
            style.paint("warning", "known:"),
            f"{' and '.join(rules)} {'finds' if len(rules) == 1 else 'find'} this failure already; "
            f"--bind {rules[0]} writes a note that lends it your words, instead of a second rule",
            7,
        )
    others = [item for item in document["drafts"] if item["number"] != document["chosen"]]
    if draft:  # narrower readings of other changes come last
        others.sort(key=lambda item: bool(item["narrowed"]) and item["change"] != draft["change"])
    if others and document["kind"] == "rule":
        yield ""
        yield "Other drafts; --choose N takes one, --note none:"
        for item in others[:_MOST_ROWS]:
            found = f"{plural(item['found'], 'place')} here"
            yield f"  {item['number']:>3}  {clean(item['title'])}: {found}"
        if len(others) > _MOST_ROWS:
            yield f"       and {len(others) - _MOST_ROWS} more; --output-format json lists them"


def _places(draft: Mapping[str, Any], style: Style) -> Iterator[str]:
    if not draft["found"]:
        yield "In this tree it would find nothing."
        return
    own = draft["found"] - draft["others"]
    about = f", {'all' if not draft['others'] else own} in what was broken" if own else ""
    role = "warning" if draft["others"] else "ok"
    yield style.paint(role, f"In this tree it would find {plural(draft['found'], 'place')}{about}:")
    for place in draft["places"]:
        yield f"  {clean_path(place['path'])}:{place['line']}: {clean(place['message'])}"
    if draft["found"] > len(draft["places"]):
        yield f"  and {draft['found'] - len(draft['places'])} more"


def _chosen(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    drafts: Sequence[Mapping[str, Any]] = document["drafts"]
    return drafts[document["chosen"] - 1] if document["chosen"] else None


def _rows(name: str, texts: Sequence[str], style: Style) -> Iterator[str]:
    for text in texts[:_MOST_ROWS]:
        yield from _row(style.paint("strong", name), text, len(name) + 1)
    if len(texts) > _MOST_ROWS:
        yield f"  and {len(texts) - _MOST_ROWS} more"


def _row(name: str, text: str, width: int) -> Iterator[str]:
    return wrap(clean(text), WIDTH - width, f"{name} ", " " * width)
