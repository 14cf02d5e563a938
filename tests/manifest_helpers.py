"""Builds documents and scopes from YAML written in a test."""

from __future__ import annotations

import textwrap
from typing import Any

from kubelint_lessons.manifests.documents import Document, documents_of
from kubelint_lessons.manifests.relations import Relations
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import Scope, build_scopes, one_scope
from kubelint_lessons.manifests.source import Source


def read(files: dict[str, str]) -> list[Document]:
    """Return the documents of files given as path → YAML."""
    return [document for path, text in files.items() for document in documents_of(Source(path, textwrap.dedent(text)))]


def scopes_of(files: dict[str, str]) -> dict[str, Scope]:
    """Return the scopes of a project by root; a root with several scopes is an error of the test."""
    scopes = build_scopes("", read(files))
    found = {scope.root: scope for scope in scopes}
    assert len(found) == len(scopes), f"several scopes at one root: {scopes}"
    return found


def scope_of(text: str) -> Scope:
    """Return a scope of all documents of one text."""
    return one_scope("", read({"all.yaml": text}))


def relations_of(text: str) -> Relations:
    """Return the relations of a scope of all documents of one text."""
    return scope_of(text).relations


def resource_of(data: dict[str, Any]) -> Resource:
    """Return a resource from plain values, in a document without text."""
    (document,) = documents_of(Source("made.yaml", "kind: none\n"))
    document.live.data = data
    return Resource(document, (), data)


def pick(relations: Relations, kind: str, name: str) -> Resource:
    """Return the one resource of a kind with a name."""
    (found,) = [item for item in relations.of_kind(kind) if item.name == name]
    return found


def names(resources: tuple[Resource, ...]) -> list[str]:
    """Return ``Kind/name`` of resources in order."""
    return [f"{item.kind}/{item.name}" for item in resources]


def members(scope: Scope) -> list[str]:
    """Return ``Kind/namespace/name`` of the resources of a scope, ``-`` for no namespace."""
    return sorted(f"{item.kind}/{item.namespace or '-'}/{item.name}" for item in scope.resources)


def deployment(name: str, labels: str = "", namespace: str = "", image: str = "app:1", extra: str = "") -> str:
    """Return a Deployment whose pods carry ``labels`` (flow style), by default ``app: NAME``."""
    labels = labels or f"app: {name}"
    where = f", namespace: {namespace}" if namespace else ""
    return (
        f"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}{where}}}\n"
        f"spec: {{selector: {{matchLabels: {{{labels}}}}}, template: {{metadata: {{labels: {{{labels}}}}}, "
        f"spec: {{containers: [{{name: main, image: '{image}'{extra}}}]}}}}}}\n"
    )


def service(name: str, selector: str, namespace: str = "", ports: str = "[{port: 80}]") -> str:
    """Return a Service with a selector in flow style."""
    where = f", namespace: {namespace}" if namespace else ""
    return (
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}{where}}}\n"
        f"spec: {{selector: {{{selector}}}, ports: {ports}}}\n"
    )
