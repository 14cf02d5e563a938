"""Backends of routes whose policies let in nothing from the namespace of the ingress controller."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Peer,
    Problem,
    RelatedPlace,
    Resource,
    as_dict,
    as_list,
    judge,
    port_targets,
)

_NAME_LABEL = "kubernetes.io/metadata.name"
_NO_ENGINE = ("none", "None", "")


def check(route: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every Service of a route whose pods are certainly closed to that namespace."""
    fact, engine = context.platform.get("ingress.controllerNamespace"), context.platform.get("network.policyEngine")
    if fact is None or fact.inferred or not isinstance(fact.value, str) or route.namespace in (None, fact.value):
        return
    if (engine is not None and engine.value in _NO_ENGINE) or route.is_patch:
        return
    relations, seen = context.relations, set[int]()
    for link in relations.related(route, "targets", kinds=("Service",)).places:
        if id(link.item) in seen:
            continue
        seen.add(id(link.item))
        policies = _closing_policies(link.item, fact.value, context)
        if policies:
            yield Problem(
                f'{route.id} leads to {link.item.id}, whose pods let in nothing from namespace "{fact.value}", where '
                "the ingress controller is",
                route.place(*link.path),
                label="times out",
                related=tuple(
                    RelatedPlace(policy.place("spec", "podSelector", spot="key"), "closes the pods")
                    for policy in policies
                ),
                note=f"allow ingress from the namespace {_NAME_LABEL}: {fact.value}",
            )


def _closing_policies(service: Resource, namespace: str, context: Context) -> tuple[Resource, ...]:
    """Return the first policies that close every pod behind the Service; nothing where one may be open."""
    selected = context.relations.related(service, "selects").items
    ports = tuple((port.target, port.protocol) for port in port_targets(service, ()))
    return context.for_all(selected, ports, lambda: _closing_all(service, selected, namespace, context))


def _closing_all(
    service: Resource, workloads: tuple[Resource, ...], namespace: str, context: Context
) -> tuple[Resource, ...]:
    """Return what ``_closing_policies`` does, of the Service's ports of ``workloads``.

    The labels of the controller are not known, so that a policy that names its namespace at all counts as open.
    """
    controller = Peer({}, namespace, {_NAME_LABEL: namespace}, False, {})
    found: tuple[Resource, ...] = ()
    for target in port_targets(service, workloads):
        for end in target.endpoints:
            judgement = judge(end.workload, "Ingress", controller, end.number, target.protocol, context.relations)
            found = judgement.policies
            lets_in = (context.once(policy, partial(_lets_in, policy, namespace)) for policy in found)
            if judgement.verdict != "no" or any(lets_in):
                return ()
    return found[:3]


def _lets_in(policy: Resource, namespace: str) -> bool:
    for rule in as_list(policy.get("spec", "ingress")):
        peers = as_list(as_dict(rule).get("from"))
        if not peers or any(_may_be(as_dict(peer), namespace) for peer in peers):
            return True
    return False


def _may_be(peer: dict[str, Any], namespace: str) -> bool:
    if "namespaceSelector" not in peer:
        return "ipBlock" in peer
    name = as_dict(as_dict(peer["namespaceSelector"]).get("matchLabels")).get(_NAME_LABEL, namespace)
    return bool(name == namespace)
