"""The lessons on security contexts, Pod Security levels and schedules: each control, and what must stay silent."""

from __future__ import annotations

from typing import Any

import pytest

from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.model.finding import Finding

RULES = load_rules().rules
TOOLBOX = Toolbox(Compiler())


def found(rule: str, text: str, facts: dict[str, Any] | None = None, **others: str) -> list[Finding]:
    texts = {"objects.yaml": text, **{f"{name}.yaml": other for name, other in others.items()}}
    files = tuple(InputFile(path, path, path, True, False, body.encode()) for path, body in sorted(texts.items()))
    platform = Platform(facts or {}, "docs/platform-reference.md")
    result = run_project(Project("", "", files), {rule: RULES[rule]}, platform, TOOLBOX, Settings({}, {}))
    assert result.errors == ()
    return list(result.findings)


LEVELLED = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: LEVEL}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: SPEC
"""
GOOD = "allowPrivilegeEscalation: false, runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}"


def refused(level: str, spec: str, **others: str) -> str:
    text = LEVELLED.replace("LEVEL", level).replace("SPEC", spec)
    findings = found("pod-security-violation", text, None, **others)
    return findings[0].message.partition(": ")[2] if findings else ""


@pytest.mark.parametrize(
    ("pod", "container", "reason"),
    [
        ("hostNetwork: true,", "", "hostNetwork"),
        ("hostPID: true,", "", "hostPID"),
        ("volumes: [{name: a, hostPath: {path: /}}],", "", "hostPath volumes"),
        ("securityContext: {sysctls: [{name: kernel.msgmax, value: '1'}]},", "", "sysctl kernel.msgmax"),
        ("securityContext: {sysctls: [{name: net.ipv4.tcp_syncookies, value: '1'}]},", "", ""),
        ("securityContext: {seccompProfile: {type: Unconfined}},", "", "seccompProfile Unconfined"),
        ("", "securityContext: {privileged: true}", "privileged containers"),
        ("", "securityContext: {capabilities: {add: [NET_ADMIN]}}", "capability NET_ADMIN"),
        ("", "securityContext: {capabilities: {add: [CHOWN]}}", ""),
        ("", "ports: [{containerPort: 80, hostPort: 80}]", "hostPort"),
        ("", "ports: [{containerPort: 80, hostPort: 0}]", ""),
        ("", "securityContext: {procMount: Unmasked}", "procMount"),
        ("hostNetwork: false,", "securityContext: {privileged: false}", ""),
    ],
)
def test_the_controls_of_the_baseline(pod: str, container: str, reason: str) -> None:
    spec = f"{{{pod} containers: [{{name: web, image: 'web:1', {container}}}]}}"
    assert refused("baseline", spec) == reason
    assert refused("privileged", spec) == ""


@pytest.mark.parametrize(
    ("own", "more", "reason"),
    [
        (f"{GOOD}, capabilities: {{drop: [ALL]}}", "", ""),
        (f"{GOOD}, capabilities: {{drop: [ALL], add: [NET_BIND_SERVICE]}}", "", ""),
        (f"{GOOD}, capabilities: {{drop: [ALL], add: [CHOWN]}}", "", "capabilities are added"),
        (f"{GOOD}, capabilities: {{drop: [NET_RAW]}}", "", "capabilities are not dropped"),
        (f"{GOOD}, capabilities: {{drop: [ALL]}}, runAsUser: 0", "", "runAsUser is 0"),
        (f"{GOOD}, capabilities: {{drop: [ALL]}}, runAsUser: 0", "hostUsers: false,", ""),
        (f"{GOOD}, capabilities: {{drop: [ALL]}}", "volumes: [{name: a, nfs: {server: b, path: /}}],", "nfs volumes"),
        (
            "capabilities: {drop: [ALL]}",
            "",
            "runAsNonRoot is not true, no seccompProfile, allowPrivilegeEscalation is not false",
        ),
    ],
)
def test_the_controls_of_the_restricted_level(own: str, more: str, reason: str) -> None:
    assert (
        refused("restricted", f"{{{more} containers: [{{name: web, image: 'web:1', securityContext: {{{own}}}}}]}}")
        == reason
    )


def test_a_level_that_comes_later_and_pods_that_a_patch_changes_are_not_judged() -> None:
    spec = "{hostNetwork: true, containers: [{name: web, image: 'web:1'}]}"
    assert refused("${LEVEL}", spec) == ""
    patch = "resources: [objects.yaml]\npatches:\n  - target: {kind: Deployment}\n    patch: |\n"
    patch += "      - {op: remove, path: /spec/template/spec/hostNetwork}\n"
    assert refused("baseline", spec, kustomization=patch) == ""


POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {CONTEXT containers: [{name: a, image: IMAGE}]}\n"


@pytest.mark.parametrize(
    ("image", "facts", "severity"),
    [
        ("nginx:1.27", {}, ["warning"]),
        ("nginx:1.27", {"distribution": "k3s"}, ["error"]),
        ("nginx:1.27", {"distribution": "openshift"}, []),
        ("docker.io/library/busybox", {"distribution": "k3s"}, ["error"]),
        ("ghcr.io/example/nginx:1.27", {"distribution": "k3s"}, []),
        ("quay.io/prometheus/node-exporter:v1.8.2", {"distribution": "k3s"}, ["error"]),
    ],
)
def test_which_images_have_no_user_that_the_kubelet_can_tell_from_root(
    image: str, facts: dict[str, Any], severity: list[str]
) -> None:
    pod = POD.replace("IMAGE", image).replace("CONTEXT", "securityContext: {runAsNonRoot: true},")
    assert [finding.severity for finding in found("non-root-without-user-id", pod, facts)] == severity


CRON = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec: {schedule: 'SCHEDULE', jobTemplate: {}}\n"


@pytest.mark.parametrize(
    "schedule",
    [
        "* * * * *", "*/5 0-23/2 1,15 jan-DEC mon", "0 0 ? * SUN-SAT", "5/15 * * * *", "@daily", "@every 1h30m",
        " 0  3 * * * ", "${WHEN}", "0 0 31 2 6", "0 0 * * 0,", "{{ schedule }}",
    ],
)  # fmt: skip
def test_schedules_that_parse(schedule: str) -> None:
    assert found("invalid-cron-schedule", CRON.replace("SCHEDULE", schedule)) == []


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        ("* * * *", "five fields are needed, not 4"),
        ("0 0 3 * * *", "five fields are needed, not 6"),
        ("60 * * * *", "the minute goes from 0 to 59, not to 60"),
        ("0 0 0 * *", "the day of the month goes from 1 to 31, not to 0"),
        ("0 0 * * 7", "the day of the week goes from 0 to 6, not to 7"),
        ("0 0 L * *", "the day of the month cannot be L"),
        ("*/0 * * * *", "the minute has a step of 0"),
        ("0 0 * * fri-mon", "the day of the week runs backwards in fri-mon"),
        ("@reboot", "there is no such macro"),
    ],
)
def test_schedules_that_the_api_server_refuses(schedule: str, reason: str) -> None:
    (finding,) = found("invalid-cron-schedule", CRON.replace("SCHEDULE", schedule))
    assert finding.message.endswith(reason)
