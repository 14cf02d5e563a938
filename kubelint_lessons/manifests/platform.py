"""Facts about the cluster: stated in the platform reference, or inferred from the manifests.

Stated facts beat the tree. What is inferred names its source, and a finding that rests on it is at most a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kubelint_lessons.manifests.evidence import gather
from kubelint_lessons.manifests.images import parse_image
from kubelint_lessons.manifests.podtemplates import as_dict, as_list, as_text, string_map
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.records import NamedTuple

ARCH_LABELS = ("kubernetes.io/arch", "beta.kubernetes.io/arch")
"""Labels that the kubelet sets to the architecture of its node; the second one is deprecated and still set."""


class Fact(NamedTuple):
    """One fact and where it comes from: ``docs/platform-reference.md``, or ``inferred from k8s/pools.yaml``."""

    value: Any
    source: str
    inferred: bool


class Platform:
    """What is known about the cluster. ``facts`` are plain values, stated ones over inferred ones, for CEL."""

    __slots__ = ("_inferred", "_sources", "_stated", "facts", "source")

    def __init__(
        self,
        stated: Mapping[str, Any] | None = None,
        source: str = "",
        inferred: Mapping[str, Any] | None = None,
        sources: Mapping[str, str] | None = None,
    ) -> None:
        self._stated = _with_architectures(dict(stated or {}))
        self._inferred = dict(inferred or {})
        self._sources = dict(sources or {})
        self.source = source
        self.facts: dict[str, Any] = _merge(self._inferred, self._stated)

    def infer(self, resources: Iterable[Resource]) -> Platform:
        """Return this platform with what ``resources`` show: MetalLB pools, classes, architectures."""
        evidence = gather(resources)
        inferred: dict[str, Any] = {}
        for path, (value, _) in evidence.items():
            branch = inferred
            *parents, last = path.split(".")
            for parent in parents:
                branch = branch.setdefault(parent, {})
            branch[last] = value
        return Platform(self._stated, self.source, inferred, {path: source for path, (_, source) in evidence.items()})

    def stating(self, facts: Mapping[str, Any], source: str) -> Platform:
        """Return this platform with facts that somebody states more closely than it does, above its own."""
        return Platform({**self._stated, **facts}, self.source or source, self._inferred, self._sources)

    def get(self, path: str) -> Fact | None:
        """Return the fact at a dotted path such as ``metallb.pools``, or None where nothing is known.

        A map that is stated in part counts as inferred where the tree has added to it.
        """
        value = _walk(self.facts, path)
        if value is None:
            return None
        if _walk(self._stated, path) == value:
            return Fact(value, self.source, False)
        found = sorted(
            source
            for known, source in self._sources.items()
            if known == path or known.startswith(f"{path}.") or path.startswith(f"{known}.")
        )
        return Fact(value, "; ".join(dict.fromkeys(found)), True)

    def nodes_with(self, labels: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
        """Return the nodes of ``nodes.list`` that carry all ``labels``; those that the kubelet sets are implied."""
        return tuple(
            node for node in self._nodes() if all(labels_of_node(node).get(key) == labels[key] for key in labels)
        )

    def architecture_of_labels(self, labels: Mapping[str, str]) -> str | None:
        """Return the one architecture of all nodes that carry ``labels``, or None where it is not certain.

        An architecture label says it itself; other labels only where the platform lists the nodes.
        """
        for key in ARCH_LABELS:
            if key in labels:
                return labels[key]
        if not labels:
            return None
        found = {labels_of_node(node).get(ARCH_LABELS[0]) for node in self.nodes_with(labels)}
        return found.pop() if len(found) == 1 else None

    def architectures_of_image(self, image: str) -> tuple[str, ...] | None:
        """Return what ``images:`` says an image is built for, or None where no entry matches; the first one holds."""
        parsed = parse_image(image)
        for item in as_list(self.facts.get("images")):
            entry = as_dict(item)
            pattern = as_text(entry.get("match"))
            if parsed is not None and pattern and parsed.matches(pattern):
                return tuple(word for word in as_list(entry.get("architectures")) if isinstance(word, str))
        return None

    def _nodes(self) -> list[dict[str, Any]]:
        return [node for node in as_list(_walk(self.facts, "nodes.list")) if isinstance(node, dict)]


def labels_of_node(node: Mapping[str, Any]) -> dict[str, str]:
    """Return the labels of one entry of ``nodes.list``, with those that the kubelet sets."""
    labels: dict[str, str] = {"kubernetes.io/os": "linux"}
    name, architecture = as_text(node.get("name")), as_text(node.get("architecture"))
    if name:
        labels["kubernetes.io/hostname"] = name
    if architecture:
        labels.update(dict.fromkeys(ARCH_LABELS, architecture))
    return {**labels, **string_map(node.get("labels"))}


def _with_architectures(stated: dict[str, Any]) -> dict[str, Any]:
    """Return ``stated`` with ``nodes.architectures`` worked out of ``nodes.list`` where only that is given."""
    nodes = stated.get("nodes")
    if not isinstance(nodes, dict) or "architectures" in nodes:
        return stated
    listed = [labels_of_node(node).get(ARCH_LABELS[0]) for node in as_list(nodes.get("list")) if isinstance(node, dict)]
    if not listed or None in listed:
        return stated
    return {**stated, "nodes": {**nodes, "architectures": sorted({str(item) for item in listed})}}


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            merged[key] = _merge(under, value)
        elif value is not None:
            merged[key] = value
    return merged


def _walk(data: Any, path: str) -> Any:
    for step in path.split("."):
        if not isinstance(data, dict):
            return None
        data = data.get(step)
    return data
