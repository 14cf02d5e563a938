"""MetalLB annotations that MetalLB does not read, or that ask for a pool or an address it cannot give.

Source: controller/service.go and internal/allocator/allocator.go of github.com/metallb/metallb (0.13 to 0.16).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    NamedTuple,
    Problem,
    Resource,
    Severity,
    alone,
    as_dict,
    as_list,
    needs_words,
    regex,
)

_NEW, _OLD = "metallb.io/", "metallb.universe.tf/"
_POOL, _ADDRESSES, _SHARED = "address-pool", "loadBalancerIPs", "allow-shared-ip"
_KNOWN = frozenset({_POOL, _ADDRESSES, _SHARED, "ip-allocated-from-pool"})
"""What MetalLB reads on a Service; the last one it writes itself, so that exported manifests hold it."""

_MEANT: dict[str, str] = {
    **dict.fromkeys(("ipaddresspool", "ipaddresspools", "addresspools", "pool", "poolname", "ippool"), _POOL),
    **dict.fromkeys(("loadbalancerip", "loadbalanceripaddress", "ip", "ips", "address", "requestedip"), _ADDRESSES),
    **dict.fromkeys(("allowsharedips", "sharedip", "allowshareip", "sharingkey", "allowsharingip"), _SHARED),
    **{name.replace("-", "").lower(): name for name in (_POOL, _ADDRESSES, _SHARED)},
}

_PREFIX_SINCE = (0, 14, 9)
_PLACEHOLDER = regex(r"[$<>{}%@\[\]]")
_REFERENCE = "docs/platform-reference.md"


class _Pool(NamedTuple):
    """An IPAddressPool; ``ranges`` is None where its addresses are unknown or not written out."""

    name: str
    is_automatic: bool
    ranges: tuple[tuple[int, int, int], ...] | None
    written: str


class _Pools(NamedTuple):
    """The pools that are known, and where from."""

    pools: tuple[_Pool, ...]
    source: str
    is_inferred: bool

    @property
    def limit(self) -> Severity | None:
        """Return the most that a finding may be that rests on these."""
        return "warning" if self.is_inferred else None

    def note(self, advice: str) -> str:
        """Return ``advice`` with the source of the pools, where they were only inferred."""
        source = f"the pools are {self.source}: state them in {_REFERENCE}" if self.is_inferred else ""
        return ". ".join(part for part in (advice, source) if part)


@alone
@needs_words("annotations")
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield what is wrong with the MetalLB annotations of a Service."""
    keys = _keys(resource)
    if not keys or resource.group:
        return
    unread = list(_unread(resource, keys, context))
    yield from unread
    load_balancer_class = resource.get("spec", "loadBalancerClass", default="")
    if resource.is_patch or (load_balancer_class and "metallb" not in str(load_balancer_class)):
        return
    if resource.get("spec", "type") != "LoadBalancer":
        yield from _not_balanced(resource, keys)
        return
    wrong = list(_wrong_pool(resource, context))
    yield from wrong
    if not wrong and not unread:
        yield from _old_prefix(resource, keys, context)


