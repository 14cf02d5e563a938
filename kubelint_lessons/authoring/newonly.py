"""Only what is new: findings that the baseline knows, or that an earlier state had already, are hidden and counted."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence

from kubelint_lessons.authoring.origin import Origin
from kubelint_lessons.engine.baseline import BASELINE_NAME, read_baseline
from kubelint_lessons.engine.known import BaselineUse, Compared, Known, known_of, pair
from kubelint_lessons.engine.readings import Readings
from kubelint_lessons.engine.result import Result, RunError
from kubelint_lessons.lessons.packs import RuleSet
from kubelint_lessons.manifests.inputs import Project
from kubelint_lessons.model.records import NamedTuple


class Before(NamedTuple):
    """What an earlier state had: its findings, under the rules of now, and the ids of the rules that it had itself.

    ``label`` is that state as it was asked for.
    """

    label: str
    findings: tuple[Known, ...]
    rules: frozenset[str]


class Look(NamedTuple):
    """What one run looked at. ``wanted`` says of a name inside the project whether some rule may read such a file.

    ``readings`` notes what the result depends on.
    """

    project: Project
    rule_set: RuleSet
    chosen: Collection[str]
    wanted: Callable[[str], bool]
    readings: Readings | None = None


class Book(NamedTuple):
    """A baseline to be used: its name inside the project, and whether somebody asked for it, so that it must exist.

    ``outside`` is the path of one that is none of the project's files.
    """

    name: str
    is_asked_for: bool
    outside: str | None = None


def book_of(origin: Origin, configured: str | None, given: str | None) -> Book:
    """Return which baseline holds: ``given`` on the command line, else that of the config, else the usual one."""
    if given is not None:
        inside = origin.inside(given)
        return Book(inside or given, True, None if inside else given)
    return Book(configured or BASELINE_NAME, configured is not None)


def baseline_of(project: Project, projects: Sequence[Project], baseline: str | None) -> str | None:
    """Return ``baseline``, a file that the command line names, if it is for ``project``; None if for another.

    It is for the innermost project that it lies in, or for the only one. ``check_baseline`` says what else is wrong.
    """
    if baseline is None or len(projects) == 1:
        return baseline
    return baseline if project.root == _holder(projects, baseline) else None


def check_baseline(projects: Sequence[Project], baseline: str | None) -> tuple[RunError, ...]:
    """Return the error of a file that might be the baseline of any of several projects."""
    if baseline is None or len(projects) < 2 or _holder(projects, baseline) is not None:
        return ()
    hint = "name the directory of one project, or leave out --baseline: each project has its own then"
    return (RunError("usage", f"--baseline {baseline} lies in none of {len(projects)} projects", hint=hint),)


def _holder(projects: Sequence[Project], baseline: str) -> str | None:
    roots = [item.root for item in projects if Origin(item.root, item.shown_root).inside(baseline) is not None]
    return max(roots, key=len, default=None)


def read_book(origin: Origin, book: Book) -> tuple[str, tuple[Known, ...] | None, RunError | None]:
    """Return the path of a baseline as shown, and its entries (None: there is no such file), or what is wrong."""
    shown = book.outside or origin.shown(book.name)
    try:
        if book.outside is None:
            data = origin.read(book.name)
        else:
            with open(book.outside, "rb") as file:
                data = file.read()
    except FileNotFoundError as error:
        if not book.is_asked_for:
            return shown, None, None
        where = f", which {error.strerror}" if origin.tree is not None and book.outside is None else ""
        return (
            shown,
            None,
            RunError("config", f"no such baseline{where}", shown, hint="kubelint baseline create writes one"),
        )
    except OSError as error:
        hint = "mend its permissions, or see everything with --no-baseline"
        return shown, None, RunError("config", f"cannot be read: {error.strerror or error}", shown, hint=hint)
    found = read_baseline(shown, data)
    return shown, None if found.error else found.entries, found.error


def only_new(
    result: Result, look: Look, before: Before | None, baseline: tuple[str, tuple[Known, ...]] | None
) -> Result:
    """Return a result without the findings that the baseline (its path and entries) or an earlier state knows."""
    if before is None and baseline is None:
        return result
    inside = {file.path: file.inside for file in look.project.files}
    found = known_of(result.findings, inside)
    may_move = _MayMove(look)
    hidden: set[int] = set()
    if baseline is not None:
        path, entries = baseline
        pairs = pair(entries, found, may_move)
        hidden = set(pairs)
        stale = _gone(entries, pairs.values(), result, look, may_move) or ()
        used = {*pairs.values(), *(index for index, entry in enumerate(entries) if entry in stale)}
        waiting = tuple(entry for index, entry in enumerate(entries) if index not in used)
        use = BaselineUse(path, tuple(found[index] for index in sorted(hidden)), stale, waiting)
        result = result._replace(baselines=(*result.baselines, use))
    existing: set[int] = set()
    if before is not None:
        silenced = known_of((item.finding for item in result.suppressed), inside)
        pairs = pair(before.findings, [*found, *silenced], may_move)
        existing = {index for index in pairs if index < len(found)} - hidden
        taught: dict[str, int] = {}
        for index in existing:
            if found[index].rule not in before.rules:
                taught[found[index].rule] = taught.get(found[index].rule, 0) + 1
        compared = Compared(
            before.label,
            len(found) - len(hidden) - len(existing),
            len(existing),
            _gone(before.findings, pairs.values(), result, look, may_move),
            tuple(sorted(taught.items())),
        )
        result = result._replace(compared=compared)
    return _without(result, hidden | existing)


def _without(result: Result, hidden: set[int]) -> Result:
    kept = tuple(finding for index, finding in enumerate(result.findings) if index not in hidden)
    used = {finding.lesson for finding in (*kept, *(item.finding for item in result.suppressed))}
    lessons = {key: reported for key, reported in result.lessons.items() if key in used}
    return result._replace(findings=kept, lessons=lessons)


def _gone(
    known: tuple[Known, ...], paired: Collection[int], result: Result, look: Look, may_move: Callable[[str], bool]
) -> tuple[Known, ...] | None:
    """Return which known findings are gone for certain, as their rules ran; None where not everything was looked at."""
    is_whole = all(file.is_reported for file in look.project.files if look.wanted(file.inside))
    if not is_whole or result.errors:
        return None
    silent = {skip.rule for skip in result.skipped}
    used = set(paired)
    gone = []
    for index, item in enumerate(known):
        rule = look.rule_set.aliases.get(item.rule, item.rule)
        ran = (rule in look.chosen and rule not in silent) or rule not in look.rule_set.rules
        if index not in used and ran and may_move(item.file):
            gone.append(item)
    return tuple(gone)


class _MayMove:
    """Whether the findings of a file would be among those found: it was reported on, or is not there any more."""

    def __init__(self, look: Look) -> None:
        self._root = look.project.root
        self._reported = {file.inside: file.is_reported for file in look.project.files}
        self._readings = look.readings

    def __call__(self, file: str) -> bool:
        reported = self._reported.get(file)
        if reported is not None:
            return reported
        path = os.path.join(self._root, file)
        is_there = os.path.lexists(path)
        if self._readings is not None:
            self._readings.present[path] = is_there
        return not is_there
