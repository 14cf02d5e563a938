"""Finds objects that the same build, or the same file, defines twice."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import REPEATED, Context, Problem, RelatedPlace, Resource, Severity, needs_words

_KUSTOMIZE = "kustomize.config.k8s.io"


@needs_words(REPEATED)
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for an object that an earlier document defines already.

    kustomize refuses to build that. In one file, the later document changes what the earlier one made. In plain
    directories two files may be alternatives, so nothing is said.
    """
    if resource.is_patch or not resource.name or resource.group == _KUSTOMIZE or "$" in resource.name:
        return
    definitions = context.relations.definitions(resource)
    if len(definitions) < 2 or definitions[0] is resource:
        return
    first = definitions[0]
    at_most: Severity | None
    is_renamed = any(item.transform.prefix or item.transform.suffix for item in definitions)
    if is_renamed or _key(first) != _key(resource):
        return
    is_built = any(
        item.group == _KUSTOMIZE and item.document.source.path.rpartition("/")[0] == context.scope.root
        for item in context.scope.inputs
    )
    one_file = first.document.source is resource.document.source
    if is_built and first.document is not resource.document:
        at_most, label = None, "kustomize refuses to build this"
    elif one_file:
        is_same = first.data == resource.data
        at_most = "info" if is_same else None
        label = "the same once more" if is_same else "changes what the first one made"
    else:
        return
    yield Problem(
        f"{resource.id} is defined a second time",
        resource.place("metadata", "name"),
        label,
        (RelatedPlace(first.place("metadata", "name"), "the first one"),),
        at_most=at_most,
    )


def _key(resource: Resource) -> tuple[str, str, str | None, str]:
    """Return what kustomize compares at first: the object as it is written, before names and namespaces change."""
    return resource.group, resource.kind, resource.original_namespace, resource.original_name
