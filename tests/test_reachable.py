"""What is reported of a part of a project is what a lint of the whole says of that part, though less is judged."""

from __future__ import annotations

from pathlib import Path

import pytest
from git_helpers import write
from manifest_helpers import read

from kubelint_lessons.authoring.linter import Options, lint
from kubelint_lessons.engine import run as run_module
from kubelint_lessons.engine.judging import groups_of, reachable
from kubelint_lessons.manifests.inputs import find_inputs
from kubelint_lessons.manifests.scopes import build_scopes
from kubelint_lessons.model.finding import Finding

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  selector: {{matchLabels: {{app: {app}}}}}
  template:
    metadata: {{labels: {{app: {app}}}}}
    spec:
      containers:
      - {{name: web, image: "nginx:1.25", envFrom: [{{configMapRef: {{name: {name}-settings}}}}]}}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{selector: {{app: {app}}}, ports: [{{port: 80, targetPort: http}}]}}
"""
FILES: dict[str, str | None] = {
    ".kubelint.yaml": "",
    "plain/web.yaml": DEPLOYMENT.format(name="web", app="web"),
    "plain/database.yaml": DEPLOYMENT.format(name="database", app="web"),
    "plain/service.yaml": SERVICE.format(name="web", app="web"),
    "plain/twice.yaml": SERVICE.format(name="web", app="web"),
    "base/kustomization.yaml": "resources: [app.yaml, service.yaml]\n",
    "base/app.yaml": DEPLOYMENT.format(name="shop", app="shop"),
    "base/service.yaml": SERVICE.format(name="shop", app="shop"),
    "one/kustomization.yaml": "resources: [../base, more.yaml]\nnamespace: one\n",
    "one/more.yaml": DEPLOYMENT.format(name="worker", app="shop"),
    "two/kustomization.yaml": "resources: [../base, more.yaml]\nnamespace: two\n",
    "two/more.yaml": DEPLOYMENT.format(name="other", app="shop"),
    "alone/kustomization.yaml": "resources: [service.yaml]\nnamePrefix: my-\n",
    "alone/service.yaml": SERVICE.format(name="lonely", app="nobody"),
}


def paths_of(finding: Finding) -> set[str]:
    return {finding.location.path, *(related.location.path for related in finding.related)}


def test_each_file_hears_what_the_whole_says_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, FILES)
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(run_module, "reachable", lambda groups, reported: groups)
        whole = lint(find_inputs(["."]), Options()).result
    assert {"one/more.yaml", "plain/service.yaml"} <= {path for found in whole.findings for path in paths_of(found)}
    for name in FILES:
        if name.endswith(".yaml") and name != ".kubelint.yaml":
            part = lint(find_inputs([name]), Options()).result
            assert part.findings == tuple(found for found in whole.findings if name in paths_of(found)), name
            assert [skip for skip in part.skipped if not skip.times] == [
                skip for skip in whole.skipped if not skip.times
            ]


def test_only_scopes_of_what_is_reported_are_judged() -> None:
    files = {name: text for name, text in FILES.items() if text and name != ".kubelint.yaml"}
    groups = groups_of(build_scopes("", read(files)))
    judged = {
        (scope.root, resource.document.source.path)
        for scope, objects in reachable(groups, {"one/more.yaml"})
        for resource in objects
    }
    assert ("one", "one/more.yaml") in judged
    assert {path for root, path in judged if root == "two"} <= {
        "base/app.yaml",
        "base/service.yaml",
        "base/kustomization.yaml",
    }
    assert not any(path.startswith(("plain/", "alone/")) for _, path in judged)
    assert reachable(groups, set(files)) == groups
    assert reachable(groups, set()) == []
