"""What the check of a lessons database says, at a place in the Markdown."""

from __future__ import annotations

from kubelint_lessons.model.records import NamedTuple


class Advice(NamedTuple):
    """One message and the next step; a warning leaves the lesson working. 1-based, ``end_column`` is exclusive."""

    path: str
    line: int
    column: int
    end_column: int
    message: str
    hint: str
    is_warning: bool = False
