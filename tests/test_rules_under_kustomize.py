"""Storage rules leave alone what an overlay changes: image tags, strategies, replicas."""

from __future__ import annotations

import pytest

from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.manifests.platform import Platform

RULES = load_rules().rules
TOOLBOX = Toolbox(Compiler())

CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: db}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
"""
WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: db}
spec:
  replicas: REPLICAS
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
        - {name: db, image: IMAGE, volumeMounts: [{name: data, mountPath: /var/lib/postgresql/data}]}
      volumes:
        - {name: data, persistentVolumeClaim: {claimName: db}}
"""


def found(rule: str, kustomization: str, image: str = "postgres:16", replicas: int = 1) -> list[str]:
    workload = WORKLOAD.replace("IMAGE", image).replace("REPLICAS", str(replicas))
    texts = {"db.yaml": CLAIM + workload, "kustomization.yaml": f"resources: [db.yaml]\n{kustomization}"}
    files = tuple(InputFile(path, path, path, True, False, text.encode()) for path, text in sorted(texts.items()))
    rules = {rule: RULES[rule]}
    result = run_project(Project("", "", files), rules, Platform({}, ""), TOOLBOX, Settings({}, {}))
    assert result.errors == ()
    return [finding.message for finding in result.findings]


RECREATE = """\
patches:
  - target: {kind: Deployment, name: db}
    patch: |
      - {op: add, path: /spec/strategy, value: {type: Recreate}}
"""


@pytest.mark.parametrize(
    ("rule", "image", "replicas", "change"),
    [
        ("database-image-without-major", "postgres", 1, "images: [{name: postgres, newTag: '16'}]\n"),
        ("postgres-volume-at-unused-path", "postgres:18", 1, "images: [{name: postgres, newTag: '16'}]\n"),
        ("postgres-data-directory-is-volume-root", "postgres:16", 1, "images: [{name: postgres, newTag: '18'}]\n"),
        ("rwo-volume-with-rolling-update", "postgres:16", 1, RECREATE),
        ("rwo-volume-with-rolling-update", "postgres:16", 1, "replicas: [{name: db, count: 0}]\n"),
        ("shared-rwo-volume", "postgres:16", 3, "replicas: [{name: db, count: 1}]\n"),
    ],
)
def test_what_an_overlay_changes_is_left_alone(rule: str, image: str, replicas: int, change: str) -> None:
    assert len(found(rule, "", image, replicas)) == 1
    assert found(rule, change, image, replicas) == []
