"""Directories that are never applied together, among the manifests outside every kustomization.

``k8s/a`` and ``k8s/b`` both hold a Deployment ``web``: no cluster can have both, so they are alternatives, and each
becomes a scope of its own. The rule: where two directories define the same workload or Service (group, kind,
namespace, name), their paths part at some directory; the two directories right below it are apart. Names say the same:
the children of ``environments`` or ``clusters`` are apart, and so are siblings such as ``dev`` and ``prod``. What lies
below none of them stays where it was.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from kubelint_lessons.manifests.pathkeys import name_of, parent
from kubelint_lessons.manifests.placeholders import is_placeholder
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.regexes import regex

Identity = tuple[str, str, str | None, str]

_HOLDERS = frozenset({"clusters", "env", "environments", "envs", "overlays", "stages"})
"""Names of directories whose children are alternatives of each other."""

_ENVIRONMENTS = frozenset(
    [
        "demo",
        "dev",
        "develop",
        "development",
        "integration",
        "local",
        "preprod",
        "prd",
        "prod",
        "production",
        "qa",
        "sandbox",
        "stage",
        "staging",
        "stg",
        "test",
        "testing",
        "tst",
        "uat",
    ]
)
_WORD = regex(r"[a-z]+")


def find_alternatives(root: str, resources: Iterable[tuple[str, Resource]]) -> frozenset[str]:
    """Return the directories that are scopes of their own; ``resources`` come with the directory they lie in.

    Names of directories count below ``root`` only.
    """
    directories: set[str] = set()
    apart = _apart_by_content(resources, directories)
    return frozenset(apart | _apart_by_name(root, directories))


def _apart_by_content(resources: Iterable[tuple[str, Resource]], seen: set[str]) -> set[str]:
    """Return what two directories that define the same say; adds to ``seen`` all directories that hold anything."""
    homes: dict[Identity, set[str]] = {}
    for directory, resource in resources:
        seen.add(directory)
        if not resource.name or is_placeholder(resource.name):
            continue
        if (resource.group, resource.kind) == ("", "Service") or resource.is_workload:
            identity = (resource.group, resource.kind, resource.namespace, resource.name)
            homes.setdefault(identity, set()).add(directory)
    apart: set[str] = set()
    for shared in {frozenset(found) for found in homes.values() if len(found) > 1}:
        _part(sorted(shared), apart)
    return apart


def _apart_by_name(root: str, directories: set[str]) -> set[str]:
    apart: set[str] = set()
    seen: set[str] = set()
    siblings: dict[str, dict[str, str]] = {}
    start = f"{root.rstrip('/')}/"
    for directory in directories:
        while directory not in seen and directory.startswith(start):
            seen.add(directory)
            above, name = parent(directory), name_of(directory)
            if above != root and name_of(above) in _HOLDERS:
                apart.add(directory)
            word = next((word for word in _WORD.findall(name.lower()) if word in _ENVIRONMENTS), None)
            if word is not None:
                siblings.setdefault(above, {})[directory] = word
            directory = above
    for named in siblings.values():
        if len(set(named.values())) > 1:
            apart.update(named)
    return apart


def home_of(directory: str, apart: frozenset[str]) -> str | None:
    """Return the innermost of the directories ``apart`` that holds ``directory``, or None where none does."""
    while directory not in apart:
        above = parent(directory)
        if above == directory:
            return None
        directory = above
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
