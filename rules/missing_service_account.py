"""Pods that run as a ServiceAccount which is not there.

What is missing from the manifests may be made by a script or an installer. It is certain only where the account
that was meant is there under another name or in another namespace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, RelatedPlace, Resource

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for an account that nobody defines."""
    for reference in context.relations.references(workload, "ServiceAccount"):
        if reference.state != "absent" or not _NAME.fullmatch(reference.name):
            continue
        place = workload.place(*reference.path)
        message = f'{workload.id} runs as ServiceAccount "{reference.name}", which is not there'
        accounts = context.relations.of_kind("ServiceAccount")
        elsewhere = [item for item in accounts if item.name == reference.name]
        here = {item.name: item for item in accounts if item.namespace == workload.namespace}
        close = get_close_matches(reference.name, list(here), 1, 0.85)
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
