"""How configmap-over-writable-path reads commands: which of them write into a read-only mount, and how surely."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.model.finding import Finding

RULE = "configmap-over-writable-path"
RULES = {RULE: load_rules().rules[RULE]}
TOOLBOX = Toolbox(Compiler())

CONFIGURATION = {"name": "config", "mountPath": "/config"}
ONE_FILE = {"name": "config", "mountPath": "/data/app.yaml", "subPath": "app.yaml", "readOnly": True}
DATA = {"name": "data", "mountPath": "/data"}


def pod(container: Mapping[str, object], *mounts: Mapping[str, object], role: str = "containers") -> dict[str, object]:
    body = {"name": "main", "image": "registry.example.org/app:1", "volumeMounts": list(mounts), **container}
    other = {"name": "other", "image": "registry.example.org/other:1"}
    volumes: list[dict[str, object]] = [
        {"name": "config", "configMap": {"name": "app"}},
        {"name": "data", "persistentVolumeClaim": {"claimName": "app"}},
    ]
    containers = {"containers": [body]} if role == "containers" else {"initContainers": [body], "containers": [other]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "app"}, "spec": {**containers, "volumes": volumes}}


def lint(text: str) -> tuple[Finding, ...]:
    files = (InputFile("pod.yaml", "pod.yaml", "pod.yaml", True, False, text.encode()),)
    project = Project("", "", files)
    result = run_project(project, RULES, Platform({}, ""), TOOLBOX, Settings({}, {}), is_one_scope=True)
    assert result.errors == ()
    return result.findings


def severity_of(manifest: dict[str, object]) -> str | None:
    findings = lint(json.dumps(manifest))
    assert len(findings) <= 1
    return findings[0].severity if findings else None


@pytest.mark.parametrize(
    ("script", "severity"),
    [
        ("echo x > /config/app.yaml", "error"),
        ("echo x >> '/config/app.yaml'", "error"),
        ("cd /config && sed -i s/a/b/ app.yaml", "error"),
        ("sed -i -e s/a/b/ -e s/c/d/ /config/app.yaml", "error"),
        ("sed -Ei 's|a|b|' /config/app.yaml", "error"),
        ("F=/config/app.yaml; envsubst < /src/app.yaml > $F", "error"),
        ("cp -r /defaults/. /config", "error"),
        ("cp /src/a.yaml /config/ 2>&1", "error"),
        ("mv /tmp/new.yaml ${TARGET:-/config/app.yaml}", "error"),
        ("cat <<EOF > /config/app.yaml\nkey: value\nEOF", "error"),
        ("curl -fsSL -o /config/list.txt https://example.org/list.txt", "error"),
        ("yq -i '.a = 1' /config/app.yaml", "error"),
        ("date | tee /config/started", "error"),
        ("mkdir -p /config/cache", "error"),
        ("set -e\nchown -R 1000 /config\nexec app", "error"),
        ("chmod 600 /config/key && exec app", "error"),
        ("if [ -n \"$X\" ]; then\n  sed -i s/a/b/ /config/app.yaml\nfi", "warning"),
        ("[ -f /config/app.yaml ] || cp /defaults/app.yaml /config/app.yaml", "warning"),
        ("sed -i s/a/b/ /config/app.yaml || true", "warning"),
        ("rm -f /config/stale.pid", "warning"),
        ("chown -R 1000 /config; exec app", "info"),
        ("chown -R 1000 /config || true", None),
        ("sed s/a/b/ /config/app.yaml > /tmp/app.yaml", None),
        ("cp /config/app.yaml /tmp/app.yaml 2>/dev/null", None),
        ("cat < /config/app.yaml | tee /tmp/copy", None),
        ("mkdir -p /config", None),
        ("echo 'sed -i s/a/b/ /config/app.yaml'", None),
        ("# rm -rf /config\nexec app /config/app.yaml", None),
        ("cat <<'EOF' > /tmp/run.sh\nrm -rf /config/x\nEOF", None),
        ("cp /src/a /configuration/a", None),
        ("sed -i s/a/b/ $UNKNOWN/app.yaml", None),
        ("exec app --out \"$(cat /config/name)\"", None),
    ],
)  # fmt: skip
def test_a_script_that_writes_into_a_directory(script: str, severity: str | None) -> None:
    assert severity_of(pod({"command": ["/bin/sh", "-c", script]}, CONFIGURATION)) == severity


@pytest.mark.parametrize(
    ("container", "severity"),
    [
        ({"command": ["sh", "-ec"], "args": ["chown app /config\nexec app"]}, "error"),
        ({"command": ["bash", "-c", "--", "touch /config/x"]}, "error"),
        ({"command": ["tee", "/config/out"]}, "error"),
        ({"args": ["tee", "/config/out"]}, "error"),
        ({"workingDir": "/config", "command": ["sh", "-c", "echo 1 > x"]}, "error"),
        ({"lifecycle": {"postStart": {"exec": {"command": ["sh", "-c", "echo 1 > /config/x"]}}}}, "error"),
        ({"env": [{"name": "OUT", "value": "/config/x"}], "command": ["sh", "-c", 'echo 1 > "$OUT"']}, "error"),
        ({"command": ["redis-sentinel", "/config/sentinel.conf"]}, "error"),
        ({"command": ["redis-server", "/config/redis.conf"]}, None),
        ({"command": ["sh", "/config/start.sh"]}, None),
        ({"command": ["app", "--config", "/config/app.yaml"]}, None),
    ],
)
def test_where_a_command_stands(container: dict[str, object], severity: str | None) -> None:
    assert severity_of(pod(container, CONFIGURATION)) == severity


@pytest.mark.parametrize(
    ("script", "severity"),
    [
        ("sed -i s/a/b/ /data/app.yaml", "error"),
        ("cp /defaults/app.yaml /data/", "error"),
        ("cp /defaults/other.yaml /data/", None),
        ("echo x > /data/other.yaml", None),
        ("set -e; chown -R app /data", "error"),
        ("chown app /data", None),
    ],
)
def test_one_file_inside_a_volume(script: str, severity: str | None) -> None:
    assert severity_of(pod({"command": ["sh", "-c", script]}, DATA, ONE_FILE)) == severity


def test_an_init_container_fails_with_its_last_command() -> None:
    container = {"command": ["sh", "-c", "echo start; chown -R 1000 /config"]}
    assert severity_of(pod(container, CONFIGURATION, role="initContainers")) == "error"


def test_the_line_of_the_command_is_shown() -> None:
    text = """\
apiVersion: v1
kind: Pod
metadata:
  name: app
spec:
  containers:
    - name: main
      image: registry.example.org/app:1
      command: [sh, -c]
      args:
        - |
          set -e
          echo start

          sed -i s/a/b/ /config/app.yaml
      volumeMounts:
        - name: config
          mountPath: /config
  volumes:
    - name: config
      configMap:
        name: app
"""
    (finding,) = lint(text)
    assert finding.location.line == 18
    assert [(item.location.line, item.location.column) for item in finding.related] == [(15, 11), (20, 7)]
