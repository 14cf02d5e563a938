"""``suppress:`` of a config: entries that silence findings by rule, object and path, perhaps until a day."""

from __future__ import annotations

from kubelint_lessons.engine.directives import NamedRule
from kubelint_lessons.lessons.rule import matches_glob
from kubelint_lessons.manifests.globs import compile_globs, matches
from kubelint_lessons.model.finding import ResourceId
from kubelint_lessons.model.location import Location
from kubelint_lessons.model.records import NamedTuple


class Entry(NamedTuple):
    """One entry. Of kinds, names, namespaces and paths each that is given must match; none given: any.

    Patterns may hold ``*``; ``""`` as a namespace means that none is given. ``until`` is the last day on which the
    entry holds, as YYYY-MM-DD, or empty.
    """

    rules: tuple[NamedRule, ...]
    reason: str
    location: Location
    kinds: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    until: str = ""

    @property
    def names_objects(self) -> bool:
        """Return whether the entry speaks of objects, and not only of files."""
        return bool(self.kinds or self.names or self.namespaces)


class Matcher:
    """One entry, its path patterns compiled."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self._paths = compile_globs(entry.paths)

    def matches(self, resource: ResourceId | None, inside: str) -> bool:
        """Return whether the entry speaks of an object (None: of no object) in a file, named relative to the root."""
        entry = self.entry
        if self._paths is not None and not matches(self._paths, inside):
            return False
        if not entry.names_objects:
            return True
        return (
            resource is not None
            and _is_one_of(entry.kinds, resource.kind)
            and _is_one_of(entry.names, resource.name)
            and _is_one_of(entry.namespaces, resource.namespace or "")
        )


def today() -> str:
    """Return the day it is in UTC, as YYYY-MM-DD, so that a laptop and a CI runner agree on it."""
    import time

    return time.strftime("%Y-%m-%d", time.gmtime())


def _is_one_of(patterns: tuple[str, ...], text: str) -> bool:
    return not patterns or any(matches_glob(pattern, text) for pattern in patterns)
