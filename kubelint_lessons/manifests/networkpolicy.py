"""What NetworkPolicies do to a flow between two pods: the union of all policies that select each end.

Semantics: NetworkPolicy v1 in the Kubernetes API reference. A pod that no policy of a direction selects is open in
that direction; one that is selected is closed but for what the rules of all its policies allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from kubelint_lessons.manifests.namespaces import same_namespace
from kubelint_lessons.manifests.podtemplates import as_dict, as_list, as_text
from kubelint_lessons.manifests.relations import Relations
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.selectors import Selector, Verdict, from_label_selector
from kubelint_lessons.manifests.serviceports import container_ports
from kubelint_lessons.model.records import NamedTuple

Direction = Literal["Ingress", "Egress"]
NAME_LABEL = "kubernetes.io/metadata.name"
_EVERY_ADDRESS = frozenset({"0.0.0.0/0", "::/0"})
_OTHER_POLICIES = (
    "cilium.io/CiliumNetworkPolicy",
    "cilium.io/CiliumClusterwideNetworkPolicy",
    "projectcalico.org/NetworkPolicy",
    "projectcalico.org/GlobalNetworkPolicy",
    "crd.projectcalico.org/NetworkPolicy",
    "crd.projectcalico.org/GlobalNetworkPolicy",
    "policy.networking.k8s.io/AdminNetworkPolicy",
    "policy.networking.k8s.io/ClusterNetworkPolicy",
)
"""Policies of other systems, which may allow what a NetworkPolicy does not; their rules are not read here."""


class Peer(NamedTuple):
    """One end of a flow as a policy sees it.

    ``namespace_labels`` are those that are known; where ``are_labels_complete`` is false there may be more. ``ports``
    are the named ports of the pod by (name, protocol).
    """

    labels: Mapping[str, str]
    namespace: str | None
    namespace_labels: Mapping[str, str]
    are_labels_complete: bool
    ports: Mapping[tuple[str, str], int]


class Judgement(NamedTuple):
    """Whether one end lets a flow through, and the policies that decide it (none: the pod is not isolated)."""

    verdict: Verdict
    policies: tuple[Resource, ...]

    @property
    def is_isolated(self) -> bool:
        """Return whether some policy certainly closes the pod in this direction."""
        return bool(self.policies)


KUBE_DNS = Peer(
    {"k8s-app": "kube-dns"},
    "kube-system",
    {NAME_LABEL: "kube-system"},
    False,
    {("dns", "UDP"): 53, ("dns-tcp", "TCP"): 53},
)
"""The cluster's DNS server as every common distribution labels it; CoreDNS listens on 53."""


def directions_of(policy: Resource) -> frozenset[str]:
    """Return the directions that a policy isolates: its policyTypes, or what the API server fills in for them."""
    types = as_list(policy.get("spec", "policyTypes"))
    if types:
        return frozenset(item for item in types if isinstance(item, str))
    return frozenset({"Ingress", "Egress"} if as_list(policy.get("spec", "egress")) else {"Ingress"})


def peer_of(workload: Resource, relations: Relations) -> Peer:
    """Return a workload's pods as policies see them; of their namespace, the labels that the scope shows."""
    template = workload.pod_template
    labels = template.labels if template is not None else {}
    ports = (
        {(port.name, port.protocol): port.number for port in container_ports(template)} if template is not None else {}
    )
    namespace = workload.namespace
    if namespace is None:
        return Peer(labels, None, {}, False, ports)
    found = relations.find("Namespace", namespace).items
    known = {**(found[0].labels if found else {}), NAME_LABEL: namespace}
    return Peer(labels, namespace, known, bool(found), ports)


