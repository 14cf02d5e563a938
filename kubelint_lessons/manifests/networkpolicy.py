"""What NetworkPolicies do to a flow between two pods: the union of all policies that select each end.

Semantics: NetworkPolicy v1 in the Kubernetes API reference. A pod that no policy of a direction selects is open in
that direction; one that is selected is closed but for what the rules of all its policies allow.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import chain
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
_MANY = 8
"""Of so many policies, what they say is kept for the other workloads that they select."""
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


class _Entry(NamedTuple):
    """One peer of a rule: what its address block allows, or what its selectors say of pods and of namespaces."""

    block: Verdict | None
    pods: Selector | None
    namespaces: Selector | None


class _Ports(NamedTuple):
    """One entry of the ports of a rule: a range of numbers, or a name; None is every port."""

    protocol: str
    first: int | str | None
    last: int


class _Rule(NamedTuple):
    """What one rule of a policy says, apart from which policy that is."""

    namespace: str | None
    peers: tuple[_Entry, ...]
    ports: tuple[_Ports, ...]


class _Said(NamedTuple):
    """What a policy says: the directions that it isolates, and its rules of each."""

    directions: frozenset[str]
    rules: dict[Direction, tuple[_Rule, ...]]


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


def policy_key(workload: Resource, relations: Relations) -> Hashable:
    """Return what is the same for workloads that no policy tells apart, by what selects them and what allows them."""
    policies = relations.related(workload, "selectedBy", kinds=("NetworkPolicy",))
    is_selected = relations.is_maybe_selected_elsewhere(workload, "networking.k8s.io", "NetworkPolicy")
    peer = peer_of(workload, relations)
    labels, names = frozenset(peer.labels.items()), frozenset(peer.ports.items())
    return policies.items, policies.state, is_selected, labels, peer.namespace, names


def judge(
    workload: Resource, direction: Direction, peer: Peer, port: int | None, protocol: str, relations: Relations
) -> Judgement:
    """Return whether the policies of ``workload`` let it talk to (Egress) or be reached by (Ingress) ``peer``.

    ``port`` is the port of the pod at the receiving end, after the Service's translation; None where it is unknown.
    """
    selected = relations.related(workload, "selectedBy", kinds=("NetworkPolicy",))
    policies, rules = _closing(selected.items, direction, relations)
    if workload.pod_template is not None and workload.pod_template.spec.get("hostNetwork") is True:
        return Judgement("unknown", tuple(policies))
    is_open = selected.state == "unknown" or _may_be_hidden(workload, relations)
    if not policies:
        return Judgement("unknown" if is_open else "yes", ())
    receiver = peer if direction == "Egress" else peer_of(workload, relations)
    verdict = _any(_allows_rule(rule, peer, receiver, port, protocol) for rule in rules)
    return Judgement("unknown" if verdict == "no" and is_open else verdict, tuple(policies))


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


def _closing(
    items: tuple[Resource, ...], direction: Direction, relations: Relations
) -> tuple[list[Resource], Iterable[_Rule]]:
    """Return the policies of a direction among ``items``, and the rules that they have in it, each once."""
    said = relations.once("policies", dict[int, _Said]) if len(items) >= _MANY else {}
    policies: list[Resource] = []
    rules: dict[tuple[_Rule, ...], None] = {}
    for item in items:
        policy = said.get(id(item))
        if policy is None:
            policy = said[id(item)] = _read(item)
        if direction in policy.directions:
            policies.append(item)
            rules[policy.rules[direction]] = None
    return policies, dict.fromkeys(chain(*rules))


def _read(policy: Resource) -> _Said:
    sides: tuple[Direction, ...] = ("Ingress", "Egress")
    return _Said(directions_of(policy), {side: tuple(_rules(policy, side)) for side in sides})


def _rules(policy: Resource, direction: Direction) -> Iterator[_Rule]:
    side = "from" if direction == "Ingress" else "to"
    for item in as_list(policy.get("spec", direction.lower())):
        rule = as_dict(item)
        peers = tuple(_entry(as_dict(entry)) for entry in as_list(rule.get(side)))
        ports = tuple(_ports(as_dict(entry)) for entry in as_list(rule.get("ports")))
        yield _Rule(policy.namespace, peers, ports)


def _entry(entry: dict[str, Any]) -> _Entry:
    block = entry.get("ipBlock")
    if isinstance(block, dict):
        is_open = block.get("cidr") in _EVERY_ADDRESS and not block.get("except")
        return _Entry("yes" if is_open else "unknown", None, None)
    pods, namespaces = entry.get("podSelector"), entry.get("namespaceSelector")
    return _Entry(
        None,
        None if pods is None else from_label_selector(pods),
        None if namespaces is None else from_label_selector(namespaces),
    )


def _ports(entry: dict[str, Any]) -> _Ports:
    first, last = entry.get("port"), entry.get("endPort")
    if first is not None and not isinstance(first, int | str):
        first = last = -1  # no port has this number
    end = last if isinstance(last, int) else first
    return _Ports(as_text(entry.get("protocol")) or "TCP", first, end if isinstance(end, int) else -1)


def _allows_rule(rule: _Rule, peer: Peer, receiver: Peer, port: int | None, protocol: str) -> Verdict:
    who = _any(_is_peer(item, rule.namespace, peer) for item in rule.peers) if rule.peers else "yes"
    where = _any(_is_port(item, receiver, port, protocol) for item in rule.ports) if rule.ports else "yes"
    return _all((who, where))


def _is_peer(entry: _Entry, namespace: str | None, peer: Peer) -> Verdict:
    if entry.block is not None:
        return entry.block
    pods, namespaces = entry.pods, entry.namespaces
    if pods is None and namespaces is None:
        return "no"
    inside = same_namespace(namespace, peer.namespace) if namespaces is None else _is_namespace(namespaces, peer)
    return _all((inside, "yes" if pods is None else pods.verdict(peer.labels)))


def _is_namespace(selector: Selector, peer: Peer) -> Verdict:
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


def _is_port(entry: _Ports, receiver: Peer, port: int | None, protocol: str) -> Verdict:
    if entry.protocol != protocol:
        return "no"
    if entry.first is None:
        return "yes"
    if port is None:
        return "unknown"
    if isinstance(entry.first, str):
        return "yes" if receiver.ports.get((entry.first, protocol)) == port else "no"
    return "yes" if entry.first <= port <= entry.last else "no"


def _any(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    return "yes" if "yes" in found else "unknown" if "unknown" in found else "no"


def _all(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    return "no" if "no" in found else "unknown" if "unknown" in found else "yes"
