"""Errors of a run as text: place, what is wrong, next step."""

from __future__ import annotations

from kubelint_lessons.engine.result import RunError
from kubelint_lessons.reports.sanitize import clean, clean_path
from kubelint_lessons.reports.style import Style


def error_text(error: RunError, style: Style) -> str:
    """Return ``path:line:column: error: message`` and the next step on a line of its own."""
    place = clean_path(error.path)
    if place and error.line:
        place += f":{error.line}" + (f":{error.column}" if error.column else "")
    head = style.paint("error", "bug" if error.kind == "bug" else "error")
    text = f"{place + ': ' if place else ''}{head}: {clean(error.message)}"
    return f"{text}\n  next: {clean(error.hint)}" if error.hint else text
