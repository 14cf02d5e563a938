"""Secrets that a ClusterIssuer names and that lie in a namespace where it does not look.

Source: https://cert-manager.io/docs/configuration/#cluster-resource-namespace
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import Context, FieldPath, Problem, RelatedPlace, Resource, as_dict, as_text

_DEFAULT = "cert-manager"
_MADE_BY_ITSELF = ("privateKeySecretRef",)


def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every Secret of a ClusterIssuer that exists in other namespaces only."""
    if resource.is_patch:
        return
    fact = context.platform.get("certManager.clusterResourceNamespace")
    namespace = str(fact.value) if fact is not None else _DEFAULT
    for path, name in _names(as_dict(resource.get("spec")), ("spec",)):
        if not name or any(mark in name for mark in "${}<>%") or resource.may_be_patched(*path):
            continue
        elsewhere = [item for item in _makers(name, context) if item.namespace != namespace]
        if not elsewhere or any(item.namespace is None for item in elsewhere):
            continue
        if _is_known_there(name, namespace, context):
            continue
        if fact is None and any(_is_of_cert_manager(item.namespace, context) for item in elsewhere):
            continue
        places = sorted({str(item.namespace) for item in elsewhere})
        yield Problem(
            f'ClusterIssuer "{resource.name}" looks for Secret "{name}" in namespace "{namespace}", and it is in '
            f'"{places[0]}"',
            resource.place(*path),
            f'not in "{namespace}"',
            tuple(RelatedPlace(item.place("metadata", "namespace"), "it is here") for item in elsewhere[:2]),
            at_most=None if fact is not None else "warning",
            note=""
            if fact is not None
            else "say certManager.clusterResourceNamespace in docs/platform-reference.md where it is another namespace",
        )


def _names(data: Any, path: FieldPath) -> Iterator[tuple[FieldPath, str]]:
    """Yield every name of a Secret below ``data``, with its route."""
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _names(item, (*path, index))
    elif isinstance(data, dict):
        for key, value in data.items():
            if not isinstance(key, str) or key in _MADE_BY_ITSELF:
                continue
            if key.endswith("SecretRef") or key in ("secretRef", "keySecretRef"):
                yield (*path, key, "name"), as_text(as_dict(value).get("name"))
            elif key == "secretName" and path[-1:] == ("ca",):
                yield (*path, key), as_text(value)
            else:
                yield from _names(value, (*path, key))


def _makers(name: str, context: Context) -> list[Resource]:
    """Return the objects of the project that are, or make, a Secret of this name."""
    return context.once("makers", lambda: _all_makers(context)).get(name, [])


def _all_makers(context: Context) -> dict[str, list[Resource]]:
    relations = context.relations
    found: dict[str, list[Resource]] = {}
    for group, kind in (("", "Secret"), ("bitnami.com", "SealedSecret"), ("external-secrets.io", "ExternalSecret")):
        for item in (*relations.of_kind(kind), *relations.elsewhere(group, kind)):
            made = as_text(item.get("spec", "target", "name")) or item.name
            for name in {made, item.original_name} if item.group == group else ():
                found.setdefault(name, []).append(item)
    for item in (*relations.of_kind("Certificate"), *relations.elsewhere("cert-manager.io", "Certificate")):
        found.setdefault(as_text(item.get("spec", "secretName")), []).append(item)
    return found


def _is_known_there(name: str, namespace: str, context: Context) -> bool:
    if any(item.namespace == namespace for item in _makers(name, context)):
        return True
    return context.relations.find("Secret", name, namespace, "").state == "found"


def _is_of_cert_manager(namespace: str | None, context: Context) -> bool:
    """Return whether cert-manager itself seems to run in a namespace; by default it looks for Secrets there."""
    relations = context.relations
    kinds = (("apps", "Deployment"), ("helm.toolkit.fluxcd.io", "HelmRelease"), ("helm.cattle.io", "HelmChart"))
    for group, kind in kinds:
        for item in (*relations.of_kind(kind), *relations.elsewhere(group, kind)):
            if "cert-manager" in item.name and namespace in (item.namespace, item.get("spec", "targetNamespace")):
                return True
    return False
