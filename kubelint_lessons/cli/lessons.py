"""``kubelint lessons``: work with the lessons file."""

from __future__ import annotations

import click

from kubelint_lessons.cli.lazy import LazyGroup

COMMANDS = {
    "new": "Write a lesson: from a symptom, two manifests or a commit.",
    "check": "Check lessons and run their examples.",
    "adopt": "Bind notes to the rules that they describe.",
    "search": "Find lessons by words, an error message or an object.",
    "stats": "Count lessons: enforced, recurring, fired, never fired.",
}
"""Name → one line of help; each module, ``kubelint_lessons.cli.lessons_<name>``, holds its command."""


@click.group("lessons", cls=LazyGroup, modules="kubelint_lessons.cli.lessons_", summaries=COMMANDS)
def command() -> None:
    """Work with the lessons file."""
