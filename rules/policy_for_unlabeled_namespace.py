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
    needs_words,
)

_NAME_LABEL = "kubernetes.io/metadata.name"
_NAME_KEYS = ("name", "namespace", "ns", "kubernetes.io/name", "app.kubernetes.io/name")
_OF_EVERY_CLUSTER = ("default", "kube-system", "kube-public", "kube-node-lease")


class _Namespaces:
    """All Namespaces of the scope: the first of each name, the labels that any has, and whether patches add some."""

    def __init__(self, namespaces: tuple[Resource, ...]) -> None:
        self.by_name = {item.name: item for item in reversed(namespaces)}
        self.labels = {pair for item in namespaces for pair in item.labels.items()}
        self.are_patched = any(item.may_be_patched("metadata", "labels") for item in namespaces)


@needs_words("namespaceSelector", "matchLabels")
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
    namespaces = context.once("namespaces", lambda: _Namespaces(relations.of_kind("Namespace")))
    if namespaces.are_patched or (key, value) in namespaces.labels:
        return
    meant = namespaces.by_name.get(value)
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
