"""What a kustomization says, what its patches touch, and what comes out at the end."""

from __future__ import annotations

from typing import Any

import pytest
from manifest_helpers import deployment, members, names, pick, scopes_of, service

from kubelint_lessons.manifests.kustomize import parse_kustomization
from kubelint_lessons.manifests.patches import matches_target, route_of_field, touched_routes
from kubelint_lessons.manifests.scopes import Scope

WEB = deployment("web")
WEB_SERVICE = service("web", "app: web")


def build(kustomization: str, **files: str) -> Scope:
    """Return the scope of a kustomization in the current directory with these files (``web_yaml`` → web.yaml)."""
    named = {name.replace("_yaml", ".yaml").replace("__", "/"): text for name, text in files.items()}
    return scopes_of(
        {"app/kustomization.yaml": kustomization, **{f"app/{name}": text for name, text in named.items()}}
    )["app"]


def test_paths_are_normalised_and_remote_ones_are_a_reason() -> None:
    parsed = parse_kustomization(
        "a/overlays/dev",
        "kustomization.yaml",
        {
            "resources": ["../../base/", "./web.yaml", "https://example.org/x.yaml", "github.com/org/repo?ref=v1", 7],
            "bases": ["../more"],
        },
    )
    assert parsed.resources == ("a/base", "a/overlays/dev/web.yaml", "a/overlays/more")
    assert [reason.split(" builds on ")[1] for reason in parsed.incomplete] == [
        "https://example.org/x.yaml, which lies elsewhere",
        "github.com/org/repo?ref=v1, which lies elsewhere",
    ]


@pytest.mark.parametrize(
    "data", [None, [], "text", {"resources": "x", "labels": 1, "patches": {"a": 1}, "images": [1]}]
)
def test_a_kustomization_of_the_wrong_shape_says_nothing(data: Any) -> None:
    parsed = parse_kustomization("a", "a/kustomization.yaml", data)
    assert (parsed.resources, parsed.patches, parsed.labels, parsed.incomplete) == ((), (), (), ())


@pytest.mark.parametrize(
    "data",
    [
        {"resources": ["a.yaml", "../base", "https://example.com/x"], "namespace": "shop"},
        {"kind": "Component", "components": ["c", "github.com/a/b"], "namePrefix": "p-", "nameSuffix": 3},
        {"apiVersion": "kustomize.config.k8s.io/v1beta1", "metadata": {"name": "x"}, "bases": ["../base"]},
    ],
)
def test_a_field_without_meaning_here_changes_nothing(data: dict[str, Any]) -> None:
    plain = parse_kustomization("/p/app", "app/kustomization.yaml", data)
    assert plain == parse_kustomization("/p/app", "app/kustomization.yaml", {**data, "sortOptions": {"order": "fifo"}})
    assert plain._replace(replicas=("web",)) == parse_kustomization(
        "/p/app", "app/kustomization.yaml", {**data, "replicas": [{"name": "web", "count": 2}]}
    )


def test_namespace_prefix_and_labels_reach_every_object() -> None:
    scope = build(
        "namespace: shop\nnamePrefix: eu-\nnameSuffix: -b\ncommonLabels: {team: red}\nresources: [all.yaml]\n",
        all_yaml=WEB + WEB_SERVICE + "---\n{apiVersion: v1, kind: Namespace, metadata: {name: x}}\n",
    )
    assert members(scope) == ["Deployment/shop/eu-web-b", "Namespace/-/shop", "Service/shop/eu-web-b"]
    web = pick(scope.relations, "Deployment", "eu-web-b")
    assert web.labels == {"team": "red"}
    assert web.pod_template is not None
    assert web.pod_template.labels == {"app": "web", "team": "red"}
    relation = scope.relations.related(pick(scope.relations, "Service", "eu-web-b"), "selects")
    assert names(relation.items) == ["Deployment/eu-web-b"]


def test_labels_without_selectors_do_not_reach_pods_or_selectors() -> None:
    scope = build("labels: [{pairs: {team: red}}]\nresources: [all.yaml]\n", all_yaml=WEB + WEB_SERVICE)
    web = pick(scope.relations, "Deployment", "web")
    assert (web.labels, web.pod_template and web.pod_template.labels) == ({"team": "red"}, {"app": "web"})
    scope = build(
        "labels: [{pairs: {team: red}, includeTemplates: true}]\nresources: [all.yaml]\n", all_yaml=WEB + WEB_SERVICE
    )
    web = pick(scope.relations, "Deployment", "web")
    assert web.pod_template is not None
    assert web.pod_template.labels == {"app": "web", "team": "red"}


