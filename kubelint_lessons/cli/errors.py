"""Mistakes in the use of the command line, raised without importing click before there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click


def usage_error(message: str) -> click.UsageError:
    """Return the error to raise: exit 2, after the usage lines of the command."""
    import click

    return click.UsageError(message)


def failure(message: str) -> click.ClickException:
    """Return the error to raise for something that could not be done: exit 1 as click has it."""
    import click

    return click.ClickException(message)
