"""Which kinds a relation is narrowed to: names of kinds, or patterns that the lessons layer has parsed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from kubelint_lessons.manifests import kinds as kind_table
from kubelint_lessons.manifests.resources import Resource


class KindFilter(Protocol):
    """A pattern of kinds that the lessons layer has parsed."""

    def matches(self, group: str, version: str, kind: str, is_workload: bool) -> bool:
        """Return whether an object of this group, version and kind is meant."""
        ...


Kinds = Sequence["str | KindFilter"]


def is_wanted(resource: Resource, kinds: Kinds) -> bool:
    """Return whether ``kinds`` name the kind of an object; they do where there are none."""
    return not kinds or are_meant(
        tuple(kinds), resource.group, resource.version, resource.kind, resource.template_path is not None
    )


def names_kind(kinds: Kinds, group: str, kind: str) -> bool:
    """Return whether ``kinds`` name a kind of whatever version; they do where there are none."""
    return not kinds or are_meant(tuple(kinds), group, "", kind, kind_table.template_path(group, kind) is not None)


def names_one_of(kinds: Kinds, groups: frozenset[str] | None, kind: str) -> bool:
    """Return whether ``kinds`` name a kind of one of ``groups``; None stands for a group that nobody knows."""
    return not kinds or _names_one_of(tuple(kinds), groups, kind)


@lru_cache(4096)
def _names_one_of(kinds: tuple[str | KindFilter, ...], groups: frozenset[str] | None, kind: str) -> bool:
    return any(names_kind(kinds, group, kind) for group in groups or ("",))


@lru_cache(4096)
def are_meant(kinds: tuple[str | KindFilter, ...], group: str, version: str, kind: str, is_workload: bool) -> bool:
    """Return whether ``kinds`` name a kind; asked again and again for the few that a project has."""
    return any(
        kind_table.names_kind(pattern, group, kind) or (pattern == "workloads" and is_workload)
        if isinstance(pattern, str)
        else pattern.matches(group, version, kind, is_workload)
        for pattern in kinds
    )
