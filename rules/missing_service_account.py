"""Pods that run as a ServiceAccount which is not there.

What is missing from the manifests may be made by a script or an installer. It is certain only where the account
that was meant is there under another name or in another namespace.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    NamedTuple,
    Problem,
    RelatedPlace,
    Resource,
    grouped,
    needs_words,
    regex,
)

_NAME = regex(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


class _Known(NamedTuple):
    """The accounts of the scope."""

    by_name: dict[str, list[Resource]]
    by_namespace: dict[str | None, dict[str, Resource]]


@needs_words(("serviceAccountName", "serviceAccount"))
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for an account that nobody defines."""
    for reference in context.relations.references(workload, "ServiceAccount"):
        if reference.state != "absent" or not _NAME.fullmatch(reference.name):
            continue
        from difflib import get_close_matches

        place = workload.place(*reference.path)
        message = f'{workload.id} runs as ServiceAccount "{reference.name}", which is not there'
        known = context.once("known", lambda: _known(context))
        elsewhere = known.by_name.get(reference.name)
        here = known.by_namespace.get(workload.namespace, {})
        close = get_close_matches(reference.name, list(here), 1, 0.85) if not elsewhere else []
        if elsewhere:
            where = elsewhere[0].namespace or "no namespace"
            message = f'{workload.id} runs as ServiceAccount "{reference.name}", which is in {where}'
            related = (RelatedPlace(elsewhere[0].place("metadata", "name"), "not in the namespace of the pods"),)
            yield Problem(message, place, f"not in {workload.namespace or 'the same namespace'}", related)
        elif close:
            meant = here[close[0]]
            related = (RelatedPlace(meant.place("metadata", "name"), "the closest name"),)
            fix = Fix(f"run as {meant.original_name}", (Edit("set", place, meant.original_name),), "unsafe")
            yield Problem(message, place, "no such account", related, fix)
        else:
            yield Problem(message, place, "no such account", at_most="warning" if here else "info")


def _known(context: Context) -> _Known:
    accounts = context.relations.of_kind("ServiceAccount")
    by_namespace: dict[str | None, dict[str, Resource]] = {}
    for item in accounts:
        by_namespace.setdefault(item.namespace, {})[item.name] = item
    return _Known(grouped(accounts, lambda item: item.name), by_namespace)
