"""``kubelint lint --watch``: lint again whenever a file of the project changes, until somebody stops it.

Every check is a child process (``child``): its memory is gone with it, whatever a day of edits does, and it starts from
a clean state. This process only looks at names and times. What changes while a check runs is seen by the next look,
because that is compared with what was there before the check began.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

from kubelint_lessons.authoring.linter import Linted
from kubelint_lessons.cli.child import CLOSED, run_in_child
from kubelint_lessons.cli.errors import usage_error
from kubelint_lessons.cli.output import parse_output, write
from kubelint_lessons.manifests.changes import Area, Snapshot, area_of, changed, look, settled
from kubelint_lessons.reports.sanitize import clean, clean_path
from kubelint_lessons.reports.wrap import plural

INTERVAL = 0.25
"""Seconds between two looks, while a look is cheap."""

SHARE = 0.05
"""The most that looking may take of one processor; with very many files the looks become rarer."""

_MOST_NAMES = 3
_BEGIN, _END = "kubelint: checking", "kubelint: done"
"""How the lines around each check begin; tasks of editors recognise them (docs/editors.md)."""


def watch(given: dict[str, Any]) -> NoReturn:
    """Lint as ``given`` says, again after every change; ends by a signal or when standard output is closed."""
    given = _plan(given)
    signal.signal(signal.SIGTERM, _end)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, _end)
    paths = given["paths"]
    news = " ".join(clean_path(path) for path in paths)
    while True:
        area = area_of(paths, os.getcwd(), _written(given), _also(given))
        before = settled(area, time.sleep)
        _say(f"{_BEGIN} {news}\n")
        status = run_in_child(_check, given)
        if status == CLOSED or status == -getattr(signal, "SIGPIPE", 0):
            sys.exit(CLOSED)
        if status:
            how = f"signal {-status}" if status < 0 else f"status {status}"
            _say(f"{_END}, but the check broke off ({how}): please report this as a bug in kubelint\n")
        news = _told(_next_change(area, before))


def _plan(given: dict[str, Any]) -> dict[str, Any]:
    """Return what each check does; raises click.UsageError for what cannot be watched."""
    for name, flag in (("fix", "--fix"), ("diff", "--diff")):
        if given[name]:
            raise usage_error(f"--watch writes nothing and so does not go with {flag}: run that on its own")
    if given["unsafe_fixes"]:
        raise usage_error("--unsafe-fixes goes with --fix, or with --diff to see them first")
    if "-" in given["paths"] or given["stdin_filename"] is not None:
        raise usage_error("--watch looks at files, not at standard input: name directories or files")
    outputs = given["outputs"] or ("concise",)
    is_full = any(parse_output(output).format == "full" for output in outputs)
    return {
        **given,
        "watch": False,
        "paths": given["paths"] or (".",),
        "outputs": outputs,
        "quiet": given["quiet"] or not is_full,  # the line at the end has the numbers
        "no_progress": True,
        "jobs": "1" if given["jobs"] in (None, "auto") else given["jobs"],
    }


def _check(given: dict[str, Any]) -> None:
    """Lint once, in the child, and close the output with a line that has the numbers."""
    from kubelint_lessons.cli.linting import run

    try:
        run(given, lambda linted: write(_closing(linted)))
    except Exception as error:
        click = sys.modules.get("click")
        if click is None or not isinstance(error, click.ClickException):
            raise
        write(f"{_END}, but nothing was checked: {clean(error.message)}\n")


def _closing(linted: Linted) -> str:
    findings, errors = linted.result.findings, linted.result.errors
    files = len({finding.location.path for finding in findings})
    parts = [f"{plural(len(findings), 'finding')} in {plural(files, 'file')}" if findings else "no findings"]
    if errors:
        parts.append(plural(len(errors), "error"))
    return f"{_END}, {', '.join(parts)}\n"


def _next_change(area: Area, before: Snapshot, sleep: Callable[[float], object] = time.sleep) -> list[str]:
    """Wait until something differs from ``before`` and return what; ends the process when nobody listens."""
    while True:
        started = time.monotonic()
        found = changed(before, look(area))
        if found:
            return found
        if _is_closed():
            sys.exit(CLOSED)
        sleep(max(INTERVAL, (time.monotonic() - started) * (1 / SHARE - 1)))


def _told(paths: list[str]) -> str:
    here = os.getcwd()
    names = [clean_path(_shown(path, here)) for path in paths[:_MOST_NAMES]]
    more = f" and {len(paths) - _MOST_NAMES} more" if len(paths) > _MOST_NAMES else ""
    return f"again: {', '.join(names)}{more} changed"


def _shown(path: str, here: str) -> str:
    try:
        return os.path.relpath(path, here).replace(os.sep, "/")
    except ValueError:  # another drive
        return path


def _written(given: dict[str, Any]) -> list[str]:
    return [file for file in (parse_output(output).file for output in given["outputs"]) if file is not None]


def _also(given: dict[str, Any]) -> list[str]:
    return [given[name] for name in ("config", "baseline") if isinstance(given.get(name), str)]


def _say(line: str) -> None:
    try:
        write(line)
    except BrokenPipeError:
        _end_quietly()


def _end_quietly() -> NoReturn:
    """End without Python's complaint about the closed pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(CLOSED)


def _is_closed() -> bool:
    """Return whether nobody reads standard output any more: a closed pipe or terminal. Windows cannot tell."""
    import select

    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def _end(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)
