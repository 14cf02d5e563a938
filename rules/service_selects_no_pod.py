"""Services and policies whose selector matches no pod, and the workload that was probably meant.

That a pod is missing from what was read proves nothing by itself. It is certain only where the workload that was meant
is there and carries other labels; else the finding is softer.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    FieldPath,
    Fix,
    NamedTuple,
    Problem,
    RelatedPlace,
    Resource,
    Severity,
    from_labels,
    grouped,
    needs_words,
    regex,
    string_map,
)

_COMMON_PREFIXES = regex(r"(.*\.)?(k8s|kubernetes)\.io|helm\.sh|k8s-app")
"""Prefixes of labels that people write; other prefixes belong to a controller that makes the pods itself."""

_DIGITS = regex(r"\d+")


class _Near(NamedTuple):
    """The workload that was probably meant: ``key`` and ``value`` are the label of its pods that comes closest."""

    workload: Resource
    key: str
    value: str
    why: str
    is_certain: bool


@needs_words("selector")
def check(service: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where nothing that was read matches, nor could anything else be meant."""
    if service.get("spec", "type") != "ExternalName":
        yield from _problems(service, ("spec", "selector"), context)


@needs_words("matchLabels")
def check_policy(policy: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for a NetworkPolicy or PodDisruptionBudget that applies to no pod."""
    field = "podSelector" if policy.kind == "NetworkPolicy" else "selector"
    yield from _problems(policy, ("spec", field, "matchLabels"), context)


def _problems(resource: Resource, route: FieldPath, context: Context) -> Iterator[Problem]:
    selector = string_map(resource.get(*route))
    if not selector or context.relations.related(resource, "selects").state != "absent":
        return
    neighbours = _workloads(context).get(resource.namespace, [])
    key = (resource.namespace, *sorted(selector.items()))
    marked = context.once(key, lambda: _marked(selector, resource.namespace, context))
    near = _nearest(resource.name, selector, neighbours, marked)
    shown = ", ".join(f"{key}: {value}" for key, value in selector.items())
    message = f"{resource.id} selects no pod: none of the manifests here has the labels {shown}"
    place = resource.place(*route, next(iter(selector)))
    elsewhere = None if near is not None else _in_other_namespace(selector, context)
    if elsewhere is not None:
        there = RelatedPlace(elsewhere.place("metadata", "namespace"), "its pods match")
        note = f"the pods of {elsewhere.id} have them, but they are in namespace {elsewhere.namespace}"
        yield Problem(message, place, "matches no pod", (there,), at_most="warning", note=note)
        return
    if near is None:
        limit: Severity = "warning" if neighbours and not _is_of_controller(selector) else "info"
        yield Problem(message, place, "matches no pod", at_most=limit)
        return
    template = near.workload.pod_template
    related = () if template is None else (RelatedPlace(template.place("metadata", "labels", near.key), near.why),)
    yield Problem(
        message,
        resource.place(*route, near.key if near.key in selector else next(iter(selector))),
        "matches no pod",
        related,
        _fix(resource, route, near, selector),
        None if near.is_certain else "warning",
        f"the closest pods are those of {near.workload.id}: {near.why}",
    )


def _workloads(context: Context) -> dict[str | None, list[Resource]]:
    workloads = context.relations.workloads()
    return context.once("workloads", lambda: grouped(workloads, lambda item: item.namespace))


def _in_other_namespace(selector: dict[str, str], context: Context) -> Resource | None:
    """Return a workload whose pods match; that it is in another namespace is clear, or they would be matched."""
    by_label = context.once("by label", lambda: _by_label(context))
    for workload in by_label.get(next(iter(selector.items())), ()):
        if from_labels(selector).matches(workload.pod_labels):
            return workload
    return None


def _by_label(context: Context) -> dict[tuple[str, str], list[Resource]]:
    """Return the workloads that have a namespace by each label of their pods."""
    found: dict[tuple[str, str], list[Resource]] = {}
    for workload in context.relations.workloads():
        for pair in workload.pod_labels.items() if workload.namespace else ():
            found.setdefault(pair, []).append(workload)
    return found


def _marked(selector: dict[str, str], namespace: str | None, context: Context) -> set[int]:
    """Return which workloads of a namespace have the labels themselves, though their pods do not."""
    by_label = context.once("marked", lambda: _by_own_label(context))
    candidates = by_label.get((namespace, *next(iter(selector.items()))), ())
    return {id(item) for item in candidates if from_labels(selector).matches(item.labels)}


def _by_own_label(context: Context) -> dict[tuple[str | None, str, str], list[Resource]]:
    """Return the workloads that are no pods themselves by namespace and each label of their own."""
    found: dict[tuple[str | None, str, str], list[Resource]] = {}
    for workload in context.relations.workloads():
        for pair in workload.labels.items() if workload.template_path else ():
            found.setdefault((workload.namespace, *pair), []).append(workload)
    return found


def _nearest(name: str, selector: dict[str, str], neighbours: list[Resource], marked: set[int]) -> _Near | None:
    typos = _Typos()
    found = [near for item in neighbours if (near := _compare(name, selector, item, marked, typos)) is not None]
    certain = [near for near in found if near.is_certain]
    best = certain or found
    named = [near for near in best if near.workload.name == name]
    return named[0] if named else best[0] if len(best) == 1 else None


class _Typos(dict[tuple[str, str], bool]):
    """Whether two words are the same but for a slip, worked out once: many workloads have the same labels."""

    def __missing__(self, words: tuple[str, str]) -> bool:
        """Work it out for a pair that was not asked for before."""
        found = self[words] = _is_typo(*words)
        return found


def _compare(name: str, selector: dict[str, str], workload: Resource, marked: set[int], typos: _Typos) -> _Near | None:
    """Return how the pods of a workload miss the selector; None where nothing speaks for that they are meant.

    It is asked about all workloads of a namespace, and so opens none.
    """
    if workload.kind in ("Job", "CronJob"):
        return None
    labels = workload.pod_labels
    wrong = {key: value for key, value in selector.items() if key in labels and labels[key] != value}
    missing = {key: value for key, value in selector.items() if key not in labels}
    if id(workload) in marked:
        key = next(iter({**missing, **wrong}))
        why = f"{key}: {selector[key]} stands on the {workload.kind}, not on its pod template"
        return _Near(workload, key if key in labels else _first(labels), labels.get(key, ""), why, True)
    if len(wrong) == 1 and not missing:
        key, value = next(iter(wrong.items()))
        is_certain = workload.name == name or typos[value, labels[key]]
        return _Near(workload, key, labels[key], f"they have {key}: {labels[key]}", is_certain)
    if len(missing) == 1 and not wrong:
        key, value = next(iter(missing.items()))
        other = next((label for label, found in labels.items() if found == value), None)
        if other is not None:
            why = f"they have {other}: {value}, not {key}: {value}"
            return _Near(workload, other, value, why, workload.name == name)
        if len(selector) > 1:
            return _Near(workload, _first(labels), "", f"they have no label {key}", workload.name == name)
    if workload.name == name and labels:
        return _Near(workload, _first(labels), "", f"they have {_listed(labels)}", True)
    return None


def _fix(resource: Resource, route: FieldPath, near: _Near, selector: dict[str, str]) -> Fix | None:
    """Return the change of one value; what else would mend the selector is for people to decide."""
    if near.key not in selector or not near.value or selector.get(near.key) == near.value:
        return None
    rest = {key: value for key, value in selector.items() if key != near.key}
    template = near.workload.pod_template
    if template is None or not all(template.labels.get(key) == value for key, value in rest.items()):
        return None
    edit = Edit("set", resource.place(*route, near.key), near.value)
    return Fix(f"select {near.key}: {near.value}", (edit,), "unsafe")


def _is_typo(written: str, meant: str) -> bool:
    """Return whether two words are the same but for a slip; ``web-1`` and ``web-2``, ``web`` and ``web-db`` are two."""
    from difflib import SequenceMatcher

    short, long = sorted((written, meant), key=len)
    if len(short) < 3 or len(long) - len(short) > 2 or long.startswith(f"{short}-") or long.endswith(f"-{short}"):
        return False
    if _DIGITS.sub("", short) == _DIGITS.sub("", long):
        return False
    steps = SequenceMatcher(None, written, meant, autojunk=False).get_opcodes()
    changed = sum(max(end - start, far_end - far) for what, start, end, far, far_end in steps if what != "equal")
    return changed <= (2 if len(short) > 4 else 1)


def _is_of_controller(selector: dict[str, str]) -> bool:
    prefixes = [key.partition("/")[0] for key in selector if "/" in key]
    return any(_COMMON_PREFIXES.fullmatch(prefix) is None for prefix in prefixes)


def _first(labels: dict[str, str]) -> str:
    return next(iter(labels), "")


def _listed(labels: dict[str, str]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in list(labels.items())[:3])
