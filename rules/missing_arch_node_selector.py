"""Pods that the scheduler may put on a node whose architecture their image was not built for.

What is decided per node: could the pod land there? The scheduler's rules that matter are nodeSelector, required node
affinity, nodeName and taints (https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/). A label that
no node is known to have may still exist, and may be as good as a pin: then nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Literal

from kubelint_lessons.plugin import (
    Container,
    Context,
    Edit,
    Fact,
    Fix,
    Image,
    NamedTuple,
    Platform,
    PodTemplate,
    Problem,
    RelatedPlace,
    Resource,
    Severity,
    alone,
    as_dict,
    as_list,
    parse_image,
    regex,
    string_map,
)

Verdict = Literal["yes", "no", "unknown"]

_ARCH = "kubernetes.io/arch"
_OLD_ARCH = "beta.kubernetes.io/arch"
_HOSTNAME = "kubernetes.io/hostname"
_NODE_NAME = "metadata.name"

_WORDS = {
    "amd64": "amd64", "x86_64": "amd64", "x86-64": "amd64", "arm64": "arm64", "arm64v8": "arm64", "aarch64": "arm64",
    "armhf": "arm", "armv6": "arm", "armv7": "arm", "armv7l": "arm", "arm32v5": "arm", "arm32v6": "arm",
    "arm32v7": "arm", "i386": "386", "ppc64le": "ppc64le", "s390x": "s390x", "riscv64": "riscv64",
}  # fmt: skip
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_NAMES_ONE = regex(_WORD)
_AT_END = regex(rf"[-_.]({_WORD})$")
_HINTS = ("64", "86", "arm", "390")
"""Every word that names an architecture has one of these."""
_STEERING = ("nodeSelector", "nodeName", "affinity", "tolerations")
"""What decides where a pod lands: pods without any of it all land alike."""
_AT_START = regex(rf"^({_WORD})(?:[-_.]|$)")


class Node(NamedTuple):
    """A node, or a stand-in for all nodes of one architecture; ``name`` is empty then."""

    name: str
    architecture: str
    labels: dict[str, str]
    taints: tuple[tuple[str, str, str], ...]


class Nodes(NamedTuple):
    """The nodes of the cluster, and the labels that some node has."""

    all: tuple[Node, ...]
    labels: frozenset[str]


class Reach(NamedTuple):
    """Where a pod may land: ``architectures`` of the nodes that would take it, None where that is unknown."""

    architectures: frozenset[str] | None
    is_pinned: bool


@alone
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield at most one problem: an image that is not known to run wherever the pod may land."""
    template = resource.pod_template
    if template is not None and not _is_patched(resource, template):
        yield from _by_facts(resource, template, context)


