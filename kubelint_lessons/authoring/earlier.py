"""The earlier state that ``--diff-base`` compares with: which revision it is, and what the rules of now find there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kubelint_lessons.authoring.newonly import Before
from kubelint_lessons.engine.known import known_of
from kubelint_lessons.engine.result import Result, RunError
from kubelint_lessons.manifests.git import Git, GitError, MissingError
from kubelint_lessons.manifests.gitauto import auto_base
from kubelint_lessons.manifests.gitbase import Tree, open_tree
from kubelint_lessons.manifests.inputs import Project
from kubelint_lessons.model.records import NamedTuple

AUTO = "auto"


class Earlier(NamedTuple):
    """An earlier state, or why there is none: an error where the user was wrong, a notice where the clone lacks it."""

    before: Before | None = None
    error: RunError | None = None
    notice: str = ""


class Scans:
    """Remembers the earlier states of one command, in which many lints of the work tree may follow each other."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._found: dict[str, Earlier] = {}

    def earlier(
        self,
        project: Project,
        revision: str,
        then: Callable[[Tree], Project],
        run: Callable[[Project], Result],
        rules_of: Callable[[Tree], frozenset[str]],
    ) -> Earlier:
        """Return what ``run`` finds in the files of ``project`` as ``revision`` had them.

        ``then`` gives the project as it was, ``rules_of`` the ids of the rules that it had.
        """
        known = self._found.get(project.root)
        if known is None:
            known = self._look(project, revision, then, run, rules_of)
            self._found[project.root] = known
        return known

    def _look(
        self,
        project: Project,
        revision: str,
        then: Callable[[Tree], Project],
        run: Callable[[Project], Result],
        rules_of: Callable[[Tree], frozenset[str]],
    ) -> Earlier:
        notice = ""
        try:
            wanted = auto_base(Git(project.root), self._environment) if revision == AUTO else revision
            tree = open_tree(project.root, wanted)
            earlier = then(tree)
            if tree.unreadable:
                number = len(tree.unreadable)
                notice = (
                    f"{number} file{'s' if number > 1 else ''} of {tree.commit[:10]} kept by Git LFS could not be "
                    "read: all findings there count as new (git lfs fetch gets them)"
                )
        except MissingError as error:
            return Earlier(notice=f"--diff-base {revision}: {error.message}: all findings are shown ({error.hint})")
        except GitError as error:
            return Earlier(error=RunError("usage", f"--diff-base {revision}: {error.message}", hint=error.hint))
        result = run(earlier)
        inside = {file.path: file.inside for file in earlier.files}
        label = f"{AUTO}: {tree.commit[:10]}" if revision == AUTO else revision
        return Earlier(Before(label, tuple(known_of(result.findings, inside)), rules_of(tree)), None, notice)
