"""The options of ``kubelint lint`` as one table, and a reader of plain command lines that needs no click.

Importing click takes longer than linting a file (33 ms, issue 6). So an ordinary command line is read here; whatever is
unusual (``--help``, an unknown option, a value that does not fit) is left to click, whose command is made from the same
table. ``tests/test_options.py`` proves that both give the same values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from kubelint_lessons.model.records import NamedTuple

OUTPUT_FORMATS = (
    "full",
    "concise",
    "json",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "markdown",
    "html",
    "rdjson",
    "azure",
)
SEVERITY_LIMITS = ("error", "warning", "info", "never")
COLORS = ("auto", "always", "never")

Kind = Literal["flag", "text", "texts", "names", "choice"]
"""``texts`` may be given several times; ``names`` as well, each time with several names between commas."""


class Option(NamedTuple):
    """One option: its spellings, what it is called in code, what it takes, and the line of ``--help``."""

    flags: tuple[str, ...]
    name: str
    kind: Kind
    help: str
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    default: str | None = None


LINT_OPTIONS = (
    Option(("--select",), "select", "names", "Run these rules only (ids, presets, or all).", "IDS"),
    Option(("--extend-select",), "extend_select", "names", "Run these rules as well.", "IDS"),
    Option(("--ignore",), "ignore", "names", "Do not run these rules.", "IDS"),
    Option(("--exclude",), "exclude", "texts", "Leave out files, as in .gitignore; repeatable.", "GLOB"),
    Option(("--force-exclude",), "force_exclude", "flag", "Let excludes hold for files given by name too (for hooks)."),
    Option(
        ("--output-format",),
        "outputs",
        "texts",
        f"One of {', '.join(OUTPUT_FORMATS)}; with =FILE into a file; repeatable. Default: full.",
        "FORMAT[=FILE]",
    ),
    Option(
        ("--fail-on",),
        "fail_on",
        "choice",
        "The severity from which on the exit status is 1. Default: warning.",
        choices=SEVERITY_LIMITS,
    ),
    Option(("--fix",), "fix", "flag", "Apply the fixes that are safe."),
    Option(
        ("--unsafe-fixes",), "unsafe_fixes", "flag", "With --fix or --diff: also those that a human should look at."
    ),
    Option(("--diff",), "diff", "flag", "Show what --fix would change; write nothing."),
    Option(
        ("--stdin-filename",),
        "stdin_filename",
        "text",
        "With - as PATH: the file that standard input stands for.",
        "PATH",
    ),
    Option(("--config",), "config", "text", "Read this file in place of the project's .kubelint.yaml.", "FILE"),
    Option(("--isolated",), "isolated", "flag", "Ignore the project's .kubelint.yaml and KUBELINT_ variables."),
    Option(
        ("--kubernetes-version",), "kubernetes_version", "text", "The version of the cluster, such as 1.34.", "VERSION"
    ),
    Option(("--baseline",), "baseline", "text", "Hide the findings that this file lists (kubelint baseline).", "FILE"),
    Option(("--no-baseline",), "no_baseline", "flag", "Show also the findings that the baseline hides."),
    Option(("--diff-base",), "diff_base", "text", "Hide the findings that REV had; auto finds the base.", "REV|auto"),
    Option(
        ("--lessons-from",), "lessons_from", "text", "Take lessons, facts, config and baseline from this commit.", "REV"
    ),
    Option(("--plugin",), "plugins", "texts", "Load lessons and checks of an installed package; repeatable.", "NAME"),
    Option(("--no-cache",), "no_cache", "flag", "Neither read nor write the cache."),
    Option(("--watch",), "watch", "flag", "Lint again whenever a file changes, until Ctrl-C."),
    Option(
        ("--jobs",), "jobs", "text", "Judge with N processes. Default: auto, more than one where it pays.", "N|auto"
    ),
    Option(("--timing",), "timing", "flag", "Show on standard error where the time goes, and the slowest rules."),
    Option(("--show-files",), "show_files", "flag", "List how every file was treated."),
    Option(("--show-suppressed",), "show_suppressed", "flag", "List what was silenced, and the reasons."),
    Option(("--no-progress",), "no_progress", "flag", "Show no progress, also on a terminal."),
    Option(("-q", "--quiet"), "quiet", "flag", "Print findings and errors only, no summary."),
    Option(("--color",), "color", "choice", "Colour the output. Default: auto.", choices=COLORS, default="auto"),
)


def read_arguments(arguments: Sequence[str], options: tuple[Option, ...] = LINT_OPTIONS) -> dict[str, Any] | None:
    """Return the value of every option by name, and ``paths``; None for what only click can answer.

    As in click, options may stand before and after paths, ``--name=value`` is ``--name value``, and after ``--``
    everything is a path. Joined short options and errors are click's.
    """
    by_flag = {flag: option for option in options for flag in option.flags}
    values: dict[str, Any] = {option.name: start_of(option) for option in options}
    paths: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            paths += rest
        elif argument == "-" or not argument.startswith("-"):
            paths.append(argument)
        elif not _read(argument, rest, by_flag, values):
            return None
    values["paths"] = tuple(paths)
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def names_in(text: str) -> tuple[str, ...]:
    """Return the names of a comma-separated list, without blanks."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def start_of(option: Option) -> Any:
    """Return what an option is before anything is said about it; lists become tuples in the end."""
    if option.kind == "flag":
        return False
    return [] if option.kind in ("texts", "names") else option.default


def _read(argument: str, rest: Iterator[str], by_flag: dict[str, Option], values: dict[str, Any]) -> bool:
    """Read one option, its value from ``rest`` if need be; return whether that was possible."""
    flag, joined, value = argument.partition("=")
    option = by_flag.get(flag)
    if option is None or (joined and not flag.startswith("--")):
        return False
    if option.kind == "flag":
        values[option.name] = True
        return not joined
    if not joined:
        try:
            value = next(rest)
        except StopIteration:
            return False
    if option.kind == "names":
        values[option.name] += names_in(value)
    elif option.kind == "texts":
        values[option.name].append(value)
    elif option.kind == "choice" and value not in option.choices:
        return False
    else:
        values[option.name] = value
    return True
