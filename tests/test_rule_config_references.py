"""Rules on ConfigMaps, Secrets and volumes where kustomize has a part, and what their messages never show."""

from __future__ import annotations

import pytest

from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.model.finding import Finding

NAMES = (
    "missing-config-map-or-secret", "missing-config-key", "sub-path-without-key", "mount-without-volume",
    "object-defined-twice", "plain-text-in-secret-data", "secret-value-with-newline", "password-in-pod-template",
    "unquoted-string", "unquoted-version",
)  # fmt: skip
RULES = {name: rule for name, rule in load_rules().rules.items() if name in NAMES}
TOOLBOX = Toolbox(Compiler())

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: ghcr.io/example/web:1.0.0
      env: [{name: LEVEL, valueFrom: {configMapKeyRef: {name: web, key: LEVEL}}}]
      volumeMounts: [{name: tmp, mountPath: /tmp}]
"""
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {THEME: dark}\n"
VOLUME = """\
patches:
  - patch: |
      apiVersion: v1
      kind: Pod
      metadata: {name: web}
      spec: {volumes: [{name: tmp, emptyDir: {}}]}
"""
KEY = """\
  - patch: |
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: web}
      data: {LEVEL: debug}
"""
GENERATOR = "configMapGenerator: [{name: web, literals: [LEVEL=debug]}]\n"
MERGE = "configMapGenerator: [{name: web, behavior: merge, literals: [LEVEL=debug]}]\n"


def found(texts: dict[str, str]) -> list[Finding]:
    files = tuple(InputFile(path, path, path, True, False, text.encode()) for path, text in sorted(texts.items()))
    result = run_project(Project("", "", files), RULES, Platform({}, ""), TOOLBOX, Settings({}, {}))
    assert result.errors == ()
    return list(result.findings)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"web.yaml": f"{POD}---\n{SETTINGS}"}, ["missing-config-key", "mount-without-volume"]),
        ({"web.yaml": f"{POD}---\n{SETTINGS}", "kustomization.yaml": f"resources: [web.yaml]\n{VOLUME}{KEY}"}, []),
        ({"web.yaml": f"{POD}---\n{SETTINGS}", "kustomization.yaml": f"resources: [web.yaml]\n{VOLUME}{MERGE}"}, []),
        ({"web.yaml": POD, "kustomization.yaml": f"resources: [web.yaml]\n{VOLUME}{GENERATOR}"}, []),
        (
            {"web.yaml": POD, "kustomization.yaml": f"resources: [web.yaml]\n{VOLUME}"},
            ["missing-config-map-or-secret"],
        ),
    ],
)
def test_what_a_kustomization_adds_is_there(texts: dict[str, str], expected: list[str]) -> None:
    assert sorted(finding.rule for finding in found(texts)) == expected


def test_only_a_build_makes_two_files_with_one_object_an_error() -> None:
    texts = {"a.yaml": SETTINGS, "b.yaml": SETTINGS}
    assert found(texts) == []
    built = found({**texts, "kustomization.yaml": "resources: [a.yaml, b.yaml]\n"})
    assert [(finding.rule, finding.severity, finding.location.path) for finding in built] == [
        ("object-defined-twice", "error", "b.yaml")
    ]


def test_a_secret_of_another_namespace_is_an_error_unless_it_is_copied() -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shared, annotations: {NOTE: x}}\n"
    pod = POD.replace("configMapKeyRef: {name: web, key: LEVEL}", "secretKeyRef: {name: db, key: password}")
    pod = pod.replace("{name: web}\n", "{name: web, namespace: shop}\n").replace("      volumeMounts", "      #")
    assert [finding.severity for finding in found({"a.yaml": f"{pod}---\n{secret}"})] == ["error"]
    copied = secret.replace("NOTE", "reflector.v1.k8s.emberstack.com/reflection-allowed")
    assert [finding.severity for finding in found({"a.yaml": f"{pod}---\n{copied}"})] == ["info"]


def test_no_message_shows_a_secret_value() -> None:
    secret = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata: {password: 'hunter2!', token: aHVudGVyMgo=}\n"
        "stringData:\n  api_key: |\n    hunter2\n"
    )
    pod = POD.replace("env: [", "env: [{name: DB_PASSWORD, value: hunter2}, ")
    findings = found({"a.yaml": f"{secret}---\n{pod}---\n{SETTINGS}"})
    rules = {finding.rule for finding in findings}
    assert {"plain-text-in-secret-data", "secret-value-with-newline", "password-in-pod-template"} <= rules
    shown = [
        f"{finding.message} {finding.label} {finding.note} {finding.fix and finding.fix.title}" for finding in findings
    ]
    assert not any("hunter2" in text or "aHVudGVyMgo" in text for text in shown)


def test_numbers_that_kubernetes_would_read_differently_are_quoted_as_written() -> None:
    settings = SETTINGS.replace("{THEME: dark}", "{A: 1.10, B: 0755, C: yes, D: 1e3, E: 22:22, F: null}")
    fixes = {finding.message: finding.fix for finding in found({"a.yaml": settings})}
    written = [fix.edits[0].value for fix in fixes.values() if fix is not None]
    assert written == ["1.10", "0755", "yes", "1e3"]
    assert all(fix is not None and fix.applicability == "safe" for fix in fixes.values())
