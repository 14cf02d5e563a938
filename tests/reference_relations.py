"""The slow and obvious way to find out who selects whom; property tests compare the real joins with it.

Everything is written out again from the Kubernetes API reference, over raw data, object by object.
"""

from __future__ import annotations

from typing import Any

from kubelint_lessons.manifests.resources import Resource

Verdict = str


def holds_variable(text: str) -> bool:
    return "${" in text


def could_be_equal(one: str, other: str) -> bool:
    """Return whether two values could be equal; the generated variables stand for whole values."""
    return one == other or holds_variable(one) or holds_variable(other)


def requirement(labels: dict[str, str], key: str, operator: str, values: list[str]) -> Verdict:
    has = key in labels
    if operator == "Exists":
        return "yes" if has else "no"
    if operator == "DoesNotExist":
        return "no" if has else "yes"
    if operator not in ("In", "NotIn") or not values:
        return "no"
    if not has:
        return "no" if operator == "In" else "yes"
    is_in = "no"
    for value in values:
        if labels[key] == value and not holds_variable(value):
            is_in = "yes"
        elif is_in == "no" and could_be_equal(labels[key], value):
            is_in = "unknown"
    return is_in if operator == "In" else {"yes": "no", "no": "yes", "unknown": "unknown"}[is_in]


def both(*verdicts: Verdict) -> Verdict:
    if "no" in verdicts:
        return "no"
    return "unknown" if "unknown" in verdicts else "yes"


def matches_map(pairs: dict[str, str], labels: dict[str, str]) -> Verdict:
    return both(*(requirement(labels, key, "In", [value]) for key, value in pairs.items()))


def matches_selector(selector: dict[str, Any], labels: dict[str, str]) -> Verdict:
    expressions = selector.get("matchExpressions") or []
    for item in expressions:
        needs_values = item["operator"] in ("In", "NotIn")
        if item["operator"] not in ("In", "NotIn", "Exists", "DoesNotExist") or needs_values != bool(
            item.get("values")
        ):
            return "no"
    return both(
        matches_map(selector.get("matchLabels") or {}, labels),
        *(requirement(labels, item["key"], item["operator"], item.get("values") or []) for item in expressions),
    )


def same_namespace(one: str | None, other: str | None) -> Verdict:
    if (one is not None and holds_variable(one)) or (other is not None and holds_variable(other)):
        return "unknown"
    if one == other:
        return "yes"
    return "unknown" if one is None or other is None else "no"


def selects(near: Resource, far: Resource) -> Verdict:
    """Return whether ``near`` selects the pods of ``far`` (or ``far`` itself, for a ServiceMonitor)."""
    spec = near.data["spec"]
    where = same_namespace(near.namespace, far.namespace)
    if near.kind == "ServiceMonitor":
        if (far.group, far.kind) != ("", "Service"):
            return "no"
        reach = spec.get("namespaceSelector") or {}
        if reach.get("any"):
            where = "yes"
        elif reach.get("matchNames"):
            verdicts = [same_namespace(name, far.namespace) for name in reach["matchNames"]]
            where = "yes" if "yes" in verdicts else "unknown" if "unknown" in verdicts else "no"
        return both(where, matches_selector(spec["selector"], far.data["metadata"].get("labels") or {}))
    if far.kind != "Deployment":
        return "no"
    labels = far.data["spec"]["template"]["metadata"].get("labels") or {}
    if near.kind == "Service":
        selector = spec.get("selector")
        return both(where, matches_map(selector, labels)) if selector else "no"
    if near.kind == "NetworkPolicy":
        return both(where, matches_selector(spec.get("podSelector") or {}, labels))
    if near.kind in ("PodDisruptionBudget", "Deployment"):
        selector = spec.get("selector")
        return "no" if selector is None else both(where, matches_selector(selector, labels))
    return "no"


def identity(resource: Resource) -> tuple[str, str | None, str]:
    return resource.kind, resource.namespace, resource.name


def is_alternative(resource: Resource, everything: list[Resource]) -> bool:
    return any(identity(item) == identity(resource) and item.data != resource.data for item in everything)


def is_repetition(resource: Resource, everything: list[Resource]) -> bool:
    same = [item for item in everything if identity(item) == identity(resource)]
    return same[0] is not resource and all(item.data == same[0].data for item in same)


def answer(
    pairs: list[tuple[Resource, Verdict]], doubtful: bool, everything: list[Resource]
) -> tuple[list[Resource], str]:
    """Return items and state of a relation from the verdicts on each candidate."""
    items: list[Resource] = []
    is_open = False
    for resource, verdict in pairs:
        if is_repetition(resource, everything) or verdict == "no":
            continue
        if verdict == "yes" and not doubtful and not is_alternative(resource, everything):
            items.append(resource)
        else:
            is_open = True
    return items, "unknown" if is_open else "found" if items else "absent"


def all_selected(near: Resource, everything: list[Resource]) -> tuple[list[Resource], str]:
    verdicts = [(far, selects(near, far)) for far in everything]
    return answer(verdicts, is_alternative(near, everything), everything)


def all_selecting(far: Resource, everything: list[Resource]) -> tuple[list[Resource], str]:
    verdicts = [(near, selects(near, far)) for near in everything]
    return answer(verdicts, is_alternative(far, everything), everything)
