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

    sys.exit(run(flat(given)))


def flat(given: dict[str, Any]) -> dict[str, Any]:
    """Return what click read with the names of options that may be given several times in one list each."""
    kinds = {option.name: option.kind for option in LINT_OPTIONS}
    return {
        name: tuple(entry for group in value for entry in group) if kinds.get(name) == "names" else value
        for name, value in given.items()
    }


def parameter(option: Option) -> click.Option:
    """Return an option of the table as click has it."""
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
    params=[click.Argument(["paths"], nargs=-1, metavar="[PATH]..."), *map(parameter, LINT_OPTIONS)],
    help=HELP,
    short_help="Check manifests against the lessons.",
)
