"""A change of one object becomes rule blocks with match, each, at, message and fix: broad ones, then narrower ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.authoring.drafts import conditions as cel
from kubelint_lessons.authoring.drafts.compare import Change
from kubelint_lessons.authoring.drafts.forms import forms_of
from kubelint_lessons.authoring.drafts.linechanges import changed_lines, cut_texts
from kubelint_lessons.authoring.drafts.narrowing import Narrowing, narrowings
from kubelint_lessons.authoring.drafts.pairing import ResourcePair
from kubelint_lessons.authoring.drafts.places import RulePlace, place_of, root_data, value_at
from kubelint_lessons.authoring.drafts.ruledraft import Exhibit, RuleDraft, braced, joined, own_of, template_text
from kubelint_lessons.authoring.drafts.secrecy import is_secret, is_secret_text
from kubelint_lessons.authoring.drafts.wording import Story
from kubelint_lessons.lessons.paths import format_steps
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.location import FieldPath


def hides_value(pair: ResourcePair, change: Change) -> bool:
    """Return whether the values of a change are, or look, secret on one of the sides."""
    sides = ((pair.bad, change.path), (pair.fixed, change.fixed_path))
    if change.kind == "changed" and isinstance(change.old, str) and isinstance(change.new, str) and "\n" in change.old:
        lines = changed_lines(change.old.split("\n"), change.new.split("\n")) or ()
        if any(is_secret_text(line.old) or is_secret_text(line.new) for line in lines):
            return True
    return any(resource is not None and is_secret(resource.data, path) for resource, path in sides)


def drafts_of(pair: ResourcePair, change: Change, score: int) -> Iterator[RuleDraft]:
    """Yield the drafts for one change of one object: each of its forms as broad as it is, then narrower ones."""
    bad, fixed = pair.bad, pair.fixed
    if bad is None or fixed is None or not change.path or change.path == ("kind",):
        return
    hides = hides_value(pair, change)
    for form in forms_of(change, is_secret=hides):
        place = place_of(bad, form.path)
        if form.path == ("apiVersion",):
            place = place._replace(match=_versioned(bad))
        item = value_at(bad, place.base) if place.base else None
        story = Story(bad, change, form, place, item, root_data(bad, place), hides)
        is_absence = form.detector == "require"
        for narrowing in (None, *narrowings(bad, place, form.path, item, is_absence=is_absence)):
            yield _draft(story, fixed, narrowing, score)


def _draft(story: Story, fixed: Resource, narrowing: Narrowing | None, score: int) -> RuleDraft:
    bad, change, form, place = story.bad, story.change, story.form, story.place
    old_text, new_text = cut_texts(change.old, change.new) if change.kind == "changed" else ("", "")
    more = narrowing.keep if narrowing else ()
    draft = draft_of(
        story,
        fixed,
        narrowing,
        score,
        Exhibit(bad, (*form.keep_bad, *more), _cut(change.path, old_text)),
        Exhibit(fixed, (*form.keep_fixed, *more), _cut(change.fixed_path, new_text)),
    )
    if form.detector != "forbid" or not place.steps:
        return draft
    return draft._replace(fallback=block_of(story, narrowing, is_unknown=True))


def draft_of(
    story: Story, fixed: Resource, narrowing: Narrowing | None, score: int, bad: Exhibit, good: Exhibit
) -> RuleDraft:
    """Return the draft that a story tells, with what shows the mistake and what shows it mended."""
    return RuleDraft(
        block=block_of(story, narrowing),
        change=f'{story.bad.kind} "{story.bad.original_name}": {story.description}',
        title=story.title + (f" ({narrowing.words})" if narrowing else ""),
        cause=story.cause,
        remedy=story.remedy,
        slug=story.slug,
        score=score,
        own=(own_of(story.bad),),
        mended=(own_of(fixed),),
        bad=(bad,),
        good=(good,),
        is_absence=story.form.detector == "require",
        is_particular=story.form.is_particular,
        narrowed=narrowing.words if narrowing else "",
    )


def block_of(story: Story, narrowing: Narrowing | None, *, is_unknown: bool = False) -> dict[str, Any]:
    """Return the rule block; of a field that its kind does not know only that it is there, at no place of its own."""
    form, place = story.form, story.place
    named = cel.identity(place.each, story.item, "item") if place.each and place.steps else []
    conditions = (
        cel.holds_key(place.root, place.steps, story.data)
        if is_unknown
        else cel.chain(place.root, place.steps, form.leaf, story.data)
    )
    block: dict[str, Any] = {"match": narrowing.match if narrowing and narrowing.match else place.match}
    if story.inside:
        block["embedded"] = format_steps(story.inside)
    if place.each:
        block["each"] = place.each
    where = [*(named if form.detector == "require" else []), *(narrowing.where if narrowing else ())]
    if where:
        block["where"] = joined(where)
    if form.detector == "require":
        block["require"] = joined(conditions)
    else:
        block["forbid"] = joined([*named, *conditions]) or "true"
    at = _known_at(place) if is_unknown else place.at
    if at:
        block["at"] = at
    block["message"] = f"{story.subject} {braced(f'has {story.field}' if is_unknown else story.says)}"
    fix = _fix(story)
    if fix:
        block["fix"] = fix
    if story.bad.is_patch:
        block["patches"] = True
    return block


def _known_at(place: RulePlace) -> str:
    """Return what to point at where the field itself is one that ``lessons check`` takes for a slip: what holds it."""
    if place.match == "workloads" and not place.each:
        return place.at
    return place._replace(below=place.below[:-1]).at


def _fix(story: Story) -> dict[str, Any] | None:
    """Return the edit of the rule, where its path means one field in every object that the rule matches."""
    form, place = story.form, story.place
    if form.edit is None or story.inside:
        return None
    operation = next(iter(form.edit))
    target = place_of(story.bad, form.edit_path)
    if target.base != place.base or any(isinstance(step, int) for step in target.below):
        return None
    if (operation == "set" and not place.is_exact) or not (target.below or place.each):
        return None
    path = format_steps(target.below) if target.below else ""
    return {operation: path, **{key: template_text(value) for key, value in form.edit.items() if key != operation}}


def _cut(path: FieldPath, text: str) -> tuple[tuple[FieldPath, str], ...]:
    return ((path, text),) if text else ()


def _versioned(resource: Resource) -> str:
    version = f"{resource.group}/{resource.version}" if resource.group else resource.version
    return f"{version}/{resource.kind}"
