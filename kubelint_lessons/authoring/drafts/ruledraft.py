"""A rule in the making: its block, what goes around it, and what its examples show."""

from __future__ import annotations

from typing import Any, NamedTuple

from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.finding import ResourceId
from kubelint_lessons.model.location import FieldPath

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


class RuleDraft(NamedTuple):
    """A rule block that may tell the two sides apart, with what goes around it.

    ``change`` says in words what it was drafted from, ``title`` what the rule reports; ``slug`` is an id. ``own`` are
    the objects (of a text rule the files) that were broken. ``is_absence`` says that it reports what is missing, which
    is broad by nature, and ``is_particular`` that it makes sense for a few objects only; ``narrowed`` how the rule was
    made narrower than its change says. ``fallback`` is another block, for a field that its kind does not know.
    """

    block: dict[str, Any]
    change: str
    title: str
    cause: str
    remedy: str
    slug: str
    score: int
    own: tuple[ResourceId | str, ...]
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
