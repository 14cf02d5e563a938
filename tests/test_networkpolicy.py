"""What policies do to a flow: the union of all that select each end, both directions, three-valued."""

from __future__ import annotations

import pytest
from manifest_helpers import deployment, pick, relations_of, scopes_of

from kubelint_lessons.manifests.networkpolicy import allows_dns, directions_of, judge, peer_of
from kubelint_lessons.manifests.relations import Relations
from kubelint_lessons.manifests.resources import Resource

PODS = deployment("client", namespace="shop") + deployment(
    "db", namespace="data", extra=", ports: [{name: pg, containerPort: 5432}]"
)
DENY = "policyTypes: [Ingress, Egress]"


def policy(spec: str, name: str = "p", namespace: str = "shop") -> str:
    return (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\nspec: {{{spec}}}\n"
    )


def ends(relations: Relations) -> tuple[Resource, Resource]:
    return pick(relations, "Deployment", "client"), pick(relations, "Deployment", "db")


def egress(*policies: str, others: str = "", port: int | None = 5432) -> str:
    relations = relations_of(PODS + "".join(policies) + others)
    client, db = ends(relations)
    return judge(client, "Egress", peer_of(db, relations), port, "TCP", relations).verdict


def ingress(*policies: str, port: int | None = 5432) -> str:
    relations = relations_of(PODS + "".join(policies))
    client, db = ends(relations)
    return judge(db, "Ingress", peer_of(client, relations), port, "TCP", relations).verdict


@pytest.mark.parametrize(
    ("spec", "directions"),
    [
        ("podSelector: {}", {"Ingress"}),
        ("podSelector: {}, egress: []", {"Ingress"}),
        ("podSelector: {}, egress: [{}]", {"Ingress", "Egress"}),
        ("podSelector: {}, policyTypes: [], egress: [{}]", {"Ingress", "Egress"}),
        ("podSelector: {}, policyTypes: [Egress]", {"Egress"}),
        ("podSelector: {}, policyTypes: [Ingress], egress: [{}]", {"Ingress"}),
    ],
)
def test_directions_default_as_the_api_server_does(spec: str, directions: set[str]) -> None:
    relations = relations_of(policy(spec))
    assert directions_of(pick(relations, "NetworkPolicy", "p")) == directions


def test_a_pod_that_no_policy_selects_is_open() -> None:
    assert egress() == "yes"
    assert egress(policy(f"podSelector: {{matchLabels: {{app: other}}}}, {DENY}")) == "yes"
    assert egress(policy("podSelector: {}, policyTypes: [Ingress]")) == "yes"
    assert egress(policy(f"podSelector: {{}}, {DENY}", namespace="data")) == "yes"


def test_a_selected_pod_is_closed_but_for_the_union_of_the_rules() -> None:
    deny = policy(f"podSelector: {{}}, {DENY}", "deny")
    assert egress(deny) == "no"
    allow = policy("podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{}]", "allow")
    assert egress(deny, allow) == "yes"


def rule(peer: str = "", ports: str = "") -> str:
    parts = ([f"to: [{peer}]"] if peer else []) + ([f"ports: [{ports}]"] if ports else [])
    return policy(f"podSelector: {{}}, policyTypes: [Egress], egress: [{{{', '.join(parts)}}}]")


IN_DATA = "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: data}}"
TEAM = "namespaceSelector: {matchLabels: {team: red}}"
NAMESPACE = "---\n{{apiVersion: v1, kind: Namespace, metadata: {{name: data, labels: {{team: {0}}}}}}}\n"


@pytest.mark.parametrize(
    ("peer", "verdict"),
    [
        ("", "yes"),
        (f"{{{IN_DATA}}}", "yes"),
        (f"{{{IN_DATA}, podSelector: {{matchLabels: {{app: db}}}}}}", "yes"),
        (f"{{{IN_DATA}, podSelector: {{matchLabels: {{app: web}}}}}}", "no"),
        (f"{{{IN_DATA}}}, {{podSelector: {{matchLabels: {{app: web}}}}}}", "yes"),
        ("{podSelector: {matchLabels: {app: db}}}", "no"),
        ("{podSelector: {}}", "no"),
        ("{namespaceSelector: {}}", "yes"),
        ("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}", "no"),
        (f"{{{TEAM}}}", "unknown"),
        (f"{{{TEAM}, podSelector: {{matchLabels: {{app: web}}}}}}", "no"),
        ("{ipBlock: {cidr: 0.0.0.0/0}}", "yes"),
        ("{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}", "unknown"),
        ("{ipBlock: {cidr: 10.42.0.0/16}}", "unknown"),
        ("{}", "no"),
        ("7", "no"),
    ],
)
def test_peers(peer: str, verdict: str) -> None:
    assert egress(rule(peer)) == verdict


