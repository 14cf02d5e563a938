"""What a rule block says where its expression decides against an object: message, place, related places, fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kubelint_lessons.engine.iterate import Item
from kubelint_lessons.lessons.paths import Each, Path, expand, fill, parse_path, parse_template, render
from kubelint_lessons.lessons.rule import Detector, FixSpec, RelatedSpec
from kubelint_lessons.manifests.relation import Link
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.finding import Problem, RelatedPlace
from kubelint_lessons.model.fix import Edit, Fix
from kubelint_lessons.model.location import FieldPath

_MOST_RELATED = 5
"""More related places than this would hide the finding."""


class Wording:
    """The words of one block, read once."""

    def __init__(self, detector: Detector) -> None:
        self._at: Path = parse_path(detector.at) if detector.at else ()
        self._message, self._label, self._note = (
            parse_template(text) for text in (detector.message, detector.label, detector.note)
        )
        self._fix = detector.fix

    def is_certain(self, resource: Resource, item: Item) -> bool:
        """Return whether no patch of the scope touches what the block judges: else nobody knows what is applied."""
        if not self._at or item.inside is not None:
            return True
        return not resource.may_be_patched(*item.path, *_route(resource, item, self._at))

    def problem(
        self,
        resource: Resource,
        item: Item,
        scope: Mapping[str, Any],
        links: Sequence[tuple[RelatedSpec, Link]],
    ) -> Problem:
        """Return the problem of an item; ``scope`` is what templates read, ``links`` lead to what is related."""
        route = _route(resource, item, self._at) if self._at else ()
        if links and item.is_whole and links[0][1].path[: len(route)] == route:
            route = links[0][1].path  # of a selector the matching label pair is the place
        related = tuple(RelatedPlace(link.item.place(*link.far), spec.label) for spec, link in links[:_MOST_RELATED])
        return Problem(
            message=render(self._message, scope),
            place=item.place(resource, route),
            label=render(self._label, scope),
            related=related,
            fix=_fix(self._fix, resource, item, scope),
            note=render(self._note, scope),
        )


def _route(resource: Resource, item: Item, at: Path) -> FieldPath:
    """Return the first route that ``at`` leads to, or as far as it says where nothing is there."""
    for route, _ in expand(resource.data if item.is_whole else item.value, at):
        return route
    return tuple(step for step in at if not isinstance(step, Each))


def _fix(spec: FixSpec | None, resource: Resource, item: Item, scope: Mapping[str, Any]) -> Fix | None:
    if spec is None:
        return None
    edits = []
    try:
        for edit in spec.edits:
            route = _route(resource, item, parse_path(edit.path)) if edit.path else ()
            value, old = _filled(edit.value, scope), _filled(edit.old, scope)
            edits.append(Edit(edit.operation, item.place(resource, route), value, None if old is None else str(old)))
    except LookupError:  # a value that the fix needs is not there
        return None
    return Fix(spec.title, tuple(edits), spec.applicability)


def _filled(value: Any, scope: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return fill(parse_template(value), scope)
    if isinstance(value, dict):
        return {key: _filled(entry, scope) for key, entry in value.items()}
    if isinstance(value, list):
        return [_filled(entry, scope) for entry in value]
    return value
