"""What a Python check is given beside the resource."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from kubelint_lessons.engine.schemas import RunSchemas
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.relations import Relations
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import Scope
from kubelint_lessons.model.records import NamedTuple

_Answer = TypeVar("_Answer")
_MANY = 16
"""What is found in so many objects is kept for the next who is related to the same."""


class Context(NamedTuple):
    """The surroundings of one resource: parameters of the rule, facts about the cluster, its scope, and schemas.

    ``kept`` is what the check of one rule block worked out for all resources of the scope: see ``once``; ``lasting``
    what it worked out for all scopes with the same parameters: see ``throughout``.
    """

    params: dict[str, Any]
    platform: Platform
    scope: Scope
    schemas: RunSchemas
    kept: dict[Hashable, Any]
    lasting: dict[Hashable, Any]

    def once(self, name: Hashable, make: Callable[[], _Answer]) -> _Answer:
        """Return what ``make`` returns, asked once for all resources of the scope that the block looks at."""
        if name not in self.kept:
            self.kept[name] = make()
        found: _Answer = self.kept[name]
        return found

    def throughout(self, name: Hashable, make: Callable[[], _Answer]) -> _Answer:
        """Return what ``make`` returns, asked once in a run: it sees ``params`` and ``platform``, never the scope."""
        if name not in self.lasting:
            self.lasting[name] = make()
        found: _Answer = self.lasting[name]
        return found

    def for_all(self, items: tuple[Resource, ...], name: Hashable, make: Callable[[], _Answer]) -> _Answer:
        """Return what ``make`` finds in the ``items`` of a relation, asked once for all who are related to the same.

        Few are looked at again each time. ``name`` says what else the answer depends on.
        """
        if len(items) < _MANY:
            return make()
        return self.once((name, items), make)

    @property
    def relations(self) -> Relations:
        """Return every join inside the scope."""
        return self.scope.relations
