"""Finds names of StatefulSets and CronJobs that leave no room for what their controllers append."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Problem, Resource, alone, regex

_MOST = 52
_LATER = regex(r"[${}<>]")


@alone
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where the name, with what kustomize adds, has more than 52 characters."""
    if len(resource.name) > _MOST and not _LATER.search(resource.name):
        message = f'the name of {resource.kind} "{resource.name}" has {len(resource.name)} characters'
        yield Problem(message, resource.place("metadata", "name"), f"at most {_MOST} are possible")
