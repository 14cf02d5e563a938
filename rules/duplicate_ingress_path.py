"""Two Ingresses that claim the same path of the same host, of a controller that can follow only one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from kubelint_lessons.plugin import Context, FieldPath, Problem, RelatedPlace, Resource, as_dict, as_list, as_text

_ENTRY_POINTS = "traefik.ingress.kubernetes.io/router.entrypoints"
_PRIORITY = "traefik.ingress.kubernetes.io/router.priority"
_SEVERAL = ("nginx.ingress.kubernetes.io/canary", "nginx.org/mergeable-ingress-type")
_OPEN = "${}<>%"


class _Claim(NamedTuple):
    """One path of one host, where it stands, and where its requests go."""

    key: tuple[str, ...]
    path: FieldPath
    backend: Any


def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for every path that an Ingress earlier in the scope claims as well."""
    relations = context.relations
    own = _class(resource)
    if own is None or relations.is_ambiguous(resource) or _shares(resource):
        return
    claims = list(_claims(resource))
    for other in relations.of_kind("Ingress"):
        if other is resource:
            return
        if _class(other) != own or relations.is_ambiguous(other) or _shares(other) or _is_same(other, resource):
            continue
        taken = {claim.key: claim for claim in _claims(other)}
        for claim in claims:
            first = taken.get(claim.key)
            if first is None or (first.backend == claim.backend and other.namespace == resource.namespace):
                continue
            host, path = claim.key[0] or "*", claim.key[1]
            is_nginx = own[0] == "nginx"
            yield Problem(
                f'Ingress "{resource.name}" and Ingress "{other.name}" both claim {host}{path}',
                resource.place(*claim.path),
                "ingress-nginx refuses the second one" if is_nginx else "only one of them gets the requests",
                (RelatedPlace(other.place(*first.path), "claimed here first"),),
                at_most=None if is_nginx else "warning",
            )


def _class(resource: Resource) -> tuple[str, str] | None:
    """Return controller and class of an Ingress, None where it is not one that is known to follow only one claim."""
    name = str(
        resource.get("spec", "ingressClassName") or resource.annotations.get("kubernetes.io/ingress.class") or ""
    )
    for controller in ("nginx", "traefik"):
        if controller in name and not any(mark in name for mark in _OPEN):
            return controller, name
    return None


def _shares(resource: Resource) -> bool:
    """Return whether annotations say that several Ingresses make up one path."""
    return any(key in resource.annotations for key in (*_SEVERAL, _PRIORITY))


def _is_same(one: Resource, other: Resource) -> bool:
    return (one.name, one.namespace) == (other.name, other.namespace)


def _claims(resource: Resource) -> Iterator[_Claim]:
    for index, item in enumerate(as_list(resource.get("spec", "rules"))):
        rule = as_dict(item)
        host = as_text(rule.get("host"))
        for number, entry in enumerate(as_list(as_dict(rule.get("http")).get("paths"))):
            data = as_dict(entry)
            path = as_text(data.get("path")) or "/"
            if any(mark in host + path for mark in _OPEN):
                continue
            entry_points = resource.annotations.get(_ENTRY_POINTS, "")
            key = (host, path, as_text(data.get("pathType")), entry_points)
            yield _Claim(key, ("spec", "rules", index, "http", "paths", number, "path"), data.get("backend"))
