"""Says what the API server would refuse in an object, one function for each lesson: see context.schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kubelint_lessons.plugin import (
    OUTDATED,
    REFUSED,
    Context,
    Edit,
    FieldPath,
    Fix,
    Problem,
    Resource,
    Spot,
    alone,
    format_path,
    needs_words,
    regex,
)

if TYPE_CHECKING:
    from kubelint_lessons.plugin import SchemaProblem

_QUANTITY_KINDS = ("PersistentVolumeClaim", "PersistentVolume", "ResourceQuota", "LimitRange")
_STRING_MAPS: dict[str, tuple[FieldPath, ...]] = {
    "ConfigMap": (("data",), ("binaryData",)),
    "Secret": (("data",), ("stringData",)),
    "Service": (("spec", "selector"),),
    "StorageClass": (("parameters",),),
    "PersistentVolume": (("spec", "csi", "volumeAttributes"),),
}
_PLAIN = regex(r"[A-Za-z0-9.+_-]+")
_BELONGS = regex(r"it belongs to (.+): move it")
_EXACT = regex(r"true|false|0|-?[1-9][0-9]{0,14}")
"""Plain scalars that say the same thing with quotes and without."""


@alone
@needs_words(REFUSED)
def unknown_field(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield fields that the API does not have there; of Ingresses those of v1beta1 are told by their own rule."""
    for found in _found(resource, context, "unknown-field", "field-of-other-version"):
        if _is_old_ingress_field(resource, found.path):
            continue
        fix = None
        if found.suggestion.isidentifier():
            renamed = _with(resource.data, found.path, found.suggestion)
            if not any(
                other.path == (*found.path[:-1], found.suggestion) for other in _judged(resource, context, renamed)
            ):
                edit = Edit("rename", resource.place(*found.path, spot="key"), found.suggestion)
                fix = Fix(f"call it {found.suggestion}", (edit,), "unsafe")
        elif not found.suggestion:
            fix = _move(resource, context, found)
        problem = _problem(resource, found, "key", "unknown here", fix)
        yield problem if context.schemas.is_covered else problem._replace(at_most="warning")


