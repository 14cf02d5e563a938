"""Argo CD objects in a namespace that Argo CD does not read.

Source: docs/operator-manual/declarative-setup.md and app-any-namespace.md of github.com/argoproj/argo-cd.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Problem, Resource, alone, regex

_PLACEHOLDER = regex(r"[$<>{}%]")


@alone
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where the tool is Argo CD and its namespaces are stated, without this one."""
    tool, spaces = context.platform.get("gitops.tool"), context.platform.get("gitops.namespaces")
    namespace = resource.namespace
    if tool is None or tool.value != "argocd" or spaces is None or not isinstance(spaces.value, list):
        return
    if resource.is_patch or not namespace or _PLACEHOLDER.search(namespace) or namespace in spaces.value:
        return
    yield Problem(
        f'Argo CD does not read {resource.kind} "{resource.name}" in namespace "{namespace}"',
        resource.place("metadata", "namespace"),
        label=f"read in: {', '.join(str(item) for item in spaces.value)}",
    )
