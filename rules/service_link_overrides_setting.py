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
    PodTemplate,
    Problem,
    RelatedPlace,
    Resource,
    as_dict,
    as_list,
    environment_of,
    grouped,
    holding,
    needs_words,
    parse_image,
)


@needs_words(holding("Service"))
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every container whose setting a Service of its namespace overwrites."""
    template = workload.pod_template
    if template is None or not any(_reading(template, context)) or workload.is_patch:
        return
    if template.spec.get("enableServiceLinks") is False:
        return
    if workload.may_be_patched(*template.path, "spec", "enableServiceLinks"):
        return
    for container, setting in _reading(template, context):
        services = context.once("services", lambda: _by_variable(context))
        for service in services.get((workload.namespace, setting), ()):
            if not _has_variables(service) or _is_set(container, setting, context):
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


def _reading(template: PodTemplate, context: Context) -> Iterator[tuple[Container, str]]:
    """Yield the containers of known images, and the variable that each takes for a setting."""
    settings = as_dict(context.params.get("settings"))
    for container in template.containers:
        if container.image.partition("@")[0].rpartition("/")[2].partition(":")[0] in settings:
            image = parse_image(container.image)
            setting = settings.get(image.repository_name) if image is not None else None
            if setting:
                yield container, setting


def _by_variable(context: Context) -> dict[tuple[str | None, str], list[Resource]]:
    """Return the Services by namespace and the variable that the kubelet makes of them."""
    services = context.relations.of_kind("Service")
    return grouped(services, lambda item: (item.namespace, f"{item.name.replace('-', '_').upper()}_PORT"))


def _is_set(container: Container, setting: str, context: Context) -> bool:
    """Return whether the manifest sets the variable, which wins; envFrom may."""
    names = [as_dict(item).get("name") for item in as_list(container.data.get("env"))]
    if setting in names or setting in environment_of(container, context.relations):
        return True
    sources = [as_dict(item) for item in as_list(container.data.get("envFrom"))]
    return any("secretRef" in source for source in sources)


def _has_variables(service: Resource) -> bool:
    return not (service.get("spec", "clusterIP") == "None" or service.get("spec", "type") == "ExternalName")
