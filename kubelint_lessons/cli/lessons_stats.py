"""``kubelint lessons stats``: how many lessons are enforced, and what happens to them in this tree."""

from __future__ import annotations

import json
import os

import click

from kubelint_lessons.authoring.linter import Options, lint, rules_of
from kubelint_lessons.authoring.stats import measure, stats_document
from kubelint_lessons.cli.output import color_option, should_color, write
from kubelint_lessons.cli.progress import with_progress
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.manifests.inputs import find_inputs, project_root
from kubelint_lessons.reports.errors import error_text
from kubelint_lessons.reports.statstext import stats_text
from kubelint_lessons.reports.style import Style


@click.command("stats", short_help="Count lessons: enforced, recurring, fired, never fired.")
@click.option(
    "--output-format", "output_format", type=click.Choice(("text", "json")), default="text", help="Default: text."
)
@click.option("--no-progress", is_flag=True, help="Show no progress, also on a terminal.")
@color_option
def command(output_format: str, no_progress: bool, color: str) -> None:
    """Say how many lessons of this project are enforced, which keep coming back, and which fire.

    Lints the whole project to see what fires; findings do not change the exit status.

    \b
    kubelint lessons stats
    kubelint lessons stats --output-format json | jq .enforced

    Exit status: 0, or 2 where lessons do not load or something could not be linted.
    """
    root = project_root(os.getcwd()) or os.getcwd()
    shown = os.path.relpath(root).replace(os.sep, "/")
    here = rules_of(root, shown, Options(), Cache(cache_folder()))
    inputs = find_inputs((root,))
    own = tuple(project for project in inputs.projects if os.path.realpath(project.root) == os.path.realpath(root))
    result = with_progress(lambda: lint(inputs._replace(projects=own, errors=()), Options()), is_silent=no_progress)
    document = stats_document(measure(here.rule_set, here.chosen.keys(), result.result.findings))
    if output_format == "json":
        write(json.dumps(document, indent=2) + "\n")
    else:
        write("".join(f"{line}\n" for line in stats_text(document, Style(should_color(color)))))
    for error in result.result.errors or here.errors:
        click.echo(error_text(error, Style()), err=True)
    raise SystemExit(2 if result.result.errors or here.errors else 0)