def test_selector_labels_keep_two_instances_apart() -> None:
    scopes = scopes_of(
        {
            "base/kustomization.yaml": "resources: [all.yaml]\n",
            "base/all.yaml": WEB + WEB_SERVICE,
            "one/kustomization.yaml": "namePrefix: one-\ncommonLabels: {instance: one}\nresources: [../base]\n",
            "two/kustomization.yaml": "namePrefix: two-\ncommonLabels: {instance: two}\nresources: [../base]\n",
            "both/kustomization.yaml": "resources: [../one, ../two]\n",
        }
    )
    assert list(scopes) == ["both"]
    relations = scopes["both"].relations
    relation = relations.related(pick(relations, "Service", "one-web"), "selects")
    assert names(relation.items) == ["Deployment/one-web"]


def test_a_policy_for_all_pods_stays_one_under_common_labels() -> None:
    policy = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, spec: {podSelector: {}}}\n"
    scope = build("commonLabels: {team: red}\nresources: [p.yaml, web.yaml]\n", p_yaml=policy, web_yaml=WEB)
    relation = scope.relations.related(pick(scope.relations, "NetworkPolicy", "p"), "selects")
    assert names(relation.items) == ["Deployment/web"]


CONFIGURED = deployment("web", extra=", envFrom: [{configMapRef: {name: settings}}]")


def test_references_follow_the_names_that_kustomize_gives() -> None:
    config = "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}\n"
    scope = build("namePrefix: eu-\nresources: [web.yaml]\n", web_yaml=CONFIGURED + config)
    (reference,) = scope.relations.references(pick(scope.relations, "Deployment", "eu-web"))
    assert (reference.state, names(reference.items)) == ("found", ["ConfigMap/eu-settings"])
    assert scope.relations.find("ConfigMap", "settings").state == "absent"
    assert scope.relations.find("ConfigMap", "eu-settings").state == "found"


def test_generated_objects_are_found_without_being_objects() -> None:
    scope = build(
        "namespace: shop\nconfigMapGenerator: [{name: settings, literals: [A=b]}]\nresources: [web.yaml]\n",
        web_yaml=CONFIGURED,
    )
    (reference,) = scope.relations.references(pick(scope.relations, "Deployment", "web"))
    assert (reference.state, reference.items) == ("found", ())


@pytest.mark.parametrize(
    ("patch", "routes"),
    [
        ({"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 3}}, [("spec", "replicas")]),
        ({"metadata": {"labels": {"a": "b"}}}, [("metadata", "labels", "a")]),
        (
            {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "x:2"}]}}}},
            [("spec", "template", "spec", "containers", "*", "image")],
        ),
        ([{"op": "replace", "path": "/spec/ports/0/port", "value": 1}], [("spec", "ports", "*", "port")]),
        ([{"op": "add", "path": "/metadata/labels/a~1b", "value": "c"}], [("metadata", "labels", "a/b")]),
        ({"spec": {"$patch": "replace", "a": 1}}, [("spec",), ("spec", "a")]),
        ({"spec": {"selector": None}}, [("spec", "selector")]),
        ([7, {"op": "add"}], []),
        ("text", []),
        ({"spec": {str(n): n for n in range(1000)}}, [()]),
    ],
)
def test_a_patch_touches_the_fields_that_it_names(patch: Any, routes: list[tuple[str, ...]]) -> None:
    assert list(touched_routes(patch)) == routes


def test_field_paths_of_replacements() -> None:
    assert route_of_field("spec.rules.[host=x].http.0.port") == ("spec", "rules", "*", "http", "*", "port")


@pytest.mark.parametrize(
    ("target", "is_meant"),
    [
        ({"kind": "Deployment"}, True),
        ({"kind": "Deployment", "name": "web"}, True),
        ({"kind": "Deployment", "name": "w.*"}, True),
        ({"kind": "Deployment", "name": "eu-web"}, True),
        ({"kind": "StatefulSet|Deployment"}, True),
        ({"kind": "Service"}, False),
        ({"group": "apps", "version": "v1", "kind": "Deployment"}, True),
        ({"group": "batch"}, False),
        ({"name": "api"}, False),
        ({"namespace": "shop"}, True),
        ({"namespace": "lab"}, False),
        ({"labelSelector": "team=red"}, True),
        ({"labelSelector": "team=blue"}, False),
        ({"labelSelector": "team in (blue)"}, True),
        ({"name": "(a+)+$"}, True),
    ],
)
def test_a_patch_target_selects_objects(target: dict[str, Any], is_meant: bool) -> None:
    scope = build("namespace: shop\nnamePrefix: eu-\ncommonLabels: {team: red}\nresources: [web.yaml]\n", web_yaml=WEB)
    assert matches_target(target, pick(scope.relations, "Deployment", "eu-web")) is is_meant


LABEL_PATCH = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {metadata: {labels: {app: x}}}}\n"
)


