"""Workloads whose selector does not match the labels of the pods that they make: the API server refuses them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    PodTemplate,
    Problem,
    RelatedPlace,
    Resource,
    alone,
    as_dict,
    from_label_selector,
    from_labels,
    needs_words,
    string_map,
)


@alone
@needs_words("selector")
def check(workload: Resource, context: Context) -> Iterable[Problem]:
    """Return at most one problem: the first label of the selector that the pods do not have."""
    template = workload.pod_template
    return () if template is None or _is_plain(workload.get("spec", "selector"), template) else _missed(workload)


def _is_plain(selector: Any, template: PodTemplate) -> bool:
    """Return whether a selector is a few labels that the pods have, as almost always."""
    wanted = as_dict(selector)
    if "matchLabels" in wanted and len(wanted) == 1:
        wanted = as_dict(wanted["matchLabels"])
    return bool(wanted) and wanted.items() <= template.labels.items()


def _missed(workload: Resource) -> Iterator[Problem]:
    template = workload.pod_template
    is_old = workload.kind == "ReplicationController"
    route = ("spec", "selector") if is_old else ("spec", "selector", "matchLabels")
    selector = (from_labels if is_old else from_label_selector)(workload.get("spec", "selector"))
    if template is None or not selector.is_valid or _is_patched(workload, template):
        return
    replaced = dict(workload.transform.selector_labels)  # kustomize writes these into both ends
    labels = {**template.labels, **replaced}
    kept = selector._replace(pairs=frozenset(pair for pair in selector.pairs if pair[0] not in replaced))
    if kept.verdict(labels) != "no":
        return
    written = string_map(workload.get(*route))
    missed = next((key for key in written if key not in replaced and labels.get(key) != written[key]), None)
    if missed is None:
        yield Problem(
            f"the selector of {workload.id} does not match its own pods, which have {_shown(labels)}",
            workload.place("spec", "selector", "matchExpressions"),
            "does not hold for the labels below",
            (RelatedPlace(template.place("metadata", "labels"), "the labels of its pods"),),
        )
        return
    found = f"{missed}: {labels[missed]}" if missed in labels else f"no label {missed}"
    edit = Edit("set", template.place("metadata", "labels", missed), written[missed])
    yield Problem(
        f"{workload.id} selects pods with {missed}: {written[missed]}, but its own pods have {found}",
        workload.place(*route, missed),
        "not a label of its pods",
        (RelatedPlace(template.place("metadata", "labels", missed), "the labels of its pods"),),
        Fix(f"label the pods {missed}: {written[missed]}", (edit,), "unsafe"),
    )


def _is_patched(workload: Resource, template: PodTemplate) -> bool:
    return workload.may_be_patched("spec", "selector") or workload.may_be_patched(*template.path, "metadata", "labels")


def _shown(labels: dict[str, str]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in labels.items()) or "no labels"