@alone
@needs_words(REFUSED)
def wrong_type(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield values that the API cannot decode as what the field holds; unquoted-string tells of those in its maps."""
    for found in _found(resource, context, "wrong-type"):
        if resource.is_patch or not _is_in_string_map(resource, found.path):
            yield _problem(resource, found, "entry", _short(found.note), _retyped(resource, found))


@alone
@needs_words(REFUSED)
def wrong_format(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield texts that the API cannot decode; those that invalid-quantity and the rule on Secrets judge are theirs."""
    has_quantities = resource.is_workload or (not resource.group and resource.kind in _QUANTITY_KINDS)
    is_secret = not resource.group and resource.kind == "Secret"
    for found in _found(resource, context, "wrong-format"):
        if is_secret and found.path[0] == "data" and not resource.is_patch:
            continue
        is_quantity = found.message.endswith("which is no quantity")
        if not (is_quantity and has_quantities):
            yield _problem(resource, found, "entry", _short(found.note), _written_as(resource, found))


@alone
@needs_words(REFUSED)
def unsupported_value(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield values that are none of the few that the API takes."""
    for found in _found(resource, context, "unsupported-value"):
        if not _is_in_spread_constraint(resource, found.path):
            yield _problem(resource, found, "entry", _short(found.note), _written_as(resource, found))


@alone
@needs_words(REFUSED)
def missing_required(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield fields that must be there; silent where a kustomization may add them."""
    transform = resource.transform
    adds_labels = transform.selector_labels or transform.template_labels or transform.labels
    for found in _found(resource, context, "missing-required"):
        is_label = found.path[-1] in ("selector", "matchLabels", "labels", "metadata")
        if (adds_labels and is_label) or _has_old_backend(resource, found.path):
            continue
        if _is_in_spread_constraint(resource, found.path) or _is_there_elsewhere(resource, context, found.path):
            continue
        problem = _problem(resource, found, "entry", _short(found.note), None)
        is_base = is_label and any(part.group == "kustomize.config.k8s.io" for part in context.scope.inputs)
        if is_base:
            problem = problem._replace(at_most="warning", note="unless a kustomization elsewhere adds it")
        yield problem


@alone
@needs_words((REFUSED, OUTDATED))
def unserved_api(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield API versions that the target no longer serves, or does not serve yet; softer where that lies ahead."""
    lifecycle = context.schemas.lifecycle(resource)
    if lifecycle is None:
        return
    found = list(_found(resource, context, "unserved-api"))
    minor, (_, newest) = context.schemas.minor, context.schemas.covered
    if found and (minor is None or not lifecycle.is_served(minor)):
        yield _problem(resource, found[0], "entry", found[0].note, _moved(resource, context, found[0].suggestion))
    elif lifecycle.removed is not None and lifecycle.removed <= newest:
        api_version = f"{resource.api_version} {resource.kind}"
        right = lifecycle.replacement
        yield Problem(
            f"{api_version} is not served from Kubernetes 1.{lifecycle.removed} on",
            resource.place("apiVersion"),
            label=f"use apiVersion {right}" if right else "nothing replaces it",
            fix=_moved(resource, context, right),
            at_most="warning" if minor is None else "info",
        )


@alone
@needs_words(REFUSED)
def kind_not_in_version(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield kinds that Kubernetes has never had in the apiVersion that is given."""
    for found in _found(resource, context, "unknown-kind"):
        field = found.path[-1]
        fix = None
        if field == "apiVersion":
            fix = _moved(resource, context, found.suggestion)
        elif found.suggestion:
            edit = Edit("set", resource.place("kind"), found.suggestion)
            fix = Fix(f"write {found.suggestion}", (edit,), "unsafe")
        yield _problem(resource, found, "entry", found.note, fix)


def _move(resource: Resource, context: Context, found: SchemaProblem) -> Fix | None:
    """Return the fix that moves a field to the one place where it belongs; None where there are several, or none."""
    belongs = _BELONGS.fullmatch(found.note)
    if belongs is None:
        return None
    targets = {target for place in belongs[1].split(" or ") for target in _concrete(resource, place, found.path)}
    if len(targets) != 1:
        return None
    to = (*targets.pop(), found.path[-1])
    if resource.get(*to) is not None:
        return None
    value = resource.get(*found.path)
    moved = _placed(_without(resource.data, found.path), to, value)
    if len(_judged(resource, context, moved)) != len(context.schemas.problems(resource)) - 1:
        return None
    edits = (Edit("set", resource.place(*to), value), Edit("remove", resource.place(*found.path)))
    return Fix(f"move it to {format_path(to[:-1])}", edits, "unsafe")


def _concrete(resource: Resource, place: str, near: FieldPath) -> Iterator[FieldPath]:
    """Yield the route that ``containers[*].securityContext`` means for a field at ``near``, if there is just one."""
    route: FieldPath = ()
    for step in place.split("."):
        name = step.removesuffix("[*]")
        route = (*route, name)
        if name == step:
            continue
        items = resource.get(*route)
        if not isinstance(items, list) or not items:
            return
        if near[: len(route)] == route and len(near) > len(route):
            route = near[: len(route) + 1]
        elif len(items) == 1:
            route = (*route, 0)
        else:
            return
    yield route


def _found(resource: Resource, context: Context, *codes: str) -> Iterator[SchemaProblem]:
    for problem in context.schemas.problems(resource):
        if problem.code in codes and not resource.may_be_patched(*problem.path):
            yield problem


def _problem(resource: Resource, found: SchemaProblem, spot: Spot, label: str, fix: Fix | None) -> Problem:
    message = found.message
    note = "" if label == found.note else found.note
    return Problem(message, resource.place(*found.path, spot=spot), label=label, fix=fix, note=note)


def _short(note: str) -> str:
    return note if len(note) <= 60 else ""


def _is_old_ingress_field(resource: Resource, path: FieldPath) -> bool:
    if (resource.group, resource.kind) != ("networking.k8s.io", "Ingress"):
        return False
    return path == ("spec", "backend") or path[-2:] in (("backend", "serviceName"), ("backend", "servicePort"))


def _is_in_string_map(resource: Resource, path: FieldPath) -> bool:
    """Return whether a value is one that unquoted-string looks at."""
    template = resource.pod_template
    maps: list[FieldPath] = [("metadata", "labels"), ("metadata", "annotations"), *_STRING_MAPS.get(resource.kind, ())]
    if template is not None:
        maps += [(*template.path, "metadata", key) for key in ("labels", "annotations")]
        maps += [(*template.path, "spec", "nodeSelector"), ("spec", "selector", "matchLabels")]
    is_variable = template is not None and path[-1] == "value" and path[-3:-2] == ("env",)
    return is_variable or path[:-1] in maps


def _is_there_elsewhere(resource: Resource, context: Context, path: FieldPath) -> bool:
    """Return whether a field that lacks is there under a wrong name or at a wrong place, which unknown-field tells."""
    parent = re.sub(r"\[\d+\]", "[*]", format_path(path[:-1])) or "the top of the object"
    for other in context.schemas.problems(resource):
        if other.code != "unknown-field":
            continue
        belongs = _BELONGS.fullmatch(other.note)
        is_misplaced = belongs is not None and other.path[-1] == path[-1] and parent in belongs[1].split(" or ")
        if is_misplaced or (other.path[:-1], other.suggestion) == (path[:-1], path[-1]):
            return True
    return False


def _is_in_spread_constraint(resource: Resource, path: FieldPath) -> bool:
    """Return whether malformed-spread-constraint tells of it: it looks at all that make pods but CronJobs."""
    return "topologySpreadConstraints" in path and resource.kind != "CronJob" and not resource.is_patch


def _has_old_backend(resource: Resource, path: FieldPath) -> bool:
    """Return whether a path of an Ingress lacks its type beside a backend of v1beta1: that rule says it all."""
    if path[-1] != "pathType" or resource.kind != "Ingress":
        return False
    backend = resource.get(*path[:-1], "backend", default={})
    return isinstance(backend, dict) and ("serviceName" in backend or "servicePort" in backend)


def _retyped(resource: Resource, found: SchemaProblem) -> Fix | None:
    """Return the fix that adds or removes quotes; None where the text leaves open what was meant."""
    right = found.suggestion
    if right in ("true", "false"):
        return _set(resource, found, right == "true", f"write {right} without quotes", is_exact=True)
    if right:
        is_exact = _EXACT.fullmatch(right) is not None
        return _set(resource, found, int(right), f"write {right} without quotes", True) if is_exact else None
    text = _text_of(resource, found.path) if found.note == "put it in quotes" else ""
    if not text:
        return None
    return _set(resource, found, text, f'write "{text}" with quotes', _EXACT.fullmatch(text) is not None)


def _written_as(resource: Resource, found: SchemaProblem) -> Fix | None:
    if not found.suggestion:
        return None
    return _set(resource, found, found.suggestion, f"write {found.suggestion}", is_exact=False)


def _set(resource: Resource, found: SchemaProblem, value: Any, title: str, is_exact: bool) -> Fix:
    edit = Edit("set", resource.place(*found.path), value)
    return Fix(title, (edit,), "safe" if is_exact else "unsafe")


def _text_of(resource: Resource, path: FieldPath) -> str:
    """Return a plain scalar as it is written, such as ``yes`` or ``1.10``; nothing for all else."""
    document = resource.document
    place = resource.place(*path, spot="value").location()
    lines = document.source.text.splitlines()
    text = lines[place.line - 1][place.column - 1 : place.end_column - 1] if place.line <= len(lines) else ""
    return text if _PLAIN.fullmatch(text) else ""


def _moved(resource: Resource, context: Context, api_version: str) -> Fix | None:
    """Return the fix that changes the apiVersion, where the object as it stands is valid in the new one."""
    if not api_version or context.schemas.problems_as(resource, api_version):
        return None
    return Fix(f"write {api_version}", (Edit("set", resource.place("apiVersion"), api_version),), "unsafe")


def _judged(resource: Resource, context: Context, data: Any) -> tuple[SchemaProblem, ...]:
    return context.schemas.problems_as(resource, resource.api_version, data)


def _without(data: Any, path: FieldPath) -> Any:
    """Return data that lack what ``path`` leads to; what is not on the way is shared."""
    step, rest = path[0], path[1:]
    if isinstance(data, list):
        return [_without(item, rest) if index == step else item for index, item in enumerate(data)]
    return {key: _without(item, rest) if key == step else item for key, item in data.items() if rest or key != step}


def _placed(data: Any, path: FieldPath, value: Any) -> Any:
    """Return data with a value at ``path``; maps that lack on the way are made."""
    step, rest = path[0], path[1:]
    if isinstance(data, list):
        return [_placed(item, rest, value) if index == step else item for index, item in enumerate(data)]
    below = _placed(data.get(step) or {}, rest, value) if rest else value
    return {**data, step: below}


def _with(data: Any, path: FieldPath, name: str) -> Any:
    """Return data in which the key that ``path`` leads to is called ``name``; what is not on the way is shared."""
    step, rest = path[0], path[1:]
    if isinstance(data, list) and isinstance(step, int):
        return [_with(item, rest, name) if index == step else item for index, item in enumerate(data)]
    if rest:
        return {key: _with(item, rest, name) if key == step else item for key, item in data.items()}
    return {name if key == step else key: item for key, item in data.items()}
