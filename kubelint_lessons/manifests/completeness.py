"""Why a scope may hold more than what was read: the difference between *absent* and *unknown*."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kubelint_lessons.manifests.placeholders import is_placeholder
from kubelint_lessons.manifests.resources import Resource

if TYPE_CHECKING:
    from kubelint_lessons.manifests.documents import Document

_BRINGS_MORE = frozenset(
    {
        ("helm.toolkit.fluxcd.io", "HelmRelease"),
        ("helm.cattle.io", "HelmChart"),
        ("helm.cattle.io", "HelmChartConfig"),
        ("argoproj.io", "Application"),
        ("argoproj.io", "ApplicationSet"),
        ("operators.coreos.com", "Subscription"),
        ("k0s.k0sproject.io", "ClusterConfig"),
    }
)
"""Kinds that make a controller install objects which no manifest here shows."""

_MAY_BRING_MORE = frozenset(kind for _, kind in _BRINGS_MORE)


def reason_of_document(document: Document) -> str | None:
    """Return why a document that belongs to a scope leaves it incomplete, or None where it does not."""
    path = document.source.path
    if document.document_class == "broken":
        return f"{path} could not be read"
    if document.document_class == "helm-template":
        return f"{path} is a Helm template"
    return None


def reasons_of_documents(documents: Iterable[Document]) -> tuple[list[str], list[str]]:
    """Return which documents outside every kustomization could not be read, and which are templates.

    A broken document counts only if it looks like a manifest.
    """
    unread: list[str] = []
    templates: list[str] = []
    for document in documents:
        reason = reason_of_document(document)
        if reason is not None and document.document_class == "helm-template":
            templates.append(reason)
        elif reason is not None and "apiVersion" in document.text:
            unread.append(reason)
    return unread, templates


def reasons_of_resources(resources: Sequence[Resource]) -> list[str]:
    """Return why the objects of a scope leave it incomplete: charts installed by it, names filled in later."""
    reasons: list[str] = []
    are_plain = not is_placeholder("".join([f"{item.name}{item.namespace}" for item in resources]))  # as nearly always
    for resource in resources:
        if resource.kind in _MAY_BRING_MORE and (resource.group, resource.kind) in _BRINGS_MORE:
            where = resource.document.source.path
            reasons.append(f'{resource.kind} "{resource.name}" in {where} brings objects that are not here')
        elif not are_plain and is_placeholder(f"{resource.name}{resource.namespace or ''}"):
            where = resource.document.source.path
            reasons.append(f'the name of {resource.kind} "{resource.name}" in {where} is filled in later')
    return reasons
