"""Resources, pod templates and containers, from ordinary and from odd documents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from manifest_helpers import read, resource_of

from kubelint_lessons.manifests.resources import Resource, Transform, resources_of


def resources(text: str) -> tuple[Resource, ...]:
    return tuple(item for document in read({"k8s/a.yaml": text}) for item in document.resources)


def workload(kind: str, api_version: str, spec: dict[str, Any]) -> Resource:
    return resource_of({"apiVersion": api_version, "kind": kind, "metadata": {"name": "w"}, "spec": spec})


POD_SPEC = {"containers": [{"name": "main", "image": "nginx:1"}]}
TEMPLATE = {"metadata": {"labels": {"app": "w"}}, "spec": POD_SPEC}


def test_list_items_are_resources_with_their_route() -> None:
    config, pod = resources("""\
        apiVersion: v1
        kind: List
        items:
          - {apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop}}
          - {apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: []}}
        """)
    assert (config.kind, config.name, config.namespace) == ("ConfigMap", "settings", "shop")
    assert pod.place("metadata", "name").location().line == 5


def test_items_of_a_typed_list_get_their_kind_from_it() -> None:
    (role,) = resources("""\
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleList
        items: [{metadata: {name: reader}}]
        """)
    assert (role.group, role.kind, role.name) == ("rbac.authorization.k8s.io", "Role", "reader")


def test_nested_lists_are_followed_only_so_deep() -> None:
    inner: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    for _ in range(10):
        inner = {"apiVersion": "v1", "kind": "List", "items": [inner]}
    (document,) = read({"a.yaml": "apiVersion: v1\nkind: List\nitems: []\n"})
    document.live.data = inner
    assert resources_of(document) == ()


@pytest.mark.parametrize(
    ("kind", "api_version", "spec", "path"),
    [
        ("Deployment", "apps/v1", {"template": TEMPLATE}, ("spec", "template")),
        ("Job", "batch/v1", {"template": TEMPLATE}, ("spec", "template")),
        (
            "CronJob",
            "batch/v1",
            {"jobTemplate": {"spec": {"template": TEMPLATE}}},
            ("spec", "jobTemplate", "spec", "template"),
        ),
        ("Rollout", "argoproj.io/v1alpha1", {"template": TEMPLATE}, ("spec", "template")),
        ("CloneSet", "apps.kruise.io/v1alpha1", {"template": TEMPLATE}, ("spec", "template")),
        ("Service", "serving.knative.dev/v1", {"template": TEMPLATE}, ("spec", "template")),
        ("Notebook", "kubeflow.org/v1", {"template": TEMPLATE}, ("spec", "template")),
    ],
)
def test_the_pod_template_is_found_in_every_workload_kind(
    kind: str, api_version: str, spec: dict[str, Any], path: tuple[str, ...]
) -> None:
    template = workload(kind, api_version, spec).pod_template
    assert template is not None
    assert template.path == path
    assert template.labels == {"app": "w"}
    assert [container.image for container in template.containers] == ["nginx:1"]


@pytest.mark.parametrize(
    ("kind", "api_version", "spec"),
    [
        ("Service", "v1", {"template": TEMPLATE}),
        ("Workflow", "argoproj.io/v1alpha1", {"template": TEMPLATE}),
        ("Rollout", "argoproj.io/v1alpha1", {"workloadRef": {"kind": "Deployment", "name": "w"}}),
        ("Widget", "example.com/v1", {"template": {"spec": {"containers": "many"}}}),
        ("Widget", "example.com/v1", {"template": {"spec": {"containers": [{"name": "no image"}]}}}),
        ("Deployment", "apps/v1", {"template": {"spec": None}}),
        ("Deployment", "apps/v1", "text"),
    ],
)
def test_what_makes_no_pods_is_no_workload(kind: str, api_version: str, spec: Any) -> None:
    resource = workload(kind, api_version, spec)
    assert resource.pod_template is None
    assert not resource.is_workload


def test_containers_come_in_order_with_role_and_place() -> None:
    (pod,) = resources("""\
        apiVersion: v1
        kind: Pod
        metadata: {name: web, labels: {app: web}}
        spec:
          containers:
            - name: main
              image: nginx:1
          initContainers:
            - name: prepare
              image: busybox:1
            - a string
          ephemeralContainers:
            - {name: debug, image: busybox:1}
        """)
    template = pod.pod_template
    assert template is not None
    assert template.labels == {"app": "web"}
    assert [(item.name, item.role) for item in template.containers] == [
        ("prepare", "init"),
        ("main", "container"),
        ("debug", "ephemeral"),
    ]
    assert template.containers[1].place("image").location().line == 7
    assert template.place("spec", "initContainers", 0, "image").location().line == 10


@pytest.mark.parametrize(("api_version", "kind"), [("v1", "Pod"), ("apps/v1", "Deployment"), ("batch/v1", "CronJob")])
def test_pod_labels_are_those_of_the_template_in_every_view(api_version: str, kind: str) -> None:
    inner = "{metadata: {labels: {app: web, odd: 1}}, spec: {containers: [{image: a}]}}"
    fields = {"Pod": inner[1:-1], "Deployment": f"spec: {{template: {inner}}}"}
    fields["CronJob"] = f"spec: {{jobTemplate: {{spec: {{template: {inner}}}}}}}"
    (workload,) = resources(f"{{apiVersion: {api_version}, kind: {kind}, {fields[kind]}}}")
    for view in (workload, workload.view(Transform(labels=(("a", "1"),), template_labels=(("b", "2"),)))):
        assert view.pod_template is not None
        assert view.pod_labels == view.pod_template.labels
        assert view.pod_labels["app"] == "web"


def test_a_view_shows_what_the_cluster_will_see_and_keeps_the_data() -> None:
    (config,) = resources("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {x: '1', z: '1'}}\n")
    view = config.view(Transform(namespace="prod", prefix="eu-", suffix="-2", labels=(("x", "2"),)))
    assert (view.name, view.namespace, view.labels) == ("eu-a-2", "prod", {"x": "2", "z": "1"})
    assert (view.original_name, view.original_namespace) == ("a", None)
    assert view.data is config.data
    assert (config.name, config.namespace, config.labels) == ("a", None, {"x": "1", "z": "1"})


def test_cluster_scoped_kinds_have_no_namespace_and_some_kinds_keep_their_name() -> None:
    role, space, crd = resources("""\
        {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a, namespace: x}}
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
        ---
        {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: widgets.example.com}}
        """)
    transform = Transform(namespace="prod", prefix="eu-")
    assert [role.view(transform).namespace, role.view(transform).name] == [None, "eu-a"]
    assert space.view(transform).name == "prod"
    assert crd.view(transform).name == "widgets.example.com"


def test_get_walks_and_never_raises() -> None:
    pod = workload("Pod", "v1", {"containers": [{"name": "a"}], "nothing": None})
    assert pod.get("spec", "containers", 0, "name") == "a"
    assert pod.get("spec", "containers", 7, "name", default="?") == "?"
    assert pod.get("spec", "nothing", default=1) == 1
    assert pod.get("spec", "containers", "name") is None


def test_a_kustomization_may_leave_out_kind_and_patches_are_partial() -> None:
    documents = read(
        {
            "kustomization.yaml": "namespace: shop\nresources: [a.yaml]\n",
            "patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 3}\n",
        }
    )
    (kustomization,), (patch,) = (document.resources for document in documents)
    assert (kustomization.kind, kustomization.group) == ("Kustomization", "kustomize.config.k8s.io")
    assert patch.is_patch


ODD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(["", "a", "v1", "Pod", "List", "${X}"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["apiVersion", "kind", "metadata", "name", "namespace", "labels", "spec", "template", "selector",
                 "matchLabels", "matchExpressions", "containers", "items", "env", "volumes", "ports", "rules"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)  # fmt: skip


@given(
    st.sampled_from(["Pod", "Deployment", "Service", "CronJob", "List", "Ingress", "NetworkPolicy", "Rollout"]),
    ODD,
    ODD,
    ODD,
)
def test_no_shape_of_document_raises(kind: str, metadata: Any, spec: Any, items: Any) -> None:
    (document,) = read({"a.yaml": "apiVersion: v1\nkind: List\nitems: []\n"})
    document.live.data = {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec, "items": items}
    for resource in resources_of(document):
        assert isinstance(resource.name, str)
        assert all(isinstance(value, str) for value in resource.labels.values())
        template = resource.pod_template
        assert resource.pod_labels == (template.labels if template is not None else {})
        if template is not None:
            assert all(isinstance(container.image, str) for container in template.containers)
