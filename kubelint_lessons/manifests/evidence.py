"""What manifests themselves show about the cluster that they are for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kubelint_lessons.manifests.placeholders import is_placeholder
from kubelint_lessons.manifests.podtemplates import as_list
from kubelint_lessons.manifests.resources import Resource

_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"

_POOLS = frozenset({("metallb.io", "IPAddressPool"), ("metallb.io", "AddressPool")})
_STORAGE = ("storage.k8s.io", "StorageClass")
_INGRESS = ("networking.k8s.io", "IngressClass")

Evidence = dict[str, tuple[Any, str]]


def gather(resources: Iterable[Resource]) -> Evidence:
    """Return facts by dotted path, each with its source (``inferred from k8s/pools.yaml``).

    Objects whose name is filled in later say nothing, and then neither do the others of their kind.
    """
    pools: list[Resource] = []
    storage: list[Resource] = []
    ingress: list[Resource] = []
    pinned: dict[str, Resource] = {}
    for resource in resources:
        identity = (resource.group, resource.kind)
        if identity in _POOLS:
            pools.append(resource)
        elif identity == _STORAGE:
            storage.append(resource)
        elif identity == _INGRESS:
            ingress.append(resource)
        for architecture in resource.traits.pins:
            pinned.setdefault(architecture, resource)
    found: Evidence = {}
    if _are_known(pools):
        unique = {pool.name: _pool(pool) for pool in pools}
        found["metallb.pools"] = (list(unique.values()), _source(pools))
    if _are_known(storage):
        found["storage.classes"] = (_names(storage), _source(storage))
        default = [item for item in storage if item.annotations.get(_DEFAULT_CLASS) == "true"]
        if len({item.name for item in default}) == 1:
            found["storage.defaultClass"] = (default[0].name, _source(default))
    if _are_known(ingress):
        found["ingress.classes"] = (_names(ingress), _source(ingress))
    if len(pinned) > 1:
        evidence = [pinned[architecture] for architecture in sorted(pinned)]
        found["nodes.architectures"] = (sorted(pinned), _source(evidence))
    return found


def is_witness(resource: Resource) -> bool:
    """Return whether ``gather`` may learn something from an object."""
    identity = (resource.group, resource.kind)
    return identity in _POOLS or identity in (_STORAGE, _INGRESS) or bool(resource.traits.pins)


def _pool(resource: Resource) -> dict[str, Any]:
    addresses = [item for item in as_list(resource.get("spec", "addresses")) if isinstance(item, str)]
    return {
        "name": resource.name,
        "autoAssign": resource.get("spec", "autoAssign") is not False,
        "addresses": addresses,
    }


def _are_known(resources: list[Resource]) -> bool:
    return bool(resources) and not any(not item.name or is_placeholder(item.name) for item in resources)


def _names(resources: list[Resource]) -> list[str]:
    return sorted({resource.name for resource in resources})


def _source(resources: list[Resource]) -> str:
    paths = sorted({resource.document.source.path for resource in resources})
    shown = " and ".join(paths[:2]) + (f" and {len(paths) - 2} more" if len(paths) > 2 else "")
    return f"inferred from {shown}"
