"""What a fix would change, as edits of data; the fixes layer turns them into edits of text."""

from __future__ import annotations

from typing import Any, Literal

from kubelint_lessons.model.location import Place
from kubelint_lessons.model.records import NamedTuple

Operation = Literal["set", "remove", "rename", "replace"]
Applicability = Literal["safe", "unsafe", "display"]


class Edit(NamedTuple):
    """One change at one place.

    ``set`` writes ``value`` (creating missing parents) · ``remove`` deletes the entry · ``rename`` gives the
    key the name ``value`` · ``replace`` puts ``value`` in place of ``old`` inside a string scalar.
    """

    operation: Operation
    place: Place
    value: Any = None
    old: str | None = None


class Fix(NamedTuple):
    """Edits that belong together: all are applied, or none."""

    title: str
    edits: tuple[Edit, ...]
    applicability: Applicability = "display"
