"""``kubelint explain``: a rule's or a note's own words."""

from __future__ import annotations

import os

import click

from kubelint_lessons.authoring.linter import Options, rules_of
from kubelint_lessons.cli.output import color_option, should_color, write
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.manifests.inputs import project_root
from kubelint_lessons.reports.ruletext import note_text, rule_text
from kubelint_lessons.reports.style import Style


@click.command("explain", short_help="Say what a rule or a note is about.")
@click.argument("name", metavar="ID")
@color_option
def command(name: str, color: str) -> None:
    """Print symptom, root cause, fix and sources of the rule or note called ID, and where its words stand."""
    root = project_root(os.getcwd()) or os.getcwd()
    found = rules_of(root, os.path.relpath(root).replace(os.sep, "/"), Options(), Cache(cache_folder())).rule_set
    style = Style(should_color(color))
    rule = found.rules.get(found.aliases.get(name, name))
    notes = [note for note in found.notes if note.id == name]
    if rule is not None:
        write("".join(f"{line}\n" for line in rule_text(rule, style)))
    elif notes:
        write("\n".join("".join(f"{line}\n" for line in note_text(note, style)) for note in notes))
    else:
        import difflib

        known = [*found.rules, *(note.id for note in found.notes)]
        close = " or ".join(f'"{other}"' for other in difflib.get_close_matches(name, known, n=3, cutoff=0.5))
        advice = f"did you mean {close}?" if close else "kubelint rules lists the rules"
        raise click.UsageError(f'no rule or note is called "{name}"; {advice}')
