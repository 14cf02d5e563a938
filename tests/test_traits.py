"""What joins know of an object without opening it, and lookups that leave out other namespaces."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from manifest_helpers import read, resource_of, scopes_of

from kubelint_lessons.manifests.documents import Document
from kubelint_lessons.manifests.evidence import gather
from kubelint_lessons.manifests.namespaces import same_namespace
from kubelint_lessons.manifests.nearby import Nearby, maybe_same
from kubelint_lessons.manifests.pointers import pointers_of
from kubelint_lessons.manifests.relations import Relations
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.shelf import Shelf
from kubelint_lessons.manifests.traits import NO_TRAITS, name_key

NAMESPACES = st.sampled_from([None, "a", "b", "c", "${NS}"])
NAMES = st.sampled_from(["one", "two", "three-${X}"])


def closed(document: Document) -> Document:
    document.shelve(Shelf(9))
    document.close()
    assert document._live is None
    return document


def test_names_labels_and_pins_are_known_of_a_closed_document() -> None:
    (document,) = read(
        {
            "a.yaml": """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              template:
                metadata: {labels: {app: web, odd: 1}}
                spec:
                  serviceAccountName: robot
                  nodeSelector: {kubernetes.io/arch: arm64}
                  containers: [{name: web, envFrom: [{configMapRef: {name: settings}}]}]
            """
        }
    )
    (resource,) = document.resources
    closed(document)
    traits = resource.traits
    assert traits.gives[::2] == (
        name_key("references", "ServiceAccount", "robot"),
        name_key("references", "ConfigMap", "settings"),
    )
    assert (traits.pod_labels, traits.pins, traits.makes) == (("app", "web"), ("arm64",), False)
    assert document._live is None


def test_what_joins_with_nothing_shares_its_traits() -> None:
    settings = resource_of({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {}})
    assert settings.traits is NO_TRAITS


def test_a_node_says_its_architecture() -> None:
    nodes = [
        resource_of(
            {
                "apiVersion": "v1",
                "kind": "Node",
                "metadata": {"name": name, "labels": {"kubernetes.io/arch": name}},
            }
        )
        for name in ("amd64", "arm64")
    ]
    assert gather(nodes)["nodes.architectures"][0] == ["amd64", "arm64"]


def test_who_references_an_object_is_found_without_opening_the_others() -> None:
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {}\n"
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {{name: {0}}}\nspec: {{containers: [{{name: x, envFrom: [{1}]}}]}}\n"
    scope = scopes_of(
        {
            "a.yaml": config,
            "b.yaml": pod.format("user", "{configMapRef: {name: settings}}"),
            "c.yaml": pod.format("stranger", "{configMapRef: {name: others}}"),
        }
    )[""]
    for resource in scope.resources:
        closed(resource.document)
    relation = scope.relations.related(scope.resources[0], "referencedBy")
    assert [link.item.name for link in relation.places] == ["user"]
    assert relation.places[0].far == ("spec", "containers", 0, "envFrom", 0, "configMapRef", "name")
    assert [resource.document._live is None for resource in scope.resources[1:]] == [False, True]


def made(kind: str, name: str, namespace: str | None, spec: dict[str, Any]) -> Resource:
    where = {} if namespace is None else {"namespace": namespace}
    return resource_of({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, **where}, "spec": spec})


@st.composite
def clusters(draw: st.DrawFn) -> tuple[Resource, ...]:
    """Draw objects that give names of each other; many share a name across namespaces."""
    found: list[Resource] = []
    for number in range(draw(st.integers(1, 14))):
        found.append(made("Secret", draw(NAMES), draw(NAMESPACES), {"number": number % 2}))
    for number in range(draw(st.integers(1, 14))):
        names = draw(st.lists(NAMES, max_size=3))
        spec = {"imagePullSecrets": [{"name": name} for name in names], "containers": []}
        found.append(made("Pod", f"pod-{number}", draw(NAMESPACES), spec))
        data = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": f"b{number}", "namespace": "a"},
            "roleRef": {"kind": "Role", "name": draw(NAMES)},
            "subjects": [{"kind": "ServiceAccount", "name": draw(NAMES), "namespace": draw(NAMESPACES)}],
        }
        found.append(resource_of(data))
        found.append(made("ServiceAccount", draw(NAMES), draw(NAMESPACES), {}))
    return tuple(found)


@settings(max_examples=150, deadline=None)
@given(clusters())
def test_who_gives_a_name_agrees_with_following_every_name(resources: tuple[Resource, ...]) -> None:
    relations = Relations(resources)
    led: dict[int, list[tuple[int, tuple[Any, ...]]]] = {}
    for near in resources:
        for link in relations.related(near, "references").places:
            led.setdefault(id(link.item), []).append((id(near), link.path))
    for resource in resources:
        found = relations.related(resource, "referencedBy").places
        assert [(id(link.item), link.far) for link in found] == led.get(id(resource), [])


@settings(max_examples=150, deadline=None)
@given(clusters())
def test_names_lead_to_what_a_search_of_everything_finds(resources: tuple[Resource, ...]) -> None:
    relations = Relations(resources)
    for near in resources:
        for reference in relations.references(near):
            fits = [
                item
                for item in resources
                if item.kind == reference.kind
                and item.name == reference.name
                and same_namespace(item.namespace, reference.namespace) == "yes"
            ]
            fits = [] if "$" in reference.name or any(map(relations.is_ambiguous, fits)) else fits
            assert reference.items == tuple(fits[:1])


@given(st.lists(NAMESPACES, max_size=20), NAMESPACES)
def test_a_lookup_by_namespace_leaves_out_no_candidate(filed: list[str | None], wanted: str | None) -> None:
    nearby: Nearby[tuple[int, str | None]] = Nearby(lambda item: ("\0later" if item[1] == "${NS}" else item[1],))
    for item in enumerate(filed):
        nearby.add("key", item)
    found = nearby.find("key", maybe_same(wanted))
    expected = [item for item in enumerate(filed) if same_namespace(item[1], wanted) != "no"]
    assert [item for item in found if item in expected] == expected
    assert list(found) == sorted(found)


def test_names_are_those_of_the_pointers() -> None:
    resources = [
        made("Pod", "p", "a", {"containers": [], "volumes": [{"name": "v", "secret": {"secretName": "s"}}]}),
        made("ServiceAccount", "s", None, {}),
    ]
    for resource in resources:
        keys = [name_key(pointer.role, pointer.kind, pointer.name) for pointer in pointers_of(resource)]
        assert list(resource.traits.gives[::2]) == keys
