"""The commands by name; each lives in its own module and is imported when it is called."""

from __future__ import annotations

import click

from kubelint_lessons import __version__
from kubelint_lessons.cli.lazy import LazyGroup

COMMANDS = {
    "lint": "Check manifests against the lessons.",
    "explain": "Say what a rule or a note is about, and where its words stand.",
    "rules": "List the rules that would run here.",
    "lessons": "Work with the lessons file.",
    "config": "Show what holds here and who says so.",
    "init": "Write the files with which a project, an editor or a hook starts.",
    "baseline": "Record the findings that there are, to see only new ones.",
    "cache": "Show what is kept between runs, or delete it.",
}
"""Name → one line of help; each module, ``kubelint_lessons.cli.<name>``, holds its command under that name."""


@click.group(
    cls=LazyGroup,
    modules="kubelint_lessons.cli.",
    summaries=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="A Kubernetes manifest linter driven by a lessons database: every recorded failure enforces itself.",
)
@click.version_option(__version__, "-V", "--version", prog_name="kubelint", message="%(prog)s %(version)s")
def app() -> None:
    """Hold the commands."""
