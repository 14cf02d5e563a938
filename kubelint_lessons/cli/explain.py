"""``kubelint explain``: a rule's or a note's own words."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from kubelint_lessons.authoring.linter import Options, ProjectRules, rules_of
from kubelint_lessons.authoring.search import bound_rules
from kubelint_lessons.cli.output import color_option, should_color, write
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.lessons.lesson import Note
from kubelint_lessons.lessons.names import which_mean
from kubelint_lessons.manifests.inputs import project_root
from kubelint_lessons.reports.ruletext import note_text, rule_text
from kubelint_lessons.reports.style import Style


@click.command("explain", short_help="Say what a rule or a note is about.")
@click.argument("name", metavar="ID")
@color_option
def command(name: str, color: str) -> None:
    """Print symptom, root cause, fix and sources of the rule or note called ID, and where its words stand."""
    root = project_root(os.getcwd()) or os.getcwd()
    here = rules_of(root, os.path.relpath(root).replace(os.sep, "/"), Options(), Cache(cache_folder()))
    found = here.rule_set
    style = Style(should_color(color))
    rule = found.rules.get(found.aliases.get(name, name))
    notes = [note for note in found.notes if note.id == name]
    if rule is not None:
        write("".join(f"{line}\n" for line in rule_text(rule, style)))
    elif notes:
        write("\n".join("".join(f"{line}\n" for line in _note_lines(note, here, style)) for note in notes))
    else:
        known = [*found.rules, *(note.id for note in found.notes)]
        advice = which_mean(name, known, f'try kubelint lessons search "{name}"')
        raise click.UsageError(f'no rule or note is called "{name}"; {advice}')


def _note_lines(note: Note, here: ProjectRules, style: Style) -> Iterator[str]:
    bound = bound_rules(note, here.rule_set)
    rules = [here.rule_set.rules[name] for name in bound]
    others = [
        other
        for other in here.rule_set.notes
        if other is not note and not set(bound).isdisjoint(bound_rules(other, here.rule_set))
    ]
    return note_text(note, rules, here.chosen.keys(), others, style)
