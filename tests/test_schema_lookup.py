"""Which fields and kinds are known, what a misspelt path was meant to be, when an API version is served."""

from __future__ import annotations

import pytest

from kubelint_lessons.manifests.schema.fields import elsewhere, paths_of
from kubelint_lessons.manifests.schema.lookup import Schemas, parse_version
from kubelint_lessons.manifests.schema.shapes import FieldType, Missing


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas("1.34")


def path_of(text: str) -> tuple[str | int, ...]:
    """Return the steps of ``a.b[*].c``; numbers are indexes."""
    steps = text.replace("[*]", ".*").replace("[0]", ".0").split(".")
    return tuple(0 if step == "0" else step for step in steps)


@pytest.mark.parametrize(
    ("text", "minor"),
    [("1.34", 34), ("v1.34.2", 34), ("1.33.4+k3s1", 33), (" 1.30 ", 30), ("v1.31.0-eks-a1b2", 31)],
)
def test_a_version_is_read_as_people_write_it(text: str, minor: int) -> None:
    assert parse_version(text) == minor


@pytest.mark.parametrize("text", ["", "34", "2.0", "1.x", "latest", "1.34x"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no Kubernetes version"):
        parse_version(text)


def test_a_version_beyond_the_data_is_answered_with_the_nearest() -> None:
    first, last = Schemas().covered
    assert last - first >= 6
    assert Schemas("1.2").minor == first
    assert Schemas("1.999").minor == last
    assert Schemas().minor is None


@pytest.mark.parametrize(
    ("kind", "path", "word"),
    [
        ("apps/v1 Deployment", "spec.replicas", "integer"),
        ("apps/v1 Deployment", "spec.template.spec.containers[*].image", "string"),
        ("apps/v1 Deployment", "spec.template.spec.containers[0].resources.limits.memory", "quantity"),
        ("apps/v1 Deployment", "spec.strategy.rollingUpdate.maxSurge", "int-or-string"),
        ("apps/v1 StatefulSet", "spec.volumeClaimTemplates[*].spec.resources.requests.storage", "quantity"),
        ("batch/v1 CronJob", "spec.jobTemplate.spec.template.spec.hostNetwork", "boolean"),
        ("v1 Secret", "data.password", "bytes"),
        ("v1 Service", "metadata.annotations", "map"),
        ("v1 Service", "metadata.creationTimestamp", "time"),
        ("v1 Pod", "spec.containers", "list"),
        ("apiextensions.k8s.io/v1 CustomResourceDefinition", "spec.versions[*].schema.openAPIV3Schema.items.x", "any"),
    ],
)
def test_a_path_has_a_type(schemas: Schemas, kind: str, path: str, word: str) -> None:
    group, _, version = kind.split(" ")[0].rpartition("/")
    known = schemas.kind(group, version, kind.split(" ")[1])
    assert known is not None
    answer = schemas.field(known, path_of(path))
    assert isinstance(answer, FieldType), answer
    assert answer.word == word


def test_lists_know_what_tells_their_items_apart(schemas: Schemas) -> None:
    pod = schemas.kind("", "v1", "Pod")
    assert pod is not None
    containers = schemas.field(pod, ("spec", "containers"))
    assert isinstance(containers, FieldType)
    assert containers.keys == ("name",)


MISSPELT = [
    ("Deployment", "spec.replica", 1, "spec.replicas"),
    ("Deployment", "spec.template.spec.contianers[*].image", 3, "spec.template.spec.containers[*].image"),
    ("Deployment", "spec.hostNetwork", 1, "spec.template.spec.hostNetwork"),
    ("Deployment", "spec.template.spec.containers.image", 4, "spec.template.spec.containers[*].image"),
    ("Service", "spec.ports[*].targetport", 3, "spec.ports[*].targetPort"),
    ("Service", "metadata.lables.app", 1, "metadata.labels.app"),
    ("Pod", "spec.containers[0].volumeMount[*].name", 3, "spec.containers[0].volumeMounts[*].name"),
    ("workloads", "spec.template.spec.serviceaccount", 3, "spec.template.spec.serviceAccount"),
    ("any", "metadata.annotation", 1, "metadata.annotations"),
]


@pytest.mark.parametrize(("kind", "path", "step", "meant"), MISSPELT)
def test_a_misspelt_path_says_where_and_what_was_meant(
    schemas: Schemas, kind: str, path: str, step: int, meant: str
) -> None:
    answer = schemas.check_path([kind], path_of(path))
    assert isinstance(answer, Missing)
    assert answer.at_step == step
    assert answer.path == path_of(path)[: step + 1]
    assert answer.did_you_mean[0] == meant


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("spec.replicas.max", "spec.replicas is an integer and has no fields"),
        ("spec.frobnicate", "spec has no field frobnicate"),
        ("spec.selector[0]", "spec.selector is an object, not a list, so that [0] has no meaning"),
    ],
)
def test_a_path_that_nothing_resembles_has_no_suggestion(schemas: Schemas, path: str, message: str) -> None:
    answer = schemas.check_path(["Deployment"], path_of(path))
    assert answer is not None
    assert (answer.message, answer.did_you_mean) == (message, ())


@pytest.mark.parametrize(
    ("patterns", "path"),
    [
        (["Service", "Deployment"], "spec.replicas"),
        (["workloads"], "spec.jobTemplate.spec.backoffLimit"),
        (["any"], "spec.whatever"),
        (["*.example.com/*"], "spec.whatever"),
        (["Widget"], "spec.whatever"),
        (["Service", "Widget"], "spec.whatever"),
        (["Ingress"], "spec.rules[*].http.paths[*].backend.serviceName"),
        (["Secret"], "sops.mac"),
        (["Service"], "spec.selector.app"),
    ],
)
def test_a_path_is_fine_if_one_kind_has_it_or_nobody_can_tell(schemas: Schemas, patterns: list[str], path: str) -> None:
    assert schemas.check_path(patterns, path_of(path)) is None


