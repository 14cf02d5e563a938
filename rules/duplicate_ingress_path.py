"""Ingresses that claim the same path of the same host, of a controller that can follow only one of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterator
from itertools import islice
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
_MOST_NAMED = 3
"""Other Ingresses that one report names."""


_Class = tuple[str, str]


class _Claim(NamedTuple):
    """One path of one host, where it stands, and where its requests go."""

    key: tuple[str, ...]
    path: FieldPath
    backend: Hashable


class _Taken(NamedTuple):
    """A claim of an Ingress, and which one in the scope that is."""

    position: int
    ingress: Resource
    claim: _Claim


class _Key(NamedTuple):
    """All claims of one path: positions of Ingresses, claims by where they lead, and the first of each name."""

    positions: list[int]
    by_target: dict[Hashable, list[_Taken]]
    named: dict[tuple[str, str | None], _Taken]


class _Claims(NamedTuple):
    """The claims of a scope by class and key, and where in it each Ingress is."""

    by_key: dict[tuple[_Class, tuple[str, ...]], _Key]
    positions: dict[int, int]

    def position(self, ingress: Resource) -> int:
        """Return the position of an Ingress; a patch comes after all."""
        return self.positions.get(id(ingress), len(self.positions))


@needs_words("rules")
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for every path that Ingresses earlier in the scope claim as well."""
    relations = context.relations
    own = _class(resource)
    if own is None or relations.is_ambiguous(resource) or _shares(resource):
        return
    taken = context.once("taken", lambda: _all_claims(relations))
    is_nginx = own[0] == "nginx"
    for claim in _claims(resource):
        known = taken.by_key.get((own, claim.key))
        others, count = _earlier(resource, claim, known, taken.position(resource)) if known else ([], 0)
        if not count:
            continue
        labels = ("claimed here first", *("and here",) * (len(others) - 1))
        yield Problem(
            _message(resource, claim, others, count),
            resource.place(*claim.path),
            f"ingress-nginx refuses {'the second one' if count == 1 else 'all but the first'}"
            if is_nginx
            else "only one of them gets the requests",
            tuple(
                RelatedPlace(other.ingress.place(*other.claim.path), label)
                for other, label in zip(others, labels, strict=True)
            ),
            at_most=None if is_nginx else "warning",
        )


def _message(resource: Resource, claim: _Claim, others: list[_Taken], count: int) -> str:
    what = f"{claim.key[0] or '*'}{claim.key[1]}"
    names = [f'Ingress "{other.ingress.name}"' for other in others]
    if count == 1:
        return f'Ingress "{resource.name}" and {names[0]} both claim {what}'
    more = [f"{count - len(names)} more"] if count > len(names) else []
    *first, last = names + more
    return f'Ingress "{resource.name}" claims {what}, as {", ".join(first)} and {last} do'


def _earlier(resource: Resource, claim: _Claim, known: _Key, position: int) -> tuple[list[_Taken], int]:
    """Return the first few Ingresses before ``position`` that send the same requests elsewhere, and their number.

    The first few are among the first few of the first few targets: nobody goes through them all.
    """
    target = _target(resource, claim)
    same = known.named.get((resource.name, resource.namespace))
    is_counted = same is not None and same.position < position and _target(same.ingress, same.claim) != target
    alike = bisect_left(known.by_target.get(target, ()), position, key=itemgetter(0))
    count = bisect_left(known.positions, position) - alike - is_counted
    if not count:
        return [], 0
    targets = islice(known.by_target.items(), _MOST_NAMED + 2)
    few = [taken for key, found in targets if key != target for taken in found[: _MOST_NAMED + 1]]
    others = [taken for taken in few if taken.position < position and taken is not same]
    return sorted(others, key=itemgetter(0))[:_MOST_NAMED], count


def _all_claims(relations: Relations) -> _Claims:
    """Return the claims of every Ingress; of one that claims a path twice the last, of several of a name the first."""
    by_key: dict[tuple[_Class, tuple[str, ...]], _Key] = {}
    positions: dict[int, int] = {}
    for position, ingress in enumerate(relations.of_kind("Ingress")):
        positions[id(ingress)] = position
        own = _class(ingress)
        if own is None or relations.is_ambiguous(ingress) or _shares(ingress):
            continue
        for claim in {claim.key: claim for claim in _claims(ingress)}.values():
            known = by_key.setdefault((own, claim.key), _Key([], {}, {}))
            taken = _Taken(position, ingress, claim)
            if known.named.setdefault((ingress.name, ingress.namespace), taken) is taken:
                known.positions.append(position)
                known.by_target.setdefault(_target(ingress, claim), []).append(taken)
    return _Claims(by_key, positions)


def _target(ingress: Resource, claim: _Claim) -> Hashable:
    """Return what is the same for Ingresses that send the same requests to the same place."""
    return ingress.namespace, claim.backend


def _frozen(value: Any) -> Hashable:
    """Return plain data as something that can be looked up; equal where the data is."""
    if isinstance(value, dict):
        return frozenset((key, _frozen(item)) for key, item in value.items())
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


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
            yield _Claim(key, ("spec", "rules", index, "http", "paths", number, "path"), _frozen(data.get("backend")))
