"""Peers of NetworkPolicies in two list entries that were meant as one: pods X in namespace Y."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Problem,
    Resource,
    as_dict,
    as_list,
    from_label_selector,
    grouped,
    needs_words,
)

_NAME_LABEL = "kubernetes.io/metadata.name"


@needs_words("namespaceSelector")
def check(policy: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every entry with only a podSelector, right below a namespaceSelector, that is no peer."""
    if policy.is_patch:
        return
    for direction, field in (("ingress", "from"), ("egress", "to")):
        for index, item in enumerate(as_list(policy.get("spec", direction))):
            peers = [as_dict(peer) for peer in as_list(as_dict(item).get(field))]
            for position in range(1, len(peers)):
                above, below = peers[position - 1], peers[position]
                if set(above) != {"namespaceSelector"} or set(below) != {"podSelector"}:
                    continue
                reason = _reason(policy, above["namespaceSelector"], below["podSelector"], context)
                if reason:
                    yield Problem(
                        f'NetworkPolicy "{policy.name}" lets all pods of these namespaces through, not only those of '
                        f"the podSelector: {reason}",
                        policy.place("spec", direction, index, field, position, "podSelector", spot="key"),
                        label="an entry of its own",
                        note="write namespaceSelector and podSelector into one entry, without the second dash",
                    )


def _reason(policy: Resource, namespaces: Any, pods: Any, context: Context) -> str:
    """Return why the second entry cannot be meant; "" where it can."""
    selector = from_label_selector(namespaces)
    if selector.is_everything:
        return "" if from_label_selector(pods).is_everything else "the entry above it matches every namespace"
    name = as_dict(as_dict(namespaces).get("matchLabels")).get(_NAME_LABEL)
    if not isinstance(name, str) or policy.namespace is None or name == policy.namespace:
        return ""
    wanted = from_label_selector(pods)
    found = context.once("workloads", lambda: grouped(context.relations.workloads(), lambda item: item.namespace))
    here = [*found.get(policy.namespace, ()), *found.get(None, ())]
    if not here or any(wanted.verdict(item.pod_labels) != "no" for item in here):
        return ""
    there = found.get(name, [])
    match = next((item for item in there if wanted.matches(item.pod_labels)), None)
    return f'no pod of "{policy.namespace}" has these labels, but {match.id} has' if match is not None else ""
