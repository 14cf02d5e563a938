"""Layer 7: the ``kubelint`` command line. ``program`` is what the console scripts call."""

from __future__ import annotations

import atexit
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click


def program() -> None:
    """Run ``main`` and end the process at once: taking apart what a run has made takes longer than to lint a file."""
    try:
        main()
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(end.code)


def main() -> None:
    """Run the command line and exit: 2 for a mistake in its use, 130 on Ctrl-C, quietly when nobody reads on."""
    try:
        sys.exit(_run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.stderr.write("\nkubelint: interrupted\n")
        sys.exit(130)
    except BrokenPipeError:
        _close_output()
        sys.exit(141)


def _run(arguments: list[str]) -> int:
    name = _file_like_an_option(arguments)
    if name is not None:
        from kubelint_lessons.reports.sanitize import clean, clean_path

        advice = f"rename it, or write {clean_path(name)}"
        sys.stderr.write(f'kubelint: "{clean(name)}" is a file here but reads like an option: {advice}\n')
        return 2
    if arguments[:1] == ["lint"]:
        from kubelint_lessons.cli.options import read_arguments

        given = read_arguments(arguments[1:])
        if given is not None:
            return _lint(given)
    return _click(arguments)


def _file_like_an_option(arguments: list[str]) -> str | None:
    """Return the first option that is also the name of a file.

    Commit hooks pass names without ``./`` or ``--`` before them: a file called ``--exclude=k8s`` must not decide what
    is checked.
    """
    for argument in arguments:
        if argument == "--":
            break
        if argument.startswith("-") and argument != "-" and os.path.lexists(argument):
            return argument
    return None


def _lint(given: dict[str, object]) -> int:
    """Lint without click; a mistake that shows only now is told as click would."""
    import gc

    gc.set_threshold(50_000, 20, 50)  # a run makes many small objects and few cycles: collecting took 7 % of the time
    from kubelint_lessons.cli.linting import run

    try:
        return run(given)
    except Exception as error:
        click = sys.modules.get("click")
        if click is None or not isinstance(error, click.ClickException):
            raise
        if isinstance(error, click.UsageError):
            from kubelint_lessons.cli.app import app
            from kubelint_lessons.cli.lint import command

            parent = click.Context(app, info_name="kubelint", **app.context_settings)
            error.ctx = click.Context(command, info_name="lint", parent=parent)
        _show(error)
        return int(error.exit_code)


def _click(arguments: list[str]) -> int:
    import click

    from kubelint_lessons.cli.app import app

    try:
        return app.main(args=arguments, prog_name="kubelint", standalone_mode=False) or 0
    except click.ClickException as error:
        _show(error)
        return error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None


def _show(error: click.ClickException) -> None:
    """Print what is wrong; it may name files of a scanned repository."""
    from kubelint_lessons.reports.sanitize import clean_block

    vars(error)["message"] = clean_block(error.message)
    error.show()


def _close_output() -> None:
    """Point standard output at nothing, so that Python does not complain about the closed pipe at exit."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
