"""What a Python check is given beside the resource."""

from __future__ import annotations

from typing import Any, NamedTuple

from kubelint_lessons.engine.schemas import RunSchemas
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.relations import Relations
from kubelint_lessons.manifests.scopes import Scope


class Context(NamedTuple):
    """The surroundings of one resource: parameters of the rule, facts about the cluster, its scope, and schemas."""

    params: dict[str, Any]
    platform: Platform
    scope: Scope
    schemas: RunSchemas

    @property
    def relations(self) -> Relations:
        """Return every join inside the scope."""
        return self.scope.relations
