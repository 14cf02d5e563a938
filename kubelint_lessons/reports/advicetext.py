"""Advice about lessons as text for a terminal."""

from __future__ import annotations

from typing import Protocol

from kubelint_lessons.reports.sanitize import clean, clean_path
from kubelint_lessons.reports.style import Style


class HasPlace(Protocol):
    """What is said of a place in a lessons file."""

    @property
    def path(self) -> str:
        """Return the file."""

    @property
    def line(self) -> int:
        """Return the 1-based line."""

    @property
    def column(self) -> int:
        """Return the 1-based column."""

    @property
    def message(self) -> str:
        """Return what is wrong."""

    @property
    def hint(self) -> str:
        """Return the next step."""

    @property
    def is_warning(self) -> bool:
        """Return whether the lesson works all the same."""


def advice_text(item: HasPlace, style: Style) -> str:
    """Return ``path:line:column: error: message`` and the next step on a line of its own."""
    severity = "warning" if item.is_warning else "error"
    head = f"{clean_path(item.path)}:{item.line}:{item.column}: {style.paint(severity, severity)}"
    return f"{head}: {clean(item.message)}" + (f"\n  next: {clean(item.hint)}" if item.hint else "")
