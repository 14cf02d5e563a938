from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from kubelint_lessons.manifests.classify import DocumentClass, Hint, why
from kubelint_lessons.manifests.documents import documents_of
from kubelint_lessons.manifests.source import read_source

CORPUS = Path(__file__).resolve().parents[1] / "../shared/corpus/clean"


def classes(text: str, path: str = "k8s/app.yaml", hint: Hint = "") -> list[str]:
    return [document.document_class for document in documents_of(read_source(path, text.encode()), hint)]


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: nginx}]
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DEPLOYMENT, "manifest"),
        ("apiVersion: v1\nkind: ConfigMap\ndata: {a: '{{ x }}'}\n", "manifest"),
        ("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n", "manifest"),
        ("apiVersion: example.com/2020-01-01\nkind: A\n", "not-kubernetes"),
        ("apiVersion: v1\nkind: List\nitems: []\n", "list"),
        ("apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBindingList\nitems: [{}]\n", "list"),
        ("apiVersion: example.com/v1\nkind: AllowList\nspec: {}\n", "manifest"),
        ("apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n", "crd"),
        ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", "kustomize"),
        ("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n", "kustomize"),
        ("apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n", "manifest"),
        ("- op: replace\n  path: /spec/replicas\n  value: 3\n- {op: remove, path: /x}\n", "patch"),
        ("- a\n- b\n", "not-kubernetes"),
        ("[]\n", "not-kubernetes"),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n", "patch"),
        (
            "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{name: web}]}}}\n",
            "patch",
        ),
        ("apiVersion: batch/v1\nkind: Job\nspec: {template: {spec: {nodeSelector: {a: b}}}}\n", "patch"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: web}\n$patch: delete\n", "patch"),
        (DEPLOYMENT + "      volumes: [{$patch: replace}]\n", "patch"),
        ("apiVersion: v1\nkind: ConfigMap\ndata: {a: '$patch is a word'}\n", "manifest"),
        ("apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec: {workloadRef: {name: web}}\n", "manifest"),
        ("apiVersion: release-notes/v2\nkind: bug-fix\n", "not-kubernetes"),
        ("apiVersion: v1\nkind: Config\nclusters: []\n", "not-kubernetes"),
        ("apiVersion: v2\nname: chart\nversion: 1.0.0\n", "not-kubernetes"),
        ("kind: Deployment\nmetadata: {name: web}\n", "not-kubernetes"),
        ("apiVersion: 1\nkind: [x]\n", "not-kubernetes"),
        ("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n", "not-kubernetes"),
        ("name: CI\non: push\njobs: {test: {steps: [{run: '${{ x }}'}]}}\n", "not-kubernetes"),
        ("services: {web: {image: nginx}}\n", "not-kubernetes"),
        ("just text\n", "not-kubernetes"),
        ("# nothing\n", "empty"),
        ("a: [1\n", "broken"),
        ("{{ .Values.everything | toYaml }}\n", "helm-template"),
        ("{{- if .Values.on }}\na: 1\n{{- end }}\n", "helm-template"),
        ("a: 1\n{{- include \"x\" . | nindent 4 }}\n", "helm-template"),
        ("kind: A\nmetadata:\n  name: {{ name }}\n", "helm-template"),
        ("kind: A\nmetadata:\n  name: @STS_NAME@\n", "helm-template"),
        ("kind: A\nspec:\n  clusterIP: {SERVICE_PREFIX}.16\n  ports: []\n", "helm-template"),
        ("kind: A\nspec:\n  handle: @someone\n", "broken"),
        ("kind: A\nspec:\n{% if x %}\n  a: 1\n{% endif %}\n", "helm-template"),
        ("a: '{{ $labels.x }}'\nb: [1\n", "broken"),
        ("a: |\n  {{ range .Alerts }}\n  {{ end }}\nb: 'x\n", "broken"),
        ("# {{ a comment }}\nb: [1\n", "broken"),
    ],
)  # fmt: skip
def test_class_by_content(text: str, expected: str) -> None:
    assert classes(text) == [expected]


@pytest.mark.parametrize(
    ("path", "text", "hint", "expected"),
    [
        ("a/kustomization.yaml", "resources: [a.yaml]\n", "", "kustomize"),
        ("a/kustomization.yml", "resources: [a.yaml]\n", "", "kustomize"),
        ("a/Kustomization", "resources: [a.yaml]\n", "", "kustomize"),
        ("a/kustomization.yaml", "apiVersion: v1\nkind: ConfigMap\n", "", "manifest"),
        ("values.yaml", "replicas: 1\n", "", "helm-values"),
        ("chart/values-prod.yaml", "replicas: 1\n", "", "helm-values"),
        ("prod.values.yml", "replicas: 1\n", "", "helm-values"),
        ("values.yaml", DEPLOYMENT, "", "manifest"),
        ("valuesets.yaml", "a: 1\n", "", "not-kubernetes"),
        ("chart/Chart.yaml", "apiVersion: v2\nname: chart\n", "", "helm-values"),
        ("chart/ci.yaml", "replicas: 1\n", "chart", "helm-values"),
        ("chart/templates/a.yaml", DEPLOYMENT, "chart-template", "manifest"),
        ("chart/templates/a.yaml", DEPLOYMENT + "# {{ x }}\n", "chart-template", "helm-template"),
        ("chart/templates/a.yaml", "a: [\n", "chart-template", "broken"),
        ("chart/templates/a.yaml", "a: [ '{{ x }}'\n", "chart-template", "helm-template"),
    ],
)
def test_class_by_name_and_surroundings(path: str, text: str, hint: Hint, expected: str) -> None:
    assert classes(text, path, hint) == [expected]


def test_every_class_says_why() -> None:
    assert all(why(document_class) for document_class in get_args(DocumentClass))


def test_templates_are_not_reported_as_broken() -> None:
    document = documents_of(read_source("a.yaml", b"{{- if .Values.on }}\na: 1\n"))[0]
    assert (document.problems, document.data) == ((), None)


def test_encryption_is_seen() -> None:
    text = "apiVersion: v1\nkind: Secret\na: $(X) ${1}\n---\nkind: x\nb: ${CLUSTER:=x}\nsops: {mac: x}\n"
    first, second = documents_of(read_source("a.yaml", text.encode()))
    assert (first.is_encrypted, second.is_encrypted) == (False, True)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpus/clean is not here")
def test_the_corpus_is_read_without_an_exception() -> None:
    broken = []
    for path in sorted(CORPUS.rglob("*.y*ml")):
        source = read_source(path.relative_to(CORPUS).as_posix(), path.read_bytes())
        for document in documents_of(source):
            broken += [source.path] if document.document_class == "broken" else []
    assert len(broken) == 4  # three manifests and a blueprint of authentik; judged by hand
