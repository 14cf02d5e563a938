"""Numbers about a team's lessons, as text for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kubelint_lessons.reports.sanitize import clean, clean_path, display_width
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.wrap import plural

_WIDTH = 100
_SHOWN = 10
"""Entries of a list that a person reads; JSON has all."""


def stats_text(document: Mapping[str, Any], style: Style) -> Iterator[str]:
    """Yield the numbers, the most important first.

    ``document`` is what ``kubelint lessons stats --output-format json`` prints.
    """
    lessons, enforced = document["lessons"], document["enforced"]
    rules = document["rules"]
    if not lessons:
        yield "This project has no lessons yet: docs/ai-lessons.md would hold them."
    else:
        yield style.paint("strong", _coverage(enforced, lessons))
    yield f"{rules['builtin_running']} of {plural(rules['builtin'], 'built-in rule')} run here as well."
    yield from _categories(document["categories"], style)
    yield from _list("Seen most often", document["recurring"], style, _recurrence)
    yield from _fired(document["fired"], style)
    yield from _list("Enforced, and nothing in this tree breaks them", document["never_fired"], style, _bound)
    yield from _list("The rule is off", document["off"], style, _bound)
    yield from _list("Notes without a rule", document["without_rule"], style, _place)
    if document["without_rule"]:
        yield "  kubelint lessons adopt proposes rules for them."


def _coverage(enforced: int, lessons: int) -> str:
    verb = "is" if enforced == 1 else "are"
    return f"{enforced} of {plural(lessons, 'lesson')} {verb} enforced ({100 * enforced // lessons} %)."


def _categories(categories: Sequence[Mapping[str, Any]], style: Style) -> Iterator[str]:
    if not categories:
        return
    yield ""
    yield style.paint("strong", "By category")
    names = [clean(entry["category"]) or "(none)" for entry in categories]
    width = max(display_width(name) for name in names)
    for name, entry in zip(names, categories, strict=True):
        seen = f", {plural(entry['seen'], 'incident')}" if entry["seen"] else ""
        gap = " " * (width - display_width(name))
        yield f"  {name}{gap}  {entry['enforced']:>3} of {entry['lessons']:>3} enforced{seen}"


def _fired(fired: Sequence[Mapping[str, Any]], style: Style) -> Iterator[str]:
    yield ""
    yield style.paint("strong", "Rules that fired in this tree")
    if not fired:
        yield "  none: nothing here breaks a lesson."
    width = max((len(str(entry["findings"])) for entry in fired), default=1)
    for entry in fired:
        own = "" if entry["has_lesson"] else "  (built in, no lesson of the team)"
        yield f"  {entry['findings']:>{width}}  {clean(entry['rule'])}{own}"


def _list(
    title: str, entries: Sequence[Mapping[str, Any]], style: Style, say: Callable[[Mapping[str, Any]], str]
) -> Iterator[str]:
    if not entries:
        return
    yield ""
    yield style.paint("strong", f"{title} ({len(entries)})")
    for entry in entries[:_SHOWN]:
        text = say(entry)
        yield f"  {text if len(text) <= _WIDTH else text[: _WIDTH - 1] + '…'}"
    if len(entries) > _SHOWN:
        yield f"  … and {len(entries) - _SHOWN} more; --output-format json lists all."


def _recurrence(entry: Mapping[str, Any]) -> str:
    state = "enforced" if entry["enforced"] else "NOT enforced"
    return f"{len(entry['seen'])}×  {clean(entry['id'])}  {state}"


def _bound(entry: Mapping[str, Any]) -> str:
    rules = ", ".join(clean(rule) for rule in entry["rules"] if rule != entry["id"])
    return clean(entry["id"]) + (f"  (rule {rules})" if rules else "")


def _place(entry: Mapping[str, Any]) -> str:
    return f"{clean_path(entry['path'])}:{entry['line']}  {clean(entry['symptom'])}"
