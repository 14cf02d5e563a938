"""Groups of commands that know their members by name only, until one is called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from kubelint_lessons.lessons.names import closest


class LazyGroup(click.Group):
    """A group whose commands live in a module each, ``<modules><name>``, as ``command``; imported when called."""

    def __init__(self, *arguments: Any, modules: str, summaries: Mapping[str, str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.modules = modules
        self.summaries = summaries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which people need them."""
        return list(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command, imported now; None for a name that does not exist."""
        if cmd_name not in self.summaries:
            return None
        command: click.Command = import_module(self.modules + cmd_name).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command for ``args``; a misspelt name is a usage error that says what was meant."""
        name = args[0]
        if name not in self.summaries and not name.startswith("-"):
            meant = closest(name, self.summaries)
            advice = f'Did you mean "{meant}"?' if meant else f"The commands are: {', '.join(self.summaries)}."
            raise click.UsageError(f'No such command "{name}". {advice}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))