@pytest.mark.parametrize(
    ("root", "path", "right", "meant"),
    [
        ("podSpec", "hostNetwrk", "hostNetwork", "hostNetwork"),
        ("podTemplate", "metadata.lables", "metadata.labels", "metadata.labels"),
        ("containers", "*.securitycontext", "*.securityContext", "[*].securityContext"),
        ("container", "imagePullpolicy", "imagePullPolicy", "imagePullPolicy"),
    ],
)
def test_variables_of_rules_are_checked_too(schemas: Schemas, root: str, path: str, right: str, meant: str) -> None:
    answer = schemas.check_path([], path_of(path), root)
    assert answer is not None
    assert answer.did_you_mean[0] == meant
    assert schemas.check_path([], path_of(right), root) is None


def test_a_field_of_another_version_is_told(schemas: Schemas) -> None:
    path = ("spec", "containers", "*", "resizePolicy")
    assert schemas.check_path(["Pod"], path) is None
    assert Schemas().check_path(["Pod"], path) is None
    answer = Schemas("1.26").check_path(["Pod"], path)
    assert answer is not None
    assert answer.message == "spec.containers[*] has the field resizePolicy only since Kubernetes 1.27"


def test_every_kind_can_be_listed_with_its_paths() -> None:
    schemas = Schemas()
    kinds = list(schemas.kinds())
    assert {"Deployment", "Service", "Ingress", "CronJob"} <= {kind.kind for kind in kinds}
    assert not [kind for kind in kinds if kind.kind.endswith("List")]
    for kind in kinds:
        assert {"apiVersion", "kind"} <= set(schemas.paths_of(kind))
    deployment = schemas.kind("apps", "v1", "Deployment")
    assert deployment is not None
    assert "spec.template.spec.containers[*].ports[*].containerPort" in schemas.paths_of(deployment)


@pytest.mark.parametrize("api", ["apps/v1 Deployment", "batch/v1 CronJob", "/v1 Service", "/v1 Pod"])
def test_where_a_field_belongs_is_told_from_all_paths_of_its_name(api: str, schemas: Schemas) -> None:
    version, _, name = api.partition(" ")
    group, _, version = version.partition("/")
    kind = schemas.kind(group, version, name)
    assert kind is not None
    paths = [path for path, _ in paths_of(kind) if path[0] != "status" and "ephemeralContainers" not in path]
    for field in sorted({path[-1] for path in paths} - {"*"}):
        wanted = [path for path in paths if path[-1] == field]
        assert {found for place in wanted for found in elsewhere(kind, place[:-1], field)} <= set(wanted)
        assert all(elsewhere(kind, path[:-1], field)[0] == path for path in wanted)


@pytest.mark.parametrize(
    ("api", "first", "removed", "replacement"),
    [
        ("extensions/v1beta1 Deployment", None, 16, "apps/v1"),
        ("apps/v1beta2 StatefulSet", None, 16, "apps/v1"),
        ("extensions/v1beta1 Ingress", None, 22, "networking.k8s.io/v1"),
        ("batch/v1beta1 CronJob", None, 25, "batch/v1"),
        ("policy/v1beta1 PodSecurityPolicy", 10, 25, ""),
        ("autoscaling/v2beta2 HorizontalPodAutoscaler", None, 26, "autoscaling/v2"),
        ("storage.k8s.io/v1beta1 CSIStorageCapacity", None, 27, "storage.k8s.io/v1"),
        ("flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema", 26, 32, "flowcontrol.apiserver.k8s.io/v1"),
        ("resource.k8s.io/v1alpha2 ResourceClaim", 27, 31, "resource.k8s.io/v1"),
        ("networking.k8s.io/v1 Ingress", 19, None, ""),
        ("apps/v1 Deployment", 9, None, ""),
        ("v1 Service", None, None, ""),
    ],
)
def test_an_api_version_has_a_lifecycle(
    schemas: Schemas, api: str, first: int | None, removed: int | None, replacement: str
) -> None:
    group, _, version = api.split(" ")[0].rpartition("/")
    found = schemas.lifecycle(group, version, api.split(" ")[1])
    assert found is not None
    assert (found.first, found.removed, found.replacement) == (first, removed, replacement)
    assert found.is_served(15) == ((first or 0) <= 15)
    assert found.is_served(34) == (removed is None)


def test_an_unknown_api_has_no_lifecycle(schemas: Schemas) -> None:
    assert schemas.lifecycle("example.com", "v1", "Widget") is None
    assert schemas.lifecycle("apps", "v1", "Deploymnt") is None


@pytest.mark.parametrize(
    ("api", "expected"),
    [
        ("apps/v1 Deployment", True),
        ("autoscaling/v2beta2 HorizontalPodAutoscaler", True),
        ("flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema", True),
        ("resource.k8s.io/v1beta1 ResourceClaim", False),
        ("storage.k8s.io/v1alpha1 VolumeAttributesClass", False),
    ],
)
def test_new_betas_are_off_by_default(schemas: Schemas, api: str, expected: bool) -> None:
    group, _, version = api.split(" ")[0].rpartition("/")
    found = schemas.lifecycle(group, version, api.split(" ")[1])
    assert found is not None
    assert found.on_by_default is expected
