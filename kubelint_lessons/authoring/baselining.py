"""Writing baselines: what a project's baseline is to hold, worked out from what is found in all of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Literal

from kubelint_lessons.authoring.linter import Options, lint, rules_of
from kubelint_lessons.authoring.newonly import baseline_of, book_of, check_baseline, read_book
from kubelint_lessons.authoring.origin import Origin
from kubelint_lessons.engine.baseline import render_baseline
from kubelint_lessons.engine.known import Known, known_of
from kubelint_lessons.engine.result import RunError
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.manifests.inputs import Inputs, Project, find_inputs
from kubelint_lessons.model.records import NamedTuple

Action = Literal["create", "update", "prune"]


class Plan(NamedTuple):
    """What becomes of one baseline: the file as an absolute path and as shown, its text now (None: there is none) and
    afterwards, and the numbers of entries added, dropped, and held afterwards."""

    file: str
    shown: str
    before: bytes | None
    after: bytes
    added: int
    dropped: int
    total: int


def plan_baselines(action: Action, paths: Iterable[str], options: Options) -> tuple[list[Plan], list[RunError]]:
    """Return what ``action`` does to the baselines of the projects of ``paths``; with errors, nothing is to be done.

    The whole of each project is looked at, whatever the paths are: a baseline speaks of all of it.
    """
    named = find_inputs(paths, exclude=options.exclude)
    errors = [RunError("input", error.message, error.path, hint=error.hint) for error in named.errors]
    roots = list(dict.fromkeys(project.root for project in named.projects))
    plans: list[Plan] = []
    projects = () if errors else find_inputs(roots, exclude=options.exclude).projects
    errors += check_baseline(projects, options.baseline)
    for project in projects if not errors else ():
        own = options._replace(baseline=baseline_of(project, projects, options.baseline))
        plan, wrong = _plan(action, project, own)
        errors += wrong
        plans += [plan] if plan is not None else []
    if action != "create" and not plans and not errors:
        errors.append(RunError("usage", "there is no baseline here", hint="kubelint baseline create writes one"))
    return plans, errors


def _plan(action: Action, project: Project, options: Options) -> tuple[Plan | None, list[RunError]]:
    origin = Origin(project.root, project.shown_root)
    config = rules_of(project.root, project.shown_root, options, Cache(cache_folder() if options.use_cache else None))
    book = book_of(origin, config.config.baseline, options.baseline)
    shown = book.outside or origin.shown(book.name)
    file = os.path.abspath(book.outside) if book.outside else os.path.join(project.root, book.name)
    exists = os.path.lexists(file)
    if action == "create" and exists:
        hint = "kubelint baseline update adds what is new, prune drops what is gone"
        return None, [RunError("usage", "there is a baseline already", shown, hint=hint)]
    if action != "create" and not exists:
        if not book.is_asked_for:
            return None, []
        return None, [RunError("usage", "no such baseline", shown, hint="kubelint baseline create writes one")]
    before: tuple[Known, ...] = ()
    if exists:
        _, entries, error = read_book(origin, book)
        if entries is None:
            return None, [error] if error else []
        before = entries
    result = lint(Inputs((project,), ()), options._replace(use_baseline=exists)).result
    if result.errors:
        return None, list(result.errors)
    found = known_of(result.findings, {item.path: item.inside for item in project.files})
    stale = {entry for use in result.baselines for entry in use.stale}
    if action == "prune":
        after = [entry for entry in before if entry not in stale]
        found = []
    else:
        known = [item for use in result.baselines for item in (*use.hidden, *use.waiting)]
        after = [*known, *found]
    if not exists and not after:
        return None, []
    data = None
    if exists:
        with open(file, "rb") as opened:
            data = opened.read()
    text = render_baseline(after).encode("ascii")
    return Plan(file, shown, data, text, len(found), len(stale), len(after)), []
