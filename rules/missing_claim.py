"""Finds claims that a pod mounts and no manifest defines.

What is missing from the manifests may be made by a script or a person. It is certain only where what was meant is
there under another name or in another namespace.
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
)


class _Known(NamedTuple):
    """The claims of the scope."""

    by_name: dict[str, list[Resource]]
    by_namespace: dict[str | None, dict[str, Resource]]


@needs_words("claimName")
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each claim that a pod mounts and nobody defines."""
    from difflib import get_close_matches

    for reference in context.relations.references(resource, "PersistentVolumeClaim"):
        if reference.state != "absent" or reference.is_optional:
            continue
        place = resource.place(*reference.path)
        message = f'{resource.id} mounts claim "{reference.name}", which is not there'
        known = context.once("known", lambda: _known(context))
        elsewhere = known.by_name.get(reference.name)
        here = known.by_namespace.get(resource.namespace, {})
        close = get_close_matches(reference.name, list(here), 1, 0.85) if not elsewhere else []
        if elsewhere:
            where = elsewhere[0].namespace or "no namespace"
            related = (RelatedPlace(elsewhere[0].place("metadata", "name"), "not in the namespace of the pods"),)
            message = f'{resource.id} mounts claim "{reference.name}", which is in {where}'
            yield Problem(message, place, f"not in {resource.namespace or 'the same namespace'}", related)
        elif close:
            meant = here[close[0]]
            related = (RelatedPlace(meant.place("metadata", "name"), "the closest name"),)
            fix = Fix(f"mount {meant.original_name}", (Edit("set", place, meant.original_name),), "unsafe")
            yield Problem(message, place, "no such claim", related, fix)
        elif here:
            yield Problem(message, place, "no such claim here", at_most="warning")


def _known(context: Context) -> _Known:
    claims = context.relations.of_kind("PersistentVolumeClaim")
    by_namespace: dict[str | None, dict[str, Resource]] = {}
    for item in claims:
        by_namespace.setdefault(item.namespace, {})[item.name] = item
    return _Known(grouped(claims, lambda item: item.name), by_namespace)
