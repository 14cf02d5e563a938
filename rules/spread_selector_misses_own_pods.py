"""Spread constraints and anti-affinity that count other pods than their own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Edit,
    FieldPath,
    Fix,
    PodTemplate,
    Problem,
    RelatedPlace,
    Resource,
    Selector,
    as_dict,
    as_list,
    from_label_selector,
    needs_words,
    regex,
    string_map,
)

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_LATER = regex(r"[$<>{}%@\[\]]")
"""What no label may hold: something fills it in later."""
_OPEN = "$"
_ALL = ("", "")
_PATCHED: FieldPath = ("spec", "topologySpreadConstraints")


@needs_words(("topologySpreadConstraints", "podAntiAffinity"))
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each constraint whose selector does not match the pods that carry it."""
    template = workload.pod_template
    if template is None or _is_patched(workload, template):
        return
    for index, item in enumerate(as_list(template.spec.get("topologySpreadConstraints"))):
        entry = as_dict(item)
        path = ("spec", "topologySpreadConstraints", index)
        if "topologyKey" not in entry or workload.transform.selector_labels:
            continue
        if entry.get("labelSelector") is None:
            yield Problem(
                f"a spread constraint of {workload.id} counts no pods: it has no labelSelector",
                template.place(*path, "topologyKey"),
                "spreads nothing",
                fix=_own_selector(workload, template, path),
            )
        elif from_label_selector(entry["labelSelector"]).verdict(template.labels) == "no":
            yield _misses(workload, template, (*path, "labelSelector"), entry["labelSelector"], "a spread constraint")
    yield from _anti_affinity(workload, template, context)


def _anti_affinity(workload: Resource, template: PodTemplate, context: Context) -> Iterator[Problem]:
    """Yield a problem where a label has another value than the pods, and no other workload here has that one."""
    pods = as_dict(as_dict(template.spec.get("affinity")).get("podAntiAffinity"))
    terms: list[tuple[FieldPath, dict[str, Any]]] = [
        ((_REQUIRED, index), as_dict(item)) for index, item in enumerate(as_list(pods.get(_REQUIRED)))
    ]
    for index, item in enumerate(as_list(pods.get(_PREFERRED))):
        terms.append(((_PREFERRED, index, "podAffinityTerm"), as_dict(as_dict(item).get("podAffinityTerm"))))
    for path, term in terms:
        written = term.get("labelSelector")
        selector = from_label_selector(written)
        is_wide = "namespaces" in term or "namespaceSelector" in term or workload.transform.selector_labels
        if is_wide or not selector.is_valid or selector.verdict(template.labels) != "no":
            continue
        if not any(template.labels.get(key, value) != value for key, value in selector.pairs):
            continue
        if context.once(selector, partial(_may_match_any, selector, context)):
            continue
        route = ("spec", "affinity", "podAntiAffinity", *path, "labelSelector")
        yield _misses(workload, template, route, written, "the anti-affinity")


def _may_match_any(selector: Selector, context: Context) -> bool:
    """Return whether a selector with pairs matches the pods of a workload, or may once variables are filled in."""
    holders = context.once("holders", lambda: _holders(context))
    lists = [
        (holders.get(pair, ()), holders.get((pair[0], _OPEN), ()))
        for pair in selector.pairs
        if not _LATER.search(pair[1])
    ]
    fewest = min(lists, key=lambda pair: len(pair[0]) + len(pair[1]), default=(holders.get(_ALL, ()),))
    return any(selector.verdict(item.pod_labels) != "no" for item in chain(*fewest))


def _holders(context: Context) -> dict[tuple[str, str], list[Resource]]:
    """Return one workload for each set of pod labels, by each label; those with a value as it is, or is not yet."""
    found: dict[tuple[str, str], list[Resource]] = {}
    alike = {frozenset(item.pod_labels.items()): item for item in context.relations.workloads()}
    for item in alike.values():
        found.setdefault(_ALL, []).append(item)
        for key, value in item.pod_labels.items():
            found.setdefault((key, _OPEN if _LATER.search(value) else value), []).append(item)
    return found


def _misses(workload: Resource, template: PodTemplate, path: FieldPath, selector: Any, what: str) -> Problem:
    pairs = string_map(as_dict(selector).get("matchLabels"))
    key = next((key for key, value in pairs.items() if template.labels.get(key) != value), None)
    if key is None:
        return Problem(
            f"{what} of {workload.id} does not count its own pods",
            template.place(*path, "matchExpressions"),
            "does not match the pods below",
            (RelatedPlace(template.place("metadata", "labels"), "the labels of its pods"),),
        )
    own = f"{key}: {template.labels[key]}" if key in template.labels else f"no label {key}"
    fix = None
    if key in template.labels:
        edit = Edit("set", template.place(*path, "matchLabels", key), template.labels[key])
        fix = Fix(f"count the pods with {key}: {template.labels[key]}", (edit,), "unsafe")
    return Problem(
        f"{what} of {workload.id} counts pods with {key}: {pairs[key]}, but its own pods have {own}",
        template.place(*path, "matchLabels", key),
        "not a label of its pods",
        (RelatedPlace(template.place("metadata", "labels", key), "the labels of its pods"),),
        fix,
    )


def _own_selector(workload: Resource, template: PodTemplate, path: FieldPath) -> Fix | None:
    labels = string_map(workload.get("spec", "selector", "matchLabels"))
    if not labels or "matchLabelKeys" in as_dict(as_list(template.spec.get("topologySpreadConstraints"))[int(path[2])]):
        return None
    edit = Edit("set", template.place(*path, "labelSelector"), {"matchLabels": labels})
    return Fix("count the pods of this workload", (edit,), "unsafe")


def _is_patched(workload: Resource, template: PodTemplate) -> bool:
    return any(
        workload.may_be_patched(*template.path, *route)
        for route in (_PATCHED, ("spec", "affinity"), ("metadata", "labels"))
    )
