"""A run that reports on few files opens few, and says what a run that opens all of them says."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from git_helpers import write

from kubelint_lessons.authoring.linter import lint
from kubelint_lessons.authoring.request import Options
from kubelint_lessons.engine import facts, filestates, view
from kubelint_lessons.engine.packed import pack_result
from kubelint_lessons.engine.readings import Readings
from kubelint_lessons.lessons import blobs as blobs_module
from kubelint_lessons.lessons.blobs import Blobs
from kubelint_lessons.manifests.inputs import StandardInput, find_inputs

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, labels: {{app: {app}}}}}
spec:
  selector: {{matchLabels: {{app: {app}}}}}
  template:
    metadata: {{labels: {{app: {app}}}}}
    spec:
      nodeSelector: {{kubernetes.io/arch: amd64}}
      containers:
      - {{name: web, image: "nginx:1.25", envFrom: [{{configMapRef: {{name: {name}-settings}}}}]}}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{selector: {{app: {app}}}, ports: [{{port: 80, targetPort: http}}]}}
"""
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}-settings}}\ndata: {{a: b}}\n"
CLASS = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast}\nprovisioner: nfs\n"
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec:
  group: example.org
  scope: SCOPE
  names: {kind: Thing, plural: things}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
"""
CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {storageClassName: slow, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
FILES: dict[str, str] = {
    ".kubelint.yaml": "",
    "plain/web.yaml": DEPLOYMENT.format(name="web", app="web"),
    "plain/database.yaml": DEPLOYMENT.format(name="database", app="web"),
    "plain/service.yaml": SERVICE.format(name="web", app="web") + "---\n" + SERVICE.format(name="db", app="db"),
    "plain/list.yaml": "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}]\n",
    "plain/claim.yaml": CLAIM,
    "plain/class.yaml": CLASS,
    "plain/crd.yaml": CRD.replace("SCOPE", "Cluster"),
    "plain/thing.yaml": "apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: x, namespace: a}\n",
    "plain/broken.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a\n",
    "plain/values.yaml": "image: {tag: latest}\n",
    "dev/web.yaml": DEPLOYMENT.format(name="app", app="app"),
    "prod/web.yaml": DEPLOYMENT.format(name="app", app="app") + "---\n" + SERVICE.format(name="app", app="apq"),
    "base/kustomization.yaml": "resources: [app.yaml, service.yaml]\n",
    "base/app.yaml": DEPLOYMENT.format(name="shop", app="shop"),
    "base/service.yaml": SERVICE.format(name="shop", app="shop"),
    "one/kustomization.yaml": "resources: [../base, more.yaml]\nnamespace: one\nimages: [{name: nginx, newTag: '2'}]\n",
    "one/more.yaml": DEPLOYMENT.format(name="worker", app="shop") + "---\n" + SETTINGS.format(name="shop"),
    "two/kustomization.yaml": "resources: [../base, more.yaml]\nnamePrefix: two-\n"
    "patches: [{path: patch.yaml, target: {kind: Deployment, labelSelector: app=shop}}]\n"
    "configMapGenerator: [{name: other-settings, literals: [a=b]}]\n",
    "two/more.yaml": DEPLOYMENT.format(name="other", app="shop"),
    "two/patch.yaml": DEPLOYMENT.format(name="shop", app="shop"),
    "flux.yaml": "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\n"
    "spec: {path: ./deployed, targetNamespace: apps, prune: true}\n",
    "deployed/web.yaml": DEPLOYMENT.format(name="flux", app="flux"),
    "deployed/service.yaml": SERVICE.format(name="flux", app="flux"),
    "chart/Chart.yaml": "name: chart\n",
    "chart/templates/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Values.name }}'}\n",
    "quiet.yaml": "# kubelint: ignore-file[unpinned-image] known\n" + DEPLOYMENT.format(name="q", app="q"),
}

EDITS: list[Callable[[str], str]] = [
    lambda text: text + "# a comment\n",
    lambda text: text.replace("nginx:1.25", "nginx:latest"),
    lambda text: text.replace("nginx:", "httpd:"),
    lambda text: text.replace("app: web", "app: shop"),
    lambda text: text.replace("labels: {app: shop}", "labels: {app: other}", 1),
    lambda text: text.replace("name: shop", "name: web", 1),
    lambda text: text.replace("metadata: {name", "metadata: {namespace: one, name", 1),
    lambda text: text.replace("kind: Deployment", "kind: StatefulSet"),
    lambda text: text.replace("arch: amd64", "arch: arm64"),
    lambda text: text.replace("-settings", "-missing"),
    lambda text: text + "---\n" + SETTINGS.format(name="web"),
    lambda text: text.split("---\n")[0],
    lambda text: text.replace("}", "", 1),
    lambda text: text.replace("Cluster", "Namespaced"),
    lambda text: text.replace("name: fast", "name: slow"),
    lambda text: text.replace("namespace: one", "namespace: three").replace("two-", "other-"),
    lambda text: text.replace(", more.yaml", ""),
    lambda text: text.replace("./deployed", "./plain"),
    lambda text: "a: 1\na: 2\n" + text,
    lambda text: "",
]


class Runs:
    """Lints files of the current directory, and notes whether all of it was opened."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.wholes = 0
        self.parts = 0
        monkeypatch.setattr(facts, "FEWEST_FILES", 1)
        monkeypatch.setattr(view, "_SHARE", 4)
        monkeypatch.setattr(blobs_module, "installation_key", lambda: "this")
        whole = view.Looker.whole

        def noted(self_: view.Looker, *given: Any, **named: Any) -> view.View:
            self.wholes += 1
            return whole(self_, *given, **named)

        monkeypatch.setattr(view.Looker, "whole", noted)

    def check(self, *paths: str, stdin: StandardInput | None = None, **options: Any) -> bool:
        """Return whether everything was opened; what is said must be what is said without a cache."""
        inputs = find_inputs(paths, stdin=stdin)
        self.wholes = 0
        readings = Readings(Blobs(str(self.folder)))
        answer = lint(inputs, Options(**options), readings=readings)
        is_whole = self.wholes > 0
        self.parts += not is_whole
        fresh = Readings()
        assert pack_result(answer.result) == pack_result(lint(inputs, Options(**options), readings=fresh).result)
        assert readings.files == fresh.files
        return is_whole


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Return runs in a project whose files have not changed for long enough."""
    monkeypatch.setattr(filestates, "SETTLED", -1 << 62)
    write(tmp_path / "project", dict(FILES))
    monkeypatch.chdir(tmp_path / "project")
    return Runs(tmp_path / "cache", monkeypatch)


def change(name: str, edit: Callable[[str], str]) -> None:
    path = Path(name)
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")


def test_a_file_that_was_edited_is_all_that_is_read(runs: Runs) -> None:
    assert runs.check("plain/web.yaml")
    change("plain/web.yaml", lambda text: text.replace("nginx:1.25", "nginx:latest"))
    assert not runs.check("plain/web.yaml")
    change("one/more.yaml", lambda text: text.replace("nginx:1.25", "nginx:latest"))
    for name in FILES:
        if name.endswith(".yaml") and name != ".kubelint.yaml":
            assert not runs.check(name), name


DECIDING: dict[str, tuple[str, Callable[[str], str]]] = {
    "a kind": ("plain/web.yaml", lambda text: text.replace("Deployment", "StatefulSet")),
    "a name": ("plain/web.yaml", lambda text: text.replace("name: web,", "name: wob,")),
    "a namespace": ("plain/web.yaml", lambda text: text.replace("{name: web,", "{namespace: a, name: web,")),
    "a label": ("base/app.yaml", lambda text: text.replace("labels: {app: shop}}\n", "labels: {app: shed}}\n", 1)),
    "an image that a kustomization names": ("base/app.yaml", lambda text: text.replace("nginx:", "httpd:")),
    "a further document": ("plain/web.yaml", lambda text: text + "---\n" + SETTINGS.format(name="web")),
    "a file that breaks": ("plain/web.yaml", lambda text: text.replace("}", "")),
    "a kustomization": ("one/kustomization.yaml", lambda text: text.replace("namespace: one", "namespace: eins")),
    "a patch": ("two/patch.yaml", lambda text: text + "  replicas: 2\n"),
    "a definition": ("plain/crd.yaml", lambda text: text.replace("Cluster", "Namespaced")),
    "what Flux applies": ("flux.yaml", lambda text: text.replace("./deployed", "./plain")),
    "a broken file": ("plain/broken.yaml", lambda text: text + "}\n"),
}


@pytest.mark.parametrize(("name", "edit"), DECIDING.values(), ids=DECIDING)
def test_what_may_decide_about_scopes_opens_everything(runs: Runs, name: str, edit: Callable[[str], str]) -> None:
    asked = "plain/database.yaml"
    runs.check(asked)
    before = Path(name).read_text(encoding="utf-8")
    change(name, edit)
    assert Path(name).read_text(encoding="utf-8") != before
    assert runs.check(asked)
    assert not runs.check(name)
    assert not runs.check(asked)


def test_witnesses_are_asked_again(runs: Runs) -> None:
    runs.check("plain/claim.yaml")
    change("plain/class.yaml", lambda text: text.replace("provisioner: nfs", "provisioner: local"))
    assert not runs.check("plain/claim.yaml")
    change("plain/database.yaml", lambda text: text.replace("amd64", "arm64"))
    assert not runs.check("plain/web.yaml")


def test_other_files_and_questions_have_a_layout_of_their_own(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert runs.check("plain/web.yaml")
    write(Path.cwd(), {"plain/new.yaml": SETTINGS.format(name="web")})
    assert runs.check("plain/web.yaml")
    assert not runs.check("plain/new.yaml")
    assert runs.check("plain/web.yaml", select=("unpinned-image",))
    assert not runs.check("plain/web.yaml", select=("unpinned-image",))
    assert runs.check(".")
    monkeypatch.chdir("plain")
    assert runs.check("web.yaml")
    assert not runs.check("web.yaml")


def test_a_damaged_part_is_read_anew(runs: Runs) -> None:
    runs.check("plain/web.yaml")
    (entry,) = (runs.folder / facts.KIND).iterdir()
    entry.write_bytes(entry.read_bytes().replace(b"nginx", b"ngixx"))
    assert not runs.check("plain/web.yaml")
    assert not runs.check("one/more.yaml")


def test_standard_input_may_stand_for_a_file(runs: Runs) -> None:
    runs.check("plain/web.yaml")
    same = FILES["plain/web.yaml"].replace("1.25", "latest").encode()
    assert not runs.check(stdin=StandardInput(same, "plain/web.yaml"))
    other = FILES["plain/web.yaml"].replace("name: web", "name: wub").encode()
    assert runs.check(stdin=StandardInput(other, "plain/web.yaml"))
    assert not runs.check(stdin=StandardInput(same, "plain/web.yaml"))


def test_suppressions_are_those_of_the_whole(runs: Runs) -> None:
    entries = ["{rules: unpinned-image, path: one/, reason: known}", "{rules: yaml-syntax, path: no/, reason: known}"]
    write(Path.cwd(), {".kubelint.yaml": f"suppress: [{', '.join(entries)}]\n"})
    runs.check("plain/web.yaml")
    change("one/more.yaml", lambda text: text.replace("nginx:1.25", "nginx:latest"))
    for name in ("plain/web.yaml", "one/more.yaml", "quiet.yaml"):
        assert not runs.check(name)


@pytest.mark.parametrize("seed", range(6))
def test_edits_in_any_order_give_the_same_run(runs: Runs, seed: int) -> None:
    chance = random.Random(seed)
    names = [name for name in FILES if name.endswith(".yaml") and name != ".kubelint.yaml"]
    for _ in range(30):
        name = chance.choice(names)
        change(name, chance.choice(EDITS))
        if chance.random() < 0.3:
            write(Path.cwd(), {name: FILES[name]})
        runs.check(*{name if chance.random() < 0.7 else chance.choice(names), chance.choice(names)})
    assert runs.parts > 3
