"""What many checks would ask of every object, asked once: the answers count as words of its document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kubelint_lessons.engine.schemas import RunSchemas
from kubelint_lessons.lessons.needs import (
    DOUBTED,
    HOLDING,
    LARGE,
    MARKS,
    ODD_LABELS,
    OUTDATED,
    REFUSED,
    REPEATED,
    UNTYPED,
)
from kubelint_lessons.manifests.documents import Document
from kubelint_lessons.manifests.kinds import groups_of
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import Scope

if TYPE_CHECKING:
    from kubelint_lessons.manifests.schema.accept import Test

LONG_TEXT = 131_072
"""From so many characters on, a document may be too long for something: half of the smallest limit in bytes."""

_Name = tuple[str, str | None, str]


class FirstLook:
    """Asks of documents that were just read, while their values are open, what ``Marks`` would open them again for."""

    __slots__ = ("_bit", "_schemas", "_tests")

    def __init__(self, bits: Mapping[str, int], schemas: RunSchemas) -> None:
        self._bit = _doubted(bits)
        self._schemas = schemas
        self._tests: dict[tuple[str, str], Test | None] = {}

    def at(self, document: Document, is_reported: bool) -> None:
        """Note among the words of a document whether its objects are doubted; unless reported on, they are."""
        if self._bit:
            is_taken = is_reported and all(map(self._takes, document.resources))
            document.words = document.words & ~self._bit if is_taken else document.words | self._bit

    def _takes(self, resource: Resource) -> bool:
        key = resource.api_version, resource.kind
        try:
            if key not in self._tests:
                self._tests[key] = self._schemas.quick_test(resource)
            test = self._tests[key]
            is_whole = not (resource.prefix or resource.missing)
            return test is not None and test(resource.document.data if is_whole else resource.data)
        except Exception:  # Marks will meet it again
            return False


def _doubted(bits: Mapping[str, int]) -> int:
    """Return the bit of documents whose objects are doubted, 0 where nobody takes note of them."""
    return next((bit for word, bit in bits.items() if word.startswith(DOUBTED)), 0)


class Marks:
    """Finds the bits of ``lessons.needs.MARKS`` that hold for an object."""

    __slots__ = (
        "_bits",
        "_doubted",
        "_here",
        "_holding",
        "_kinds",
        "_of_scope",
        "_repeated",
        "_schemas",
        "_told_by_schemas",
    )

    def __init__(self, bits: Mapping[str, int], schemas: RunSchemas) -> None:
        self._bits = {mark: bits.get(mark, 0) for mark in MARKS}
        self._told_by_schemas = self._bits[REFUSED] | self._bits[OUTDATED] | self._bits[UNTYPED]
        self._doubted = _doubted(bits)
        self._holding = {word.removeprefix(HOLDING): bit for word, bit in bits.items() if word.startswith(HOLDING)}
        self._schemas = schemas
        self._kinds: dict[tuple[str, str], tuple[Test | None, bool, int]] = {}
        self._here: Scope | None = None
        self._of_scope = 0
        self._repeated: frozenset[_Name] = frozenset()

    def of(self, resource: Resource, scope: Scope, wanted: int) -> int:
        """Return the bits of what holds for an object of ``scope``; only questions of bits in ``wanted`` are asked."""
        if self._here is not scope:
            self._enter(scope)
        found = self._of_scope
        document = resource.document
        if document.has_alias or document.end - document.start >= LONG_TEXT:
            found |= self._bits[LARGE]
        if resource.traits.odd_labels:
            found |= self._bits[ODD_LABELS]
        if self._repeated and (resource.kind, resource.namespace, resource.name) in self._repeated:
            found |= self._bits[REPEATED]
        if wanted & self._told_by_schemas:
            try:
                found |= self._by_schema(resource)
            except Exception:  # the checks will meet it again, and are named with it
                found |= self._told_by_schemas
        return found

    def _enter(self, scope: Scope) -> None:
        self._here = scope
        self._of_scope = 0
        for kind in {item.kind for item in scope.resources} & self._holding.keys():
            self._of_scope |= self._holding[kind]
        names = [(item.kind, item.namespace, item.name) for item in scope.resources]
        is_clear = len(set(names)) == len(names)
        times = Counter(() if is_clear else names)
        self._repeated = frozenset(name for name, number in times.items() if number > 1)

    def _by_schema(self, resource: Resource) -> int:
        key = resource.api_version, resource.kind
        kind = self._kinds.get(key)
        if kind is None:
            schemas = self._schemas
            takes, may_refuse = schemas.quick_test(resource), schemas.may_refuse(resource)
            always = self._bits[OUTDATED] if schemas.is_outdated(resource) else 0
            if takes is None and resource.group in groups_of(resource.kind):
                always |= self._bits[UNTYPED]  # built in, in a version that nobody here knows
            kind = self._kinds[key] = takes, may_refuse, always
        takes, may_refuse, found = kind
        if takes is None:
            traits = resource.traits
            if traits.odd_labels or traits.odd_annotations or resource.is_workload:
                found |= self._bits[UNTYPED]
        elif self._doubted & ~resource.document.words or takes(resource.data):
            return found
        else:
            found |= self._bits[UNTYPED]
        if may_refuse and self._schemas.problems(resource):
            found |= self._bits[REFUSED]
        return found
