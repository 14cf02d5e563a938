"""Who selects, targets, references and owns whom; each answer with its state and its places."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manifest_helpers import deployment, names, pick, relations_of, resource_of, scope_of, service
from reference_relations import all_selected, all_selecting

from kubelint_lessons.manifests.relations import Relations
from kubelint_lessons.manifests.resources import Resource

POSTGRES = """---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: shop, component: db}}
  template:
    metadata: {labels: {app: shop, component: db}}
    spec: {containers: [{name: db, image: "postgres:16", ports: [{name: pg, containerPort: 5432}]}]}
"""


def test_a_service_selects_every_workload_that_carries_its_labels() -> None:
    relations = relations_of(service("web", "app: shop") + deployment("web", "app: shop, component: web") + POSTGRES)
    web = pick(relations, "Service", "web")
    relation = relations.related(web, "selects")
    assert names(relation.items) == ["Deployment/web", "StatefulSet/db"]
    assert relation.state == "found"
    link = relation.places[1]
    assert link.path == ("spec", "selector", "app")
    assert link.item.place(*link.far).location().line == 19
    back = relations.related(pick(relations, "StatefulSet", "db"), "selectedBy", kinds=("Service",))
    assert [(link.path, link.item.name, link.far) for link in back.places] == [
        (("spec", "template", "metadata", "labels", "app"), "web", ("spec", "selector", "app"))
    ]


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        ("{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {ports: [{port: 1}]}}", []),
        ("{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {selector: {}}}", []),
        (
            "{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {type: ExternalName, selector: {app: web}}}",
            [],
        ),
        (
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: x}, spec: {podSelector: {}}}",
            ["web"],
        ),
        ("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: x}, spec: {}}", ["web"]),
        ("{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: x}, spec: {selector: {}}}", ["web"]),
        ("{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: x}, spec: {minAvailable: 1}}", []),
        ("{apiVersion: policy/v1beta1, kind: PodDisruptionBudget, metadata: {name: x}, spec: {selector: {}}}", []),
        (
            "{apiVersion: monitoring.coreos.com/v1, kind: PodMonitor, metadata: {name: x}, spec: {selector: {}}}",
            ["web"],
        ),
        (
            "{apiVersion: v1, kind: ReplicationController, metadata: {name: x}, spec: {selector: {app: web}, "
            "template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: a}]}}}}",
            ["x", "web"],
        ),
        ("{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: x}, spec: {selector: {app: web}}}", []),
    ],
)
def test_empty_and_absent_selectors_mean_what_the_kind_says(near: str, expected: list[str]) -> None:
    relations = relations_of(f"{near}\n{deployment('web')}")
    (resource,) = [item for item in relations._resources if item.name == "x"]
    assert [item.name for item in relations.related(resource, "selects").items] == expected


def test_a_workload_selects_its_own_pods_and_those_of_others_with_its_labels() -> None:
    relations = relations_of(deployment("a", "app: x") + deployment("b", "app: x, tier: y") + deployment("c", "app: z"))
    assert names(relations.related(pick(relations, "Deployment", "a"), "selects").items) == [
        "Deployment/a",
        "Deployment/b",
    ]


def test_namespaces_divide_and_a_missing_one_is_unknown_against_a_named_one() -> None:
    text = (
        service("s", "app: web", "shop") + deployment("web", namespace="shop") + deployment("other", "app: web", "lab")
    )
    relations = relations_of(text)
    relation = relations.related(pick(relations, "Service", "s"), "selects")
    assert (names(relation.items), relation.state) == (["Deployment/web"], "found")
    relations = relations_of(service("s", "app: web", "shop") + deployment("web"))
    relation = relations.related(pick(relations, "Service", "s"), "selects")
    assert (relation.items, relation.state) == ((), "unknown")
    assert names(relations.possible(pick(relations, "Service", "s"))) == ["Deployment/web"]
    relations = relations_of(service("s", "app: web") + deployment("web"))
    assert relations.related(pick(relations, "Service", "s"), "selects").state == "found"


def test_a_service_that_selects_nothing_says_absent_only_if_nothing_else_could_fit() -> None:
    dangling = service("s", "app: pg")
    assert state_of(dangling + deployment("web")) == "absent"
    assert state_of(dangling + deployment("web", "app: '${APP}'")) == "unknown"
    operator = "---\n{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, metadata: {name: pg}, spec: {instances: 3}}\n"
    assert state_of(dangling + operator) == "unknown"
    chart = "---\n{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: x}, spec: {}}\n"
    assert state_of(dangling + chart) == "unknown"


def test_system_pods_may_be_what_a_service_in_kube_system_selects() -> None:
    assert state_of(service("s", "k8s-app: kube-dns", "kube-system")) == "unknown"


def state_of(text: str) -> str:
    relations = relations_of(text)
    return relations.related(pick(relations, "Service", "s"), "selects").state


def test_one_pod_of_a_stateful_set_can_be_selected_by_its_name() -> None:
    relations = relations_of(POSTGRES + service("db-0", "statefulset.kubernetes.io/pod-name: db-0"))
    relation = relations.related(pick(relations, "Service", "db-0"), "selects")
    assert (names(relation.items), relation.state) == (["StatefulSet/db"], "found")
    relations = relations_of(POSTGRES + service("s", "app: shop, pod-template-hash: abc"))
    assert relations.related(pick(relations, "Service", "s"), "selects").state == "unknown"


def test_alternatives_join_nothing_and_repetitions_count_once() -> None:
    twice = deployment("web", image="app:1") + deployment("web", image="app:2")
    relations = relations_of(service("s", "app: web") + twice)
    assert all(relations.is_ambiguous(item) for item in relations.of_kind("Deployment"))
    relation = relations.related(pick(relations, "Service", "s"), "selects")
    assert (relation.items, relation.state) == ((), "unknown")
    relations = relations_of(service("s", "app: web") + deployment("web") + deployment("web"))
    relation = relations.related(pick(relations, "Service", "s"), "selects")
    assert (names(relation.items), relation.state) == (["Deployment/web"], "found")
    assert len(relations.definitions(relation.items[0])) == 2


def test_a_service_monitor_selects_services_where_it_looks() -> None:
    text = """---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {ports: [{name: metrics, port: 9090}]}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: own, namespace: monitoring}