def test_labels_of_a_namespace_are_known_where_the_scope_defines_it() -> None:
    assert egress(rule(f"{{{TEAM}}}"), others=NAMESPACE.format("red")) == "yes"
    assert egress(rule(f"{{{TEAM}}}"), others=NAMESPACE.format("blue")) == "no"


@pytest.mark.parametrize(
    ("ports", "verdict"),
    [
        ("{port: 5432}", "yes"),
        ("{port: 5432, protocol: UDP}", "no"),
        ("{port: 80}", "no"),
        ("{port: 80}, {port: pg}", "yes"),
        ("{port: http}", "no"),
        ("{port: 5000, endPort: 6000}", "yes"),
        ("{port: 5000, endPort: 5400}", "no"),
        ("{protocol: TCP}", "yes"),
        ("{port: true}", "no"),
    ],
)
def test_ports_are_those_of_the_receiving_pod(ports: str, verdict: str) -> None:
    assert egress(rule(ports=ports)) == verdict
    receiving = policy(f"podSelector: {{}}, ingress: [{{ports: [{ports}]}}]", namespace="data")
    assert ingress(receiving) == verdict


def test_an_unknown_port_is_unknown_only_against_a_port_rule() -> None:
    assert egress(rule(ports="{port: 80}"), port=None) == "unknown"
    assert egress(rule(f"{{{IN_DATA}}}"), port=None) == "yes"


def test_the_receiving_end_has_its_own_policies() -> None:
    in_shop = "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}"
    from_shop = f"{in_shop}, podSelector: {{matchLabels: {{app: client}}}}"
    assert ingress(policy(f"podSelector: {{}}, ingress: [{{from: [{{{from_shop}}}]}}]", namespace="data")) == "yes"
    assert ingress(policy("podSelector: {}, ingress: [{from: [{podSelector: {}}]}]", namespace="data")) == "no"


def test_what_is_not_read_may_allow_what_is_denied() -> None:
    deny = policy(f"podSelector: {{}}, {DENY}")
    cilium = (
        "---\n{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: c, namespace: shop}, spec: {}}\n"
    )
    assert egress(deny, others=cilium) == "unknown"
    chart = "---\n{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: x}, spec: {}}\n"
    assert egress(deny, others=chart) == "no"
    assert egress(policy(f"podSelector: {{matchLabels: {{app: '${{X}}'}}}}, {DENY}"), deny) == "unknown"


def test_a_policy_of_another_scope_counts_as_unknown() -> None:
    deny = policy(f"podSelector: {{}}, {DENY}")
    scopes = scopes_of(
        {
            "app/kustomization.yaml": "resources: [all.yaml]\n",
            "app/all.yaml": PODS + deny,
            "policies/kustomization.yaml": "resources: [allow.yaml]\n",
            "policies/allow.yaml": policy("podSelector: {}, policyTypes: [Egress], egress: [{}]", "allow"),
        }
    )
    relations = scopes["app"].relations
    client, db = ends(relations)
    assert judge(client, "Egress", peer_of(db, relations), 5432, "TCP", relations).verdict == "unknown"


def test_a_file_that_could_not_be_read_may_hold_a_policy() -> None:
    scopes = scopes_of(
        {
            "all.yaml": PODS + policy(f"podSelector: {{}}, {DENY}"),
            "allow.yaml": "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: [\n",
        }
    )
    relations = scopes[""].relations
    client, db = ends(relations)
    assert judge(client, "Egress", peer_of(db, relations), 5432, "TCP", relations).verdict == "unknown"


def test_pods_on_the_host_network_are_unknown() -> None:
    pod = (
        "---\n{apiVersion: v1, kind: Pod, metadata: {name: h, namespace: shop}, "
        "spec: {hostNetwork: true, containers: [{name: a, image: a}]}}\n"
    )
    relations = relations_of(PODS + pod + policy(f"podSelector: {{}}, {DENY}"))
    host = pick(relations, "Pod", "h")
    assert judge(host, "Egress", peer_of(ends(relations)[1], relations), 5432, "TCP", relations).verdict == "unknown"


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ("[]", "no"),
        ("[{}]", "yes"),
        ("[{ports: [{port: 53, protocol: UDP}]}]", "yes"),
        ("[{ports: [{port: 53}]}]", "no"),
        ("[{ports: [{port: dns, protocol: UDP}]}]", "yes"),
        ("[{to: [{podSelector: {}}]}]", "no"),
        ("[{to: [{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}]}]", "yes"),
        ("[{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]}]", "yes"),
        ("[{to: [{namespaceSelector: {matchLabels: {name: kube-system}}}]}]", "unknown"),
        ("[{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]", "unknown"),
    ],
)
def test_dns_is_asked_over_udp(rules: str, verdict: str) -> None:
    relations = relations_of(PODS + policy(f"podSelector: {{}}, policyTypes: [Egress], egress: {rules}"))
    judgement = allows_dns(ends(relations)[0], relations)
    assert (judgement.verdict, judgement.is_isolated) == (verdict, True)
