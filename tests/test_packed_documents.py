"""Documents as plain values: what comes back is told apart as before, without a look at its values."""

from __future__ import annotations

import marshal
from pathlib import Path

import pytest
from conftest import ROOT

from kubelint_lessons.manifests.documents import Document, documents_of
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.source import Source, read_source

TEXTS = {
    "list": "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: n}}]\n",
    "typed list": "apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: x}, spec: {containers: []}}]\n",
    "kustomization": "resources: [a.yaml]\n",
    "patch": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {replicas: 2}\n",
    "workload": "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: x, namespace: ''}\n"
    "spec: {jobTemplate: {spec: {template: {spec: {containers: []}}}}}\n",
    "no object": "a: 1\n",
}


def told_apart(resource: Resource) -> tuple[object, ...]:
    slots = (slot for slot in Resource.__slots__ if slot not in ("document", "transform"))
    return (*(getattr(resource, slot) for slot in slots), resource.is_patch)


def check(documents: tuple[Document, ...]) -> int:
    """Check every document that can be packed; return how many objects they hold."""
    found = 0
    for document in documents:
        packed = document.pack()
        if packed is None:
            continue
        other = Document.unpack(document.source, *marshal.loads(marshal.dumps(packed)))
        resources = other.resources
        assert other._live is None
        assert [told_apart(resource) for resource in resources] == [told_apart(item) for item in document.resources]
        assert [resource.data for resource in resources] == [item.data for item in document.resources]
        found += len(resources)
    return found


@pytest.mark.parametrize("name", TEXTS)
def test_kinds_of_documents(name: str) -> None:
    path = "kustomization.yaml" if name == "kustomization" else "a.yaml"
    assert check(documents_of(Source(path, TEXTS[name]))) == (name != "no object")


def test_fixtures() -> None:
    paths = sorted((ROOT / "fixtures").rglob("*.yaml"))
    assert sum(check(documents_of(read_source(path.as_posix(), path.read_bytes()))) for path in paths) > 30


def test_real_files(shared: Path) -> None:
    paths = sorted((shared / "corpus" / "clean").rglob("*.yaml"))[::7]
    assert sum(check(documents_of(read_source(path.as_posix(), path.read_bytes()))) for path in paths) > 100
