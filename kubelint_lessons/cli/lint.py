"""``kubelint lint``: check manifests against the lessons."""

from __future__ import annotations

import os
import sys

import click

from kubelint_lessons.authoring.linter import Options, lint
from kubelint_lessons.cli.output import OUTPUT_FORMATS, Output, color_option, parse_output, should_color, write_outputs
from kubelint_lessons.cli.progress import with_progress
from kubelint_lessons.engine.config import FAIL_ON
from kubelint_lessons.manifests.inputs import StandardInput, find_inputs


class _Names(click.ParamType[tuple[str, ...]]):
    """A comma-separated list of names; the option may be given several times."""

    name = "ids"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the names without blanks."""
        del param, ctx
        return tuple(part.strip() for part in str(value).split(",") if part.strip())


@click.command("lint", short_help="Check manifests against the lessons.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--select", type=_Names(), multiple=True, help="Run these rules only (ids, presets, or all).")
@click.option("--extend-select", type=_Names(), multiple=True, help="Run these rules as well.")
@click.option("--ignore", type=_Names(), multiple=True, help="Do not run these rules.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out files, as in .gitignore; repeatable.")
@click.option(
    "--output-format",
    "outputs",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help=f"One of {', '.join(OUTPUT_FORMATS)}; with =FILE into a file; repeatable. Default: full.",
)
@click.option(
    "--fail-on", type=click.Choice(FAIL_ON), help="The severity from which on the exit status is 1. Default: warning."
)
@click.option("--fix", is_flag=True, help="Apply the fixes that are safe.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: also those that a human should look at.")
@click.option("--diff", is_flag=True, help="Show what --fix would change; write nothing.")
@click.option("--stdin-filename", metavar="PATH", help="With - as PATH: the file that standard input stands for.")
@click.option("--isolated", is_flag=True, help="Ignore the project's .kubelint.yaml.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--show-files", is_flag=True, help="List how every file was treated.")
@click.option("--no-progress", is_flag=True, help="Show no progress, also on a terminal.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings and errors only, no summary.")
@color_option
def command(
    paths: tuple[str, ...],
    select: tuple[tuple[str, ...], ...],
    extend_select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    exclude: tuple[str, ...],
    outputs: tuple[str, ...],
    fail_on: str | None,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    stdin_filename: str | None,
    isolated: bool,
    no_cache: bool,
    show_files: bool,
    no_progress: bool,
    quiet: bool,
    color: str,
) -> None:
    """Check the manifests in each PATH (default: the current directory); - reads standard input.

    All files of a project are the context: what a finding in PATH relates to may lie elsewhere in the project.

    Exit status: 0 nothing at or above --fail-on, 1 findings, 2 something could not be checked, 3 a bug.
    """
    wanted = [parse_output(output) for output in outputs] or [Output("full", None)]
    options = Options(
        select=_flat(select) if select else None,
        extend_select=_flat(extend_select),
        ignore=_flat(ignore),
        fail_on=fail_on,
        isolated=isolated,
        use_cache=not no_cache,
    )
    stdin = _standard_input(paths, stdin_filename)
    inputs = find_inputs(
        tuple(path for path in paths if path != "-") or (() if stdin else (".",)),
        exclude=exclude,
        stdin=stdin,
        tracked_only=bool(os.environ.get("PRE_COMMIT")),
    )
    is_silent = quiet or no_progress
    if fix or diff:
        from kubelint_lessons.cli.fixing import run_fixes

        if stdin is not None and not diff:
            raise click.UsageError("--fix cannot write to standard input; --diff shows what it would change")
        linted = run_fixes(
            inputs, options, unsafe=unsafe_fixes, write=not diff, color=should_color(color), silent=is_silent
        )
        if diff:
            sys.exit(linted.status if linted.status > 1 else 0)
    elif unsafe_fixes:
        raise click.UsageError("--unsafe-fixes goes with --fix, or with --diff to see them first")
    else:
        linted = with_progress(lambda: lint(inputs, options), is_silent=is_silent)
    write_outputs(linted.result, wanted, color=should_color(color), quiet=quiet, show_files=show_files)
    sys.exit(linted.status)


def _flat(groups: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(name for group in groups for name in group)


def _standard_input(paths: tuple[str, ...], filename: str | None) -> StandardInput | None:
    if "-" in paths:
        return StandardInput(sys.stdin.buffer.read(), filename)
    if filename is not None:
        raise click.UsageError("--stdin-filename goes with - as PATH: kubelint lint --stdin-filename k8s/a.yaml -")
    return None
