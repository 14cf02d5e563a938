"""Which resources are applied together, in the layouts that repositories have."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from manifest_helpers import deployment, members, names, pick, read, scopes_of, service

from kubelint_lessons.manifests.scopes import build_scopes, one_scope

WEB = deployment("web")
WEB_SERVICE = service("web", "app: web")
DATABASE = deployment("postgres", "app: web", image="postgres:16")


def test_files_outside_kustomizations_are_one_scope() -> None:
    scopes = scopes_of({"k8s/web/web.yaml": WEB, "k8s/svc.yaml": WEB_SERVICE, "k8s/notes.yaml": "just: text\n"})
    assert list(scopes) == [""]
    assert members(scopes[""]) == ["Deployment/-/web", "Service/-/web"]
    assert scopes[""].complete


def test_base_and_overlays_are_a_scope_for_each_overlay() -> None:
    """A repository as a new user writes it: nothing joins dev and prod, and each sees the base as its own."""
    scopes = scopes_of(
        {
            "base/kustomization.yaml": "resources: [web.yaml, service.yaml]\n",
            "base/web.yaml": WEB,
            "base/service.yaml": WEB_SERVICE,
            "overlays/dev/kustomization.yaml": "namespace: dev\nresources: [../../base, postgres.yaml]\n",
            "overlays/dev/postgres.yaml": DATABASE,
            "overlays/prod/kustomization.yaml": "namespace: prod\nresources: [../../base]\npatches: [{path: p.yaml}]",
            "overlays/prod/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}",
        }
    )
    assert list(scopes) == ["overlays/dev", "overlays/prod"]
    selected = {
        root: names(scope.relations.related(pick(scope.relations, "Service", "web"), "selects").items)
        for root, scope in scopes.items()
    }
    assert selected == {
        "overlays/dev": ["Deployment/web", "Deployment/postgres"],
        "overlays/prod": ["Deployment/web"],
    }
    assert members(scopes["overlays/prod"]) == ["Deployment/prod/web", "Service/prod/web"]
    dev, prod = (pick(scope.relations, "Service", "web") for scope in scopes.values())
    assert dev.data is prod.data
    assert all(scope.complete for scope in scopes.values())


def test_components_work_on_what_the_parent_has_so_far() -> None:
    component = (
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: x-\nresources: [more.yaml]\n"
    )
    scopes = scopes_of(
        {
            "app/kustomization.yaml": "resources: [web.yaml]\ncomponents: [../parts/more]\n",
            "app/web.yaml": WEB,
            "parts/more/kustomization.yaml": component,
            "parts/more/more.yaml": WEB_SERVICE,
            "parts/unused/kustomization.yaml": component,
            "parts/unused/more.yaml": deployment("other"),
        }
    )
    assert members(scopes["app"]) == ["Deployment/-/x-web", "Service/-/x-web"]
    assert scopes["parts/unused"].incomplete_because == (
        "parts/unused/kustomization.yaml is a component that nothing here uses",
    )
    assert set(scopes) == {"app", "parts/unused"}


def test_kustomizations_in_a_circle_end() -> None:
    scopes = scopes_of(
        {
            "a/kustomization.yaml": "resources: [../b, web.yaml]\n",
            "a/web.yaml": WEB,
            "b/kustomization.yaml": "resources: [../a, svc.yaml]\n",
            "b/svc.yaml": WEB_SERVICE,
        }
    )
    assert list(scopes) == ["a"]
    assert scopes["a"].incomplete_because == ("a builds on itself",)
    assert members(scopes["a"]) == ["Deployment/-/web", "Service/-/web"]


def test_a_deep_chain_of_kustomizations_ends() -> None:
    files = {f"d{n}/kustomization.yaml": f"resources: [../d{n + 1}]\n" for n in range(200)}
    scopes = scopes_of({**files, "d200/kustomization.yaml": "resources: [web.yaml]\n", "d200/web.yaml": WEB})
    assert "more than 50 kustomizations" in " ".join(scopes["d0"].incomplete_because)


def test_doubling_bases_are_cut_off() -> None:
    files = {"d0/kustomization.yaml": "resources: [web.yaml]\n", "d0/web.yaml": WEB}
    for n in range(1, 25):
        files[f"d{n}/kustomization.yaml"] = f"resources: [../a{n}, ../b{n}]\n"
        files[f"a{n}/kustomization.yaml"] = f"namePrefix: a\nresources: [../d{n - 1}]\n"
        files[f"b{n}/kustomization.yaml"] = f"namePrefix: b\nresources: [../d{n - 1}]\n"
    (scope,) = build_scopes("", read(files))
    assert any("more objects than" in reason for reason in scope.incomplete_because)


def test_environments_beside_each_other_are_apart() -> None:
    scopes = scopes_of(
        {
            "k8s/namespace.yaml": "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n",
            "k8s/common/policy.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: shared}}\n",
            "k8s/dev/web.yaml": WEB + WEB_SERVICE,
            "k8s/dev/db.yaml": deployment("db-dev", "app: db"),
            "k8s/prod/web.yaml": deployment("web", image="app:2") + WEB_SERVICE,
            "k8s/prod/cache/cache.yaml": deployment("cache"),
        }
    )
    assert {root: members(scope) for root, scope in scopes.items()} == {
        "": ["ConfigMap/-/shared", "Namespace/-/shop"],
        "k8s/dev": ["Deployment/-/db-dev", "Deployment/-/web", "Service/-/web"],
        "k8s/prod": ["Deployment/-/cache", "Deployment/-/web", "Service/-/web"],
    }


@pytest.mark.parametrize(
    ("directories", "scopes"),
    [
        (["environments/a", "environments/b"], ["environments/a", "environments/b"]),
        (["k8s/clusters/a", "k8s/clusters/b/deep"], ["k8s/clusters/a", "k8s/clusters/b"]),
        (["k8s/dev", "k8s/prod"], ["k8s/dev", "k8s/prod"]),
        (["shop-staging", "shop-prod"], ["shop-prod", "shop-staging"]),
        (["dev", "app"], [""]),
        (["dev/a", "app/prod"], [""]),
        (["dev-1", "dev-2"], [""]),
        (["device", "product"], [""]),
    ],
)
def test_names_of_directories_say_that_they_are_apart(directories: list[str], scopes: list[str]) -> None:
    files = {f"{directory}/x.yaml": deployment(f"x{n}") for n, directory in enumerate(directories)}
    assert list(scopes_of(files)) == scopes


def test_the_projects_own_path_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "clusters" / "home"
    root.mkdir(parents=True)
    monkeypatch.chdir(root)
    assert list(scopes_of({"a/x.yaml": deployment("a"), "b/x.yaml": deployment("b")})) == [""]


def test_clusters_are_apart_and_so_are_variants_inside_one() -> None:
    scopes = scopes_of(
        {
            "clusters/a/apps/web/v1/web.yaml": WEB,
            "clusters/a/apps/web/v2/web.yaml": deployment("web", image="app:2"),
            "clusters/a/apps/db.yaml": deployment("db"),
            "clusters/b/apps/web.yaml": deployment("web", image="app:3"),
            "old/web.yaml": WEB,
            "more/x.yaml": deployment("x"),
        }
    )
    assert {root: len(scope.resources) for root, scope in scopes.items()} == {
        "": 1,
        "clusters/a": 1,
        "clusters/a/apps/web/v1": 1,
        "clusters/a/apps/web/v2": 1,
        "clusters/b": 1,
        "old": 1,
    }


def test_other_namespaces_names_and_small_objects_do_not_divide() -> None:
    account = "---\n{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}\n"
    scopes = scopes_of(
        {
            "one/web.yaml": deployment("web", namespace="dev") + account,
            "two/web.yaml": deployment("web", namespace="prod") + account,
            "two/named.yaml": deployment("${NAME}"),
            "one/named.yaml": deployment("${NAME}"),
        }
    )
    assert list(scopes) == [""]


def test_the_same_object_twice_in_one_directory_means_alternatives() -> None:
    scopes = scopes_of({"a/one.yaml": WEB, "a/two.yaml": deployment("web", image="app:2"), "a/svc.yaml": WEB_SERVICE})
    relations = scopes[""].relations
    assert all(relations.is_ambiguous(item) for item in relations.workloads())
    assert relations.related(pick(relations, "Service", "web"), "selects").state == "unknown"


CONFIGURED = deployment("web", extra=", envFrom: [{configMapRef: {name: settings}}]")
SETTINGS = "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}\n"


def test_what_only_another_scope_holds_is_unknown() -> None:
    scopes = scopes_of(
        {
            "apps/kustomization.yaml": "resources: [web.yaml]\n",
            "apps/web.yaml": CONFIGURED + service("db", "app: db"),
            "config/kustomization.yaml": "resources: [settings.yaml]\n",
            "config/settings.yaml": SETTINGS + deployment("db"),
        }
    )
    relations = scopes["apps"].relations
    assert relations.related(pick(relations, "Deployment", "web"), "references").state == "unknown"
    assert relations.related(pick(relations, "Service", "db"), "selects").state == "unknown"


def test_whoever_selects_or_names_something_may_stand_in_another_scope() -> None:
    scopes = scopes_of(
        {
            "apps/kustomization.yaml": "resources: [web.yaml]\n",
            "apps/web.yaml": WEB + WEB_SERVICE,
            "edge/kustomization.yaml": "resources: [edge.yaml]\n",
            "edge/edge.yaml": "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web}, "
            "spec: {selector: {matchLabels: {app: web}}}}\n---\n"
            "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web}, spec: {defaultBackend: "
            "{service: {name: web, port: {number: 80}}}}}\n",
        }
    )
    relations = scopes["apps"].relations
    web, front = pick(relations, "Deployment", "web"), pick(relations, "Service", "web")
    assert relations.related(web, "selectedBy", kinds=("PodDisruptionBudget",)).state == "unknown"
    assert relations.related(web, "selectedBy", kinds=("NetworkPolicy",)).state == "absent"
    assert relations.related(front, "targetedBy").state == "unknown"
    assert relations.related(web, "targetedBy").state == "absent"


def test_what_lies_elsewhere_is_what_this_scope_does_not_hold_in_any_view() -> None:
    files = {
        "base/kustomization.yaml": "resources: [settings.yaml]\n",
        "base/settings.yaml": SETTINGS,
        "other/kustomization.yaml": "resources: [other.yaml]\n",
        "other/other.yaml": SETTINGS.replace("settings", "other") + "---\n{apiVersion: a.b/v1, kind: ConfigMap}\n",
    }
    for name, resources in (("dev", "[../base]"), ("prod", "[../base]"), ("bare", "[web.yaml]")):
        files[f"{name}/kustomization.yaml"] = f"namespace: {name}\nresources: {resources}\n"
    scopes = scopes_of({**files, "bare/web.yaml": WEB})
    found = {root: scope.relations.elsewhere("", "ConfigMap") for root, scope in scopes.items()}
    assert {root: sorted(item.name for item in items) for root, items in found.items()} == {
        "bare": ["other", "settings", "settings"],
        "dev": ["other"],
        "prod": ["other"],
        "other": ["settings", "settings"],
    }
    found["bare"].clear()
    assert len(scopes["bare"].relations.elsewhere("", "ConfigMap")) == 3


def test_what_another_environment_holds_in_its_own_namespace_does_not_count() -> None:
    files = {"base/kustomization.yaml": "resources: [web.yaml]\n", "base/web.yaml": CONFIGURED}
    for name, resources in (("dev", "[../base, settings.yaml]"), ("prod", "[../base]")):
        files[f"{name}/kustomization.yaml"] = f"namespace: {name}\nresources: {resources}\n"
    scopes = scopes_of({**files, "dev/settings.yaml": SETTINGS})
    states = {
        root: scope.relations.related(pick(scope.relations, "Deployment", "web"), "references").state
        for root, scope in scopes.items()
    }
    assert states == {"dev": "found", "prod": "absent"}


FLUX = (
    "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
    "metadata: {{name: {0}, namespace: flux-system}}\nspec: {1}\n"
)
ARGO = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {0}, namespace: argocd}}\nspec: {1}\n"


def test_flux_takes_a_directory_with_all_below_it() -> None:
    scopes = scopes_of(
        {
            "clusters/a/web.yaml": FLUX.format("web", "{path: ./apps/web, targetNamespace: shop}"),
            "apps/web/web.yaml": deployment("web", namespace="ignored"),
            "apps/web/deep/svc.yaml": WEB_SERVICE,
            "apps/web/sub/kustomization.yaml": "namePrefix: x-\nresources: [more.yaml]\n",
            "apps/web/sub/more.yaml": deployment("more"),
            "apps/web/sub/unused.yaml": deployment("unused"),
        }
    )
    assert members(scopes["apps/web"]) == ["Deployment/shop/web", "Deployment/shop/x-more", "Service/shop/web"]
    assert members(scopes[""]) == ["Deployment/-/unused"]
    assert members(scopes["clusters/a"]) == ["Kustomization/flux-system/web"]


def test_flux_adds_its_layer_to_a_kustomization() -> None:
    scopes = scopes_of({
        "ks.yaml": FLUX.format("web", "{path: apps/web, targetNamespace: shop, namePrefix: eu-, "
                "patches: [{patch: '[{op: add, path: /spec/selector/x, value: a}]', "
                "target: {kind: Service}}]}"),
        "apps/web/kustomization.yaml": "namespace: inner\nresources: [web.yaml]\n",
        "apps/web/web.yaml": WEB + WEB_SERVICE,
    })  # fmt: skip
    assert members(scopes["apps/web"]) == ["Deployment/shop/eu-web", "Service/shop/eu-web"]
    relations = scopes["apps/web"].relations
    assert relations.related(pick(relations, "Service", "eu-web"), "selects").state == "unknown"


def test_one_directory_may_be_deployed_twice() -> None:
    documents = read(
        {
            "a.yaml": FLUX.format("a", "{path: ./apps/web, targetNamespace: a}"),
            "b.yaml": FLUX.format("b", "{path: ./apps/web, targetNamespace: b}"),
            "again.yaml": FLUX.format("again", "{path: ./apps/web, targetNamespace: b}"),
            "apps/web/web.yaml": WEB,
        }
    )
    scopes = [scope for scope in build_scopes("", documents) if scope.root == "apps/web"]
    assert sorted(members(scope)[0] for scope in scopes) == ["Deployment/a/web", "Deployment/b/web"]


def test_argo_takes_a_directory_and_fills_in_missing_namespaces() -> None:
    spec = "{{destination: {{namespace: shop}}, source: {{path: apps/web{0}}}}}"
    files = {
        "apps/web/web.yaml": WEB,
        "apps/web/other.yaml": deployment("other", namespace="lab"),
        "apps/web/deep/svc.yaml": WEB_SERVICE,
    }
    scopes = scopes_of({"app.yaml": ARGO.format("web", spec.format("")), **files})
    assert members(scopes["apps/web"]) == ["Deployment/lab/other", "Deployment/shop/web"]
    options = ", directory: {recurse: true, exclude: '{other.yaml,x.yaml}'}"
    scopes = scopes_of({"app.yaml": ARGO.format("web", spec.format(options)), **files})
    assert members(scopes["apps/web"]) == ["Deployment/shop/web", "Service/shop/web"]


def test_an_application_set_deploys_every_directory_that_its_generator_matches() -> None:
    spec = (
        "{generators: [{git: {directories: [{path: apps/*}, {path: apps/old, exclude: true}]}}], template: {spec: "
        "{source: {path: '{{path}}'}, destination: {namespace: '{{path.basename}}'}}}}"
    )
    scopes = scopes_of(
        {
            "set.yaml": ARGO.replace("kind: Application", "kind: ApplicationSet").format("apps", spec),
            "apps/web/web.yaml": WEB,
            "apps/api/kustomization.yaml": "resources: [api.yaml]\n",
            "apps/api/api.yaml": deployment("api"),
            "apps/old/old.yaml": deployment("old"),
        }
    )
    shown = {root: members(scope) for root, scope in scopes.items()}
    assert shown["apps/web"] == ["Deployment/web/web"]
    assert shown["apps/api"] == ["Deployment/api/api"]
    assert shown[""] == ["ApplicationSet/argocd/apps", "Deployment/-/old"]


@pytest.mark.parametrize("path", ["./", "", ".", "../other", "${PATH}", "gone"])
def test_a_deployer_of_everything_or_of_nothing_makes_no_scope(path: str) -> None:
    scopes = scopes_of({"ks.yaml": FLUX.format("x", f"{{path: '{path}'}}"), "web.yaml": WEB})
    assert members(scopes[""]) == ["Deployment/-/web", "Kustomization/flux-system/x"]


def test_custom_resource_definitions_say_what_is_cluster_scoped() -> None:
    definition = (
        "---\n{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: w.example.com}, "
        "spec: {group: example.com, scope: Cluster, names: {kind: Widget}, versions: []}}\n"
    )
    scopes = scopes_of(
        {
            "kustomization.yaml": "namespace: shop\nresources: [all.yaml]\n",
            "all.yaml": definition + "---\n{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}}\n",
        }
    )
    assert members(scopes[""]) == ["CustomResourceDefinition/-/w.example.com", "Widget/-/w"]


def test_files_that_a_generator_or_a_configuration_reads_are_not_applied() -> None:
    scopes = scopes_of(
        {
            "kustomization.yaml": "configMapGenerator: [{name: c, files: [pod.yaml, k=o.yaml]}]\nresources: [web.yaml]",
            "web.yaml": WEB,
            "pod.yaml": deployment("embedded"),
            "o.yaml": deployment("embedded2"),
        }
    )
    assert members(scopes[""]) == ["Deployment/-/web"]
    assert all(item.is_patch for item in scopes[""].inputs if item.kind == "Deployment")


def test_templates_and_broken_manifests_leave_the_rest_incomplete() -> None:
    scopes = scopes_of(
        {
            "web.yaml": WEB,
            "chart/templates/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .name }}\n{{- if x }}\n",
            "broken.yaml": "apiVersion: v1\nkind: [\n",
            "notes.yaml": "a: [\n",
        }
    )
    assert scopes[""].incomplete_because == (
        "broken.yaml could not be read",
        "chart/templates/x.yaml is a Helm template",
    )


def test_names_that_are_filled_in_later_leave_a_scope_incomplete() -> None:
    scopes = scopes_of({"web.yaml": deployment("'${NAME}'"), "script.yaml": "{apiVersion: v1, kind: ConfigMap, "
                        "metadata: {name: s}, data: {run.sh: 'echo ${HOME}'}}\n"})  # fmt: skip
    assert scopes[""].incomplete_because == ('the name of Deployment "${NAME}" in web.yaml is filled in later',)


def test_paths_meet_wherever_the_run_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    overlay = tmp_path / "repo" / "overlays" / "dev"
    overlay.mkdir(parents=True)
    monkeypatch.chdir(overlay)
    documents = read(
        {
            "kustomization.yaml": "resources: [../../base]\n",
            "../../base/kustomization.yaml": "resources: [web.yaml]\n",
            os.fspath(tmp_path / "repo" / "base" / "web.yaml"): WEB,
        }
    )
    (scope,) = build_scopes(os.fspath(tmp_path / "repo"), documents)
    assert (scope.root, members(scope), scope.complete) == ("", ["Deployment/-/web"], True)


def test_every_resource_is_in_a_scope_and_the_order_does_not_matter() -> None:
    files = {
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "base/web.yaml": WEB,
        "base/forgotten.yaml": WEB_SERVICE,
        "over/kustomization.yaml": "resources: [../base]\n",
        "rest.yaml": deployment("rest"),
    }
    there = build_scopes("", read(files))
    back = build_scopes("", read(dict(reversed(files.items()))))
    assert [(scope.root, members(scope)) for scope in there] == [(scope.root, members(scope)) for scope in back]
    assert sum(len(scope.resources) for scope in there) == 3


def test_an_example_is_one_scope_whatever_it_holds() -> None:
    scope = one_scope("", read({"a/web.yaml": WEB, "b/web.yaml": deployment("web", image="app:2")}))
    assert len(scope.resources) == 2
