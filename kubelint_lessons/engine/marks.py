"""What many checks would ask of every object, asked once: the answers count as words of its document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kubelint_lessons.engine.schemas import RunSchemas
from kubelint_lessons.lessons.needs import LARGE, OUTDATED, REFUSED, REPEATED, UNTYPED
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import Scope

if TYPE_CHECKING:
    from kubelint_lessons.manifests.schema.accept import Test

LONG_TEXT = 131_072
"""From so many characters on, a document may be too long for something: half of the smallest limit in bytes."""

_Name = tuple[str, str | None, str]


class Marks:
    """Finds the bits of ``lessons.needs.MARKS`` that hold for an object."""

    __slots__ = ("_bits", "_here", "_kinds", "_repeated", "_schemas")

    def __init__(self, bits: Mapping[str, int], schemas: RunSchemas) -> None:
        self._bits = tuple(bits.get(mark, 0) for mark in (REFUSED, OUTDATED, UNTYPED, REPEATED, LARGE))
        self._schemas = schemas
        self._kinds: dict[tuple[str, str], tuple[Test | None, bool, int]] = {}
        self._here: Scope | None = None
        self._repeated: frozenset[_Name] = frozenset()

    def of(self, resource: Resource, scope: Scope, wanted: int) -> int:
        """Return the bits of what holds for an object of ``scope``; only questions of bits in ``wanted`` are asked."""
        refused, outdated, untyped, repeated, large = self._bits
        document = resource.document
        found = large if document.end - document.start >= LONG_TEXT or document.has_alias else 0
        if wanted & repeated:
            if self._here is not scope:
                self._here, self._repeated = scope, _repeated(scope)
            if self._repeated and (resource.kind, resource.namespace, resource.name) in self._repeated:
                found |= repeated
        if wanted & (refused | outdated | untyped):
            try:
                found |= self._by_schema(resource)
            except Exception:  # the checks will meet it again, and are named with it
                found |= refused | outdated | untyped
        return found

    def _by_schema(self, resource: Resource) -> int:
        refused, outdated, untyped, *_ = self._bits
        key = resource.api_version, resource.kind
        kind = self._kinds.get(key)
        if kind is None:
            schemas = self._schemas
            always = outdated if schemas.is_outdated(resource) else 0
            kind = self._kinds[key] = schemas.quick_test(resource), schemas.may_refuse(resource), always
        takes, may_refuse, found = kind
        if takes is None or not takes(resource.data):
            found |= untyped
            if may_refuse and self._schemas.problems(resource):
                found |= refused
        return found


def _repeated(scope: Scope) -> frozenset[_Name]:
    """Return what several objects seem to have in common: all others are defined once, without a closer look."""
    names = [(item.kind, item.namespace, item.name) for item in scope.resources]
    if len(set(names)) == len(names):
        return frozenset()
    return frozenset(name for name, number in Counter(names).items() if number > 1)
