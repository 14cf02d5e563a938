"""What suppressions have in common, wherever written: the rules they name, their reason, the lines they reach."""

from __future__ import annotations

from typing import Literal

from kubelint_lessons.model.location import Location
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

MARK = "kubelint"
"""Files in whose text this does not occur hold no suppression, and are not looked at."""

ANNOTATION = "kubelint.io/ignore"

_SAYS_SOMETHING = regex(r"\w")
_LEADING = " \t:-–—"
_CLOSING = regex(r"\s*(?:-->|\*/\s*-?\}\}|\*/)\s*$")


class NamedRule(NamedTuple):
    """A rule as a suppression names it, perhaps by a former id or misspelt, and where the name stands."""

    name: str
    location: Location


class Directive(NamedTuple):
    """One suppression in a file. It silences findings whose primary place lies on the lines ``first`` to ``last``.

    ``subject`` says in words what that is: "line 8", "this object". An empty ``reason`` silences nothing.
    """

    kind: Literal["comment", "annotation"]
    rules: tuple[NamedRule, ...]
    reason: str
    location: Location
    first: int
    last: int
    subject: str

    def reaches(self, line: int) -> bool:
        """Return whether a line of the same file is one of those that this speaks of."""
        return self.first <= line <= self.last


class Stray(NamedTuple):
    """What was meant to be a suppression and is none: where it stands, and why, with the next step."""

    location: Location
    message: str


class Found(NamedTuple):
    """All that one file says about suppressions."""

    directives: tuple[Directive, ...] = ()
    strays: tuple[Stray, ...] = ()


def reason_of(text: str) -> str:
    """Return the reason in what follows the names of rules; empty where that says nothing."""
    reason = _CLOSING.sub("", text).strip().lstrip(_LEADING).strip()
    return reason if _SAYS_SOMETHING.search(reason) else ""
