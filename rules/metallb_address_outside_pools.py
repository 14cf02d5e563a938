"""Addresses that Services ask MetalLB for: outside all pools, or taken by another Service.

Source: controller/service.go, internal/allocator/allocator.go and internal/allocator/k8salloc/k8salloc.go of
github.com/metallb/metallb.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Edit,
    FieldPath,
    Fix,
    NamedTuple,
    Problem,
    RelatedPlace,
    Relations,
    Resource,
    alone,
    as_dict,
    as_list,
    needs_words,
    regex,
    string_map,
)

_PREFIXES = ("metallb.io/", "metallb.universe.tf/")
_ASKING = ("loadBalancerIP", *(f"{prefix}loadBalancerIPs" for prefix in _PREFIXES))
_PLACEHOLDER = regex(r"[$<>{}%@]")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class _Request(NamedTuple):
    """The addresses that a Service asks for, where, and the texts among them that are none."""

    path: FieldPath
    addresses: tuple[Address, ...]
    invalid: tuple[str, ...]


class _Range(NamedTuple):
    version: int
    first: int
    last: int


class _Asking(NamedTuple):
    """A Service that asks for an address, and which one in the scope that is."""

    position: int
    service: Resource
    request: _Request


@alone
@needs_words("LoadBalancer", _ASKING)
def check_pools(service: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for an address that is none, or that no pool holds. Pools that are named: another rule."""
    request = _read(service)
    if request is None:
        return
    if request.path[0] == "metadata":
        for text in request.invalid:
            yield Problem(
                f'Service "{service.name}" asks MetalLB for "{text}", which is no IP address',
                service.place(*request.path),
                label="MetalLB takes addresses only, separated by commas",
            )
    if any(_key(service, "address-pool", prefix) is not None for prefix in _PREFIXES):
        return
    fact = context.platform.get("metallb.pools")
    ranges = context.throughout("ranges", lambda: _ranges(fact.value) if fact is not None else None)
    if fact is None or not ranges:
        return
    for address in request.addresses:
        if any(item.version == address.version and item.first <= int(address) <= item.last for item in ranges):
            continue
        note = f"the pools are {fact.source}: state them in docs/platform-reference.md" if fact.inferred else ""
        yield Problem(
            f'Service "{service.name}" asks MetalLB for {address}, which is in none of its pools',
            service.place(*request.path),
            label=f"the pools have {_written(fact.value)}",
            at_most="warning" if fact.inferred else None,
            note=note,
        )


