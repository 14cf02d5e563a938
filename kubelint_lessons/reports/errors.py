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


def error_line(error: RunError, style: Style) -> str:
    """Return an error as one line of the form that findings have, so that what reads those reads it too.

    What has a path has a line and a column as well: 1 where the error is about the file as a whole.
    """
    place = f"{clean_path(error.path)}:{error.line or 1}:{error.column or 1}: " if error.path else ""
    head = style.paint("error", "bug" if error.kind == "bug" else "error")
    return f"{place}{head}: {clean(error.message)}" + (f" (next: {clean(error.hint)})" if error.hint else "")
