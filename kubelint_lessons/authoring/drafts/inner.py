"""Changes inside strings that hold YAML or JSON themselves, such as a Prometheus configuration in a ConfigMap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.authoring.drafts.blocks import draft_of, hides_value
from kubelint_lessons.authoring.drafts.compare import Change, compare
from kubelint_lessons.authoring.drafts.forms import forms_of
from kubelint_lessons.authoring.drafts.narrowing import by_item
from kubelint_lessons.authoring.drafts.pairing import ResourcePair
from kubelint_lessons.authoring.drafts.places import RulePlace, pattern_of
from kubelint_lessons.authoring.drafts.ruledraft import Exhibit, RuleDraft
from kubelint_lessons.authoring.drafts.secrecy import is_secret
from kubelint_lessons.authoring.drafts.shrink import shrink_inner
from kubelint_lessons.authoring.drafts.wording import Story
from kubelint_lessons.lessons.paths import EACH, format_steps
from kubelint_lessons.manifests.load import load
from kubelint_lessons.manifests.podtemplates import walk
from kubelint_lessons.manifests.problems import ReadError
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.location import FieldPath

_MOST_CHANGES = 6
_BETTER = 4
"""A field inside the text says more than a piece of the text does."""


def inner_drafts(pair: ResourcePair, change: Change, score: int) -> Iterator[RuleDraft]:
    """Yield rules about a document inside a string that changed; none where it is no YAML map, or secret."""
    bad, fixed = pair.bad, pair.fixed
    if bad is None or fixed is None or change.kind != "changed" or hides_value(pair, change):
        return
    before, after = _document(change.old), _document(change.new)
    if before is None or after is None:
        return
    for inner in compare(before, after)[:_MOST_CHANGES]:
        hides = is_secret(before, inner.path) or is_secret(after, inner.fixed_path)
        for form in forms_of(inner, is_secret=hides) if inner.path else ():
            place = _place(bad, form.path)
            item = walk(before, place.base) if place.base else None
            story = Story(bad, inner, form, place, item, walk(before, place.base), hides, change.path)
            narrower = by_item(item) if form.detector == "require" else ()
            for narrowing in (None, *narrower):
                texts = shrink_inner(before, form.keep_bad), shrink_inner(after, form.keep_fixed)
                if all(texts):
                    bad_side = Exhibit(story.bad, (change.path,), ((change.path, texts[0] or ""),))
                    good_side = Exhibit(fixed, (change.fixed_path,), ((change.fixed_path, texts[1] or ""),))
                    yield draft_of(story, fixed, narrowing, score + _BETTER, bad_side, good_side)


def _document(text: Any) -> dict[str, Any] | None:
    """Return the map that a text of several lines holds as its only YAML document, None where it does not."""
    if not isinstance(text, str) or "\n" not in text.strip() or "\n---" in text:
        return None
    try:
        loaded = load(text)
    except ReadError:
        return None
    return loaded.data if isinstance(loaded.data, dict) and loaded.ignored is None else None


def _place(bad: Resource, path: FieldPath) -> RulePlace:
    positions = [index for index, step in enumerate(path) if isinstance(step, int)]
    end = positions[-1] + 1 if positions else 0
    each = format_steps(tuple(EACH if isinstance(step, int) else step for step in path[:end])) if end else ""
    return RulePlace(pattern_of(bad), each, "item", path[end:], path[:end], path[end:])
