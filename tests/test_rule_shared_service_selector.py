"""What the examples of shared-service-selector cannot show: several scopes, and what a cluster hands out."""

from __future__ import annotations

from typing import Any

import pytest

from kubelint_lessons.engine.context import Context
from kubelint_lessons.engine.schemas import RunSchemas
from kubelint_lessons.lessons.checks import load_check
from kubelint_lessons.manifests.documents import documents_of
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.scopes import build_scopes
from kubelint_lessons.manifests.source import read_source
from kubelint_lessons.model.finding import Problem

PARAMS: dict[str, Any] = {"stores": ["redis"], "storePorts": [6379]}

WEB = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: ghcr.io/example/web:1.0.0, ports: [{containerPort: 8080}]}]}
"""

CACHE = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: cache}
spec:
  selector: {matchLabels: {app: LABEL}}
  template:
    metadata: {labels: {app: LABEL}}
    spec: {containers: [{name: redis, image: redis:7.4, ports: [{containerPort: 6379}]}]}
"""


def problems_of(files: dict[str, str], step: int = 1) -> list[Problem]:
    check = load_check("shared_service_selector")
    documents = [
        document for path, text in sorted(files.items()) for document in documents_of(read_source(path, text.encode()))
    ]
    found: list[Problem] = []
    for scope in build_scopes("", documents):
        context = Context(PARAMS, Platform(), scope, RunSchemas(Platform(), ()), {}, {})
        found += [problem for resource in scope.resources[::step] for problem in check(resource, context)]
    return found


def test_labels_that_a_kustomization_makes_equal() -> None:
    files = {
        "base/kustomization.yaml": "resources: [web.yaml, cache.yaml]",
        "base/web.yaml": WEB,
        "base/cache.yaml": CACHE.replace("LABEL", "cache"),
        "shop/kustomization.yaml": "resources: [../base]\ncommonLabels: {app: shop}",
    }
    found = problems_of(files)
    assert [problem.message for problem in found] == ['Service "web" also selects Deployment "cache"']
    assert 'the kustomization in "shop" gives all of them app: shop' in found[0].note
    del files["shop/kustomization.yaml"]
    assert problems_of(files) == []


def test_environments_are_not_mixed() -> None:
    files = {
        "dev/kustomization.yaml": "resources: [web.yaml]",
        "dev/web.yaml": WEB,
        "prod/kustomization.yaml": "resources: [cache.yaml]",
        "prod/cache.yaml": CACHE.replace("LABEL", "web"),
    }
    assert problems_of(files) == []


@pytest.mark.parametrize("where", ["the Service", "the pods"])
def test_labels_that_a_patch_may_change_are_left_alone(where: str) -> None:
    patch = {
        "the Service": "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {tier: web}}",
        "the pods": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cache}\n"
        "spec: {template: {metadata: {labels: {app: cache}}}}",
    }[where]
    files = {
        "kustomization.yaml": "resources: [web.yaml, cache.yaml]\npatches: [{path: patch.yaml}]",
        "web.yaml": WEB,
        "cache.yaml": CACHE.replace("LABEL", "web"),
        "patch.yaml": patch,
    }
    assert problems_of(files) == []


def test_what_a_workload_owns_is_no_second_workload() -> None:
    owned = """
apiVersion: v1
kind: Pod
metadata:
  name: web-5d4f8c7b9-x2x4q
  labels: {app: web, pod-template-hash: 5d4f8c7b9}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-5d4f8c7b9, uid: "1", controller: true}]
spec: {containers: [{name: web, image: ghcr.io/example/other:1.0.0}]}
"""
    assert problems_of({"all.yaml": f"{WEB}---{owned}"}) == []


def shared(number: int, count: int) -> dict[str, str]:
    """Return ``count`` applications that share a label, each with a Service that selects by it alone."""
    labels = "{part-of: shop, app: APP}"
    files = {}
    for index in range(number, number + count):
        name = f"app-{index:03d}"
        web = WEB.replace("selector: {app: web}", "selector: {part-of: shop}").replace("{app: web}", labels)
        own = web.replace("name: web", f"name: {name}").replace("APP", name)
        files[f"{name}.yaml"] = own.replace("example/web", f"example/{name}")
    return files


def test_many_services_of_one_selector_are_told_apart_by_their_names() -> None:
    found = problems_of(shared(0, 12))
    assert [problem.message for problem in found[:2]] == [
        'Service "app-000" also selects Deployment "app-001", Deployment "app-002", Deployment "app-003" and 8 more',
        'Service "app-001" also selects Deployment "app-000", Deployment "app-002", Deployment "app-003" and 8 more',
    ]
    assert len(found) == 12
    assert {problem.label for problem in found} == {"matches 12 workloads"}
    fixes = [problem.fix.title for problem in found if problem.fix is not None]
    assert fixes == [f"add app: app-{index:03d} to the selector" for index in range(12)]


def test_of_very_many_workloads_the_one_of_the_services_name_counts() -> None:
    last = problems_of(shared(0, 210))[-1]
    assert last.message.startswith('Service "app-209" also selects Deployment "app-000",')
    assert last.message.endswith("and at least 197 more")
    assert last.label == "matches more than 201 workloads"
    assert last.fix is not None
    assert last.fix.title == "add app: app-209 to the selector"


def test_what_is_found_does_not_hang_on_the_order_of_services() -> None:
    files = {
        path: text if path in ("app-005.yaml", "app-209.yaml") else text.split("---\n")[1]
        for path, text in shared(0, 210).items()
    }
    found = {problem.message: problem.at_most for problem in problems_of(files)}
    assert [message.split()[1] for message in found] == ['"app-209"']
    assert {problem.message: problem.at_most for problem in problems_of(files, step=-1)} == found