def judge(
    workload: Resource, direction: Direction, peer: Peer, port: int | None, protocol: str, relations: Relations
) -> Judgement:
    """Return whether the policies of ``workload`` let it talk to (Egress) or be reached by (Ingress) ``peer``.

    ``port`` is the port of the pod at the receiving end, after the Service's translation; None where it is unknown.
    """
    selected = relations.related(workload, "selectedBy", kinds=("NetworkPolicy",))
    policies = tuple(item for item in selected.items if direction in directions_of(item))
    if workload.pod_template is not None and workload.pod_template.spec.get("hostNetwork") is True:
        return Judgement("unknown", policies)
    is_open = selected.state == "unknown" or _may_be_hidden(workload, relations)
    if not policies:
        return Judgement("unknown" if is_open else "yes", ())
    receiver = peer if direction == "Egress" else peer_of(workload, relations)
    verdicts = {
        _allows_rule(rule, direction, policy, peer, receiver, port, protocol)
        for policy in policies
        for rule in _rules(policy, direction)
    }
    verdict = _any(verdicts)
    return Judgement("unknown" if verdict == "no" and is_open else verdict, policies)


def allows_dns(workload: Resource, relations: Relations) -> Judgement:
    """Return whether the egress policies of ``workload`` let it ask the cluster's DNS over UDP."""
    return judge(workload, "Egress", KUBE_DNS, 53, "UDP", relations)


def _may_be_hidden(workload: Resource, relations: Relations) -> bool:
    """Return whether policies may apply that ``selectedBy`` does not show: of other scopes, or of other systems."""
    if not relations.is_read or relations.of_kind(*_OTHER_POLICIES):
        return True
    if any(relations.elsewhere(*pattern.split("/")) for pattern in _OTHER_POLICIES):
        return True
    return relations.is_maybe_selected_elsewhere(workload, "networking.k8s.io", "NetworkPolicy")


def _rules(policy: Resource, direction: Direction) -> Iterator[dict[str, Any]]:
    for rule in as_list(policy.get("spec", direction.lower())):
        yield as_dict(rule)


def _allows_rule(
    rule: dict[str, Any],
    direction: Direction,
    policy: Resource,
    peer: Peer,
    receiver: Peer,
    port: int | None,
    protocol: str,
) -> Verdict:
    peers = as_list(rule.get("from" if direction == "Ingress" else "to"))
    ports = as_list(rule.get("ports"))
    who = _any(_is_peer(as_dict(item), policy, peer) for item in peers) if peers else "yes"
    where = _any(_is_port(as_dict(item), receiver, port, protocol) for item in ports) if ports else "yes"
    return _all((who, where))


def _is_peer(entry: dict[str, Any], policy: Resource, peer: Peer) -> Verdict:
    block = entry.get("ipBlock")
    if isinstance(block, dict):
        return "yes" if block.get("cidr") in _EVERY_ADDRESS and not block.get("except") else "unknown"
    pods, namespaces = entry.get("podSelector"), entry.get("namespaceSelector")
    if pods is None and namespaces is None:
        return "no"
    inside = same_namespace(policy.namespace, peer.namespace) if namespaces is None else _is_namespace(namespaces, peer)
    return _all((inside, "yes" if pods is None else from_label_selector(pods).verdict(peer.labels)))


def _is_namespace(value: Any, peer: Peer) -> Verdict:
    selector = from_label_selector(value)
    if selector.is_everything:
        return "yes"
    verdict = selector.verdict(peer.namespace_labels)
    if peer.are_labels_complete:
        return verdict
    known = Selector(
        frozenset(pair for pair in selector.pairs if pair[0] in peer.namespace_labels),
        frozenset(item for item in selector.requirements if item.key in peer.namespace_labels),
        selector.is_valid,
    )
    if known == selector:
        return verdict
    return "no" if known.verdict(peer.namespace_labels) == "no" else "unknown"


def _is_port(entry: dict[str, Any], receiver: Peer, port: int | None, protocol: str) -> Verdict:
    if (as_text(entry.get("protocol")) or "TCP") != protocol:
        return "no"
    allowed = entry.get("port")
    if allowed is None:
        return "yes"
    if port is None:
        return "unknown"
    if isinstance(allowed, str):
        number = receiver.ports.get((allowed, protocol))
        return "yes" if number == port else "no"
    last = entry.get("endPort")
    end = last if isinstance(last, int) else allowed
    return "yes" if isinstance(allowed, int) and allowed <= port <= end else "no"


def _any(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    return "yes" if "yes" in found else "unknown" if "unknown" in found else "no"


def _all(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    return "no" if "no" in found else "unknown" if "unknown" in found else "yes"
