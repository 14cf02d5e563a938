"""NetworkPolicies with egress rules and no policyTypes, which close the pods to all ingress as well."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    Problem,
    Relations,
    Resource,
    as_dict,
    as_list,
    grouped,
    needs_words,
)


@needs_words("egress")
def check(policy: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem unless the policy speaks of ingress itself, or another one is about the ingress of its pods."""
    spec = as_dict(policy.get("spec"))
    if policy.is_patch or as_list(spec.get("policyTypes")) or not as_list(spec.get("egress")) or "ingress" in spec:
        return
    if policy.may_be_patched("spec", "policyTypes") or policy.may_be_patched("spec", "ingress"):
        return
    if _is_closed_anyway(policy, context):
        return
    edit = Edit("set", policy.place("spec", "policyTypes"), ["Egress"])
    yield Problem(
        f'NetworkPolicy "{policy.name}" has egress rules only, and without policyTypes it closes all ingress as well',
        policy.place("spec", "egress", spot="key"),
        label="policyTypes is missing",
        fix=Fix("write policyTypes: [Egress]", (edit,), "unsafe"),
    )


def _is_closed_anyway(policy: Resource, context: Context) -> bool:
    """Return whether another policy, as far as it is read here, is about the ingress of the same pods."""
    relations = context.relations
    own = as_dict(policy.get("spec", "podSelector"))
    closing = context.once("closing", lambda: _closing(relations)).get(policy.namespace, [])
    others = [other for other in closing if other.name != policy.name]
    for other in others:
        theirs = as_dict(other.get("spec", "podSelector"))
        if not theirs or theirs == own:
            return True
    pods = {id(pod) for pod in relations.related(policy, "selects").items} if others else set()
    return bool(pods) and any(id(pod) in pods for other in others for pod in relations.related(other, "selects").items)


def _closing(relations: Relations) -> dict[str | None, list[Resource]]:
    """Return the policies about ingress, by namespace."""
    found = []
    for policy in relations.of_kind("NetworkPolicy"):
        types = as_list(policy.get("spec", "policyTypes"))
        if not types or "Ingress" in types:
            found.append(policy)
    return grouped(found, lambda policy: policy.namespace)
