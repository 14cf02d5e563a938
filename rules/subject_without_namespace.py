"""ClusterRoleBindings that name a ServiceAccount without its namespace."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    Problem,
    Resource,
    as_dict,
    as_list,
    as_text,
    grouped,
    needs_words,
)


@needs_words("ServiceAccount")
def check(binding: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every such subject whose namespace nothing fills in, as kustomize may.

    A warning where the account is not among the files: they may be a part of a kustomization that is elsewhere.
    """
    if context.scope.inputs:
        return
    for index, item in enumerate(as_list(binding.get("subjects"))):
        subject = as_dict(item)
        name = as_text(subject.get("name"))
        if subject.get("kind") != "ServiceAccount" or not name or subject.get("namespace"):
            continue
        if binding.may_be_patched("subjects", index, "namespace"):
            continue
        meant = context.once("accounts", lambda: _accounts(context)).get(name, [])
        place = binding.place("subjects", index, "name")
        yield Problem(
            f'ClusterRoleBinding "{binding.name}" names ServiceAccount "{name}" without its namespace',
            place,
            label="the API server refuses this",
            fix=_fix(binding, index, meant),
            at_most=None if meant else "warning",
        )


def _accounts(context: Context) -> dict[str, list[Resource]]:
    return grouped(context.relations.of_kind("ServiceAccount"), lambda account: account.original_name)


def _fix(binding: Resource, index: int, meant: list[Resource]) -> Fix | None:
    namespaces = {account.namespace for account in meant}
    namespace = namespaces.pop() if len(namespaces) == 1 else None
    if not namespace:
        return None
    edit = Edit("set", binding.place("subjects", index, "namespace"), namespace)
    return Fix(f"name the namespace {namespace}", (edit,), "unsafe")
