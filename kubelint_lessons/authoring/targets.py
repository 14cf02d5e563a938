"""What of a project a run reports on once its config is known: all where the rules changed, less where it excludes."""

from __future__ import annotations

from collections.abc import Container

from kubelint_lessons.engine.result import FileStatus, Result
from kubelint_lessons.manifests.globs import compile_globs, matches
from kubelint_lessons.manifests.inputs import Project
from kubelint_lessons.model.records import NamedTuple

LINKS = "a symbolic link that leads out of the project"
EXCLUDED = "excluded"
"""How a given file is counted that an exclude leaves out."""


class Targets(NamedTuple):
    """A project with the right files marked.

    ``deciding`` are the given files that decide what rules say, for which all others are reported on as well;
    ``excluded`` are the given files that were left out.
    """

    project: Project
    deciding: tuple[str, ...]
    excluded: tuple[str, ...]


def settle_targets(
    project: Project,
    exclude: tuple[str, ...],
    deciders: Container[str],
    *,
    force_exclude: bool,
    include: tuple[str, ...] = (),
) -> Targets:
    """Return what a run over ``project`` reports on.

    ``deciders`` names the lessons, the config and the platform reference, relative to the root: whoever gives one of
    them (a commit hook does when it changed) asks what the changed rules say of everything. A given file is looked at
    although ``exclude`` names it, unless ``force_exclude`` lets given files count for no more than found ones. Where
    ``include`` names some, others are left out as if they were excluded; those that decide always stay.
    """
    deciding = tuple(file.path for file in project.files if file.is_given and file.inside in deciders)
    pattern, wanted = compile_globs(exclude), compile_globs(include)
    kept, excluded = [], []
    for file in project.files:
        is_outside = wanted is not None and not matches(wanted, file.inside) and file.inside not in deciders
        if (force_exclude or not file.is_given) and (is_outside or matches(pattern, file.inside)):
            excluded += [file.path] if file.is_given else []
            continue
        is_given = file.is_given and not force_exclude
        is_reported = file.is_reported or bool(deciding)
        is_same = is_given == file.is_given and is_reported == file.is_reported  # as are nearly all, of thousands
        kept.append(file if is_same else file._replace(is_given=is_given, is_reported=is_reported))
    return Targets(project._replace(files=tuple(kept)), deciding, tuple(excluded))


def count_excluded(result: Result, excluded: tuple[str, ...], reason: str = EXCLUDED) -> Result:
    """Return a result that also says which files were left out, and why."""
    if not excluded:
        return result
    counts = result.counts
    not_checked = {**counts.not_checked, reason: counts.not_checked.get(reason, 0) + len(excluded)}
    files = (*result.files, *(FileStatus(path, reason, 0, 0) for path in excluded))
    return result._replace(
        counts=counts._replace(not_checked=not_checked), files=tuple(sorted(files, key=lambda status: status.path))
    )
