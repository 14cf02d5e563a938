"""``kubelint lint`` as a click command, made from the option table: for help, completion, and unusual command lines."""

from __future__ import annotations

import sys
from typing import Any

import click

from kubelint_lessons.cli.options import LINT_OPTIONS, Option, names_in

HELP = """Check the manifests in each PATH (default: the current directory); - reads standard input.

All files of a project are the context: what a finding in PATH relates to may lie elsewhere in the project.

Exit status: 0 nothing at or above --fail-on, 1 findings, 2 something could not be checked, 3 a bug.
"""


class _Names(click.ParamType[tuple[str, ...]]):
    """A comma-separated list of names; the option may be given several times."""

    name = "ids"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the names without blanks."""
        del param, ctx
        return names_in(str(value))


def _run(**given: Any) -> None:
    from kubelint_lessons.cli.linting import run

    for option in LINT_OPTIONS:
        if option.kind == "names":
            given[option.name] = tuple(name for group in given[option.name] for name in group)
    sys.exit(run(given))


def _parameter(option: Option) -> click.Option:
    flags = [*option.flags, option.name]
    if option.kind == "flag":
        return click.Option(flags, is_flag=True, help=option.help)
    types: dict[str, click.ParamType[Any]] = {"choice": click.Choice(option.choices), "names": _Names()}
    return click.Option(
        flags,
        type=types.get(option.kind, click.STRING),
        multiple=option.kind in ("names", "texts"),
        metavar=option.metavar,
        default=option.default,
        help=option.help,
    )


command = click.Command(
    "lint",
    callback=_run,
    params=[click.Argument(["paths"], nargs=-1, metavar="[PATH]..."), *map(_parameter, LINT_OPTIONS)],
    help=HELP,
    short_help="Check manifests against the lessons.",
)
