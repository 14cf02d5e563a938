"""Containers whose settings have the names of the variables that the kubelet makes from a Service.

The kubelet sets ``<SERVICE>_PORT`` for each Service of the namespace that has a cluster IP, dashes as underscores.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Container,
    Context,
    Edit,
    Fix,
    Problem,
    RelatedPlace,
    Resource,
    as_dict,
    as_list,
    environment_of,
    parse_image,
)


def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every container whose setting a Service of its namespace overwrites."""
    template = workload.pod_template
    if template is None or workload.is_patch or template.spec.get("enableServiceLinks") is False:
        return
    if workload.may_be_patched(*template.path, "spec", "enableServiceLinks"):
        return
    for container in template.containers:
        image = parse_image(container.image)
        setting = as_dict(context.params.get("settings")).get(image.repository_name) if image is not None else None
        if not setting or _is_set(container, setting, context):
            continue
        for service in context.relations.of_kind("Service"):
            if service.namespace != workload.namespace or not _has_variables(service):
                continue
            if f"{service.name.replace('-', '_').upper()}_PORT" != setting:
                continue
            edit = Edit("set", template.place("spec", "enableServiceLinks"), False)
            yield Problem(
                f"{workload.id} takes {setting}=tcp://… for its setting; the kubelet makes it from {service.id}",
                container.place("image"),
                label=f"reads {setting}",
                related=(RelatedPlace(service.place("metadata", "name"), f"this name makes {setting}"),),
                fix=Fix("set enableServiceLinks: false", (edit,), "unsafe"),
            )
            break


def _is_set(container: Container, setting: str, context: Context) -> bool:
    """Return whether the manifest sets the variable, which wins; envFrom may."""
    names = [as_dict(item).get("name") for item in as_list(container.data.get("env"))]
    if setting in names or setting in environment_of(container, context.relations):
        return True
    sources = [as_dict(item) for item in as_list(container.data.get("envFrom"))]
    return any("secretRef" in source for source in sources)


def _has_variables(service: Resource) -> bool:
    return not (service.get("spec", "clusterIP") == "None" or service.get("spec", "type") == "ExternalName")
