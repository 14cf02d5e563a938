"""Workloads whose egress policies, all together, do not let them ask the cluster's DNS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    NamedTuple,
    Problem,
    RelatedPlace,
    Relations,
    Resource,
    allows_dns,
    as_dict,
    as_list,
    dependencies_of,
    holding,
    needs_words,
)

_NO_ENGINE = ("none", "None", "")
_DNS_PORTS = frozenset({53, 5353, 8053, 1053, "dns", "dns-udp", "dns-tcp"})
_API_SERVER_PORTS = frozenset({443, 6443, 8443})


class _Facts(NamedTuple):
    """Whether a policy has alternatives or is about DNS already, and whether it lets pods out to others."""

    is_unclear: bool
    is_opened: bool


@needs_words(holding("NetworkPolicy"))
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem, at the policy to mend, where names are needed (error) or are likely to be (warning)."""
    if workload.namespace not in context.once("closed", lambda: _closed(context)):
        return
    relations, template = context.relations, workload.pod_template
    if template is None or workload.is_patch or relations.is_ambiguous(workload):
        return
    spec = template.spec
    if spec.get("dnsPolicy") in ("None", "Default") or spec.get("hostNetwork") is True:
        return
    judgement = allows_dns(workload, relations)
    policies = judgement.policies
    if judgement.verdict != "no" or any(_facts(policy, context).is_unclear for policy in policies):
        return
    named = [item for item in dependencies_of(workload, relations) if not item.is_own]
    opened = next((policy for policy in policies if _facts(policy, context).is_opened), None)
    if not named and opened is None:
        return
    place = (opened or policies[0]).place("spec", "egress" if opened else "podSelector", spot="key")
    related = [RelatedPlace(item.place, f"{workload.id} asks for this name") for item in named[:1]]
    related.append(RelatedPlace(workload.place(*template.path, "metadata", "labels"), "selected by these labels"))
    yield Problem(
        f"{workload.id} cannot resolve names: no NetworkPolicy lets it out to the cluster's DNS (port 53/UDP)",
        place,
        label="closes DNS as well",
        related=tuple(related),
        at_most=None if named else "warning",
        note="allow egress to k8s-app: kube-dns in namespace kube-system on port 53, UDP and TCP",
    )


def _closed(context: Context) -> set[str | None]:
    """Return the namespaces with policies that could be about egress; none where nothing enforces them."""
    engine = context.platform.get("network.policyEngine")
    if engine is not None and engine.value in _NO_ENGINE:
        return set()
    return {
        policy.namespace
        for policy in context.relations.of_kind("NetworkPolicy")
        if as_list(policy.get("spec", "egress")) or "Egress" in as_list(policy.get("spec", "policyTypes"))
    }


def _facts(policy: Resource, context: Context) -> _Facts:
    """Return what is asked of a policy for every workload that it selects."""
    return context.once(policy, lambda: _read_facts(policy, context.relations))


def _read_facts(policy: Resource, relations: Relations) -> _Facts:
    is_unclear = relations.is_ambiguous(policy) or any(map(_is_meant_for_dns, _rules(policy)))
    return _Facts(is_unclear, _lets_out_to_pods(policy))


def _rules(policy: Resource) -> Iterator[dict[str, Any]]:
    for rule in as_list(policy.get("spec", "egress")):
        yield as_dict(rule)


def _ports(rule: dict[str, Any]) -> set[Any]:
    return {as_dict(port).get("port") for port in as_list(rule.get("ports"))}


def _is_meant_for_dns(rule: dict[str, Any]) -> bool:
    """Return whether a rule is about some DNS: OpenShift's answers on 5353, and a cluster may have one of its own."""
    return bool(_ports(rule) & _DNS_PORTS) or any("dns" in str(peer) for peer in as_list(rule.get("to")))


def _lets_out_to_pods(policy: Resource) -> bool:
    """Return whether some rule is about pods other than the API server's: these are called by the names of Services."""
    return any(
        (as_dict(peer).get("podSelector") is not None or as_dict(peer).get("namespaceSelector") is not None)
        and not (_ports(rule) and _ports(rule) <= _API_SERVER_PORTS)
        for rule in _rules(policy)
        for peer in as_list(rule.get("to"))
    )
