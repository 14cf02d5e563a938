"""``kubelint baseline``: record the findings that there are, so that lint shows only new ones."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from kubelint_lessons.authoring.baselining import Action, Plan, plan_baselines
from kubelint_lessons.authoring.linter import Options
from kubelint_lessons.cli.environment import with_environment
from kubelint_lessons.cli.lint import flat, parameter
from kubelint_lessons.cli.options import LINT_OPTIONS, start_of
from kubelint_lessons.cli.output import write
from kubelint_lessons.reports.errors import error_text
from kubelint_lessons.reports.sanitize import clean_path
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.wrap import plural

_OPTIONS = (
    "select", "extend_select", "ignore", "exclude", "config", "isolated", "kubernetes_version", "baseline",
    "plugins", "no_cache",
)  # fmt: skip
_ACTIONS: dict[Action, tuple[str, str]] = {
    "create": (
        "Write a baseline of all findings there are.",
        "Existing baselines are left alone: update and prune are for these.",
    ),
    "update": (
        "Add the findings that are new, drop those that are gone.",
        "Look at what is new first (kubelint lint): afterwards lint is silent about it.",
    ),
    "prune": ("Drop the findings that are gone.", "Nothing is added, so that this is safe to do at any time."),
}
_WHERE = "The baseline of a project is .kubelint-baseline.json at its root, or what its config says."


@click.group("baseline", short_help="Record the findings that there are, to see only new ones.")
def command() -> None:
    """Record the findings that there are, so that kubelint lint shows only new ones."""


def _command(action: Action) -> click.Command:
    summary, further = _ACTIONS[action]
    return click.Command(
        action,
        callback=lambda **given: _run(action, flat(given)),
        params=[
            click.Argument(["paths"], nargs=-1, metavar="[PATH]..."),
            *(parameter(option) for option in LINT_OPTIONS if option.name in _OPTIONS),
        ],
        short_help=summary,
        help=f"{summary}\n\n{further}\n\n{_WHERE} All of the projects of PATH (default: the current directory) counts.",
    )


def _run(action: Action, given: dict[str, Any]) -> None:
    paths = given["paths"] or (".",)
    given = with_environment({**{option.name: start_of(option) for option in LINT_OPTIONS}, **given}, os.environ)
    options = Options(
        select=tuple(given["select"]) or None,
        extend_select=tuple(given["extend_select"]),
        ignore=tuple(given["ignore"]),
        isolated=given["isolated"],
        use_cache=not given["no_cache"],
        config=given["config"],
        kubernetes_version=given["kubernetes_version"],
        exclude=tuple(given["exclude"]),
        baseline=given["baseline"],
        plugins=tuple(given["plugins"]),
    )
    plans, errors = plan_baselines(action, paths, options)
    if errors:
        for error in errors:
            click.echo(error_text(error, Style()), err=True)
        click.echo("No baseline was written.", err=True)
        sys.exit(3 if any(error.kind == "bug" for error in errors) else 2)
    for plan in plans:
        if plan.after != plan.before:
            _write(plan)
        write(f"{_said(plan)}\n")
    if not plans:
        write("No findings: there is nothing to record.\n")


def _said(plan: Plan) -> str:
    """Return what became of one baseline, as a line."""
    name = clean_path(plan.shown)
    if plan.before is None:
        return f"{name}: {plural(plan.total, 'finding')} recorded, which kubelint lint hides from now on"
    changed = [f"{plan.added} added"] if plan.added else []
    changed += [f"{plan.dropped} dropped"] if plan.dropped else []
    if not changed:
        is_same = plan.after == plan.before
        changed = ["nothing to change" if is_same else "places brought up to date"]
    return f"{name}: {', '.join(changed)}, {plural(plan.total, 'finding')} recorded"


def _write(plan: Plan) -> None:
    """Put a file in the place of the old one, or of a link, in one step."""
    temporary = f"{plan.file}.{os.getpid()}.kubelint-tmp"
    try:
        with open(temporary, "xb") as file:
            file.write(plan.after)
        os.replace(temporary, plan.file)
    except OSError as error:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise click.UsageError(f"{clean_path(plan.shown)} cannot be written: {error.strerror or error}") from None


for _action in _ACTIONS:
    command.add_command(_command(_action))
