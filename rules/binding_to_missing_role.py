"""Bindings to a role that is not there, although a role of that name is: as the other kind, or elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    Problem,
    RelatedPlace,
    Resource,
    as_dict,
    as_text,
    grouped,
    holding,
    needs_words,
)

_GROUP = "rbac.authorization.k8s.io"
_PLAIN = frozenset({"apiGroup", "kind", "name"})
_WITH_DEFAULTS = ("kube-system", "kube-public")
"""Namespaces in which the API server itself makes Roles, such as extension-apiserver-authentication-reader."""


@needs_words(holding("Role", "ClusterRole"))
def check(binding: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem where the role is missed: an error beside a namesake, else a warning.

    Without a namesake the role may come from what is not read here, unless it is a Role of a namespace whose Roles are.
    """
    if binding.is_patch or binding.may_be_patched("roleRef"):
        return
    by_name = context.once("by name", lambda: grouped(_roles(context), lambda role: role.name))
    named = as_dict(binding.get("roleRef"))
    roles = by_name.get(as_text(named.get("name")), ()) if named.keys() <= _PLAIN else ()
    if named.get("apiGroup") == _GROUP and any(_is_meant(role, named, binding) for role in roles):
        return
    for reference in context.relations.references(binding, "Role", "ClusterRole"):
        if reference.path[0] != "roleRef" or reference.state != "absent":
            continue
        namesakes = by_name.get(reference.name, [])
        neighbours = context.once("neighbours", lambda: _neighbours(context)).get(binding.namespace, [])
        if not namesakes and (reference.kind != "Role" or not neighbours or reference.namespace in _WITH_DEFAULTS):
            continue
        where = f' in namespace "{reference.namespace}"' if reference.kind == "Role" and reference.namespace else ""
        yield Problem(
            f'{binding.kind} "{binding.name}" refers to {reference.kind} "{reference.name}", which does not '
            f"exist{where}",
            binding.place(*reference.path),
            label="grants nothing",
            related=tuple(
                RelatedPlace(role.place("metadata", "name"), f"this is a {role.kind}{_home(role)}")
                for role in (namesakes or neighbours)[:2]
            ),
            fix=_fix(binding, namesakes),
            at_most=None if namesakes else "warning",
        )


def _roles(context: Context) -> tuple[Resource, ...]:
    return context.relations.of_kind("Role", "ClusterRole")


def _neighbours(context: Context) -> dict[str | None, list[Resource]]:
    return grouped((role for role in _roles(context) if role.kind == "Role"), lambda role: role.namespace)


def _is_meant(role: Resource, named: dict[str, Any], binding: Resource) -> bool:
    """Return whether a binding names a role that is there, as most do."""
    is_near = role.kind == "ClusterRole" or role.namespace == binding.namespace
    return is_near and role.kind == named.get("kind") and role.group == _GROUP


def _home(role: Resource) -> str:
    return f' of namespace "{role.namespace}"' if role.namespace else ""


def _fix(binding: Resource, namesakes: list[Resource]) -> Fix | None:
    """Return the fix that names the other kind, where that is all that is wrong."""
    if len(namesakes) != 1 or namesakes[0].kind == binding.get("roleRef", "kind"):
        return None
    kind = namesakes[0].kind
    if kind == "Role" and (binding.kind == "ClusterRoleBinding" or namesakes[0].namespace != binding.namespace):
        return None
    return Fix(f"refer to a {kind}", (Edit("set", binding.place("roleRef", "kind"), kind),), "unsafe")
