"""``kubelint rules``: the rules that would run here."""

from __future__ import annotations

import json
import os

import click

from kubelint_lessons.authoring.linter import Options, rules_of
from kubelint_lessons.cli.output import color_option, should_color, write
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.inputs import project_root
from kubelint_lessons.reports.errors import error_text
from kubelint_lessons.reports.ruletext import rule_rows
from kubelint_lessons.reports.style import Style


@click.command("rules", short_help="List the rules that would run here.")
@click.option(
    "--output-format", "output_format", type=click.Choice(("text", "json")), default="text", help="Default: text."
)
@click.option("--all", "show_all", is_flag=True, help="List the rules that are off by default as well.")
@color_option
def command(output_format: str, show_all: bool, color: str) -> None:
    """List the rules that hold in the current directory: built-in ones and the team's."""
    root = project_root(os.getcwd()) or os.getcwd()
    shown = os.path.relpath(root).replace(os.sep, "/")
    found = rules_of(root, shown, Options(), Cache(cache_folder()))
    listed = found.rule_set.rules if show_all else found.chosen
    rules = [listed[name] for name in sorted(listed)]
    if output_format == "json":
        write(json.dumps([_plain(rule, rule.id in found.chosen) for rule in rules], indent=2) + "\n")
    else:
        style = Style(should_color(color))
        write("".join(f"{line}\n" for line in rule_rows(rules, found.chosen.keys(), style)))
    for error in found.errors:
        click.echo(error_text(error, Style()), err=True)
    raise SystemExit(2 if found.errors else 0)


def _plain(rule: Rule, is_on: bool) -> dict[str, object]:
    return {
        "id": rule.id,
        "category": rule.lesson.category,
        "severities": sorted({detector.severity for detector in rule.detectors}),
        "symptom": rule.lesson.symptom,
        "cause": rule.lesson.cause,
        "fix": rule.lesson.fix,
        "sources": list(rule.lesson.sources),
        "seen": list(rule.lesson.seen),
        "origin": rule.origin,
        "on": is_on,
        "presets": list(rule.presets),
        "aliases": list(rule.aliases),
        "needs": sorted({need for detector in rule.detectors for need in detector.needs}),
        "fixable": rule.is_fixable,
        "path": rule.lesson.path,
        "line": rule.lesson.line,
    }
