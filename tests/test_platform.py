"""Facts about the cluster, stated and inferred, and images compared with patterns."""

from __future__ import annotations

from typing import Any

import pytest
from manifest_helpers import read

from kubelint_lessons.manifests.images import Image, image_name, parse_image
from kubelint_lessons.manifests.platform import Fact, Platform

REFERENCE = "docs/platform-reference.md"
NODES = {
    "list": [
        {"name": "n1", "architecture": "amd64", "labels": {"disk": "ssd"}},
        {"name": "n2", "architecture": "amd64", "labels": {"disk": "hdd", "zone": "a"}},
        {"name": "mac", "architecture": "arm64", "labels": {"zone": "a"}},
    ]
}


def inferred(text: str, stated: dict[str, Any] | None = None) -> Platform:
    documents = read({"k8s/pools.yaml": text})
    return Platform(stated, REFERENCE).infer(item for document in documents for item in document.resources)


POOLS = """\
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: lan, namespace: metallb-system}
spec: {addresses: [192.168.1.10-192.168.1.20]}
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: manual, namespace: metallb-system}
spec: {addresses: [192.168.2.0/24], autoAssign: false}
"""


def test_pools_are_inferred_with_their_source() -> None:
    fact = inferred(POOLS).get("metallb.pools")
    assert fact == Fact(
        [
            {"name": "lan", "autoAssign": True, "addresses": ["192.168.1.10-192.168.1.20"]},
            {"name": "manual", "autoAssign": False, "addresses": ["192.168.2.0/24"]},
        ],
        "inferred from k8s/pools.yaml",
        True,
    )


def test_stated_facts_beat_the_tree() -> None:
    platform = inferred(POOLS, {"metallb": {"version": "0.14.9", "pools": [{"name": "main"}]}})
    assert platform.get("metallb.pools") == Fact([{"name": "main"}], REFERENCE, False)
    assert platform.get("metallb") == Fact({"version": "0.14.9", "pools": [{"name": "main"}]}, REFERENCE, False)
    mixed = inferred(POOLS, {"metallb": {"version": "0.14.9"}})
    assert mixed.get("metallb.version") == Fact("0.14.9", REFERENCE, False)
    pools = mixed.get("metallb")
    assert pools is not None
    assert pools.inferred
    assert mixed.facts["metallb"]["version"] == "0.14.9"
    assert len(mixed.facts["metallb"]["pools"]) == 2


def test_nothing_is_known_without_evidence() -> None:
    platform = inferred("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n")
    assert platform.facts == {}
    assert platform.get("metallb.pools") is None
    assert Platform({"metallb": {"pools": []}}, REFERENCE).get("metallb.pools") == Fact([], REFERENCE, False)
    assert Platform({"metallb": None}, REFERENCE).get("metallb.pools") is None


def test_a_pool_whose_name_is_filled_in_later_says_nothing() -> None:
    assert inferred(POOLS.replace("name: manual", "name: '${POOL}'")).get("metallb.pools") is None


def test_classes_are_inferred() -> None:
    platform = inferred("""\
        apiVersion: storage.k8s.io/v1
        kind: StorageClass
        metadata: {name: longhorn, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
        provisioner: driver.longhorn.io
        ---
        {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: nfs}, provisioner: nfs}
        ---
        {apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: traefik}}
        """)
    assert platform.facts == {
        "storage": {"classes": ["longhorn", "nfs"], "defaultClass": "longhorn"},
        "ingress": {"classes": ["traefik"]},
    }


POD = (
    "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: {0}}}, spec: {{{1}, containers: [{{name: a, image: a}}]}}}}\n"
)
AMD = POD.format("amd", "nodeSelector: {kubernetes.io/arch: amd64}")
AFFINITY = (
    "affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: "
    "[{{matchExpressions: [{{key: kubernetes.io/arch, operator: In, values: [{0}]}}]}}]}}}}}}"
)


def test_architectures_need_two_different_pins() -> None:
    assert inferred(AMD).get("nodes.architectures") is None
    assert inferred(AMD + POD.format("both", AFFINITY.format("amd64, arm64"))).get("nodes.architectures") is None
    fact = inferred(AMD + POD.format("arm", AFFINITY.format("arm64"))).get("nodes.architectures")
    assert fact == Fact(["amd64", "arm64"], "inferred from k8s/pools.yaml", True)


def test_architectures_follow_from_listed_nodes() -> None:
    platform = Platform({"nodes": NODES}, REFERENCE)
    assert platform.get("nodes.architectures") == Fact(["amd64", "arm64"], REFERENCE, False)
    incomplete = {"list": [*NODES["list"], {"name": "unknown"}]}
    assert Platform({"nodes": incomplete}, REFERENCE).get("nodes.architectures") is None


