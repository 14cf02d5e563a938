"""The suppressions that stand in the files of a project, and those that a change adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from kubelint_lessons.authoring.weakening.judge import Ignore
from kubelint_lessons.engine.collect import collect
from kubelint_lessons.engine.directives import MARK
from kubelint_lessons.engine.result import Weakening
from kubelint_lessons.engine.suppressionannotations import find_annotations
from kubelint_lessons.engine.suppressioncomments import find_comments
from kubelint_lessons.manifests.inputs import InputFile, Project


def ignores_of(project: Project, known: Mapping[str, str], wants_text: frozenset[str]) -> tuple[Ignore, ...]:
    """Return every suppression in the files of a project that silences something.

    ``known`` maps the id of every rule, former ones as well, to its id; ``wants_text`` are files that text rules read.
    """
    marked = tuple(file for file in project.files if _is_marked(file))
    found: list[Ignore] = []
    for read in collect(project._replace(files=marked), wants_text).files:
        directives = [*find_comments(read.source, read.documents).directives]
        for document in read.documents:
            directives += find_annotations(document, known).directives
        found += [
            Ignore(known.get(rule.name, rule.name), directive.reason, directive.location)
            for directive in directives
            if directive.reason
            for rule in directive.rules
        ]
    return tuple(found)


def added_ignores(before: tuple[Ignore, ...], after: tuple[Ignore, ...]) -> Iterator[Weakening]:
    """Yield the suppressions that are new; one that moved, in its file or with it, is not."""
    left = Counter((item.rule, item.reason, item.location.path) for item in before)
    new: list[Ignore] = []
    for item in after:
        key = (item.rule, item.reason, item.location.path)
        if left[key]:
            left[key] -= 1
        else:
            new.append(item)
    moved = Counter({(rule, reason): 0 for rule, reason, _ in left})
    for (rule, reason, _), number in left.items():
        moved[rule, reason] += number
    for item in new:
        if moved[item.rule, item.reason]:
            moved[item.rule, item.reason] -= 1
        else:
            place = (item.location.path, item.location.line)
            yield Weakening(f'ignores "{item.rule}" here: {item.reason}', *place)


def _is_marked(file: InputFile) -> bool:
    """Return whether a file may hold a suppression; what cannot be read holds none."""
    try:
        if file.data is not None:
            return MARK.encode() in file.data
        with open(file.absolute, "rb") as opened:
            return MARK.encode() in opened.read()
    except OSError:
        return False
