"""Node selectors that no node fulfils, as far as the platform reference knows the nodes.

A label that no listed node has may still exist: people list the labels that matter to them. A label that some node has,
with other values only, is certain.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    Platform,
    PodTemplate,
    Problem,
    Resource,
    alone,
    as_dict,
    as_list,
    needs_words,
    string_map,
)

_ROLE = "node-role.kubernetes.io/"
_ROLES = frozenset({f"{_ROLE}{name}" for name in ("control-plane", "master", "etcd")})
_VALUES = {"k3s": "true", "rke2": "true", "kubeadm": ""}
"""What a distribution gives the role labels of its nodes as a value."""


@alone
@needs_words("nodeSelector")
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for the first label that is known, but not with this value, or not together with the others."""
    template = workload.pod_template
    if template is None or workload.may_be_patched(*template.path, "spec", "nodeSelector"):
        return
    platform = context.platform
    values = context.throughout("values", dict[tuple[str, str], str | None])
    known: dict[str, str] = {}
    for key, value in string_map(template.spec.get("nodeSelector")).items():
        if (key, value) not in values:
            values[key, value] = "" if platform.nodes_with({key: value}) else _values(platform, key)
        shown = values[key, value]
        if shown == "":
            known[key] = value
        elif shown is not None:
            yield Problem(
                f'{workload.id} asks for nodes with {key}: "{value}", but there {key} is {shown}',
                template.place("spec", "nodeSelector", key),
                "no node has this",
            )
            return
    if len(known) > 1 and not platform.nodes_with(known):
        yield Problem(
            f"no node has all the labels that {workload.id} asks for: {', '.join(known)}",
            template.place("spec", "nodeSelector", next(iter(known))),
            "not on the same node",
        )


@alone
@needs_words("nodeSelector", tuple(sorted(_ROLES)))
def check_control_plane(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for a role label whose value this distribution does not use."""
    template = workload.pod_template
    distribution = context.platform.get("distribution")
    meant = _VALUES.get(str(distribution.value).lower()) if distribution else None
    if template is None or meant is None or workload.may_be_patched(*template.path, "spec", "nodeSelector"):
        return
    for key, value in string_map(template.spec.get("nodeSelector")).items():
        if key in _ROLES and value in ("", "true") and value != meant:
            yield Problem(
                f'{workload.id} asks for nodes with {key}: "{value}", but here its value is "{meant}"',
                template.place("spec", "nodeSelector", key),
                "no wildcard: the value is compared",
                fix=_fix(template, key, meant),
                note="a required node affinity with operator Exists fits every distribution",
            )


def _fix(template: PodTemplate, key: str, value: str) -> Fix:
    return Fix(f'ask for "{value}"', (Edit("set", template.place("spec", "nodeSelector", key), value),), "unsafe")


def _values(platform: Platform, key: str) -> str | None:
    """Return in words what the listed nodes have as a label; None where they do not have it."""
    nodes = [as_dict(item) for item in as_list(as_dict(platform.facts.get("nodes")).get("list"))]
    found = {_label(node, key) for node in nodes} - {None}
    shown = sorted(found - {""}, key=str)[:5]
    return (", ".join(f'"{item}"' for item in shown) or "an empty value") if found else None


def _label(node: dict[str, object], key: str) -> str | None:
    """Return a label of a listed node, with those that the kubelet sets."""
    labels = string_map(node.get("labels"))
    implied = {"kubernetes.io/hostname": node.get("name"), "kubernetes.io/arch": node.get("architecture")}
    value = labels.get(key, implied.get(key))
    return value if isinstance(value, str) else None
