"""A rule in the making: its block, what goes around it, and what its examples show."""

from __future__ import annotations

from typing import Any

from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.finding import ResourceId
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

_WIDEST = 100


class Exhibit(NamedTuple):
    """An object for an example, and the routes in it that the rule needs; ``texts`` are strings cut down for it."""

    resource: Resource
    keep: tuple[FieldPath, ...]
    texts: tuple[tuple[FieldPath, str], ...] = ()


class TextExhibit(NamedTuple):
    """Lines of a file for an example; ``line`` is the 1-based one that matters, 0 where none does."""

    path: str
    lines: tuple[str, ...]
    line: int


class Own(NamedTuple):
    """What was broken: lines of a file on one of the sides, and the object in them (None for a text)."""

    path: str
    first_line: int
    last_line: int
    resource: ResourceId | None

    def holds(self, path: str, line: int) -> bool:
        """Return whether a line of a side lies in it."""
        return path == self.path and self.first_line <= line <= self.last_line

    def is_called(self, resource: ResourceId) -> bool:
        """Return whether an object of a tree is likely this one: a kustomization may rename or move it."""
        own = self.resource
        if own is None or (own.group, own.kind) != (resource.group, resource.kind):
            return False
        return resource.name == own.name or resource.name.endswith(own.name) or resource.name.startswith(own.name)


def own_of(resource: Resource) -> Own:
    """Return the lines of an object on the side that it was read from."""
    document = resource.document
    last = document.first_line + document.text.count("\n")
    return Own(document.source.path, document.first_line, last, resource.id)


class RuleDraft(NamedTuple):
    """A rule block that may tell the two sides apart, with what goes around it.

    ``change`` says in words what it was drafted from, ``title`` what the rule reports; ``slug`` is an id. ``own`` is
    what was broken (objects, of a text rule files), ``mended`` the same on the fixed side. ``is_absence`` says that the
    rule reports what is missing, which is broad by nature, and ``is_particular`` that it makes sense for a few objects
    only; ``narrowed`` how it was made narrower than its change says. ``fallback`` is another block, for a field that
    its kind does not know.
    """

    block: dict[str, Any]
    change: str
    title: str
    cause: str
    remedy: str
    slug: str
    score: int
    own: tuple[Own, ...]
    mended: tuple[Own, ...]
    bad: tuple[Exhibit | TextExhibit, ...]
    good: tuple[Exhibit | TextExhibit, ...]
    is_absence: bool = False
    narrowed: str = ""
    is_particular: bool = False
    fallback: dict[str, Any] | None = None


def joined(conditions: list[str]) -> str:
    """Return conditions joined by "and", on several lines where they are long."""
    unique = list(dict.fromkeys(conditions))
    text = " && ".join(unique)
    return text if len(text) <= _WIDEST else "\n&& ".join(unique)


def braced(text: str) -> str:
    """Return text for a message template."""
    return text.replace("{", "{{").replace("}", "}}")


def template_text(value: Any) -> Any:
    """Return a value for an edit, its braces doubled, since texts there are templates."""
    if isinstance(value, str):
        return braced(value)
    if isinstance(value, dict):
        return {key: template_text(part) for key, part in value.items()}
    if isinstance(value, list):
        return [template_text(part) for part in value]
    return value
