"""Two Ingresses that claim the same path of the same host, of a controller that can follow only one of them."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    FieldPath,
    NamedTuple,
    Problem,
    RelatedPlace,
    Relations,
    Resource,
    as_dict,
    as_list,
    as_text,
    needs_words,
)

_ENTRY_POINTS = "traefik.ingress.kubernetes.io/router.entrypoints"
_PRIORITY = "traefik.ingress.kubernetes.io/router.priority"
_SEVERAL = ("nginx.ingress.kubernetes.io/canary", "nginx.org/mergeable-ingress-type")
_OPEN = "${}<>%"


_Class = tuple[str, str]


class _Claim(NamedTuple):
    """One path of one host, where it stands, and where its requests go."""

    key: tuple[str, ...]
    path: FieldPath
    backend: Any


class _Taken(NamedTuple):
    """A claim of an Ingress, and which one in the scope that is."""

    position: int
    ingress: Resource
    claim: _Claim


@needs_words("rules")
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for every path that an Ingress earlier in the scope claims as well."""
    relations = context.relations
    own = _class(resource)
    if own is None or relations.is_ambiguous(resource) or _shares(resource):
        return
    taken = context.once("taken", lambda: _all_claims(relations))
    found: list[tuple[int, int, _Claim, _Taken]] = []
    for number, claim in enumerate(_claims(resource)):
        for first in taken.get((own, claim.key), ()):
            if first.ingress is resource:
                break
            if not _is_same(first.ingress, resource):
                found.append((first.position, number, claim, first))
    found.sort(key=itemgetter(0, 1))
    for _, _, claim, first in found:
        other = first.ingress
        if first.claim.backend == claim.backend and other.namespace == resource.namespace:
            continue
        host, path = claim.key[0] or "*", claim.key[1]
        is_nginx = own[0] == "nginx"
        yield Problem(
            f'Ingress "{resource.name}" and Ingress "{other.name}" both claim {host}{path}',
            resource.place(*claim.path),
            "ingress-nginx refuses the second one" if is_nginx else "only one of them gets the requests",
            (RelatedPlace(other.place(*first.claim.path), "claimed here first"),),
            at_most=None if is_nginx else "warning",
        )


def _all_claims(relations: Relations) -> dict[tuple[_Class, tuple[str, ...]], list[_Taken]]:
    """Return the claims of every Ingress, by class and key, in file order; of one that claims twice, the last."""
    found: dict[tuple[_Class, tuple[str, ...]], list[_Taken]] = {}
    for position, ingress in enumerate(relations.of_kind("Ingress")):
        own = _class(ingress)
        if own is None or relations.is_ambiguous(ingress) or _shares(ingress):
            continue
        for claim in {claim.key: claim for claim in _claims(ingress)}.values():
            found.setdefault((own, claim.key), []).append(_Taken(position, ingress, claim))
    return found


def _class(resource: Resource) -> _Class | None:
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
