"""``kubelint config``: what holds here and who says so, and the JSON Schema of the config."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from kubelint_lessons.cli.environment import heeded_options, variable_of, with_environment
from kubelint_lessons.cli.lint import flat, parameter
from kubelint_lessons.cli.options import LINT_OPTIONS, Option, start_of
from kubelint_lessons.cli.output import should_color, write
from kubelint_lessons.engine.config import Config, LoadedConfig, load_config
from kubelint_lessons.engine.configkeys import KEYS
from kubelint_lessons.engine.effective import Given, effective
from kubelint_lessons.lessons.names import closest
from kubelint_lessons.manifests.inputs import project_root
from kubelint_lessons.reports.configtext import config_json, config_text
from kubelint_lessons.reports.errors import error_text
from kubelint_lessons.reports.style import Style

_FLAGS = {key.flag for key in KEYS if key.flag} | {"--config", "--isolated", "--color"}
_OPTIONS = tuple(option for option in LINT_OPTIONS if option.flags[0] in _FLAGS)
_OTHER_VARIABLES = ("KUBELINT_CACHE_DIR",)


def _show(output_format: str, **given: Any) -> None:
    """Show what holds in the current project: every key of .kubelint.yaml, its value, and where that comes from.

    Takes the options of kubelint lint that say what keys of the config say.
    """
    if click.get_current_context().invoked_subcommand is not None:
        return
    typed = {**{option.name: start_of(option) for option in LINT_OPTIONS}, **flat(given)}
    settled = with_environment(typed, os.environ)
    root = project_root(os.getcwd()) or os.getcwd()
    shown_root = os.path.relpath(root).replace(os.sep, "/")
    isolated = settled["isolated"]
    loaded = LoadedConfig(Config()) if isolated else load_config(root, shown_root, settled["config"])
    held = effective(loaded, root, _given(typed, settled))
    style = Style(should_color(settled["color"]))
    write(config_json(held, loaded.path) if output_format == "json" else config_text(held, loaded.path, style))
    for line in (*(error_text(error, style) for error in loaded.errors), *(() if isolated else _unheeded())):
        click.echo(line, err=True)
    if loaded.errors:
        sys.exit(2)


@click.command("schema", short_help="Print the JSON Schema of .kubelint.yaml.")
def schema() -> None:
    """Print the JSON Schema of .kubelint.yaml, for editors that complete and check YAML."""
    import json

    from kubelint_lessons.engine.configschema import config_schema

    write(json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n")


def _given(typed: dict[str, Any], settled: dict[str, Any]) -> dict[str, Given]:
    """Return what command line and environment say, by the key of the config that says the same."""
    by_flag = {option.flags[0]: option for option in LINT_OPTIONS}
    found = {}
    for key in KEYS:
        option = by_flag.get(key.flag)
        if option is None or not _is_said(option, settled):
            continue
        value = settled[option.name]
        plain = list(value) if isinstance(value, tuple) else value
        if _is_said(option, typed):
            found[key.name] = Given(plain, "command line", key.flag)
        else:
            found[key.name] = Given(plain, "environment", variable_of(option))
    return found


def _is_said(option: Option, values: dict[str, Any]) -> bool:
    return values[option.name] not in (start_of(option), ())


def _unheeded() -> list[str]:
    """Return a note for every variable that begins like ours and stands for no option."""
    known = [*map(variable_of, heeded_options()), *_OTHER_VARIABLES]
    notes = []
    for name in sorted(name for name in os.environ if name.startswith("KUBELINT_") and name not in known):
        meant = closest(name, known)
        notes.append(f"note: {name} is heeded by nothing" + (f'; did you mean "{meant}"?' if meant else ""))
    return notes


command = click.Group(
    "config",
    callback=_show,
    invoke_without_command=True,
    params=[
        *map(parameter, _OPTIONS),
        click.Option(["--output-format"], type=click.Choice(("text", "json")), default="text", help="Default: text."),
    ],
    commands={"schema": schema},
    help=_show.__doc__,
    short_help="Show what holds here and who says so.",
)