@alone
def check_name(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield at most one problem: an image that is named after an architecture, and a pod that is not kept on it."""
    template = resource.pod_template
    for container in template.containers if template is not None else ():
        if any(hint in container.image for hint in _HINTS) and _NAMES_ONE.search(container.image):
            break
    else:
        return
    if template is not None and not _is_patched(resource, template):
        yield from _by_name(template, context)


def _known_nodes(platform: Platform) -> tuple[Fact | None, list[str], Nodes]:
    """Return the fact about architectures, what it says, and the nodes."""
    fact = platform.get("nodes.architectures")
    known = [item for item in as_list(fact.value if fact else None) if isinstance(item, str)]
    return fact, known, _nodes(platform, known)


def _by_facts(resource: Resource, template: PodTemplate, context: Context) -> Iterator[Problem]:
    fact, known, nodes = context.throughout("nodes", lambda: _known_nodes(context.platform))
    if len(known) < 2:
        return
    reach = _landing(template, nodes, context)
    if reach.architectures is None or len(reach.architectures) < 2:
        return
    wrong: list[tuple[Container, frozenset[str] | None]] = []
    for container in template.containers:
        if container.role == "ephemeral":
            continue
        is_open, built_for = context.throughout(
            ("image", container.image), partial(_judge_image, container.image, context)
        )
        if not is_open:
            continue
        if built_for is None and (reach.is_pinned or resource.kind == "DaemonSet"):
            continue  # pinned to several on purpose, or meant for every node
        if built_for is None or not reach.architectures <= built_for:
            wrong.append((container, built_for))
    if not wrong:
        return
    certain = [(container, built_for) for container, built_for in wrong if built_for is not None]
    container, built_for = certain[0] if certain else wrong[0]
    lacking = sorted(reach.architectures - (built_for or frozenset()))
    is_inferred = fact is not None and fact.inferred
    if built_for is not None:
        limit: Severity | None = "warning" if is_inferred else None
        message = (
            f"{container.image} is built for {_names(sorted(built_for))}, and the pod may land on {_names(lacking)}"
        )
    else:
        limit = "info" if is_inferred else "warning"
        both = _names(sorted(reach.architectures))
        message = f"the pod may land on {both}, and nothing says that {_short(container)} is built for both"
    common = frozenset.intersection(*(found for _, found in certain)) if certain else frozenset()
    wanted = sorted(common & reach.architectures) or known[:1]
    related = tuple(RelatedPlace(other.place("image"), _label(found)) for other, found in wrong)
    note = (
        "" if certain else "if the image has several architectures, list it under images in docs/platform-reference.md"
    )
    if is_inferred and fact is not None:
        note = f"the architectures are known from {fact.source} only: state them in docs/platform-reference.md"
    yield _problem(template, message, related, limit, wanted[0], note, is_certain=len(common) == 1)


def _landing(template: PodTemplate, nodes: Nodes, context: Context) -> Reach:
    """Return where a pod may land; most pods are steered by nothing, or by the same few labels."""
    steering = [field for field in _STEERING if field in template.spec]
    if not steering:
        return context.throughout("reach", partial(_reach, template, nodes))
    selector = template.spec.get("nodeSelector")
    if steering == ["nodeSelector"] and isinstance(selector, dict) and len(string_map(selector)) == len(selector):
        return context.throughout(("reach", *sorted(selector.items())), partial(_reach, template, nodes))
    return _reach(template, nodes)


def _by_name(template: PodTemplate, context: Context) -> Iterator[Problem]:
    for container in template.containers:
        if not _NAMES_ONE.search(container.image):
            continue
        image = parse_image(container.image)
        named = architecture_in_name(image) if image else None
        if image is None or named is None:
            continue
        fact, known, nodes = context.throughout("nodes", lambda: _known_nodes(context.platform))
        reach = _reach(template, nodes if known else _nodes(context.platform, sorted({named, "amd64", "arm64"})))
        if reach.architectures is None or reach.architectures <= {named}:
            continue
        others = _names(sorted(reach.architectures - {named}))
        limit: Severity | None = "warning" if fact is None or fact.inferred else None
        if reach.is_pinned and named not in reach.architectures:
            message, limit = f"{_short(container)} is built for {named}, and the pod is pinned to {others}", None
        elif known:
            message = f"{_short(container)} is built for {named}, and the pod may land on {others}"
        else:
            message = f"{_short(container)} is built for {named}, and nothing keeps the pod on such nodes"
        related = (RelatedPlace(container.place("image"), f"names {named}"),)
        yield _problem(template, message, related, limit, named, "", is_certain=True)
        return


def _problem(
    template: PodTemplate,
    message: str,
    related: tuple[RelatedPlace, ...],
    limit: Severity | None,
    architecture: str,
    note: str,
    *,
    is_certain: bool,
) -> Problem:
    place = template.place("spec", "nodeSelector", _ARCH)
    if "nodeAffinity" in template.spec:
        misplaced = template.place("spec", "nodeAffinity", spot="key")
        related = (*related, RelatedPlace(misplaced, "not read here"))
        note = "nodeAffinity is read only below affinity: move it there"
    edit = Edit("set", place, architecture)
    fix = Fix(f"run the pod on {architecture} nodes only", (edit,), "unsafe" if is_certain else "display")
    return Problem(message, place, f"no {_ARCH}", related, fix, limit, note)


def architecture_in_name(image: Image) -> str | None:
    """Return the architecture that an image is named after, in GOARCH; None where it names none, or several.

    >>> architecture_in_name(parse_image("arm64v8/nginx")), architecture_in_name(parse_image("acme/charm64:2"))
    ('arm64', None)
    """
    found = set()
    first = image.repository.partition("/")[0]
    if "/" in image.repository and first in _WORDS:
        found.add(_WORDS[first])
    for text, patterns in ((image.repository_name, (_AT_END,)), (image.tag or "", (_AT_END, _AT_START))):
        for pattern in patterns:
            match = pattern.search(text)
            if match:
                found.add(_WORDS[match.group(1)])
    return found.pop() if len(found) == 1 else None


def _judge_image(text: str, context: Context) -> tuple[bool, frozenset[str] | None]:
    """Return whether an image has a name that says nothing of an architecture, and what it is built for."""
    image = parse_image(text)
    if image is None or architecture_in_name(image):
        return False, None
    known = context.throughout("images", lambda: _known_images(context))
    return True, next((architectures for pattern, architectures in known if image.matches_any((pattern,))), None)


def _known_images(context: Context) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return patterns, and what such images are built for: the platform reference's, then ``params.multiArch``."""
    fact = context.platform.get("images")
    found: dict[str, frozenset[str]] = {}
    for entry in (*as_list(fact.value if fact else None), *as_list(context.params.get("multiArch"))):
        pattern, architectures = as_dict(entry).get("match"), as_list(as_dict(entry).get("architectures"))
        if isinstance(pattern, str) and architectures:
            found.setdefault(pattern, frozenset(item for item in architectures if isinstance(item, str)))
    return tuple(found.items())


def _nodes(platform: Platform, architectures: list[str]) -> Nodes:
    """Return the nodes that the platform reference lists, else one stand-in for each architecture."""
    fact = platform.get("nodes.list")
    nodes = []
    for entry in map(as_dict, as_list(fact.value if fact else None)):
        name, architecture = entry.get("name"), entry.get("architecture")
        if isinstance(name, str) and isinstance(architecture, str):
            labels = {key: value for key, value in as_dict(entry.get("labels")).items() if isinstance(value, str)}
            nodes.append(_node(name, architecture, labels, tuple(_taints(entry))))
    if not {node.architecture for node in nodes} >= set(architectures):
        nodes = [_node("", architecture, {}, ()) for architecture in architectures]
    return Nodes(tuple(nodes), frozenset(key for node in nodes for key in node.labels))


def _node(name: str, architecture: str, labels: dict[str, str], taints: tuple[tuple[str, str, str], ...]) -> Node:
    own = {_ARCH: architecture, _OLD_ARCH: architecture, "kubernetes.io/os": "linux", "beta.kubernetes.io/os": "linux"}
    if name:
        own.update({_HOSTNAME: name, _NODE_NAME: name})
    return Node(name, architecture, {**own, **labels}, taints)


def _taints(entry: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for taint in as_list(entry.get("taints")):
        if isinstance(taint, str):
            key, _, effect = taint.rpartition(":")
            name, _, value = key.partition("=")
            yield name, value, effect
        elif isinstance(taint, dict):
            yield str(taint.get("key", "")), str(taint.get("value", "")), str(taint.get("effect", "NoSchedule"))


def _reach(template: PodTemplate, nodes: Nodes) -> Reach:
    spec = template.spec
    known_keys = nodes.labels
    selector = [(key, "In", [value]) for key, value in as_dict(spec.get("nodeSelector")).items()]
    if isinstance(spec.get("nodeName"), str) and spec["nodeName"]:
        selector.append((_NODE_NAME, "In", [spec["nodeName"]]))
    affinity = as_dict(as_dict(spec.get("affinity")).get("nodeAffinity"))
    required = as_dict(affinity.get("requiredDuringSchedulingIgnoredDuringExecution"))
    terms = [_expressions(term) for term in as_list(required.get("nodeSelectorTerms"))]
    terms = [term for term in terms if term]  # an empty term matches no node
    reached = set()
    for node in nodes.all:
        verdict = _all(_holds(node, known_keys, *item) for item in selector)
        if terms and verdict != "no":
            verdict = _all((verdict, _any(_all(_holds(node, known_keys, *item) for item in term) for term in terms)))
        if verdict == "yes" and not _tolerates(spec, node):
            verdict = "no"
        if verdict == "unknown":
            return Reach(None, True)
        if verdict == "yes":
            reached.add(node.architecture)
    keys = {key for key, _, _ in selector} | {key for term in terms for key, _, _ in term}
    return Reach(frozenset(reached), bool(keys & {_ARCH, _OLD_ARCH, _HOSTNAME, _NODE_NAME}))


def _expressions(term: Any) -> list[tuple[str, str, list[Any]]]:
    parts = (*as_list(as_dict(term).get("matchExpressions")), *as_list(as_dict(term).get("matchFields")))
    return [
        (str(part.get("key")), str(part.get("operator")), as_list(part.get("values"))) for part in map(as_dict, parts)
    ]


def _holds(node: Node, known_keys: frozenset[str], key: str, operator: str, values: list[Any]) -> Verdict:
    """Return whether the node meets one requirement; unknown for a label that no node is known to have."""
    if key not in known_keys or any(not isinstance(value, str) or "$" in value or "{" in value for value in values):
        return "unknown"
    value = node.labels.get(key)
    verdicts = {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }
    holds = verdicts.get(operator)
    return "unknown" if holds is None else "yes" if holds else "no"


def _all(verdicts: Any) -> Verdict:
    found = set(verdicts)
    return "no" if "no" in found else "unknown" if "unknown" in found else "yes"


def _any(verdicts: Any) -> Verdict:
    found = set(verdicts)
    return "yes" if "yes" in found else "unknown" if "unknown" in found else "no"


def _tolerates(spec: dict[str, Any], node: Node) -> bool:
    tolerations = [as_dict(item) for item in as_list(spec.get("tolerations"))]
    for key, value, effect in node.taints:
        if effect == "PreferNoSchedule":
            continue
        for item in tolerations:
            same_key = item.get("key") in (key, None, "") and (item.get("key") or item.get("operator") == "Exists")
            same_value = item.get("operator") == "Exists" or item.get("value", "") == value
            if same_key and same_value and item.get("effect") in (effect, None, ""):
                break
        else:
            return False
    return True


def _is_patched(resource: Resource, template: PodTemplate) -> bool:
    """Return whether a patch of the scope touches what decides where the pod lands."""
    if not resource.transform.patched:
        return False
    fields = ("nodeSelector", "affinity", "nodeName")
    return any(resource.may_be_patched(*template.path, "spec", field) for field in fields)


def _short(container: Container) -> str:
    """Return the image of a container without its digest."""
    return container.image.partition("@")[0]


def _label(built_for: frozenset[str] | None) -> str:
    return "architectures unknown" if built_for is None else f"built for {_names(sorted(built_for))}"


def _names(architectures: list[str]) -> str:
    return (
        " and ".join((", ".join(architectures[:-1]), architectures[-1]))
        if len(architectures) > 1
        else "".join(architectures)
    )
