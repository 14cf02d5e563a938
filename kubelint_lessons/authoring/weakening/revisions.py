"""What judges a project at a revision and in its work tree, read and compared."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from kubelint_lessons.authoring.newonly import book_of, read_book
from kubelint_lessons.authoring.origin import Origin
from kubelint_lessons.authoring.proofs import prove
from kubelint_lessons.authoring.weakening.compare import weakenings
from kubelint_lessons.authoring.weakening.judge import Judge
from kubelint_lessons.authoring.weakening.suppressions import ignores_of
from kubelint_lessons.engine.dispatch import text_runners
from kubelint_lessons.engine.fingerprint import base_of
from kubelint_lessons.engine.reading import is_manifest_name
from kubelint_lessons.engine.result import RunError, Weakening
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.lessons.cache import Cache
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.git import Git, GitError
from kubelint_lessons.manifests.gitauto import auto_base
from kubelint_lessons.manifests.gitbase import open_tree
from kubelint_lessons.manifests.inputs import MARKERS, Project
from kubelint_lessons.model.records import NamedTuple

if TYPE_CHECKING:
    from kubelint_lessons.authoring.linter import ProjectRules


class Revised(NamedTuple):
    """How the work tree's judge is weaker than that of the revision, and what is wrong with its sources.

    ``is_known`` is false where git does not know the revision; ``is_changed`` says that lessons or config differ.
    """

    weakened: tuple[Weakening, ...] = ()
    errors: tuple[RunError, ...] = ()
    is_known: bool = False
    is_changed: bool = False


def compare_revisions(
    project: Project, revision: str, rules_at: Callable[[Origin], ProjectRules], toolbox: Toolbox, cache: Cache
) -> Revised:
    """Return how the work tree weakens what judged ``project`` at ``revision`` (``auto``: find out which).

    Nothing where git does not know that revision: whoever asked for it is told so elsewhere.
    """
    try:
        wanted = auto_base(Git(project.root), os.environ) if revision == "auto" else revision
        tree = open_tree(project.root, wanted)
        then, now = (Origin(project.root, project.shown_root, origin) for origin in (tree, None))
        before, after = rules_at(then), rules_at(now)
        wants = _Wants({**before.chosen, **after.chosen})
        files = tree.project(project, wants)
        roots = _inner_roots(tree.names), _inner_roots(_names_now(project.root))
    except GitError:
        return Revised()
    found = weakenings(
        _judge(then, before, files, wants)._replace(roots=roots[0]),
        _judge(now, after, project, wants)._replace(roots=roots[1]),
        toolbox,
    )
    is_changed = before.rule_set.key != after.rule_set.key or before.loaded != after.loaded
    return Revised(found, (*after.errors, *prove(after.rule_set, toolbox, cache)), True, is_changed)


class _Wants:
    """Knows which files some rule may read, and so may be silenced in."""

    def __init__(self, rules: dict[str, Rule]) -> None:
        self._texts = text_runners(rules)

    def __call__(self, inside: str) -> bool:
        return is_manifest_name(inside) or self.as_text(inside)

    def as_text(self, inside: str) -> bool:
        return any(runner.text.applies_to(inside) for runner in self._texts)


def _judge(origin: Origin, rules: ProjectRules, project: Project, wants: _Wants) -> Judge:
    shown, entries, _ = read_book(origin, book_of(origin, rules.config.baseline, None))
    known = {**{name: name for name in rules.rule_set.rules}, **rules.rule_set.aliases}
    texts = frozenset(file.inside for file in project.files if wants.as_text(file.inside))
    return Judge(
        rules.loaded,
        rules.rule_set,
        rules.chosen,
        rules.platform.facts,
        rules.platform.source,
        ignores_of(project, known, texts),
        tuple(base_of(entry.fingerprint) for entry in entries or ()),
        shown,
    )


def _names_now(root: str) -> list[str]:
    """Return the names of the files that git knows below ``root`` or does not ignore; raises GitError."""
    listed = Git(root).data("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = (os.fsdecode(name) for name in listed.split(b"\0") if name)
    return [name for name in names if os.path.lexists(os.path.join(root, name))]


def _inner_roots(names: Iterable[str]) -> frozenset[str]:
    """Return the directories that a marker makes projects of their own (manifests.inputs.is_marked)."""
    found = set()
    for name in names:
        for marker in MARKERS:
            directory = "" if name == marker else name.removesuffix(f"/{marker}")
            is_in_docs = marker == "ai-lessons.md" and (directory == "docs" or directory.endswith("/docs"))
            if directory != name and directory and not is_in_docs:
                found.add(directory)
    return frozenset(found)