@needs_words("LoadBalancer", _ASKING)
def check_shared(service: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where an earlier Service asks for the same address, and MetalLB will not let them share it."""
    request = _read(service)
    relations = context.relations
    if request is None or not request.addresses or relations.is_ambiguous(service):
        return
    asking = context.once("asking", lambda: _all_requests(relations))
    earlier: dict[int, _Asking] = {}
    for address in request.addresses:
        for found in asking.get(address, ()):
            if found.service is service:
                break
            earlier[found.position] = found
    knows_metallb = context.platform.get("metallb.pools") is not None or _has_annotation(service)
    for position in sorted(earlier):
        other, theirs = earlier[position].service, earlier[position].request
        if relations.is_ambiguous(other) or _may_be_same(service, other):
            continue
        shared = [address for address in request.addresses if address in theirs.addresses]
        if not (knows_metallb or _has_annotation(other)):
            continue
        conflict = _conflict(service, other)
        if conflict is None:
            continue
        why, fix = conflict
        yield Problem(
            f'Services "{other.name}" and "{service.name}" both ask for {shared[0]}, but {why}',
            service.place(*request.path),
            label="only one of them gets it",
            related=(RelatedPlace(other.place(*theirs.path), "asked for here, too"),),
            fix=fix,
        )
        return


def _all_requests(relations: Relations) -> dict[Address, list[_Asking]]:
    """Return the Services that ask for each address, in file order."""
    found: dict[Address, list[_Asking]] = {}
    for position, service in enumerate(relations.of_kind("Service")):
        request = _read(service)
        if request is not None:
            for address in dict.fromkeys(request.addresses):
                found.setdefault(address, []).append(_Asking(position, service, request))
    return found


def _conflict(service: Resource, other: Resource) -> tuple[str, Fix | None] | None:
    mine, theirs = _sharing(service), _sharing(other)
    if any(_PLACEHOLDER.search(key) for key in (mine, theirs)):
        return None
    if mine != theirs or not mine:
        if mine and theirs:
            why = f"their sharing keys differ ({theirs} and {mine})"
        elif mine or theirs:
            why = f'"{other.name if mine else service.name}" has no annotation allow-shared-ip'
        else:
            why = "neither has an annotation allow-shared-ip"
        return why, _share(service, other, theirs)
    taken = _ports(other)
    for port in _ports(service):
        if port in taken:
            return f"both use port {port}", None
    if _backend(service) != _backend(other):
        return "with externalTrafficPolicy: Local only Services with the same selector share an address", None
    return None


def _share(service: Resource, other: Resource, key: str) -> Fix | None:
    """Return the annotation that lets this Service share the address, where the other one allows it already."""
    if not key:
        return None
    prefix = next((item for item in _PREFIXES if f"{item}allow-shared-ip" in other.annotations), _PREFIXES[0])
    own = next((item for item in _PREFIXES if f"{item}allow-shared-ip" in service.annotations), prefix)
    place = service.place("metadata", "annotations", f"{own}allow-shared-ip")
    return Fix(f'share it by the key "{key}"', (Edit("set", place, key),), "unsafe")


def _read(service: Resource) -> _Request | None:
    """Return what a Service asks of MetalLB; None for others, and where a patch has the last word."""
    if service.is_patch or service.get("spec", "type") != "LoadBalancer":
        return None
    load_balancer_class = service.get("spec", "loadBalancerClass", default="")
    if load_balancer_class and "metallb" not in str(load_balancer_class):
        return None
    if service.may_be_patched("metadata", "annotations") or service.may_be_patched("spec"):
        return None
    path: FieldPath = ("spec", "loadBalancerIP")
    text = service.get("spec", "loadBalancerIP", default="")
    for prefix in reversed(_PREFIXES):
        key = _key(service, "loadBalancerIPs", prefix)
        if key is not None:
            path, text = ("metadata", "annotations", key), service.annotations[key]
    if not isinstance(text, str) or not text or _PLACEHOLDER.search(text):
        return None
    addresses: list[Address] = []
    invalid: list[str] = []
    for part in text.split(","):
        try:
            addresses.append(ipaddress.ip_address(part.strip()))
        except ValueError:
            invalid.append(part.strip())
    return _Request(path, tuple(addresses), tuple(invalid))


def _key(service: Resource, suffix: str, prefix: str) -> str | None:
    return f"{prefix}{suffix}" if service.annotations.get(f"{prefix}{suffix}") else None


def _has_annotation(service: Resource) -> bool:
    return any(key.startswith(_PREFIXES) for key in service.annotations)


def _sharing(service: Resource) -> str:
    keys = (f"{prefix}allow-shared-ip" for prefix in _PREFIXES)
    return next((service.annotations[key] for key in keys if key in service.annotations), "")


def _ports(service: Resource) -> list[str]:
    """Return the ports as people write them: ``53/UDP``."""
    ports = [as_dict(port) for port in as_list(service.get("spec", "ports"))]
    return [f"{port['port']}/{port.get('protocol', 'TCP')}" for port in ports if isinstance(port.get("port"), int)]


def _backend(service: Resource) -> tuple[tuple[str, str], ...]:
    if service.get("spec", "externalTrafficPolicy") != "Local":
        return ()
    selector = {**string_map(service.get("spec", "selector")), **dict(service.transform.selector_labels)}
    return tuple(sorted(selector.items()))


def _may_be_same(one: Resource, other: Resource) -> bool:
    spaces = (one.namespace, other.namespace)
    return one.name == other.name and (spaces[0] == spaces[1] or None in spaces)


def _ranges(pools: Any) -> list[_Range] | None:
    """Return every range of the pools, or None where one is unknown or not written out."""
    found: list[_Range] = []
    for pool in as_list(pools):
        addresses = as_list(as_dict(pool).get("addresses"))
        if not addresses:
            return None
        for text in addresses:
            span = _range(text) if isinstance(text, str) else None
            if span is None:
                return None
            found.append(span)
    return found


def _range(text: str) -> _Range | None:
    first, dash, last = text.partition("-")
    try:
        if dash:
            begin, end = ipaddress.ip_address(first.strip()), ipaddress.ip_address(last.strip())
            return _Range(begin.version, int(begin), int(end)) if begin.version == end.version else None
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    return _Range(network.version, int(network.network_address), int(network.broadcast_address))


def _written(pools: Any) -> str:
    texts = [str(text) for pool in as_list(pools) for text in as_list(as_dict(pool).get("addresses"))]
    return ", ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")


def check_overlap(pool: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for a range that an earlier pool of the same MetalLB has already."""
    relations = context.relations
    if pool.is_patch or relations.is_ambiguous(pool) or pool.may_be_patched("spec"):
        return
    for other in relations.of_kind("metallb.io/IPAddressPool"):
        if other is pool:
            return
        if other.namespace != pool.namespace or other.name == pool.name or relations.is_ambiguous(other):
            continue
        for index, text in enumerate(as_list(pool.get("spec", "addresses"))):
            span = _range(text) if isinstance(text, str) else None
            for number, earlier in enumerate(as_list(other.get("spec", "addresses"))):
                taken = _range(earlier) if isinstance(earlier, str) else None
                if span is None or taken is None or span.version != taken.version:
                    continue
                if span.first <= taken.last and taken.first <= span.last:
                    is_near = pool.document.source.path == other.document.source.path
                    yield Problem(
                        f'the range {text} of the pool "{pool.name}" overlaps {earlier} of the pool "{other.name}"',
                        pool.place("spec", "addresses", index),
                        label="MetalLB refuses the whole configuration",
                        related=(RelatedPlace(other.place("spec", "addresses", number), "taken here"),),
                        at_most=None if is_near else "warning",
                    )
                    return
