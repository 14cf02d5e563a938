"""Directories that define the same thing, and are therefore never applied together.

``environments/dev`` and ``environments/prod`` both hold a Deployment ``web``: no cluster can have both, so they are
alternatives, and each becomes a scope of its own. The rule, for manifests outside every kustomization: where two
directories define the same workload or Service (group, kind, namespace, name), their paths part at some directory;
the two directories right below it are apart. What lies below neither of them stays where it was.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from kubelint_lessons.manifests.placeholders import is_placeholder
from kubelint_lessons.manifests.resources import Resource

Identity = tuple[str, str, str | None, str]


def find_alternatives(resources: Iterable[tuple[str, Resource]]) -> frozenset[str]:
    """Return the directories that are scopes of their own; ``resources`` come with the directory they lie in."""
    homes: dict[Identity, set[str]] = {}
    for directory, resource in resources:
        if not resource.name or is_placeholder(resource.name):
            continue
        if (resource.group, resource.kind) == ("", "Service") or resource.is_workload:
            identity = (resource.group, resource.kind, resource.namespace, resource.name)
            homes.setdefault(identity, set()).add(directory)
    apart: set[str] = set()
    for shared in {frozenset(directories) for directories in homes.values() if len(directories) > 1}:
        _part(sorted(shared), apart)
    return frozenset(apart)


def home_of(directory: str, apart: frozenset[str]) -> str | None:
    """Return the innermost of the directories ``apart`` that holds ``directory``, or None where none does."""
    while directory not in apart:
        parent = posixpath.dirname(directory)
        if parent == directory:
            return None
        directory = parent
    return directory


def _part(directories: list[str], apart: set[str]) -> None:
    """Add the directories right below the point where the paths of ``directories`` part, and so on further down."""
    pending = [directories]
    while pending:
        group = pending.pop()
        if len(group) < 2:
            continue
        common = posixpath.commonpath(group)
        below: dict[str, list[str]] = {}
        for directory in group:
            if directory != common:
                step = directory[len(common) :].lstrip("/").partition("/")[0]
                below.setdefault(posixpath.join(common, step), []).append(directory)
        apart.update(below)
        pending += below.values()