@pytest.mark.parametrize(
    ("labels", "architecture"),
    [
        ({"kubernetes.io/arch": "arm64"}, "arm64"),
        ({"beta.kubernetes.io/arch": "amd64"}, "amd64"),
        ({"kubernetes.io/hostname": "mac"}, "arm64"),
        ({"disk": "ssd"}, "amd64"),
        ({"zone": "a"}, None),
        ({"zone": "b"}, None),
        ({"kubernetes.io/os": "linux"}, None),
        ({}, None),
    ],
)
def test_labels_that_only_nodes_of_one_architecture_carry(labels: dict[str, str], architecture: str | None) -> None:
    assert Platform({"nodes": NODES}, REFERENCE).architecture_of_labels(labels) == architecture


def test_images_are_looked_up_by_pattern_and_the_first_holds() -> None:
    platform = Platform(
        {
            "images": [
                {"match": "ghcr.io/acme/special", "architectures": ["arm64"]},
                {"match": "ghcr.io/acme/*", "architectures": ["amd64"]},
                {"match": "docker.io/library/*", "architectures": ["amd64", "arm64"]},
                {"match": 7},
            ]
        },
        REFERENCE,
    )
    assert platform.architectures_of_image("ghcr.io/acme/special:1") == ("arm64",)
    assert platform.architectures_of_image("ghcr.io/acme/web@sha256:0") == ("amd64",)
    assert platform.architectures_of_image("postgres:16") == ("amd64", "arm64")
    assert platform.architectures_of_image("quay.io/x/y") is None
    assert platform.architectures_of_image("${IMAGE}") is None


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("nginx", Image("docker.io", "library/nginx", None, None)),
        ("nginx:1.27", Image("docker.io", "library/nginx", "1.27", None)),
        ("acme/web", Image("docker.io", "acme/web", None, None)),
        ("index.docker.io/acme/web:1", Image("docker.io", "acme/web", "1", None)),
        ("localhost/web", Image("localhost", "web", None, None)),
        ("registry:5000/web", Image("registry:5000", "web", None, None)),
        ("registry:5000/team/web:2@sha256:ab", Image("registry:5000", "team/web", "2", "sha256:ab")),
        ("ghcr.io/acme/web@sha256:ab", Image("ghcr.io", "acme/web", None, "sha256:ab")),
    ],
)
def test_image_references_are_taken_apart(text: str, image: Image) -> None:
    assert parse_image(text) == image


@pytest.mark.parametrize("text", ["", "${IMAGE}", "{{ .Values.image }}", "a b", ":1", "@sha256:x"])
def test_what_is_no_image_is_none(text: str) -> None:
    assert parse_image(text) is None


@pytest.mark.parametrize(
    ("image", "pattern", "is_match"),
    [
        ("nginx:1", "nginx", True),
        ("docker.io/library/nginx", "nginx", True),
        ("ghcr.io/acme/nginx", "nginx", False),
        ("ghcr.io/acme/nginx", "*/nginx", True),
        ("nginx:1.27-alpine", "nginx:*-alpine", True),
        ("nginx", "nginx:latest", True),
        ("acme/web:1", "acme/*", True),
        ("acme/web:1", "acme/web:2", False),
        ("registry:5000/a/b", "registry:5000/*", True),
        ("acme/webshop", "acme/web", False),
    ],
)
def test_images_match_patterns(image: str, pattern: str, is_match: bool) -> None:
    parsed = parse_image(image)
    assert parsed is not None
    assert parsed.matches(pattern) is is_match


@pytest.mark.parametrize(
    ("text", "architectures"),
    [
        ("acme/web-amd64:1", ("amd64",)),
        ("arm64v8/nginx", ("arm64",)),
        ("acme/web:1-x86_64", ("amd64",)),
        ("acme/alarm:1", ()),
        ("acme/web:armhf", ("arm",)),
        ("acme/charm-arm64:1", ("arm64",)),
    ],
)
def test_architectures_in_names_and_tags(text: str, architectures: tuple[str, ...]) -> None:
    parsed = parse_image(text)
    assert parsed is not None
    assert parsed.architectures == architectures


def test_names_as_written() -> None:
    assert image_name("registry:5000/a/b:1@sha256:x") == "registry:5000/a/b"
    assert parse_image("quay.io/a/postgresql:16").repository_name == "postgresql"  # type: ignore[union-attr]
