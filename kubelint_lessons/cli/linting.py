"""What ``kubelint lint`` does once its command line was read; click is imported for a mistake in its use only."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from kubelint_lessons.authoring.request import Linted, Options
from kubelint_lessons.cli.environment import with_environment
from kubelint_lessons.cli.errors import usage_error
from kubelint_lessons.cli.output import Output, parse_output, should_color, write_outputs
from kubelint_lessons.cli.progress import with_progress
from kubelint_lessons.engine.timing import Timing
from kubelint_lessons.manifests.inputs import StandardInput, find_inputs

MOST_JOBS = 64
"""More processes than that only get in each other's way."""


def run(given: dict[str, Any], closing: Callable[[Linted], None] | None = None) -> int:
    """Lint as ``given`` says and return the exit status: the values of ``LINT_OPTIONS`` by name, and ``paths``.

    ``closing`` is called once everything is written.
    """
    given = with_environment(given, os.environ)
    if given["watch"]:
        from kubelint_lessons.cli.watch import watch

        watch(given)
    timing = Timing(given["timing"], time.process_time())
    wanted = [parse_output(output) for output in given["outputs"]] or [Output("full", None)]
    options = Options(
        select=given["select"] or None,
        extend_select=given["extend_select"],
        ignore=given["ignore"],
        fail_on=given["fail_on"],
        isolated=given["isolated"],
        use_cache=not given["no_cache"],
        force_exclude=given["force_exclude"],
        config=given["config"],
        kubernetes_version=given["kubernetes_version"],
        plugins=given["plugins"],
        is_narrowed=bool(given["exclude"] or os.environ.get("PRE_COMMIT")),
        exclude=given["exclude"],
        baseline=given["baseline"],
        use_baseline=not given["no_baseline"],
        diff_base=given["diff_base"],
        lessons_from=given["lessons_from"],
        jobs=_jobs(given["jobs"]),
        timing=timing,
    )
    if given["baseline"] and given["no_baseline"]:
        raise usage_error("--baseline and --no-baseline contradict each other: leave one out")
    paths: tuple[str, ...] = given["paths"]
    stdin = _standard_input(paths, given["stdin_filename"])
    inputs = find_inputs(
        tuple(path for path in paths if path != "-") or (() if stdin else (".",)),
        exclude=given["exclude"],
        stdin=stdin,
        tracked_only=bool(os.environ.get("PRE_COMMIT")),
        force_exclude=given["force_exclude"],
        is_root=_roots_at(given["lessons_from"]),
        meanwhile=_import_what_follows,
    )
    is_echoed = stdin is not None and given["fix"] and not given["diff"]  # standard output gets the fixed text
    if is_echoed and paths != ("-",):
        raise usage_error("--fix with - changes standard input only: give no other PATH")
    quiet, color = given["quiet"], should_color(given["color"], sys.stderr if is_echoed else None)
    is_silent = quiet or given["no_progress"]
    if given["fix"] or given["diff"]:
        from kubelint_lessons.cli.fixing import run_fixes

        diff = given["diff"]
        timing.between = "fix"
        linted = run_fixes(
            inputs,
            options,
            unsafe=given["unsafe_fixes"],
            write=not diff,
            color=color,
            silent=is_silent,
            text=stdin.data if stdin is not None else None,
        )
        if diff:
            _tell(timing, quiet=quiet)
            return linted.status if linted.status > 1 else 0
    elif given["unsafe_fixes"]:
        raise usage_error("--unsafe-fixes goes with --fix, or with --diff to see them first")
    else:
        from kubelint_lessons.authoring.remembered import lint_remembered

        linted = with_progress(lambda: lint_remembered(inputs, options), is_silent=is_silent)
    timing.enter("report")
    result = linted.result if given["show_suppressed"] else linted.result._replace(suppressed=())
    write_outputs(result, wanted, color=color, quiet=quiet, show_files=given["show_files"], to_error=is_echoed)
    _tell(timing, quiet=quiet)
    if closing is not None:
        closing(linted)
    return linted.status


def _tell(timing: Timing, *, quiet: bool) -> None:
    """Say on standard error where the time went, if somebody asked or one rule took most of a long run.

    Not in the reports: these are the same from run to run.
    """
    slow = None if quiet and not timing.is_asked else timing.slow_rule()
    if timing.is_asked or slow is not None:
        from kubelint_lessons.reports.timingtext import slow_rule_text, timing_text

        text = timing_text(timing) if timing.is_asked else ""
        sys.stdout.flush()
        sys.stderr.write(text + (slow_rule_text(slow) if slow is not None else ""))


def _jobs(text: str | None) -> int:
    """Return how many processes --jobs allows; 0 is for us to decide."""
    if text in (None, "auto"):
        return 0
    if text is None or not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_JOBS):
        raise usage_error(f'--jobs: "{text}" is no number of processes from 1 to {MOST_JOBS}, and not auto')
    return int(text)


def _import_what_follows() -> None:
    """Import what nearly every lint needs later on; importing takes as long as git does."""
    from kubelint_lessons.authoring import remembered
    from kubelint_lessons.reports import text

    del remembered, text


def _roots_at(revision: str | None) -> Callable[[str], bool] | None:
    """Return what tells the projects of ``--lessons-from``."""
    if revision is None:
        return None
    from kubelint_lessons.manifests.gitbase import RootsAt

    return RootsAt(revision)


def _standard_input(paths: tuple[str, ...], filename: str | None) -> StandardInput | None:
    if "-" in paths:
        return StandardInput(sys.stdin.buffer.read(), filename)
    if filename is not None:
        raise usage_error("--stdin-filename goes with - as PATH: kubelint lint --stdin-filename k8s/a.yaml -")
    return None
