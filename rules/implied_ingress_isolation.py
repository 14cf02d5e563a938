"""NetworkPolicies with egress rules and no policyTypes, which close the pods to all ingress as well."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, Relations, Resource, as_dict, as_list


def check(policy: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem unless the policy speaks of ingress itself, or another one is about the ingress of its pods."""
    spec = as_dict(policy.get("spec"))
    if policy.is_patch or as_list(spec.get("policyTypes")) or not as_list(spec.get("egress")) or "ingress" in spec:
        return
    if policy.may_be_patched("spec", "policyTypes") or policy.may_be_patched("spec", "ingress"):
        return
    if _is_closed_anyway(policy, context.relations):
        return
    edit = Edit("set", policy.place("spec", "policyTypes"), ["Egress"])
    yield Problem(
        f'NetworkPolicy "{policy.name}" has egress rules only, and without policyTypes it closes all ingress as well',
        policy.place("spec", "egress", spot="key"),
        label="policyTypes is missing",
        fix=Fix("write policyTypes: [Egress]", (edit,), "unsafe"),
    )


def _is_closed_anyway(policy: Resource, relations: Relations) -> bool:
    """Return whether another policy, as far as it is read here, is about the ingress of the same pods."""
    own = as_dict(policy.get("spec", "podSelector"))
    pods = relations.related(policy, "selects").items
    for other in relations.of_kind("NetworkPolicy"):
        types = as_list(other.get("spec", "policyTypes"))
        if other.name == policy.name or other.namespace != policy.namespace or (types and "Ingress" not in types):
            continue
        theirs = as_dict(other.get("spec", "podSelector"))
        if not theirs or theirs == own or any(pod in relations.related(other, "selects").items for pod in pods):
            return True
    return False
