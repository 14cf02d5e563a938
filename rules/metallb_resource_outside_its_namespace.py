"""MetalLB's own objects outside the namespace that MetalLB watches.

Source: internal/k8s/k8s.go of github.com/metallb/metallb: its cache is limited to one namespace.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, Resource, regex

_IMAGE = regex(r"(.*/)?metallb/(controller|speaker)(:.*|@.*)?")
_PLACEHOLDER = regex(r"[$<>{}%@\[\]]")


def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where the object has a namespace, and MetalLB another one."""
    written = resource.namespace
    if resource.is_patch or not written or _PLACEHOLDER.search(written):
        return
    fact = context.platform.get("metallb.namespace")
    if fact is not None and isinstance(fact.value, str):
        home, source = fact.value, fact.source if fact.inferred else ""
    else:
        home, source = context.once("home", lambda: _home(context)), "inferred from the workloads of MetalLB here"
    if not home or home == written or _PLACEHOLDER.search(home):
        return
    place = resource.place("metadata", "namespace")
    can_edit = resource.get("metadata", "namespace") == written and not resource.transform.namespace
    yield Problem(
        f'MetalLB runs in namespace "{home}" and does not see this {resource.kind} in "{written}"',
        place,
        label="ignored there",
        fix=Fix(f"move it to {home}", (Edit("set", place, home),), "unsafe") if can_edit else None,
        at_most="warning" if source else None,
        note=source,
    )


def _home(context: Context) -> str:
    """Return the one namespace in which this scope runs MetalLB, or an empty string."""
    homes = {
        item.namespace or ""
        for item in context.relations.workloads()
        if item.pod_template is not None
        and any(_IMAGE.fullmatch(container.image or "") for container in item.pod_template.containers)
    }
    return homes.pop() if len(homes) == 1 else ""
