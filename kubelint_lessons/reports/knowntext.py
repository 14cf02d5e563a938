"""What is said of findings that were hidden because somebody knows them: by the baseline, or by an earlier state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.engine.known import Compared, Known
from kubelint_lessons.engine.result import Result
from kubelint_lessons.reports.sanitize import clean, clean_path
from kubelint_lessons.reports.wrap import plural


def baseline_lines(result: Result) -> Iterator[str]:
    """Yield the lines of the summary on baselines: what they hide, and what in them is of no use any more."""
    for use in result.baselines:
        if use.hidden:
            name = clean_path(use.path)
            yield f"  hidden: {plural(len(use.hidden), 'existing finding')} by {name} (--no-baseline shows them)"
        if use.stale:
            number = "1 entry" if len(use.stale) == 1 else f"{len(use.stale)} entries"
            gone = "whose finding is gone" if len(use.stale) == 1 else "whose findings are gone"
            yield f"  stale: {number} of {clean_path(use.path)} {gone} (kubelint baseline prune drops them)"


def compared_lines(result: Result) -> Iterator[str]:
    """Yield the notices, and the last line of the summary: how this state differs from the one it is compared with."""
    for notice in result.notices:
        yield f"  note: {clean(notice)}"
    compared = result.compared
    if compared is None:
        return
    if compared.taught:
        total = sum(number for _, number in compared.taught)
        rules = ", ".join(f"{clean(rule)} ({number})" for rule, number in compared.taught)
        yield f"  of rules that are new here: {plural(total, 'existing finding')}, not shown: {rules}"
    fixed = "" if compared.fixed is None else f"{len(compared.fixed)} fixed, "
    label = clean(compared.label)
    yield f"  compared: {compared.new} new, {fixed}{compared.existing} existing hidden (--diff-base {label})"


def baselines_json(result: Result) -> list[dict[str, Any]]:
    """Return what the baselines did, for the report for programs."""
    return [
        {"path": use.path, "hidden": len(use.hidden), "stale": [item._asdict() for item in use.stale]}
        for use in result.baselines
    ]


def compared_json(compared: Compared | None) -> dict[str, Any] | None:
    """Return a comparison, for the report for programs; ``fixed`` is null where not everything was looked at."""
    if compared is None:
        return None
    fixed: list[Known] | None = None if compared.fixed is None else list(compared.fixed)
    return {
        "base": compared.label,
        "new": compared.new,
        "existing": compared.existing,
        "fixed": None if fixed is None else [item._asdict() for item in fixed],
        "of_new_rules": dict(compared.taught),
    }
