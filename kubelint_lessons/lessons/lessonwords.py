"""What a lesson says, as reports show it: apart from rules, which take longer to import."""

from __future__ import annotations

from kubelint_lessons.model.records import NamedTuple


class LessonWords(NamedTuple):
    """What a lesson says to people, as plain text on one line each; ``line`` is where it starts in ``path``.

    ``seen`` holds one entry an incident, such as ``2026-02-11 cardboard``: its length is how often it happened.
    """

    symptom: str
    cause: str
    fix: str
    category: str
    seen: tuple[str, ...]
    sources: tuple[str, ...]
    path: str
    line: int
