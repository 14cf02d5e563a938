"""Real manifests: every problem found in the corpora is one that was looked at and judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubelint_lessons.manifests.documents import documents_of
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.schema.lookup import Schemas
from kubelint_lessons.manifests.source import read_source
from kubelint_lessons.model.location import format_path

TRUE = {
    ("collabnix__kubelabs", "unknown-field", "containerPort"),  # beside spec, of no effect
    ("ContainerSolutions__kubernetes-examples", "unknown-field", "spec.backend"),  # of v1beta1, in v1
    ("argoproj__argo-cd", "unserved-api", "apiVersion"),
    ("dod-ccpo__atat", "unserved-api", "apiVersion"),
    ("bonus-removed-api", "unserved-api", "apiVersion"),
    ("shared-service-selector", "unserved-api", "apiVersion"),
    ("kubernetes-sigs__kustomize", "wrong-type", "data"),  # an example of an invalid file
}
"""What the API server refuses indeed."""

BEFORE_KUSTOMIZE = {
    ("kubeflow__manifests", "missing-required", "spec.selector"),  # commonLabels add it
    ("kubernetes__ingress-nginx", "missing-required", "spec.selector"),  # so here
    ("aws-samples__eks-workshop-v2", "missing-required", "spec"),
    ("actions__actions-runner-controller", "missing-required", "spec"),
    ("actions__actions-runner-controller", "missing-required", "spec.selector"),
    *(
        (origin, "missing-required", path)
        for origin in ("actions__actions-runner-controller", "kubeflow__manifests")
        for path in ("spec", "spec.group", "spec.names", "spec.scope", "spec.versions")
    ),
}
"""Patches, and bases to which a kustomization adds the field; of these the caller knows, not the schema."""


def resources_below(folder: Path) -> list[Resource]:
    found: list[Resource] = []
    for file in sorted(folder.rglob("*")):
        if file.suffix in (".yaml", ".yml", ".json"):
            source = read_source(file.relative_to(folder).as_posix(), file.read_bytes())
            found += (resource for document in documents_of(source) for resource in document.resources)
    return found


@pytest.mark.parametrize("corpus", ["clean", "wild"])
@pytest.mark.parametrize("version", [None, "1.34"])
def test_every_problem_of_the_corpora_was_judged(shared: Path, corpus: str, version: str | None) -> None:
    resources = resources_below(shared / "corpus" / corpus)
    schemas = Schemas(version, [resource.data for resource in resources if resource.kind == "CustomResourceDefinition"])
    known = 0
    for resource in resources:
        known += schemas.kind(resource.group, resource.version, resource.kind) is not None
        for problem in schemas.validate(
            resource.data, resource.group, resource.version, resource.kind, partial=resource.is_patch
        ):
            origin = resource.document.source.path.partition("/")[0]
            found = origin, problem.code, format_path(problem.path)
            if version is None or problem.code != "unserved-api":
                assert found in TRUE | BEFORE_KUSTOMIZE, f"{resource.document.source.path}: {problem}"
    assert known > (1500 if corpus == "clean" else 100)
