"""No shape of manifest makes scopes, relations, dependencies or facts raise."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manifest_helpers import read, resource_of

from kubelint_lessons.manifests.kinds import template_path
from kubelint_lessons.manifests.networkpolicy import allows_dns, directions_of, judge, peer_of
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.pointers import _POINTERS
from kubelint_lessons.manifests.references import dependencies_of
from kubelint_lessons.manifests.relation import RelationName
from kubelint_lessons.manifests.relations import Relations
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import build_scopes
from kubelint_lessons.manifests.selecting import SELECTING

SCALARS = st.none() | st.booleans() | st.integers(-1, 70000) | st.sampled_from(["", "a", "${X}", "a.b.svc", "80"])
FIELDS = st.sampled_from(
    ["name", "namespace", "kind", "apiVersion", "labels", "matchLabels", "matchExpressions", "key", "operator",
     "values",
     "env", "envFrom", "value", "valueFrom", "configMapRef", "configMapKeyRef", "command", "args", "ports", "port",
     "containers", "volumes", "configMap", "secret", "metadata", "spec", "template", "from", "to", "podSelector",
     "namespaceSelector", "ipBlock", "cidr", "any", "matchNames", "selector", "patch", "target", "path"]
)  # fmt: skip
ODD: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4), max_leaves=12
)
KINDS = sorted({*_POINTERS, *SELECTING, ("", "Pod"), ("batch", "CronJob"), ("", "ConfigMap"), ("x.org", "Widget")})


def put(data: Any, route: list[str], value: Any) -> None:
    """Write ``value`` at a route; a step ``name[*]`` is a list of one."""
    for step in route[:-1]:
        inner = data.setdefault(step.removesuffix("[*]"), [{}] if step.endswith("[*]") else {})
        data = inner[0] if isinstance(inner, list) and inner else inner
        if not isinstance(data, dict):
            return
    last = route[-1]
    data[last.removesuffix("[*]")] = [value] if last.endswith("[*]") else value


@st.composite
def odd_resources(draw: st.DrawFn) -> Resource:
    """Draw an object of a kind with relations, with odd values at the fields that relations read."""
    group, kind = draw(st.sampled_from(KINDS))
    data: dict[str, Any] = {}
    for line in SELECTING.get((group, kind), ()):
        put(data, [str(step) for step in line.route], draw(ODD))
    for pointer in _POINTERS.get((group, kind), ()):
        put(data, list(pointer.steps), draw(ODD))
    path = template_path(group, kind)
    if path is not None:
        for field in draw(st.sets(st.sampled_from(["volumes", "containers[*]", "nodeSelector", "affinity"]))):
            put(data, [*map(str, path), "spec", field], draw(ODD))
    data.setdefault("spec", draw(ODD))
    version = f"{group}/v1" if group else "v1"
    return resource_of({**data, "apiVersion": version, "kind": kind, "metadata": draw(ODD)})


@settings(max_examples=150, deadline=None)
@given(st.lists(odd_resources(), min_size=1, max_size=3))
def test_relations_hold_whatever_the_fields_are(resources: list[Resource]) -> None:
    relations = Relations(tuple(resources))
    for resource in resources:
        for relation in get_args(RelationName):
            found = relations.related(resource, relation, by="spec.ports[*].port")
            assert found.state in ("found", "absent", "unknown")
            if relation in ("targets", "references", "owns"):
                assert all(resource.get(*link.path) for link in found.places)
        relations.references(resource)
        relations.service_targets(resource)
        relations.possible(resource)
        dependencies_of(resource, relations)
        directions_of(resource)
        allows_dns(resource, relations)
        for other in resources:
            judge(resource, "Ingress", peer_of(other, relations), 80, "TCP", relations)
    platform = Platform().infer(resources)
    platform.architecture_of_labels({"a": "b"})
    platform.architectures_of_image("a")


@settings(max_examples=200, deadline=None)
@given(ODD, ODD, ODD)
def test_scopes_hold_whatever_a_kustomization_says(resources: Any, patches: Any, more: Any) -> None:
    documents = read(
        {
            "kustomization.yaml": "resources: [a.yaml]\n",
            "flux.yaml": "{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: a}}\n",
            "argo.yaml": "{apiVersion: argoproj.io/v1alpha1, kind: ApplicationSet, metadata: {name: a}, spec: {}}\n",
            "a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n",
        }
    )
    fields = ("components", "labels", "images", "replacements", "configMapGenerator", "helmCharts", "openapi", "crds")
    data = {"resources": ["a.yaml", resources], "patches": [patches, {"patch": "- a"}], **dict.fromkeys(fields, more)}
    documents[0].live.data = data
    documents[1].live.data = {**documents[1].data, "spec": {"path": "./x", "patches": patches, "commonMetadata": more}}
    documents[2].live.data = {**documents[2].data, "spec": {"generators": more, "template": {"spec": patches}}}
    scopes = build_scopes("", documents)
    assert {item.kind for scope in scopes for item in scope.resources} >= {"ConfigMap"}


@pytest.mark.parametrize("data", [None, [], "text", 7, {"images": 7, "nodes": []}, {"nodes": {"list": [7, {}]}}])
def test_facts_of_any_shape_are_taken(data: Any) -> None:
    platform = Platform(data if isinstance(data, dict) else None)
    platform.get("nodes.list.name")
    platform.nodes_with({"a": "b"})
    platform.architectures_of_image("nginx")