@pytest.mark.parametrize(
    "kustomization",
    [
        "patches: [{path: p.yaml}]\n",
        "patches: [{path: p.yaml, target: {kind: Deployment}}]\n",
        "patchesStrategicMerge: [p.yaml]\n",
        "patches:\n  - patch: |\n" + "".join(f"      {line}\n" for line in LABEL_PATCH.splitlines()),
        "patchesJson6902:\n  - target: {kind: Deployment, name: web}\n    patch: |\n"
        "      - {op: replace, path: /spec/template/metadata/labels/app, value: x}\n",
    ],
)
def test_a_patch_of_labels_makes_joins_unknown(kustomization: str) -> None:
    files = {"all_yaml": WEB + WEB_SERVICE} | ({"p_yaml": LABEL_PATCH} if "p.yaml" in kustomization else {})
    scope = build(kustomization + "resources: [all.yaml]\n", **files)
    assert scope.complete, scope.incomplete_because
    assert members(scope) == ["Deployment/-/web", "Service/-/web"]
    relation = scope.relations.related(pick(scope.relations, "Service", "web"), "selects")
    assert (relation.items, relation.state) == ((), "unknown")
    assert pick(scope.relations, "Deployment", "web").may_be_patched("spec", "template", "metadata", "labels")


def test_a_patch_of_something_else_leaves_joins_certain() -> None:
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n"
    scope = build("patches: [{path: p.yaml}]\nresources: [all.yaml]\n", all_yaml=WEB + WEB_SERVICE, p_yaml=patch)
    relation = scope.relations.related(pick(scope.relations, "Service", "web"), "selects")
    assert relation.state == "found"
    web = pick(scope.relations, "Deployment", "web")
    assert web.may_be_patched("spec", "replicas")
    assert not web.may_be_patched("spec", "template")
    assert [(item.kind, item.is_patch) for item in scope.inputs] == [("Kustomization", False), ("Deployment", True)]


def test_a_patched_reference_is_unknown() -> None:
    patch = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
        "spec: {template: {spec: {containers: [{name: main, envFrom: [{configMapRef: {name: other}}]}]}}}\n"
    )
    scope = build("patches: [{path: p.yaml}]\nresources: [web.yaml]\n", web_yaml=CONFIGURED, p_yaml=patch)
    (reference,) = scope.relations.references(pick(scope.relations, "Deployment", "web"))
    assert reference.state == "unknown"


def test_a_deleting_patch_takes_the_object_out() -> None:
    patch = "$patch: delete\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
    scope = build("patches: [{path: p.yaml}]\nresources: [all.yaml]\n", all_yaml=WEB + WEB_SERVICE, p_yaml=patch)
    assert members(scope) == ["Deployment/-/web"]


def test_images_replicas_and_replacements_make_their_fields_uncertain() -> None:
    scope = build(
        "images: [{name: app, newTag: '2'}]\nreplicas: [{name: web, count: 3}]\n"
        "replacements: [{source: {kind: ConfigMap, name: c}, targets: [{select: {kind: Deployment}, "
        "fieldPaths: [spec.template.metadata.labels.app]}]}]\nresources: [web.yaml]\n",
        web_yaml=WEB,
    )
    web = pick(scope.relations, "Deployment", "web")
    assert web.may_be_patched("spec", "template", "spec", "containers", 0, "image")
    assert web.may_be_patched("spec", "replicas")
    assert web.may_be_patched("spec", "template", "metadata", "labels")
    assert not web.may_be_patched("spec", "strategy")


@pytest.mark.parametrize(
    ("kustomization", "reason"),
    [
        ("resources: [web.yaml, gone.yaml]", "app/gone.yaml is not among the files read"),
        ("resources: [web.yaml, ../base]", "base is not among the files read"),
        ("resources: [web.yaml, sub]", "app/sub holds no kustomization"),
        (
            "resources: [web.yaml, 'https://x.org/a']",
            "app/kustomization.yaml builds on https://x.org/a, which lies elsewhere",
        ),
        ("resources: [web.yaml]\nhelmCharts: [{name: x}]", "app/kustomization.yaml renders a Helm chart"),
        ("resources: [web.yaml]\ngenerators: [g.yaml]", "app/kustomization.yaml runs generators"),
        ("resources: [web.yaml]\ntransformers: [t.yaml]", "app/kustomization.yaml runs transformers"),
        ("resources: [web.yaml]\npatches: [{path: gone.yaml}]", "app/gone.yaml is not among the files read"),
        ("resources: [web.yaml]\npatches: [{patch: '{'}]", "a patch in app could not be read"),
        ("resources: [web.yaml, bad.yaml]", "app/bad.yaml could not be read"),
        ("resources: [web.yaml, .]", "app builds on itself"),
    ],
)
def test_what_cannot_be_known_leaves_the_scope_incomplete(kustomization: str, reason: str) -> None:
    scope = build(
        f"{kustomization}\n",
        web_yaml=WEB,
        bad_yaml="apiVersion: v1\nkind: [\n",
        sub__x_yaml="{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}\n",
    )
    assert scope.incomplete_because == (reason,)
    assert not scope.complete
    relation = scope.relations.related(pick(scope.relations, "Deployment", "web"), "selectedBy", kinds=("Service",))
    assert relation.state == "unknown"
