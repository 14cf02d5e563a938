"""Anchors, aliases and merge keys of one document, and the limits that keep aliases from multiplying it.

Source of the rules: decode.go of go.yaml.in/yaml/v2 (an anchor may be defined again; it may not contain itself;
merges apply in document order and overwrite what stands before them; the allowed share of aliased nodes).
"""

from __future__ import annotations

from typing import Any

from kubelint_lessons.manifests.problems import RejectedError

_SMALL_DOCUMENT = 400_000
_LARGE_DOCUMENT = 4_000_000


class Anchor:
    """One anchored node; ``is_open`` while what it holds is still being read."""

    __slots__ = ("is_open", "name", "value")

    def __init__(self, name: str, value: Any, is_open: bool) -> None:
        self.name = name
        self.value = value
        self.is_open = is_open


class Anchors:
    """The anchors that a document has defined so far, and how much its aliases add to it."""

    __slots__ = ("_by_name", "_largest", "_largest_event", "_max_depth", "_measured", "_repeated", "_uses")

    def __init__(self, max_depth: int) -> None:
        self._by_name: dict[str, Anchor] = {}
        self._max_depth = max_depth
        self._measured: dict[int, tuple[int, int, Any]] = {}  # id → nodes, height, the value (keeps the id taken)
        self._repeated = self._uses = self._largest = 0
        self._largest_event: Any = None

    def begin(self, name: str) -> Anchor:
        """Return a new anchor of a map or list that has just begun."""
        anchor = self._by_name[name] = Anchor(name, None, True)
        return anchor

    def end(self, anchor: Anchor, value: Any) -> None:
        """Give an anchor its value, now complete."""
        anchor.value = value
        anchor.is_open = False

    def define(self, name: str, value: Any) -> None:
        """Anchor a scalar."""
        self._by_name[name] = Anchor(name, value, False)

    def use(self, name: str, event: Any, depth: int) -> Any:
        """Return what an alias at this depth stands for. Raises RejectedError."""
        anchor = self._by_name.get(name)
        if anchor is None:
            raise RejectedError(f'no anchor "&{name}" stands before the alias "*{name}" in this document')
        if anchor.is_open:
            raise RejectedError(f'the anchor "&{name}" contains itself')
        nodes, height = self._measure(anchor.value)
        if depth + height > self._max_depth:
            message = f"aliases nest more than {self._max_depth} levels deep, which kubelint does not read"
            raise RejectedError(message, "nesting-too-deep")
        self._uses += 1
        self._repeated += nodes
        if nodes > self._largest:
            self._largest, self._largest_event = nodes, event
        return anchor.value

    def find_bomb(self, root: Any) -> Any:
        """Return the event of the largest alias if aliases make up more than kubectl allows, else None."""
        if self._repeated <= 100:
            return None
        nodes = self._measure(root)[0] + self._uses + 1
        if nodes > 1000 and self._repeated / nodes > _allowed_share(nodes):
            return self._largest_event
        return None

    def _measure(self, value: Any) -> tuple[int, int]:
        """Return the number of nodes and the height of a value, aliases written out."""
        if not isinstance(value, (dict, list)):
            return 1, 0
        known = self._measured.get(id(value))
        if known is not None:
            return known[0], known[1]
        nodes = 1 + len(value) if isinstance(value, dict) else 1
        height = 0
        for part in value.values() if isinstance(value, dict) else value:
            part_nodes, part_height = self._measure(part)
            nodes += part_nodes
            height = max(height, part_height)
        self._measured[id(value)] = nodes, height + 1, value
        return nodes, height + 1


def _allowed_share(nodes: int) -> float:
    if nodes <= _SMALL_DOCUMENT:
        return 0.99
    if nodes >= _LARGE_DOCUMENT:
        return 0.10
    return 0.99 - 0.89 * (nodes - _SMALL_DOCUMENT) / (_LARGE_DOCUMENT - _SMALL_DOCUMENT)


def merge_into(target: dict[str, Any], value: Any, *, is_alias: bool) -> None:
    """Apply the value of a ``<<`` key to the map it stands in. Raises RejectedError where it is no map or list of maps.

    It overwrites what stands before it; in a list the first map wins.
    """
    if isinstance(value, dict):
        target.update(value)
        return
    if not isinstance(value, list) or is_alias or not all(isinstance(part, dict) for part in value):
        raise RejectedError('"<<" merges a map, or a list of maps written out here, and nothing else')
    for part in reversed(value):
        target.update(part)
