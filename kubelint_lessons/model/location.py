"""Where something is: routes inside a document first, spans in a text second."""

from __future__ import annotations

from typing import Literal, Protocol

from kubelint_lessons.model.records import NamedTuple

FieldPath = tuple[str | int, ...]
"""A route inside one YAML document: ``('spec', 'containers', 0, 'image')``."""

Spot = Literal["entry", "key", "value"]
"""What to point at: the whole ``key: value`` (or list item), only its key, or only its value."""


class Location(NamedTuple):
    """A span within one line of a file.

    ``line`` and ``column`` are 1-based, columns count code points, ``end_column`` is exclusive.
    ``path`` is relative to the directory the run started in, with forward slashes.
    """

    path: str
    line: int
    column: int
    end_column: int


class Locatable(Protocol):
    """A document that can turn a route into a span."""

    def locate(self, path: FieldPath, spot: Spot = "entry") -> Location:
        """Return the span of ``path``; of the deepest ancestor's key that exists where the path does not.

        A scalar: its whole ``key: value``. A map or list: its first entry. Never more than one line.
        """
        ...


class Place(NamedTuple):
    """A route together with the document that it leads through."""

    document: Locatable
    path: FieldPath
    spot: Spot = "entry"

    def location(self) -> Location:
        """Return the span; costs a second look at the text, so only findings ask for it."""
        return self.document.locate(self.path, self.spot)


def format_path(path: FieldPath) -> str:
    """Return a route as people write it: ``spec.containers[0].image``, ``metadata.labels["a/b"]``."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif step.replace("_", "a").replace("-", "a").isalnum() and step:
            parts.append(f".{step}" if parts else step)
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            parts.append(f'["{escaped}"]')
    return "".join(parts)
