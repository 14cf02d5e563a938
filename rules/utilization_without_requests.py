"""Finds HorizontalPodAutoscalers that measure in percent of a request which a container does not have."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Container,
    Context,
    NamedTuple,
    Place,
    PodTemplate,
    Problem,
    RelatedPlace,
    Resource,
    as_dict,
    as_list,
    as_text,
)


class Metric(NamedTuple):
    """A resource that is measured in percent; ``container`` is empty where the whole pod is."""

    name: str
    container: str
    place: Place


def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each metric that some container of the target makes impossible to compute."""
    relations = context.relations
    found = relations.related(resource, "targets")
    if found.state != "found" or len(found.items) != 1 or relations.is_ambiguous(resource):
        return
    target = found.items[0]
    template = target.pod_template
    if template is None or relations.is_ambiguous(target) or _is_filled_in(target, template, context):
        return
    for metric in _metrics(resource):
        if metric.name in _pod_level(template):
            continue
        counted = [item for item in _running(template) if metric.container in ("", item.name)]
        if metric.container and not counted:
            yield Problem(
                f'{resource.id} measures container "{metric.container}", which {target.id} does not have',
                metric.place,
                f"containers: {', '.join(item.name for item in _running(template))}",
                (RelatedPlace(template.place("spec", "containers"), "the containers"),),
            )
            continue
        missing = [item for item in counted if not _has_request(item, metric.name)]
        if missing:
            names = " and ".join(f'"{item.name}"' for item in missing[:3])
            yield Problem(
                f"{resource.id} scales by {metric.name} in percent of the request, but container {names} of {target.id}"
                f" requests none",
                metric.place,
                "cannot be computed",
                tuple(RelatedPlace(item.place("name"), f"no {metric.name} request") for item in missing[:3]),
                at_most=None if context.scope.complete else "warning",
            )


def _metrics(resource: Resource) -> Iterator[Metric]:
    """Yield what an autoscaler measures in percent, in any version of the API; without metrics that is cpu."""
    if any(key.startswith("autoscaling.alpha.kubernetes.io/") for key in resource.annotations):
        return
    metrics = as_list(resource.get("spec", "metrics"))
    if resource.version == "v1" or not metrics:
        key = "targetCPUUtilizationPercentage" if resource.version == "v1" else "metrics"
        yield Metric("cpu", "", resource.place("spec", key))
        return
    for index, item in enumerate(metrics):
        for key in ("resource", "containerResource"):
            source = as_dict(as_dict(item).get(key))
            is_percent = "averageUtilization" in as_dict(source.get("target")) or "targetAverageUtilization" in source
            container = as_text(source.get("container"))
            if source and is_percent and (key == "resource" or container):
                yield Metric(
                    as_text(source.get("name")), container, resource.place("spec", "metrics", index, key, "name")
                )


def _running(template: PodTemplate) -> list[Container]:
    """Return the containers that the autoscaler adds up: the regular ones and init containers that keep running."""
    return [
        item
        for item in template.containers
        if item.role == "container" or (item.role == "init" and item.data.get("restartPolicy") == "Always")
    ]


def _has_request(container: Container, name: str) -> bool:
    """Return whether a container requests a resource; a limit counts as a request where there is none."""
    resources = as_dict(container.data.get("resources"))
    return name in as_dict(resources.get("requests")) or name in as_dict(resources.get("limits"))


def _pod_level(template: PodTemplate) -> set[str]:
    resources = as_dict(template.spec.get("resources"))
    return {*as_dict(resources.get("requests")), *as_dict(resources.get("limits"))}


def _is_filled_in(target: Resource, template: PodTemplate, context: Context) -> bool:
    """Return whether something else may give the containers requests: patch, LimitRange, vertical scaler."""
    relations = context.relations
    if target.may_be_patched(*template.path, "spec", "containers", "*", "resources"):
        return True
    ranges = relations.of_kind("LimitRange")
    if target.namespace in context.once("ranges", lambda: {item.namespace for item in ranges}):
        return True
    verticals = relations.related(target, "targetedBy", kinds=("autoscaling.k8s.io/VerticalPodAutoscaler",))
    return bool(verticals.items)
