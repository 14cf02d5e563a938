"""What the API server would refuse in an object, as ``path: code: message; note``."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.manifests.documents import documents_of
from kubelint_lessons.manifests.schema.lookup import Schemas
from kubelint_lessons.manifests.schema.suggest import closest
from kubelint_lessons.manifests.schema.validate import SchemaProblem
from kubelint_lessons.manifests.source import read_source
from kubelint_lessons.model.location import format_path

SCHEMAS = Schemas("1.34")


def problems_of(text: str, *, schemas: Schemas = SCHEMAS, partial: bool = False) -> list[SchemaProblem]:
    (document,) = documents_of(read_source("a.yaml", text.encode()))
    found: list[SchemaProblem] = []
    for resource in document.resources:
        found += schemas.validate(resource.data, resource.group, resource.version, resource.kind, partial=partial)
    return found


def told(text: str, *, schemas: Schemas = SCHEMAS, partial: bool = False) -> list[str]:
    found = problems_of(text, schemas=schemas, partial=partial)
    return [f"{format_path(p.path)}: {p.code}: {p.message}; {p.note}" for p in found]


def deployment(pod_spec: str, before: str = "") -> str:
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n"
        f"{before}  selector: {{matchLabels: {{app: web}}}}\n  template:\n"
        f"    metadata: {{labels: {{app: web}}}}\n    spec: {pod_spec}\n"
    )


def container(entry: str) -> str:
    return deployment(f"{{containers: [{{name: web, image: nginx, {entry}}}]}}")


AT = "spec.template.spec.containers[0]"


def test_a_right_object_has_no_problem() -> None:
    assert told(container("ports: [{containerPort: 80}], resources: {limits: {cpu: 0.5, memory: 1Gi}}")) == []


UNKNOWN = [
    pytest.param(
        deployment("{containers: []}", "  replica: 3\n"),
        "spec.replica: unknown-field: spec has no field replica; did you mean replicas?",
        id="a missing plural",
    ),
    pytest.param(
        deployment("{containers: []}", "  replica: 3\n  replicas: 2\n"),
        "spec.replica: unknown-field: spec has no field replica; did you mean replicas? It is there as well",
        id="the right field is there as well",
    ),
    pytest.param(
        container("imagepullpolicy: Always"),
        f"{AT}.imagepullpolicy: unknown-field: {AT} has no field imagepullpolicy; did you mean imagePullPolicy?",
        id="case matters",
    ),
    pytest.param(
        deployment("{containers: []}", "  hostNetwork: true\n"),
        "spec.hostNetwork: unknown-field: spec has no field hostNetwork; it belongs to spec.template.spec: move it",
        id="not indented enough",
    ),
    pytest.param(
        container("nodeSelector: {a: b}"),
        f"{AT}.nodeSelector: unknown-field: {AT} has no field nodeSelector; it belongs to spec.template.spec: move it",
        id="indented too far",
    ),
    pytest.param(
        deployment("{containers: [], securityContext: {privileged: true}}"),
        "spec.template.spec.securityContext.privileged: unknown-field: spec.template.spec.securityContext has no field "
        "privileged; it belongs to spec.template.spec.containers[*].securityContext or "
        "spec.template.spec.initContainers[*].securityContext: move it",
        id="of the pod, not of the container",
    ),
    pytest.param(
        container("port: 80"),
        f"{AT}.port: unknown-field: {AT} has no field port; did you mean ports?",
        id="a near name wins over a far place",
    ),
    pytest.param(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec: {backend: {serviceName: a, servicePort: 80}}\n",
        "spec.backend: unknown-field: spec has no field backend; networking.k8s.io/v1 calls it defaultBackend",
        id="renamed with the API version",
    ),
    pytest.param(
        "apiVersion: v1\nkind: ConfigMap\nspecs: {a: b}\n",
        "specs: unknown-field: ConfigMap has no field specs; "
        "known there: apiVersion, binaryData, data, immutable, kind, metadata",
        id="few fields are listed",
    ),
    pytest.param(
        container("frobnicate: true"),
        f"{AT}.frobnicate: unknown-field: {AT} has no field frobnicate; "
        "remove it, or see kubectl explain deployment.spec.template.spec.containers",
        id="many are not",
    ),
    pytest.param(
        "apiVersion: v1\nkind: Pod\nspec: {containers: [], evictionResponders: []}\n",
        "spec.evictionResponders: field-of-other-version: spec has the field evictionResponders only since "
        "Kubernetes 1.37; remove it, or set the target version",
        id="of a newer version",
    ),
]


@pytest.mark.parametrize(("text", "expected"), UNKNOWN)
def test_unknown_fields(text: str, expected: str) -> None:
    assert told(text) == [expected]


WRONG = [
    ("replicas: '3'", "spec.replicas is a string where an integer is needed; write it without quotes: 3"),
    ("replicas: three", "spec.replicas is a string where an integer is needed; write an integer"),
    ("replicas: 1.5", "spec.replicas is a number where an integer is needed; write an integer"),
    ("replicas: true", "spec.replicas is true where an integer is needed; write an integer"),
    ("paused: 'true'", "spec.paused is a string where true or false is needed; write it without quotes: true"),
    ("paused: 1", "spec.paused is a number where true or false is needed; write true or false"),
    ("strategy: Recreate", "spec.strategy is a string where a map is needed; write a map"),
    ("strategy: [{type: Recreate}]",
     "spec.strategy is a list where a map is needed; remove the dash: one map is needed"),
    ("strategy: {rollingUpdate: {maxSurge: 0.5}}",
     "spec.strategy.rollingUpdate.maxSurge is a number where an integer or a string is needed; "
     "write an integer or a string"),
    ("strategy: {rollingUpdate: {maxSurge: true}}",
     "spec.strategy.rollingUpdate.maxSurge is true where an integer or a string is needed; "
     "write an integer or a string"),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "expected"), WRONG)
def test_wrong_types(entry: str, expected: str) -> None:
    text = deployment("{containers: []}", f"  {entry}\n")
    assert [f"{p.message}; {p.note}" for p in problems_of(text) if p.code == "wrong-type"] == [expected]


@pytest.mark.parametrize("value", ["80", "1.10", "true", "on", "0777"])
def test_what_kubectl_reads_as_no_string_is_wrong_in_annotations(value: str) -> None:
    (problem,) = problems_of(f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: a, annotations: {{a/b: {value}}}}}\n")
    assert problem.path == ("metadata", "annotations", "a/b")
    assert (problem.code, problem.note, problem.suggestion) == ("wrong-type", "put it in quotes", "")


@pytest.mark.parametrize(
    "entry",
    ["replicas: 1.0", "replicas: 1e3", "replicas: null", "replicas:", "strategy: null", "strategy: {}",
     "replicas: ${REPLICAS}", "strategy: {rollingUpdate: {maxSurge: 25%}}", "strategy: {type: ''}"],
)  # fmt: skip
def test_what_the_api_server_takes_is_right(entry: str) -> None:
    assert told(deployment("{containers: []}", f"  {entry}\n")) == []


FORMATS = [
    ("resources: {limits: {memory: 512MB}}", '"512MB", which is no quantity; did you mean 512M?'),
    ("resources: {limits: {memory: 512mi}}", '"512mi", which is no quantity; did you mean 512Mi?'),
    ("resources: {limits: {memory: 64K}}", '"64K", which is no quantity; did you mean 64Ki?'),
    ("resources: {limits: {memory: 1 Gi}}", '"1 Gi", which is no quantity; did you mean 1Gi?'),
    ("resources: {limits: {memory: lots}}", '"lots", which is no quantity; write a number with a suffix such as m, Ki, '
     "Mi, Gi"),
    ("livenessProbe: {periodSeconds: 3000000000}",
     "3000000000, which does not fit into 32 bits; write an integer below 2147483648"),
    ("imagePullPolicy: always", '"always", which is none of Always, IfNotPresent, Never; did you mean Always?'),
    ("imagePullPolicy: Sometimes", '"Sometimes", which is none of Always, IfNotPresent, Never; allowed are Always, '
     "IfNotPresent, Never"),
    ("ports: [{containerPort: 80, protocol: tcp}]", '"tcp", which is none of TCP, UDP, SCTP; did you mean TCP?'),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "expected"), FORMATS)
def test_texts_with_a_grammar(entry: str, expected: str) -> None:
    (line,) = told(container(entry))
    assert line.partition(" is ")[2] == expected


@pytest.mark.parametrize("quantity", ["1", "0.5", "500m", "1.5Gi", "1e3", "128974848", "-1Ki", ".5", "5.", "10k", "1E"])
def test_quantities(quantity: str) -> None:
    assert told(container(f"resources: {{limits: {{memory: {quantity}}}}}")) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("cGFzc3dvcmQ=", []),
        ("''", []),
        ("|\n    cGFzc3\n    dvcmQ=\n", []),
        ("password", []),  # eight letters of the alphabet: valid base64, though not what was meant
        ("pass-word", ["wrong-format"]),
        ("cGFzc3dvcmQ", ["wrong-format"]),
        ("12345678", ["wrong-type"]),
        ("${PASSWORD}", []),
        ("ENC[AES256_GCM,data:x]", []),
        ("<base64 of the password>", []),
    ],
)
def test_the_data_of_a_secret_is_base64_and_never_told(value: str, expected: list[str]) -> None:
    found = problems_of(f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\ndata:\n  password: {value}\n")
    assert [problem.code for problem in found] == expected
    for problem in found:
        assert value not in problem.message + problem.note + problem.suggestion


def test_sops_metadata_are_gone_before_the_apply() -> None:
    assert told("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {}\nsops: {mac: x}\n") == []


REQUIRED = [
    ("apiVersion: v1\nkind: Pod\nspec: {containers: [{image: nginx}]}\n", "spec.containers[0].name", "a string"),
    ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n", "spec", "a map"),
    ("apiVersion: v1\nkind: Service\nspec: {ports: [{name: http}]}\n", "spec.ports[0].port", "an integer"),
    ("apiVersion: v1\nkind: Service\nspec: {ports: [{port: null}]}\n", "spec.ports[0].port", "an integer"),
    (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nroleRef: {name: a}\n",
        "roleRef.kind",
        "a string: one of Role, ClusterRole",
    ),
]


@pytest.mark.parametrize(("text", "path", "needed"), REQUIRED)
def test_missing_fields(text: str, path: str, needed: str) -> None:
    parent, _, name = path.rpartition(".")
    kind = text.partition("kind: ")[2].partition("\n")[0]
    expected = f"{path}: missing-required: {parent or kind} lacks the field {name}; add {name}, {needed}"
    assert told(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: {policyTypes: [Ingress]}\n",
        "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: a}\n",
        "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, livenessProbe: {httpGet: {port: 80, httpHeaders: "
        "[{name: X-Empty}]}}}]}\n",
        "apiVersion: apps/v1\nkind: StatefulSet\nspec: {selector: {}, template: {}}\n",
        "apiVersion: apps/v1\nkind: ControllerRevision\nmetadata: {name: a}\ndata: {}\n",
        "apiVersion: v1\nkind: Pod\nspec: {containers: []}\nstatus: {conditions: [{type: Ready}]}\n",
    ],
)
def test_fields_that_may_lack_although_the_schema_once_said_otherwise(text: str) -> None:
    assert told(text) == []
    assert told(text, schemas=Schemas("1.25")) == []
    assert told(text, schemas=Schemas()) == []


def test_a_patch_may_lack_fields_and_holds_instructions() -> None:
    patch = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replica: 2\n  template:\n    spec:\n"
        "      $setElementOrder/containers: [{name: a}]\n      containers: [{name: a, $patch: delete}, {image: b}]\n"
    )
    (line,) = told(patch, partial=True)
    assert line.startswith("spec.replica: unknown-field")


def test_the_items_of_a_list_are_validated() -> None:
    data = yaml.safe_load(
        "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Service, spec: {type: Foo}}, 5, {kind: Pod}]}"
    )
    (problem,) = SCHEMAS.validate(data, "", "v1", "List")
    assert problem.path == ("items", 0, "spec", "type")


KINDS = [
    ("v1", "Deployment", "apiVersion", "unknown-kind", "apps/v1"),
    ("apps/v2", "Deployment", "apiVersion", "unknown-kind", "apps/v1"),
    ("apps/v1", "Deploymnt", "kind", "unknown-kind", "Deployment"),
    ("batch/v1", "Cronjob", "kind", "unknown-kind", "CronJob"),
    ("extensions/v1beta1", "Ingress", "apiVersion", "unserved-api", "networking.k8s.io/v1"),
    ("policy/v1beta1", "PodSecurityPolicy", "apiVersion", "unserved-api", ""),
    ("resource.k8s.io/v1alpha3", "ResourceClaim", "apiVersion", "unserved-api", "resource.k8s.io/v1"),
]


@pytest.mark.parametrize(("api_version", "kind", "field", "code", "right"), KINDS)
def test_kinds_that_kubernetes_does_not_serve(api_version: str, kind: str, field: str, code: str, right: str) -> None:
    group, _, version = api_version.rpartition("/")
    (problem,) = SCHEMAS.validate({}, group, version, kind)
    assert (problem.path, problem.code, problem.suggestion) == ((field,), code, right)


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [("v1", "Config"), ("v1", "Policy"), ("example.com/v1", "Deploymnt"), ("networking.k8s.io/v1", "GatewayClass"),
     ("monitoring.coreos.com/v1", "ServiceMonitor"), ("kustomize.config.k8s.io/v1beta1", "Kustomization")],
)  # fmt: skip
def test_nothing_is_said_of_other_kinds(api_version: str, kind: str) -> None:
    group, _, version = api_version.rpartition("/")
    assert SCHEMAS.validate({"spec": 1}, group, version, kind) == []


def test_an_api_that_the_target_does_not_serve_yet() -> None:
    (problem,) = Schemas("1.30").validate({}, "storage.k8s.io", "v1", "VolumeAttributesClass")
    assert problem.message == "storage.k8s.io/v1 VolumeAttributesClass is not served before Kubernetes 1.34"
    assert problem.suggestion == "storage.k8s.io/v1alpha1"


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("replica", ["replicas", "paused"], ("replicas",)),
        ("Replicas", ["replicas", "replicaz"], ("replicas",)),
        ("imagePullSecret", ["imagePullSecrets", "image"], ("imagePullSecrets",)),
        ("contianers", ["containers", "initContainers"], ("containers",)),
        ("mount_path", ["mountPath", "subPath"], ("mountPath",)),
        ("matchLabel", ["matchLabels", "matchExpressions"], ("matchLabels",)),
        ("kind", ["name"], ()),
        ("foo", ["bar", "replicas"], ()),
        ("", ["a"], ()),
    ],
)
def test_the_closest_names(name: str, known: list[str], expected: tuple[str, ...]) -> None:
    assert closest(name, known) == expected


NAMES = ["spec", "template", "containers", "metadata", "labels", "data", "ports", "name", "x", "$patch"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
VALIDATED = [("apps", "v1", "Deployment"), ("", "v1", "Service"), ("", "v1", "Secret"), ("", "v1", "List")]


@settings(max_examples=80, deadline=None)
@given(JSON, st.sampled_from(VALIDATED), st.booleans())
def test_whatever_the_data_nothing_is_raised(data: Any, kind: tuple[str, str, str], partial: bool) -> None:
    for problem in SCHEMAS.validate(data, *kind, partial=partial):
        assert problem.message
        assert problem.note
        assert problem.message.isprintable()