spec: {selector: {matchLabels: {app: web}}, endpoints: [{port: metrics}]}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: named, namespace: monitoring}
spec: {selector: {matchLabels: {app: web}}, namespaceSelector: {matchNames: [shop]}}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: everywhere, namespace: monitoring}
spec: {selector: {}, namespaceSelector: {any: true}}
"""
    relations = relations_of(text)
    monitors = {item.name: relations.related(item, "selects").state for item in relations.of_kind("ServiceMonitor")}
    assert monitors == {"own": "absent", "named": "found", "everywhere": "found"}
    back = relations.related(pick(relations, "Service", "web"), "selectedBy")
    assert names(back.items) == ["ServiceMonitor/named", "ServiceMonitor/everywhere"]


ROUTES = """---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  tls: [{secretName: web-tls, hosts: [web.example.org]}]
  rules:
    - http: {paths: [{path: /, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec: {rules: [{backendRefs: [{name: web, port: 80}, {name: gone, port: 80}]}]}
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: web}
spec: {routes: [{match: Host(`x`), kind: Rule, services: [{name: web, port: 80}]}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 3}
"""


def test_targets_are_found_and_missing_ones_have_their_place() -> None:
    relations = relations_of(ROUTES + service("web", "app: web") + deployment("web"))
    route = relations.related(pick(relations, "HTTPRoute", "web"), "targets")
    assert (names(route.items), route.state) == (["Service/web"], "absent")
    assert route.missing == (("spec", "rules", 0, "backendRefs", 1, "name"),)
    scaler = pick(relations, "HorizontalPodAutoscaler", "web")
    assert names(relations.related(scaler, "targets").items) == ["Deployment/web"]
    back = relations.related(pick(relations, "Service", "web"), "targetedBy")
    assert names(back.items) == ["Ingress/web", "HTTPRoute/web", "IngressRoute/web"]
    assert back.places[0].far == ("spec", "rules", 0, "http", "paths", 0, "backend", "service", "name")
    assert names(relations.related(pick(relations, "Deployment", "web"), "targetedBy").items) == [
        "HorizontalPodAutoscaler/web"
    ]


REFERRING = """---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop}
spec:
  serviceAccountName: robot
  imagePullSecrets: [{name: pull}]
  volumes:
    - {name: a, configMap: {name: files}}
    - {name: b, secret: {secretName: keys, optional: true}}
    - {name: c, persistentVolumeClaim: {claimName: data}}
    - {name: d, projected: {sources: [{configMap: {name: more}}, {secret: {name: certs}}]}}
  containers:
    - name: main
      image: app:1
      envFrom: [{configMapRef: {name: settings}}]
      env:
        - {name: X, valueFrom: {secretKeyRef: {name: keys, key: token}}}
"""


def test_references_of_a_pod_are_all_found_with_place_key_and_option() -> None:
    relations = relations_of(REFERRING)
    found = {
        (item.kind, item.name, item.key, item.is_optional) for item in relations.references(pick(relations, "Pod", "p"))
    }
    assert found == {
        ("ServiceAccount", "robot", None, False),
        ("Secret", "pull", None, False),
        ("ConfigMap", "files", None, False),
        ("Secret", "keys", None, True),
        ("PersistentVolumeClaim", "data", None, False),
        ("ConfigMap", "more", None, False),
        ("Secret", "certs", None, False),
        ("ConfigMap", "settings", None, False),
        ("Secret", "keys", "token", False),
    }
    claims = relations.references(pick(relations, "Pod", "p"), "PersistentVolumeClaim")
    assert [item.path for item in claims] == [("spec", "volumes", 2, "persistentVolumeClaim", "claimName")]
    assert {item.state for item in relations.references(pick(relations, "Pod", "p"))} == {"absent"}


def reference_state(kind: str, name: str, others: str) -> str:
    volume = {"ConfigMap": "configMap: {name: '%s'}", "Secret": "secret: {secretName: '%s'}"}[kind] % name
    pod = (
        "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\n"
        f"spec: {{volumes: [{{name: v, {volume}}}], containers: [{{name: a, image: a}}]}}\n"
    )
    relations = relations_of(pod + others)
    (found,) = relations.references(pick(relations, "Pod", "p"))
    return found.state


@pytest.mark.parametrize(
    ("kind", "name", "others", "state"),
    [
        ("ConfigMap", "a", "", "absent"),
        ("ConfigMap", "a", "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: shop}}", "found"),
        ("ConfigMap", "a", "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: lab}}", "absent"),
        ("ConfigMap", "a", "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}", "unknown"),
        (
            "ConfigMap",
            "a",
            "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: '${X}', namespace: shop}}",
            "unknown",
        ),
        ("ConfigMap", "${NAME}", "", "unknown"),
        ("ConfigMap", "kube-root-ca.crt", "", "unknown"),
        (
            "Secret",
            "a",
            "---\n{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: a, namespace: shop}}",
            "found",
        ),
        (
            "Secret",
            "a-tls",
            "---\n{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: x, namespace: shop}, "
            "spec: {secretName: a-tls, issuerRef: {name: ca}}}",
            "found",
        ),
        (
            "Secret",
            "pg-app",
            "---\n{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, metadata: {name: pg, namespace: shop}}",
            "unknown",
        ),
    ],
)
def test_a_reference_is_absent_only_where_nothing_could_provide_it(
    kind: str, name: str, others: str, state: str
) -> None:
    assert reference_state(kind, name, others) == state


def test_classes_are_absent_only_beside_others_of_their_kind() -> None:
    claim = "---\n{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {storageClassName: fast}}\n"
    other = "---\n{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: slow}, provisioner: x}\n"
    for text, state in ((claim, "unknown"), (claim + other, "absent")):
        relations = relations_of(text)
        assert relations.related(pick(relations, "PersistentVolumeClaim", "c"), "references").state == state


def test_what_names_nothing_is_found_without_items_and_optional_names_are_not_missed() -> None:
    text = (
        "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {volumes: [{name: v, secret: {secretName: s, "
        "optional: true}}], containers: [{name: a, image: a}]}\n"
    )
    relations = relations_of(text + deployment("web"))
    for resource in relations.workloads():
        relation = relations.related(resource, "references")
        assert (relation.items, relation.state, relation.missing) == ((), "found", ())


def test_referenced_by_and_owns_point_back() -> None:
    text = """---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop}}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: r}
spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: w}}
"""
    relations = relations_of(REFERRING + text + deployment("w"))
    back = relations.related(pick(relations, "ConfigMap", "settings"), "referencedBy")
    assert [(link.item.name, link.far) for link in back.places] == [
        ("p", ("spec", "containers", 0, "envFrom", 0, "configMapRef", "name"))
    ]
    assert names(relations.related(pick(relations, "argoproj.io/Rollout", "r"), "owns").items) == ["Deployment/w"]
    assert names(relations.related(pick(relations, "Deployment", "w"), "ownedBy").items) == ["Rollout/r"]


def test_role_bindings_follow_kind_group_and_namespace() -> None:
    text = """---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
  - {kind: ServiceAccount, name: robot, namespace: lab}
  - {kind: User, name: someone}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: reader, namespace: shop}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot, namespace: lab}}
"""
    relations = relations_of(text)
    relation = relations.related(pick(relations, "RoleBinding", "b"), "references")
    assert (names(relation.items), relation.state) == (["Role/reader", "ServiceAccount/robot"], "found")


def test_same_joins_by_value_and_never_with_itself() -> None:
    ingress = (
        "---\n{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: {0}}}, spec: {{rules: [{1}]}}}}\n"
    )
    text = (
        ingress.format("a", "{host: x.org}, {host: y.org}")
        + ingress.format("b", "{host: y.org}")
        + ingress.format("c", "{host: z.org}")
        + ingress.format("d", "{host: '${HOST}'}")
    )
    relations = relations_of(text)
    relation = relations.related(pick(relations, "Ingress", "a"), "same", by="spec.rules[*].host")
    assert (names(relation.items), relation.state) == (["Ingress/b"], "found")
    assert relation.places[0].path == ("spec", "rules", 1, "host")
    assert relations.related(pick(relations, "Ingress", "c"), "same", by=("spec.rules[*].host",)).state == "absent"
    assert relations.related(pick(relations, "Ingress", "d"), "same", by="spec.rules[*].host").state == "unknown"


def test_same_joins_other_kinds_and_by_several_paths() -> None:
    relations = relations_of(deployment("web") + service("web", "app: web") + service("api", "app: api"))
    web = pick(relations, "Deployment", "web")
    found = relations.related(web, "same", kinds=("Service",), by=("metadata.name", "metadata.namespace"))
    assert names(found.items) == ["Service/web"]


def test_of_a_patch_everything_is_unknown() -> None:
    scope = scope_of("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 3}\n")
    (patch,) = scope.inputs
    assert scope.relations.related(patch, "selects").state == "unknown"


def test_an_unknown_relation_is_an_error() -> None:
    relations = relations_of(deployment("web"))
    with pytest.raises(ValueError, match="no relation 'likes'"):
        relations.related(pick(relations, "Deployment", "web"), "likes")


def test_kinds_of_other_groups_are_not_confused() -> None:
    relations = relations_of(
        "{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: k}}\n---\n"
        "{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: g}}\n" + service("s", "app: a")
    )
    assert [item.name for item in relations.of_kind("Service")] == ["s"]
    assert [item.name for item in relations.of_kind("serving.knative.dev/Service")] == ["k"]
    assert [item.name for item in relations.of_kind("*/Service")] == ["k", "s"]
    assert [item.name for item in relations.of_kind("*.istio.io/*")] == ["g"]
    assert relations.find("Service", "other").state == "absent"


def test_service_ports_lead_to_container_ports_by_number_and_name() -> None:
    ports = "[{port: 80, targetPort: pg}, {port: 81, targetPort: 9}, {port: 5432}, {port: 1, targetPort: nope}]"
    relations = relations_of(POSTGRES + service("db", "component: db", ports=ports))
    targets = relations.service_targets(pick(relations, "Service", "db"))
    shown = [
        (
            item.position,
            item.target,
            [(end.number, end.container.name if end.container else None) for end in item.endpoints],
        )
        for item in targets
    ]
    assert shown == [(0, "pg", [(5432, "db")]), (1, 9, [(9, None)]), (2, 5432, [(5432, "db")]), (3, "nope", [])]


NAMESPACES = st.sampled_from([None, "x", "y", "${NS}"])
KEYS = st.sampled_from(["a", "b"])
VALUES = st.sampled_from(["1", "2", "${V}"])
LABELS = st.dictionaries(KEYS, VALUES, max_size=2)
SELECTORS = st.fixed_dictionaries(
    {},
    optional={
        "matchLabels": LABELS,
        "matchExpressions": st.lists(
            st.fixed_dictionaries(
                {"key": KEYS, "operator": st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist", "Bad"])},
                optional={"values": st.lists(VALUES, min_size=1, max_size=2)},
            ),
            max_size=2,
        ),
    },
)


def metadata(draw: st.DrawFn) -> dict[str, Any]:
    data: dict[str, Any] = {"name": f"n{draw(st.integers(0, 30))}"}
    namespace = draw(NAMESPACES)
    return data if namespace is None else {**data, "namespace": namespace}


@st.composite
def clusters(draw: st.DrawFn) -> tuple[Resource, ...]:
    """Draw objects that select and are selected, few or enough for an index; names may repeat."""
    found: list[Resource] = []
    for _ in range(draw(st.sampled_from([1, 2, 3, 4, 12]))):
        spec: dict[str, Any] = {"template": {"metadata": {"labels": draw(LABELS)}, "spec": {"containers": []}}}
        if draw(st.booleans()):
            spec["selector"] = draw(SELECTORS)
        found.append(made("apps/v1", "Deployment", metadata(draw), spec))
    for _ in range(draw(st.sampled_from([0, 1, 2, 3, 4, 5, 14]))):
        kind = draw(st.sampled_from(["Service", "NetworkPolicy", "PodDisruptionBudget", "ServiceMonitor"]))
        if kind == "Service":
            spec = draw(st.fixed_dictionaries({}, optional={"selector": LABELS}))
            found.append(made("v1", kind, {**metadata(draw), "labels": draw(LABELS)}, spec))
        elif kind == "ServiceMonitor":
            reach = draw(st.sampled_from([{}, {"any": True}, {"matchNames": ["x"]}, {"matchNames": ["x", "${NS}"]}]))
            spec = {"selector": draw(SELECTORS), "namespaceSelector": reach}
            found.append(made("monitoring.coreos.com/v1", kind, metadata(draw), spec))
        else:
            field = "podSelector" if kind == "NetworkPolicy" else "selector"
            group = "networking.k8s.io/v1" if kind == "NetworkPolicy" else "policy/v1"
            spec = draw(st.fixed_dictionaries({}, optional={field: SELECTORS}))
            found.append(made(group, kind, metadata(draw), spec))
    return tuple(found)


def made(api_version: str, kind: str, meta: dict[str, Any], spec: dict[str, Any]) -> Resource:
    return resource_of({"apiVersion": api_version, "kind": kind, "metadata": meta, "spec": spec})


@settings(max_examples=300, deadline=None)
@given(clusters())
def test_label_joins_agree_with_the_reference(resources: tuple[Resource, ...]) -> None:
    relations = Relations(resources)
    everything = list(resources)
    for resource in resources:
        selected = relations.related(resource, "selects")
        expected = all_selected(resource, everything)
        assert (sorted(map(id, selected.items)), selected.state) == (sorted(map(id, expected[0])), expected[1])
        selecting = relations.related(resource, "selectedBy")
        expected = all_selecting(resource, everything)
        assert (sorted(map(id, selecting.items)), selecting.state) == (sorted(map(id, expected[0])), expected[1])
