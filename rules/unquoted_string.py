"""Finds values that YAML reads as numbers, booleans or maps where Kubernetes takes only strings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from kubelint_lessons.plugin import (
    UNTYPED,
    Context,
    Edit,
    FieldPath,
    Fix,
    Problem,
    Resource,
    alone,
    as_dict,
    as_list,
    needs_words,
    regex,
)

_PLAIN = regex(r"[\w.+~-]+", re.ASCII)
_MAPS: dict[tuple[str, str], tuple[FieldPath, ...]] = {
    ("", "ConfigMap"): (("data",), ("binaryData",)),
    ("", "Secret"): (("data",), ("stringData",)),
    ("", "Service"): (("spec", "selector"),),
    ("storage.k8s.io", "StorageClass"): (("parameters",),),
    ("", "PersistentVolume"): (("spec", "csi", "volumeAttributes"),),
}
_TAG_KEY = regex(r"(?:.*[_.-])?(?:tag|version|sha|commit|revision|digest)|\w+(?:Tag|Version|Sha|Commit)", re.IGNORECASE)
_MOST_DIGITS = 1_000_000
"""From here on, Helm writes a number that came from JSON with an exponent."""


@alone
@needs_words(UNTYPED)
def check(resource: Resource, context: Context) -> Iterable[Problem]:
    """Return a problem for each entry of a map of strings, or variable, whose value is no string."""
    return () if resource.is_patch or _holds_only_text(resource) else _problems(resource)


def _problems(resource: Resource) -> Iterator[Problem]:
    for path, value in _strings(resource):
        if value is None or isinstance(value, str) or resource.may_be_patched(*path):
            continue
        place = resource.place(*path)
        name = resource.get(*path[:-1], "name") if path[-1] == "value" else path[-1]
        if isinstance(value, dict | list):
            message = f'the value of "{name}" is a {"map" if isinstance(value, dict) else "list"}, and must be a string'
            place = resource.place(*path, spot="key")
            yield Problem(message, place, "the API server refuses this", note="write it as a block that begins with |")
            continue
        written = _written(resource, path)
        what = "a boolean" if isinstance(value, bool) else "a number"
        fix = Fix("put it in quotes", (Edit("set", place, written),), "safe") if _PLAIN.fullmatch(written) else None
        yield Problem(f'the value of "{name}" is {what}, and must be a string', place, "needs quotes", fix=fix)


def _holds_only_text(resource: Resource) -> bool:
    """Return whether nothing that ``_strings`` would yield is anything else; it finds that without routes."""
    data = resource.data
    metadata = data.get("metadata")
    maps: list[Any] = [metadata.get("labels"), metadata.get("annotations")] if isinstance(metadata, dict) else []
    for route in _MAPS.get((resource.group, resource.kind), ()):
        maps.append(resource.get(*route))
    template = resource.pod_template if resource.is_workload else None
    if template is not None:
        metadata = as_dict(template.data.get("metadata"))
        maps += [metadata.get("labels"), metadata.get("annotations"), template.spec.get("nodeSelector")]
        maps.append(as_dict(as_dict(data.get("spec")).get("selector")).get("matchLabels"))
        for container in template.containers:
            for item in as_list(container.data.get("env")):
                if isinstance(item, dict) and not isinstance(item.get("value", ""), str):
                    return False
    for entries in maps:
        if isinstance(entries, dict):
            for value in entries.values():
                if not isinstance(value, str):
                    return False
    return True


def _strings(resource: Resource) -> Iterator[tuple[FieldPath, Any]]:
    """Yield route and value of everything in a resource that must be a string and often looks like something else."""
    template = resource.pod_template
    maps: list[FieldPath] = [("metadata", "labels"), ("metadata", "annotations")]
    maps += _MAPS.get((resource.group, resource.kind), ())
    if template is not None:
        maps += [(*template.path, "metadata", "labels"), (*template.path, "metadata", "annotations")]
        maps += [(*template.path, "spec", "nodeSelector"), ("spec", "selector", "matchLabels")]
    for route in dict.fromkeys(maps):
        for key, value in as_dict(resource.get(*route)).items():
            if isinstance(key, str):
                yield (*route, key), value
    for container in template.containers if template is not None else ():
        for index, item in enumerate(as_list(container.data.get("env"))):
            if isinstance(item, dict) and "value" in item:
                yield (*container.template.path, *container.path, "env", index, "value"), item["value"]


@alone
@needs_words(("values", "set", "valuesObject"))
def check_tags(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each tag or version among the values of a chart that arrives as another number."""
    for route in _value_routes(resource):
        for path, value in _walk(resource.get(*route), route):
            if not _TAG_KEY.fullmatch(str(path[-1])) or resource.may_be_patched(*path):
                continue
            written, place = _written(resource, path), resource.place(*path)
            becomes = f"{value:g}" if isinstance(value, float) or abs(value) >= _MOST_DIGITS else str(value)
            if written == becomes or not _PLAIN.fullmatch(written):
                continue
            fix = Fix("put it in quotes", (Edit("set", place, written),), "unsafe")
            message = f'the chart gets {becomes} for "{path[-1]}", not {written}'
            yield Problem(message, place, "a number without quotes", fix=fix)


@alone
@needs_words("newTag")
def check_image_tags(kustomization: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each newTag of a kustomization that is no string."""
    for index, image in enumerate(as_list(kustomization.get("images"))):
        value = as_dict(image).get("newTag")
        if isinstance(value, int | float):
            path: FieldPath = ("images", index, "newTag")
            place, written = kustomization.place(*path), _written(kustomization, path)
            fix = Fix("put it in quotes", (Edit("set", place, written),), "safe") if _PLAIN.fullmatch(written) else None
            yield Problem(f"newTag {written} is not a string", place, "kustomize build refuses this", fix=fix)


def _value_routes(resource: Resource) -> list[FieldPath]:
    if (resource.group, resource.kind) == ("helm.toolkit.fluxcd.io", "HelmRelease"):
        return [("spec", "values")]
    if (resource.group, resource.kind) == ("helm.cattle.io", "HelmChart"):
        return [("spec", "set")]
    if (resource.group, resource.kind) == ("argoproj.io", "Application"):
        several = range(len(as_list(resource.get("spec", "sources"))))
        routes: list[FieldPath] = [("spec", "sources", index, "helm", "valuesObject") for index in several]
        return [("spec", "source", "helm", "valuesObject"), *routes]
    return []


def _walk(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, int | float]]:
    """Yield route and value of every number below ``value``."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in entries:
        if isinstance(item, dict | list):
            yield from _walk(item, (*path, step))
        elif isinstance(item, int | float) and not isinstance(item, bool):
            yield (*path, step), item


def _written(resource: Resource, path: FieldPath) -> str:
    """Return a value as it stands in the file: ``1.20`` where the number is 1.2."""
    place = resource.place(*path, spot="value").location()
    line = resource.document.source.text.split("\n")[place.line - 1]
    return line[place.column - 1 : place.end_column - 1].strip()
