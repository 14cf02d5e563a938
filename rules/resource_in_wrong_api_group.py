"""Rules of roles for a pair of API group and resource that the API server does not have.

A rule is judged only where all its groups are built in: other APIs reuse the names. Source of the table: the
Kubernetes API reference, 1.34.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, Resource, alone, as_dict, as_list

_RESOURCES: dict[str, str] = {
    "": "configmaps endpoints limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods "
    "replicationcontrollers resourcequotas secrets serviceaccounts services",
    "apps": "controllerrevisions daemonsets deployments replicasets statefulsets",
    "autoscaling": "horizontalpodautoscalers",
    "batch": "cronjobs jobs",
    "networking.k8s.io": "ingressclasses ingresses networkpolicies",
    "policy": "poddisruptionbudgets",
    "rbac.authorization.k8s.io": "clusterrolebindings clusterroles rolebindings roles",
    "storage.k8s.io": "csidrivers csinodes csistoragecapacities storageclasses volumeattachments",
    "apiextensions.k8s.io": "customresourcedefinitions",
    "coordination.k8s.io": "leases",
    "discovery.k8s.io": "endpointslices",
    "scheduling.k8s.io": "priorityclasses",
}
_GROUP_OF = {resource: group for group, resources in _RESOURCES.items() for resource in resources.split()}
_ONCE_IN_EXTENSIONS = ("daemonsets", "deployments", "ingresses", "networkpolicies", "replicasets")
_BUILT_IN = frozenset({*_RESOURCES, "extensions"})


@alone
def check(role: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for the first resource of each group that a rule asks for in groups that do not have it.

    A warning at most for what ``extensions`` served before Kubernetes 1.22.
    """
    rules = [as_dict(rule) for rule in as_list(role.get("rules"))]
    for index, rule in enumerate(rules):
        groups = [group for group in as_list(rule.get("apiGroups")) if isinstance(group, str)]
        if not groups or not _BUILT_IN.issuperset(groups):
            continue
        seen: set[str] = set()
        for position, resource in enumerate(as_list(rule.get("resources"))):
            wanted = _GROUP_OF.get(resource.partition("/")[0]) if isinstance(resource, str) else None
            if wanted is None or wanted in groups or wanted in seen or _is_granted(resource, wanted, rules):
                continue
            seen.add(wanted)
            is_old = "extensions" in groups and resource.partition("/")[0] in _ONCE_IN_EXTENSIONS
            yield Problem(
                f'{role.kind} "{role.name}" grants {resource} in API group {_listed(groups)}, but {resource} belongs '
                f"to {_named(wanted)}",
                role.place("rules", index, "resources", position),
                label="this pair does not exist any more" if is_old else "this pair does not exist",
                fix=_fix(role, index, rule, groups, wanted),
                at_most="warning" if is_old else None,
            )


def _is_granted(resource: str, group: str, rules: list[dict[str, Any]]) -> bool:
    """Return whether another rule of the role names the pair rightly."""
    for rule in rules:
        groups, resources = as_list(rule.get("apiGroups")), as_list(rule.get("resources"))
        if (group in groups or "*" in groups) and (resource in resources or "*" in resources):
            return True
    return False


def _fix(role: Resource, index: int, rule: dict[str, Any], groups: list[str], wanted: str) -> Fix | None:
    """Return the fix that replaces the only group, where it fits no resource of the rule."""
    resources = as_list(rule.get("resources"))
    if len(groups) != 1 or any(_GROUP_OF.get(str(item).partition("/")[0]) != wanted for item in resources):
        return None
    edit = Edit("set", role.place("rules", index, "apiGroups", 0), wanted)
    return Fix(f'write the group "{wanted}"', (edit,), "unsafe")


def _named(group: str) -> str:
    return f'"{group}"' if group else 'the core group, ""'


def _listed(groups: list[str]) -> str:
    return " and ".join(f'"{group}"' for group in groups)
