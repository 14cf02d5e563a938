"""Layer 7: the ``kubelint`` command line. ``main`` is what the console scripts call."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit: 2 for a mistake in its use, 130 on Ctrl-C, quietly when nobody reads on."""
    try:
        import click

        from kubelint_lessons.cli.app import app

        try:
            status = app.main(prog_name="kubelint", standalone_mode=False)
        except click.ClickException as error:
            error.show()
            status = error.exit_code
        except click.Abort:
            raise KeyboardInterrupt from None
        sys.exit(status or 0)
    except KeyboardInterrupt:
        sys.stderr.write("\nkubelint: interrupted\n")
        sys.exit(130)
    except BrokenPipeError:
        _close_output()
        sys.exit(141)


def _close_output() -> None:
    """Point standard output at nothing, so that Python does not complain about the closed pipe at exit."""
    import os

    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
