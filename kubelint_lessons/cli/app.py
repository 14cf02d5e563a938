"""The commands by name; each lives in its own module and is imported when it is called."""

from __future__ import annotations

from importlib import import_module

import click

from kubelint_lessons import __version__

COMMANDS = {
    "lint": "Check manifests against the lessons.",
    "explain": "Say what a rule or a note is about, and where its words stand.",
    "rules": "List the rules that would run here.",
    "lessons": "Work with the lessons file.",
}
"""Name → one line of help; the module is ``kubelint_lessons.cli.<name>``, the command in it is called ``command``."""


class LazyGroup(click.Group):
    """A group that knows its commands by name only, until one is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command, imported now; None for a name that does not exist."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"kubelint_lessons.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command for ``args``; a misspelt name is a usage error that says what was meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            import difflib

            close = difflib.get_close_matches(name, COMMANDS, n=1)
            advice = f' Did you mean "{close[0]}"?' if close else f" The commands are: {', '.join(COMMANDS)}."
            raise click.UsageError(f'No such command "{name}".{advice}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="A Kubernetes manifest linter driven by a lessons database: every recorded failure enforces itself.",
)
@click.version_option(__version__, "-V", "--version", prog_name="kubelint", message="%(prog)s %(version)s")
def app() -> None:
    """Hold the commands."""
