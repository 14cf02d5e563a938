"""Bindings to a role that is not there, although a role of that name is: as the other kind, or elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, RelatedPlace, Resource

_WITH_DEFAULTS = ("kube-system", "kube-public")
"""Namespaces in which the API server itself makes Roles, such as extension-apiserver-authentication-reader."""


def check(binding: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem where the role is missed: an error beside a namesake, else a warning.

    Without a namesake the role may come from what is not read here, unless it is a Role of a namespace whose Roles are.
    """
    if binding.is_patch or binding.may_be_patched("roleRef"):
        return
    for reference in context.relations.references(binding, "Role", "ClusterRole"):
        if reference.path[0] != "roleRef" or reference.state != "absent":
            continue
        roles = context.relations.of_kind("Role", "ClusterRole")
        namesakes = [role for role in roles if role.name == reference.name]
        neighbours = [role for role in roles if role.kind == "Role" and role.namespace == binding.namespace]
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
