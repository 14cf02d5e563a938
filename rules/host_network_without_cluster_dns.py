"""Pods that ask the resolver of their node, and name Services of the cluster, which it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Edit,
    FieldPath,
    Fix,
    Place,
    PodTemplate,
    Problem,
    RelatedPlace,
    Resource,
    as_dict,
    as_list,
    dependencies_of,
    needs_words,
    regex,
)

_SERVICE_NAME = regex(r"(?:^|[/@=\s,'\"])([a-z0-9-]+\.[a-z0-9-]+\.svc(?:\.cluster\.local)?)\.?(?=$|[:/\s,'\"])")
_WITH_HOST_NETWORK = "ClusterFirstWithHostNet"


@needs_words("hostNetwork")
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for a pod in the network of its node that left its dnsPolicy at ClusterFirst."""
    template = workload.pod_template
    if template is None or template.spec.get("hostNetwork") is not True:
        return
    path = (*template.path, "spec", "dnsPolicy")
    if template.spec.get("dnsPolicy", "ClusterFirst") != "ClusterFirst" or workload.may_be_patched(*path):
        return
    name, used = _first_name(workload, template, context)
    if used is None:
        return
    edit = Edit("set", workload.place(*path), _WITH_HOST_NETWORK)
    yield Problem(
        f'{workload.id} uses the network of its node and asks for "{name}", which only the cluster\'s DNS knows',
        template.place("spec", "hostNetwork"),
        label="asks the resolver of the node",
        related=(RelatedPlace(used, "this name"),),
        fix=Fix(f"set dnsPolicy: {_WITH_HOST_NETWORK}", (edit,), "unsafe"),
    )


@needs_words("dnsPolicy", "Default")
def check_default(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for a pod with dnsPolicy Default, which is not the default."""
    template = workload.pod_template
    if template is None or template.spec.get("dnsPolicy") != "Default":
        return
    name, used = _first_name(workload, template, context)
    if used is None:
        return
    place = template.place("spec", "dnsPolicy")
    if template.spec.get("hostNetwork") is True:
        fix = Fix(f"set dnsPolicy: {_WITH_HOST_NETWORK}", (Edit("set", place, _WITH_HOST_NETWORK),), "unsafe")
    else:
        fix = Fix("remove dnsPolicy", (Edit("remove", place),), "unsafe")
    yield Problem(
        f'{workload.id} asks for "{name}", but dnsPolicy Default leaves out the cluster\'s DNS',
        place,
        label="asks the resolver of the node",
        related=(RelatedPlace(used, "this name"),),
        fix=fix,
    )


def _first_name(workload: Resource, template: PodTemplate, context: Context) -> tuple[str, Place | None]:
    """Return the first name of a Service that the workload uses, and where; no place where it uses none."""
    for dependency in dependencies_of(workload, context.relations):
        if not dependency.is_own:
            return dependency.service.name, dependency.place
    for container in template.containers:
        texts: list[tuple[FieldPath, Any]] = []
        for index, item in enumerate(as_list(container.data.get("env"))):
            texts.append((("env", index, "value"), as_dict(item).get("value")))
        for field in ("command", "args"):
            texts += [((field, n), word) for n, word in enumerate(as_list(container.data.get(field)))]
        for path, text in texts:
            match = _SERVICE_NAME.search(text) if isinstance(text, str) else None
            if match is not None:
                return match[1], container.place(*path)
    return "", None