@alone
@needs_words(tuple(f"{prefix}{suffix}" for prefix in (_NEW, _OLD) for suffix in (_POOL, _ADDRESSES, _SHARED)))
def check_other_kinds(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for every MetalLB annotation on an object that MetalLB does not read."""
    keys = _keys(resource)
    if not keys:
        return
    advice = {
        "IPAddressPool": "a pool is asked for on the Service that wants an address from it",
        "Ingress": "the address belongs to the Service of the ingress controller: put it there",
    }.get(resource.kind, "put it on the Service of type LoadBalancer")
    article = "an" if resource.kind[:1] in "AEIOU" else "a"
    for key in keys:
        if _suffix(key) not in _KNOWN or resource.kind == "Service":
            continue
        place = resource.place("metadata", "annotations", key)
        yield Problem(
            f"MetalLB does not read {key} on {article} {resource.kind}, only on a Service",
            place,
            label="does nothing here",
            fix=Fix("remove the annotation", (Edit("remove", place),), "unsafe"),
            note=advice,
        )


def _keys(resource: Resource) -> list[str]:
    """Return the annotations of MetalLB that stand in the object, without those that it writes itself."""
    return [
        key
        for key in _written(resource)
        if isinstance(key, str) and key.startswith((_NEW, _OLD)) and _suffix(key) != "ip-allocated-from-pool"
    ]


def _written(resource: Resource) -> dict[str, Any]:
    return as_dict(resource.get("metadata", "annotations"))


def _suffix(key: str) -> str:
    return key.partition("/")[2]


def _unread(resource: Resource, keys: list[str], context: Context) -> Iterator[Problem]:
    """Yield a problem for every key that MetalLB does not know at all, or not yet."""
    from difflib import get_close_matches

    version = context.platform.get("metallb.version")
    number = _number(version.value) if version is not None else None
    for key in keys:
        place = resource.place("metadata", "annotations", key, spot="key")
        suffix = _suffix(key)
        prefix = key.removesuffix(suffix)
        if suffix not in _KNOWN:
            meant = _MEANT.get(re.sub(r"[-_.]", "", suffix).lower())
            near = [meant] if meant else get_close_matches(suffix, [_POOL, _ADDRESSES, _SHARED], n=1, cutoff=0.75)
            title = f"rename it to {prefix}{near[0]}" if near else ""
            yield Problem(
                f"MetalLB has no annotation {key}" + (f"; {prefix}{near[0]} is meant" if near else ""),
                place,
                label="silently ignored",
                fix=Fix(title, (Edit("rename", place, f"{prefix}{near[0]}"),), "unsafe") if near else None,
                at_most=None if near else "warning",
            )
        elif prefix == _NEW and version is not None and number is not None and number < _PREFIX_SINCE:
            limit: Severity | None = "warning" if version.inferred else None
            source = f"the version is {version.source}: state it in {_REFERENCE}"
            yield Problem(
                f"MetalLB {version.value} does not know the prefix metallb.io: {key} is ignored",
                place,
                label="read from 0.14.9 on",
                fix=Fix(f"rename it to {_OLD}{suffix}", (Edit("rename", place, f"{_OLD}{suffix}"),), "unsafe"),
                at_most=limit,
                note=source if version.inferred else "",
            )


def _number(value: Any) -> tuple[int, int, int] | None:
    """Return a version as numbers; None where it is none, or too short to be on one side of 0.14.9."""
    found = re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?", str(value))
    if found is None or (found[3] is None and (int(found[1]), int(found[2])) == _PREFIX_SINCE[:2]):
        return None
    return int(found[1]), int(found[2]), int(found[3] or 0)


def _not_balanced(resource: Resource, keys: list[str]) -> Iterator[Problem]:
    service_type = resource.get("spec", "type", default="ClusterIP")
    if not isinstance(service_type, str) or _PLACEHOLDER.search(service_type):
        return
    for key in keys:
        if _suffix(key) == _POOL:
            yield Problem(
                f'Service "{resource.name}" asks MetalLB for a pool, but is of type {service_type}',
                resource.place("metadata", "annotations", key),
                label="does nothing without type: LoadBalancer",
                at_most="info",
            )


def _wrong_pool(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for a pool that does not exist, or does not hold the address that is asked for."""
    key = _asked(resource, _POOL, context)
    name = resource.annotations.get(key, "") if key else ""
    if not name or _PLACEHOLDER.search(name):
        return
    known = context.once("pools", lambda: _pools(context))
    place = resource.place("metadata", "annotations", key)
    if known is None:
        if name == "default":
            yield Problem(
                f'Service "{resource.name}" asks MetalLB for the pool "default", and nothing says that it exists',
                place,
                label="no other pool is tried",
                at_most="warning",
                note=f"if there is such a pool, state it under metallb.pools in {_REFERENCE}; "
                "if not, remove the annotation",
            )
        return
    pool = next((pool for pool in known.pools if pool.name == name), None)
    if pool is None:
        fix, advice = _instead(resource, key, name, known)
        names = ", ".join(sorted(other.name for other in known.pools))
        yield Problem(
            f'Service "{resource.name}" asks MetalLB for the pool "{name}", which does not exist',
            place,
            label=f"known: {names}" if names else "there are no pools",
            fix=fix,
            at_most=known.limit,
            note=known.note(advice),
        )
    elif pool.ranges is not None:
        yield from _outside(resource, pool, known, context)


def _instead(resource: Resource, key: str, name: str, known: _Pools) -> tuple[Fix | None, str]:
    """Return what to write in place of an unknown pool.

    Without the annotation MetalLB takes a pool with autoAssign; where there is none, leaving it out is no fix.
    """
    from difflib import get_close_matches

    place = resource.place("metadata", "annotations", key)
    names = [pool.name for pool in known.pools]
    near = get_close_matches(name, names, n=1, cutoff=0.7)
    automatic = [pool.name for pool in known.pools if pool.is_automatic]
    if near or (len(names) == 1 and not automatic):
        better = near[0] if near else names[0]
        return Fix(f'name the pool "{better}"', (Edit("set", place, better),), "unsafe"), f'name the pool "{better}"'
    if automatic:
        advice = f"without the annotation MetalLB takes an address from {' or '.join(automatic)}"
        return Fix("remove the annotation", (Edit("remove", place),), "unsafe"), advice
    if names:
        return None, f"no pool has autoAssign, so name one of them: {', '.join(names)}"
    return None, ""


def _outside(resource: Resource, pool: _Pool, known: _Pools, context: Context) -> Iterator[Problem]:
    key = _asked(resource, _ADDRESSES, context)
    written = resource.annotations.get(key, "") if key else resource.get("spec", "loadBalancerIP", default="")
    where = resource.place("metadata", "annotations", key) if key else resource.place("spec", "loadBalancerIP")
    for text in str(written).split(","):
        address = _address(text.strip())
        if address is None or pool.ranges is None or _holds(pool, address):
            continue
        home = next((other.name for other in known.pools if other.ranges and _holds(other, address)), "")
        yield Problem(
            f'Service "{resource.name}" asks for the address {text.strip()}, which is not in its pool "{pool.name}"',
            where,
            label=f'in the pool "{home}"' if home else f"the pool has {pool.written}",
            at_most=known.limit,
            note=known.note(f'name the pool "{home}", or another address' if home else ""),
        )


def _old_prefix(resource: Resource, keys: list[str], context: Context) -> Iterator[Problem]:
    """Yield one info for the old prefix, where the installed version is known to have replaced it."""
    version = context.platform.get("metallb.version")
    number = _number(version.value) if version is not None else None
    old = [key for key in keys if key.startswith(_OLD)]
    if not old or version is None or number is None or number < _PREFIX_SINCE:
        return
    written = _written(resource)
    edits = tuple(
        Edit("rename", resource.place("metadata", "annotations", key), f"{_NEW}{_suffix(key)}")
        for key in old
        if f"{_NEW}{_suffix(key)}" not in written
    )
    fix = Fix("use the prefix metallb.io", edits, "unsafe") if len(edits) == len(old) else None
    yield Problem(
        f"{old[0]} has a deprecated prefix: MetalLB {version.value} reads {_NEW}{_suffix(old[0])} first",
        resource.place("metadata", "annotations", old[0], spot="key"),
        label="deprecated since 0.14.9",
        fix=fix,
        at_most="info",
    )


def _asked(resource: Resource, suffix: str, context: Context) -> str:
    """Return the key that MetalLB reads for ``suffix``: the new prefix wins, even with an empty value."""
    version = context.platform.get("metallb.version")
    number = _number(version.value) if version is not None else None
    prefixes = (_OLD,) if number is not None and number < _PREFIX_SINCE else (_NEW, _OLD)
    return next((prefix + suffix for prefix in prefixes if prefix + suffix in resource.annotations), "")


def _pools(context: Context) -> _Pools | None:
    fact = context.platform.get("metallb.pools")
    if fact is None or not isinstance(fact.value, list):
        return None
    pools = []
    for entry in fact.value:
        entry = {"name": entry} if isinstance(entry, str) else entry
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            addresses = as_list(entry.get("addresses"))
            written = [text for text in addresses if isinstance(text, str)]
            ranges = [_range(text) for text in written]
            is_complete = bool(ranges) and len(written) == len(addresses) and None not in ranges
            pools.append(
                _Pool(
                    entry["name"],
                    entry.get("autoAssign") is not False,
                    tuple(span for span in ranges if span is not None) if is_complete else None,
                    ", ".join(written),
                )
            )
    if any(_PLACEHOLDER.search(pool.name) for pool in pools):
        return None
    return _Pools(tuple(pools), fact.source, fact.inferred)


def _address(text: str) -> tuple[int, int] | None:
    """Return IP version and number of an address, or None for anything else."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return address.version, int(address)


def _range(text: str) -> tuple[int, int, int] | None:
    """Return IP version, first and last address of ``10.0.0.0/24`` or ``10.0.0.1-10.0.0.9``."""
    first, dash, last = text.partition("-")
    if dash:
        begin, end = _address(first.strip()), _address(last.strip())
        return (begin[0], begin[1], end[1]) if begin and end and begin[0] == end[0] else None
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    return network.version, int(network.network_address), int(network.broadcast_address)


def _holds(pool: _Pool, address: tuple[int, int]) -> bool:
    return any(version == address[0] and first <= address[1] <= last for version, first, last in pool.ranges or ())
