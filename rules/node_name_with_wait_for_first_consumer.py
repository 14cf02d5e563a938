"""Pods put on a node by name, past the scheduler, that wait for a volume which only the scheduler would provide."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    Platform,
    Problem,
    RelatedPlace,
    Resource,
    as_dict,
    as_list,
    as_text,
    needs_words,
)

_WAITS = "WaitForFirstConsumer"


@needs_words("nodeName")
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield at most one problem: the first claim whose class waits for a scheduled pod."""
    template = workload.pod_template
    name = as_text(template.spec.get("nodeName")) if template is not None else ""
    if template is None or not name or workload.may_be_patched(*template.path, "spec", "nodeName"):
        return
    for claim in _claims(workload, context):
        spec = as_dict(claim.get("spec")) if claim.kind == "PersistentVolumeClaim" else {}
        if spec.get("volumeName") or spec.get("storageClassName") == "":
            continue
        chosen = as_text(spec.get("storageClassName")) or _default_class(context.platform)
        mode, related = _binding_mode(chosen, context)
        if mode != _WAITS:
            continue
        edits = (
            Edit("remove", template.place("spec", "nodeName")),
            Edit("set", template.place("spec", "nodeSelector", "kubernetes.io/hostname"), name),
        )
        yield Problem(
            f'{workload.id} is put on node "{name}" past the scheduler, but {claim.id} waits for a scheduled pod '
            f'(class "{chosen}": {_WAITS})',
            template.place("spec", "nodeName"),
            "nobody tells the provisioner",
            (RelatedPlace(claim.place("spec"), "stays Pending"), *related),
            Fix("choose the node by its label", edits, "unsafe"),
        )
        return


def _claims(workload: Resource, context: Context) -> Iterator[Resource]:
    for reference in context.relations.references(workload, "PersistentVolumeClaim"):
        if reference.state == "found":
            yield from reference.items[:1]


def _default_class(platform: Platform) -> str:
    fact = platform.get("storage.defaultClass")
    return as_text(fact.value) if fact is not None and not fact.inferred else ""


def _binding_mode(name: str, context: Context) -> tuple[str, tuple[RelatedPlace, ...]]:
    """Return how volumes of a class are bound, and where that is said; empty where it is not known."""
    if not name:
        return "", ()
    for item in as_list(as_dict(context.platform.facts.get("storage")).get("classes")):
        entry = as_dict(item)
        if entry.get("name") == name and entry.get("bindingMode"):
            return as_text(entry["bindingMode"]), ()
    for found in context.relations.find("StorageClass", name).items:
        mode = as_text(found.get("volumeBindingMode")) or "Immediate"
        return mode, (RelatedPlace(found.place("volumeBindingMode"), "the class"),)
    return "", ()
