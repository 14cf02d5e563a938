"""An open document: its values, and what is known of them as long as they are in memory."""

from __future__ import annotations

from typing import Any

from kubelint_lessons.manifests.nodes import Node
from kubelint_lessons.manifests.quicklocate import Way


class Live:
    """The values of an open document, and what was worked out: by resource, how rules see it; its lines; its tree."""

    __slots__ = ("data", "lines", "places", "tree", "views", "way")

    def __init__(self, data: Any) -> None:
        self.data = data
        self.views: list[Any] = []
        self.lines: list[str] | None = None
        self.places = 0
        """So many were looked up in the lines."""
        self.way: Way | None = None
        self.tree: Node | bool | None = False
