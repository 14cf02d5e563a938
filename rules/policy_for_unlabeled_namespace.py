"""NetworkPolicies that select a namespace by a label with its name that the namespace does not have."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    Problem,
    RelatedPlace,
    Resource,
    as_dict,
    as_list,
)

_NAME_LABEL = "kubernetes.io/metadata.name"
_NAME_KEYS = ("name", "namespace", "ns", "kubernetes.io/name", "app.kubernetes.io/name")
_OF_EVERY_CLUSTER = ("default", "kube-system", "kube-public", "kube-node-lease")


def check(policy: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every peer that means a namespace by name and cannot find it."""
    if policy.is_patch:
        return
    for direction, field in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(as_list(policy.get("spec", direction))):
            for position, peer in enumerate(as_list(as_dict(rule).get(field))):
                labels = as_dict(as_dict(as_dict(peer).get("namespaceSelector")).get("matchLabels"))
                for key in _NAME_KEYS:
                    value = labels.get(key)
                    if isinstance(value, str):
                        path = ("spec", direction, index, field, position, "namespaceSelector", "matchLabels", key)
                        yield from _judge(policy, path, key, value, context)


def _judge(policy: Resource, path: tuple[str | int, ...], key: str, value: str, context: Context) -> Iterator[Problem]:
    relations = context.relations
    namespaces = relations.of_kind("Namespace")
    if any(item.labels.get(key) == value or item.may_be_patched("metadata", "labels") for item in namespaces):
        return
    meant = next((item for item in namespaces if item.name == value), None)
    if (meant is None and value not in _OF_EVERY_CLUSTER) or (meant is not None and relations.is_ambiguous(meant)):
        return
    place = policy.place(*path)
    edits = (Edit("rename", policy.place(*path, spot="key"), _NAME_LABEL),)
    yield Problem(
        f'NetworkPolicy "{policy.name}" selects namespaces labelled {key}: {value}, which "{value}" is not',
        place,
        label="matches labels, not names",
        related=(RelatedPlace(meant.place("metadata", "name"), "this Namespace"),) if meant is not None else (),
        fix=Fix(f"select by {_NAME_LABEL}", edits, "unsafe"),
        at_most=None if meant is not None else "warning",
    )
