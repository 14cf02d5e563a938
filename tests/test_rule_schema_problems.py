"""The lessons on schema: what kustomize adds, what a version serves, what only a patch says, and exact fixes."""

from __future__ import annotations

import sys

import pytest

from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.location import format_path

NAMES = (
    "unknown-field", "wrong-field-type", "missing-required-field", "unserved-api-version", "kind-not-in-api-version",
    "unsupported-field-value", "invalid-field-format",
)  # fmt: skip
RULES = {name: rule for name, rule in load_rules().rules.items() if name in NAMES}
TOOLBOX = Toolbox(Compiler())


def found(files: dict[str, str], version: str = "") -> list[Finding]:
    inputs = tuple(InputFile(path, path, path, True, False, text.encode()) for path, text in sorted(files.items()))
    platform = Platform({"kubernetesVersion": version} if version else {}, "docs/platform-reference.md")
    result = run_project(Project("", "", inputs), RULES, platform, TOOLBOX, Settings({}, {}))
    assert result.errors == ()
    return list(result.findings)


def said(files: dict[str, str], version: str = "") -> list[tuple[str, str, str]]:
    return [(finding.rule, finding.severity, finding.field) for finding in found(files, version)]


BASE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {tier: front}}
    spec: {containers: [{name: web, image: "web:1"}]}
"""
HPA = """\
apiVersion: autoscaling/v2beta2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: web, apiVersion: apps/v1}}
"""


def test_a_selector_that_lacks_is_an_error_alone_and_a_warning_in_a_base() -> None:
    lacking = ("missing-required-field", "error", "spec.selector")
    assert said({"web.yaml": BASE}) == [lacking]
    assert said({"web.yaml": BASE, "kustomization.yaml": "resources: [web.yaml]\n"}) == [
        ("missing-required-field", "warning", "spec.selector")
    ]


@pytest.mark.parametrize(
    "adds",
    [
        "commonLabels: {app: web}\n",
        "labels: [{pairs: {app: web}, includeSelectors: true}]\n",
        "patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web},"
        " spec: {selector: {matchLabels: {a: b}}}}'}]\n",
    ],
)
def test_a_selector_that_a_kustomization_adds_does_not_lack(adds: str) -> None:
    assert said({"web.yaml": BASE, "kustomization.yaml": f"resources: [web.yaml]\n{adds}"}) == []


def test_in_a_folder_of_patches_nothing_lacks_but_names_count() -> None:
    patch = BASE.replace("spec:\n  template", "spec:\n  replica: 2\n  template")
    for path in ("k8s/patches/web.yaml", "k8s/web-patch.yaml"):
        assert said({path: patch}) == [("unknown-field", "error", "spec.replica")]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("", [("unserved-api-version", "warning", "apiVersion")]),
        ("1.25", [("unserved-api-version", "info", "apiVersion")]),
        ("v1.34.2+k3s1", [("unserved-api-version", "error", "apiVersion")]),
        ("1.24", [("unserved-api-version", "info", "apiVersion")]),
        ("1.99", [("unserved-api-version", "error", "apiVersion")]),
    ],
)
def test_the_stated_version_decides_what_is_served(version: str, expected: list[tuple[str, str, str]]) -> None:
    assert said({"hpa.yaml": HPA}, version) == expected


def test_an_api_that_an_old_cluster_still_serves_is_no_error() -> None:
    budget = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {maxUnavailable: 1}\n"
    assert [finding.severity for finding in found({"pdb.yaml": budget})] == ["error"]
    assert [finding.severity for finding in found({"pdb.yaml": budget}, "1.23")] == ["info"]


def test_a_field_beyond_the_covered_versions_is_a_warning() -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {shape: round, containers: [{name: a, image: a}]}\n"
    assert [finding.severity for finding in found({"pod.yaml": pod}, "1.34")] == ["error"]
    assert [finding.severity for finding in found({"pod.yaml": pod}, "1.99")] == ["warning"]


POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: web:1
      ENTRY
"""


@pytest.mark.parametrize(
    ("entry", "operation", "value", "applicability"),
    [
        ("imagePullpolicy: Always", "rename", "imagePullPolicy", "unsafe"),
        ("ports: [{containerPort: '80'}]", "set", 80, "safe"),
        ("stdin: 'True'", "set", True, "safe"),
        ("args: [80]", "set", "80", "safe"),
        ("args: [yes]", "set", "yes", "unsafe"),
        ("args: [1.10]", "set", "1.10", "unsafe"),
        ("imagePullPolicy: always", "set", "Always", "unsafe"),
    ],
)
def test_a_fix_writes_what_was_meant(entry: str, operation: str, value: object, applicability: str) -> None:
    (finding,) = found({"pod.yaml": POD.replace("ENTRY", entry)})
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    assert (edit.operation, edit.value, finding.fix.applicability) == (operation, value, applicability)


@pytest.mark.parametrize("entry", ["resource: 5", "volumeMount: {a: b}", "command: run"])
def test_no_fix_where_it_would_not_help(entry: str) -> None:
    (finding,) = found({"pod.yaml": POD.replace("ENTRY", entry)})
    assert finding.fix is None


MISPLACED = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: "web:1"}
        - {name: sidecar, image: "sidecar:1"}
"""


MOVED = "  template:\n    selector: {matchLabels: {app: web}}\n"


@pytest.mark.parametrize(
    ("old", "new", "target"),
    [
        ("spec:\n  sel", "spec:\n  nodeSelector: {a: b}\n  sel", "spec.template.spec.nodeSelector"),
        (
            'image: "web:1"',
            'image: "web:1", securityContext: {fsGroup: 5}',
            "spec.template.spec.securityContext.fsGroup",
        ),
        ('image: "web:1"', 'image: "web:1", hostNetwork: true', "spec.template.spec.hostNetwork"),
        ("    spec:\n", "    spec:\n      securityContext: {privileged: true}\n", ""),
    ],
)
def test_a_misplaced_field_is_moved_where_one_place_is_right(old: str, new: str, target: str) -> None:
    (finding,) = found({"web.yaml": MISPLACED.replace(old, new, 1)})
    places = [format_path(edit.place.path) for edit in finding.fix.edits] if finding.fix else [""]
    assert places[0] == target


@pytest.mark.parametrize(
    ("old", "new"), [("selector:", "selektor:"), ("  selector: {matchLabels: {app: web}}\n  template:\n", MOVED)]
)
def test_a_required_field_with_a_wrong_name_or_place_is_told_once(old: str, new: str) -> None:
    assert [finding.rule for finding in found({"web.yaml": MISPLACED.replace(old, new, 1)})] == ["unknown-field"]


def test_a_new_api_version_is_offered_only_where_the_body_fits() -> None:
    (fitting,) = found({"hpa.yaml": HPA})
    assert fitting.fix is not None
    assert fitting.fix.edits[0].value == "autoscaling/v2"
    old = "metrics: [{type: Resource, resource: {name: cpu, targetAverageUtilization: 70}}]"
    body = HPA.replace("v2beta2", "v2beta1").replace("maxReplicas: 3", f"maxReplicas: 3, {old}")
    (other,) = found({"hpa.yaml": body})
    assert other.fix is None


def test_objects_of_other_groups_do_not_open_the_schemas(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "kubelint_lessons.manifests.schema.lookup"
    monkeypatch.delitem(sys.modules, name, raising=False)
    assert said({"a.yaml": "apiVersion: example.com/v1\nkind: Gadget\nmetadata: {name: a}\nspec: {any: 1}\n"}) == []
    assert name not in sys.modules
