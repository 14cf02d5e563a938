"""Finds objects that are too large for what kubectl apply keeps of them, or for the API at all."""

from __future__ import annotations

import json
from collections.abc import Iterator

from kubelint_lessons.plugin import LARGE, Context, Problem, Resource, alone, as_dict, needs_words, string_map

_ANNOTATIONS = 262_144
"""Bytes that all annotations of an object may have together: apimachinery's TotalAnnotationSizeLimitB."""
_DATA = 1_048_576
"""Bytes that the values of a ConfigMap or Secret may have together: core's MaxSecretSize."""
_SERVER_SIDE = "ServerSideApply=true"
_APPLIERS = ("kustomize.toolkit.fluxcd.io/Kustomization", "helm.toolkit.fluxcd.io/HelmRelease")


@alone
@needs_words(LARGE)
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for an object whose last-applied-configuration is longer than annotations may be."""
    if resource.is_patch:
        return
    relations = context.relations
    is_server_side = _SERVER_SIDE in resource.annotations.get("argocd.argoproj.io/sync-options", "")
    if is_server_side or relations.of_kind(*_APPLIERS) or _is_synced_server_side(context):
        return
    used = sum(len(key) + len(value.encode()) for key, value in string_map(resource.annotations).items())
    size = len(json.dumps(resource.data, ensure_ascii=False, separators=(",", ":")).encode())
    if used + size > _ANNOTATIONS:
        yield Problem(
            f"{resource.id} has {size // 1024} KiB, and kubectl apply copies all of it into an annotation",
            resource.place("kind"),
            "annotations may have 256 KiB",
            note="kubectl apply --server-side keeps no copy",
        )


@alone
@needs_words(LARGE)
def check_data(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for a ConfigMap or Secret with more than a mebibyte of data."""
    document = resource.document
    if document.end - document.start < _DATA:
        return
    if resource.is_patch:
        return
    fields = {"ConfigMap": ("data", "binaryData"), "Secret": ("data", "stringData")}.get(resource.kind, ())
    sizes = {
        (field, key): len(value.encode()) * (3 if _is_base64(resource.kind, field) else 4) // 4
        for field in fields
        for key, value in string_map(resource.get(field)).items()
    }
    total = sum(sizes.values())
    if total > _DATA:
        largest = max(sizes, key=lambda item: sizes[item])
        yield Problem(
            f"{resource.id} has {total // 1024} KiB of data",
            resource.place(*largest, spot="key"),
            "the API server takes 1024 KiB",
        )


def _is_base64(kind: str, field: str) -> bool:
    return field == "binaryData" or (kind == "Secret" and field == "data")


def _is_synced_server_side(context: Context) -> bool:
    """Return whether an Argo CD Application of the scope applies on the server."""
    for application in context.relations.of_kind("argoproj.io/Application"):
        options = as_dict(application.get("spec", "syncPolicy")).get("syncOptions")
        if isinstance(options, list) and _SERVER_SIDE in options:
            return True
    return False
