"""Services whose selector also matches the pods of a workload that they are not meant for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from kubelint_lessons.engine.context import Context
from kubelint_lessons.manifests.images import parse_image
from kubelint_lessons.manifests.relations import Link
from kubelint_lessons.manifests.resources import PodTemplate, Resource
from kubelint_lessons.model.finding import Problem, RelatedPlace, Severity
from kubelint_lessons.model.fix import Edit, Fix
from kubelint_lessons.model.location import FieldPath, Place

_SERVING = frozenset(
    {
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "Pod",
        "Rollout",
        "DeploymentConfig",
        "CloneSet",
    }
)
_JOBS = frozenset({"Job", "CronJob"})

_VERSION_KEY = re.compile(r"(release-)?track|colou?r|version|canary|slot|rev(ision)?|variant|deployment")
_VERSION_VALUE = re.compile(r"v?\d[\w.-]*|canary|stable|baseline|primary|preview|active|blue|green|old|new|main")
_IMAGE_VARIANT = re.compile(
    r"[-_.](v?\d[\d.]*|amd64|arm64|arm|armv7|windows|linux|alpine|gpu|cpu|cuda|rocm|canary|stable|blue|green)$"
)
_ROLE_KEYS = ("app.kubernetes.io/component", "component", "tier", "role")
_LABELS_FIRST = (*_ROLE_KEYS, "app.kubernetes.io/name", "k8s-app", "app", "name", "service")
_NEVER_SELECT = frozenset(
    {
        "helm.sh/chart",
        "chart",
        "heritage",
        "app.kubernetes.io/version",
        "app.kubernetes.io/managed-by",
        "pod-template-hash",
        "controller-revision-hash",
    }
)
"""Labels that change with every release: a selector that holds one loses its pods on the next upgrade."""

_LIMITS: tuple[Severity, ...] = ("info", "info", "warning", "error")
"""The weight of the evidence → the most that it can be."""

_MOST_NAMED = 3
_SERVICE_SUFFIX = re.compile(r"-(service|svc|headless|http|https|web|lb|external|internal|public)$")


class _Port(NamedTuple):
    """One port of a Service: where it leads to in the pod, by number or by name."""

    name: str
    port: int
    target: int | str


class _Target(NamedTuple):
    """One workload that the selector matches, as far as its pods can be told apart.

    ``far`` is the route to the label that matches; ``images`` are without helpers, empty where one is unknown.
    """

    resource: Resource
    template: PodTemplate
    far: FieldPath
    images: frozenset[str]
    is_store: bool
    numbers: frozenset[int]
    names: frozenset[str]

    @property
    def is_job(self) -> bool:
        """Return whether the pods end by themselves."""
        return self.resource.kind in _JOBS

    def is_reached_by(self, port: _Port) -> bool:
        """Return whether the pods become endpoints of ``port``: a port *name* that they lack keeps them out."""
        return isinstance(port.target, int) or port.target in self.names


def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for a Service that mixes pods of workloads which serve different things."""
    service = _read_service(resource, context)
    if service is None:
        return
    groups = _group([target for target in service.matched if not target.is_job])
    if len(groups) > 1:
        yield from _judge(service, groups, context)


def check_jobs(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for a Service that mixes pods of Jobs with those of a workload that runs for good."""
    service = _read_service(resource, context)
    if service is None:
        return
    jobs = [target for target in service.matched if target.is_job]
    serving = [target for target in service.matched if not target.is_job]
    if not jobs or not serving:
        return
    names = _listed([str(job.resource.id) for job in jobs])
    gets_traffic = not service.ports or any(job.is_reached_by(port) for job in jobs for port in service.ports)
    fix, note = _remedy(service, serving if len(_group(serving)) == 1 else None)
    yield Problem(
        message=f'Service "{resource.name}" also selects the pods of {names}',
        place=service.place,
        label=f"matches {len(service.matched)} workloads",
        related=_related(jobs),
        fix=fix,
        at_most=None if gets_traffic else "info",
        note=note,
    )


class _Service(NamedTuple):
    """The Service, the place of the label that it selects by, its ports, and everything that it matches."""

    resource: Resource
    place: Place
    ports: tuple[_Port, ...]
    store_ports: frozenset[int]
    matched: tuple[_Target, ...]

    @property
    def is_headless(self) -> bool:
        """Return whether clients get the pods' own addresses."""
        return bool(self.resource.get("spec", "clusterIP") == "None")


def _read_service(resource: Resource, context: Context) -> _Service | None:
    """Return a Service with the workloads that it certainly matches; None where it is no matter for this rule."""
    selector = resource.get("spec", "selector")
    if resource.kind != "Service" or resource.group or resource.is_patch or not isinstance(selector, dict):
        return None
    relations = context.relations
    if not selector or relations.is_ambiguous(resource) or resource.may_be_patched("spec", "selector"):
        return None
    if resource.get("spec", "type") == "ExternalName" or _is_switched_by_rollout(resource, context):
        return None
    relation = relations.related(resource, "selects")
    links = {id(link.item): link for link in reversed(relation.places)}
    matched = tuple(
        _target(links[id(item)], template, context.params)
        for item in relation.items
        if (template := item.pod_template) is not None
        and id(item) in links
        and item.kind in _SERVING | _JOBS
        and not relations.is_ambiguous(item)
        and _makes_own_pods(item, template, resource)
    )
    if len(matched) < 2:
        return None
    place = resource.place(*links[id(matched[0].resource)].path)
    store_ports = frozenset(context.params.get("storePorts", ()))
    return _Service(resource, place, _ports(resource), store_ports, matched)


def _judge(service: _Service, groups: list[list[_Target]], context: Context) -> Iterator[Problem]:
    paired = _paired_by_name(service, groups, context)
    intended = _intended(service, groups, paired)
    if intended is not None:
        judged = [
            (group, _weight(service, intended[0], group[0], bool(paired))) for group in groups if group != intended
        ]
    else:
        weights = [
            _weight(service, one[0], other[0], False)
            for index, one in enumerate(groups)
            for other in groups[index + 1 :]
        ]
        judged = [(group, max(weights)) for group in groups]
    wrong = [group[0] for group, weight in judged if weight]
    if not wrong:
        return
    limit = _LIMITS[max(weight for _, weight in judged)]
    verb = "also selects" if intended is not None else "selects both" if len(wrong) == 2 else "selects"
    fix, note = _remedy(service, intended)
    if limit == "info":
        note = "only the name of the target port keeps their pods from getting traffic"
    yield Problem(
        message=f'Service "{service.resource.name}" {verb} {_listed([str(target.resource.id) for target in wrong])}',
        place=service.place,
        label=f"matches {sum(len(group) for group in groups)} workloads",
        related=_related(wrong),
        fix=fix,
        at_most=limit,
        note=note,
    )


def _related(targets: list[_Target]) -> tuple[RelatedPlace, ...]:
    return tuple(
        RelatedPlace(target.resource.place(*target.far), "also matched here") for target in targets[:_MOST_NAMED]
    )


def _makes_own_pods(item: Resource, template: PodTemplate, service: Resource) -> bool:
    """Return whether these pods are there, and nobody else's: not owned, not a test, not scaled to zero."""
    if item.get("metadata", "ownerReferences") or item.get("spec", "replicas") == 0:
        return False
    if item.may_be_patched(*template.path, "metadata", "labels"):
        return False
    hooks = (item.annotations.get("helm.sh/hook") or "").replace(" ", "").split(",")
    if any(hook.startswith("test") for hook in hooks):
        return False
    return not (item.kind == "Pod" and item.get("spec", "subdomain") == service.original_name)


def _is_switched_by_rollout(service: Resource, context: Context) -> bool:
    """Return whether an Argo Rollout narrows this Service's selector itself."""
    for rollout in context.relations.of_kind("Rollout"):
        strategy = rollout.get("spec", "strategy", default={})
        steps = strategy.values() if isinstance(strategy, dict) else ()
        for step in steps:
            if isinstance(step, dict) and service.original_name in [
                value for key, value in step.items() if str(key).endswith("Service")
            ]:
                return True
    return False


def _target(link: Link, template: PodTemplate, params: dict[str, Any]) -> _Target:
    stores, helpers = params.get("stores", ()), params.get("helpers", ())
    images: list[str] = []
    numbers: set[int] = set()
    names: set[str] = set()
    is_known = True
    for container in template.containers:
        if container.role == "ephemeral":
            continue
        if container.role == "init" and container.data.get("restartPolicy") != "Always":
            continue
        ports = container.data.get("ports")
        for port in ports if isinstance(ports, list) else ():
            if isinstance(port, dict):
                if isinstance(port.get("containerPort"), int):
                    numbers.add(port["containerPort"])
                if isinstance(port.get("name"), str):
                    names.add(port["name"])
        if container.role == "container":
            image = parse_image(container.image)
            is_known = is_known and image is not None
            if image is not None:
                images.append(_product(image.repository_name))
    main = [image for image in images if image not in helpers] or images
    is_store = bool(main) and main[0] in stores
    known = frozenset(main if is_known else ())
    return _Target(link.item, template, link.far, known, is_store, frozenset(numbers), frozenset(names))


def _product(repository_name: str) -> str:
    """Return the name of an image without its variant: ``reviews`` for ``reviews-v2`` and ``reviews-arm64``."""
    while True:
        shorter = _IMAGE_VARIANT.sub("", repository_name)
        if shorter == repository_name:
            return shorter.lower()
        repository_name = shorter


def _ports(service: Resource) -> tuple[_Port, ...]:
    found = []
    ports = service.get("spec", "ports", default=[])
    for entry in ports if isinstance(ports, list) else ():
        if not isinstance(entry, dict) or not isinstance(entry.get("port"), int):
            continue
        target = entry.get("targetPort")
        if isinstance(target, str) and target.isdigit():
            target = int(target)
        usable = target if isinstance(target, int | str) and target else entry["port"]
        found.append(_Port(str(entry.get("name") or ""), entry["port"], usable))
    return tuple(found)


def _group(targets: list[_Target]) -> list[list[_Target]]:
    """Return the targets, those together that are alternatives or versions of one another."""
    groups: list[list[_Target]] = []
    for target in targets:
        for group in groups:
            if any(_are_variants(target, other) for other in group):
                group.append(target)
                break
        else:
            groups.append([target])
    return groups


def _are_variants(one: _Target, other: _Target) -> bool:
    """Return whether two workloads stand for each other: same name as another kind, or another version.

    A version label does not make a database and a web server versions of one thing, nor do two components.
    """
    if one.resource.name == other.resource.name:
        return True
    if one.is_store != other.is_store or _roles_differ(one, other):
        return False
    labels = (one.template.labels, other.template.labels)
    for key in {*labels[0], *labels[1]}:
        values = [label.get(key, "") for label in labels]
        if values[0] == values[1]:
            continue
        if _is_version_key(key) or all(not value or _VERSION_VALUE.fullmatch(value.lower()) for value in values):
            return True
    return False


def _is_version_key(key: str) -> bool:
    return _VERSION_KEY.fullmatch(key.rpartition("/")[2].lower()) is not None


def _roles_differ(one: _Target, other: _Target) -> bool:
    for key in _ROLE_KEYS:
        values = one.template.labels.get(key), other.template.labels.get(key)
        if values[0] and values[1] and values[0] != values[1]:
            return not all(_VERSION_VALUE.fullmatch(str(value).lower()) for value in values)
    return False


def _weight(service: _Service, one: _Target, other: _Target, are_paired: bool) -> int:
    """Return how sure it is that the two must not be mixed: 0 not at all, 1 info, 2 warning, 3 error."""
    are_disjoint = bool(one.images and other.images) and not one.images & other.images
    stores_differ = one.is_store != other.is_store
    shared = [port for port in service.ports if one.is_reached_by(port) and other.is_reached_by(port)]
    if service.ports and not shared:
        return int(are_disjoint and not service.is_headless)
    if service.is_headless or all(_is_for_metrics(port) for port in shared):
        return 3 if are_paired or (stores_differ and are_disjoint and not _are_peers(one, other)) else 0
    numbers = [port.target for port in shared if isinstance(port.target, int)]
    is_asymmetric = any((number in one.numbers) != (number in other.numbers) for number in numbers)
    evidence = are_disjoint + is_asymmetric
    if are_paired or (stores_differ and are_disjoint):
        evidence += 2
    elif evidence and _roles_differ(one, other):
        evidence += 1
    return min(evidence + 1, 3) if evidence else 0


def _are_peers(one: _Target, other: _Target) -> bool:
    return one.resource.kind == other.resource.kind == "StatefulSet"


def _is_for_metrics(port: _Port) -> bool:
    return any("metrics" in str(text) for text in (port.name, port.target))


def _paired_by_name(service: _Service, groups: list[list[_Target]], context: Context) -> list[_Target] | None:
    """Return the group that this Service is named after, if another Service of the same selector has its own."""
    resource = service.resource
    own = _named_after(resource.name, groups)
    if own is None:
        return None
    for other in context.relations.of_kind("Service"):
        is_twin = (
            other.name != resource.name
            and other.namespace == resource.namespace
            and other.get("spec", "selector") == resource.get("spec", "selector")
        )
        if is_twin and not other.group and _named_after(other.name, groups) not in (None, own):
            return own
    return None


def _named_after(name: str, groups: list[list[_Target]]) -> list[_Target] | None:
    wanted = f"-{name}-"
    found = [group for group in groups if any(wanted in f"-{target.resource.name}-" for target in group)]
    exact = [group for group in found if any(target.resource.name == name for target in group)]
    best = exact or found
    return best[0] if len(best) == 1 else None


def _intended(service: _Service, groups: list[list[_Target]], paired: list[_Target] | None) -> list[_Target] | None:
    """Return the group that the Service is meant for, or None where nothing tells."""
    if paired is not None:
        return paired
    scores = [max(_score(service, target) for target in group) for group in groups]
    best = max(scores)
    return groups[scores.index(best)] if best > 0 and scores.count(best) == 1 else None


def _score(service: _Service, target: _Target) -> int:
    name, wanted = target.resource.name, service.resource.name
    short = _SERVICE_SUFFIX.sub("", wanted)
    score = 6 if name == wanted else 4 if short in (name, _SERVICE_SUFFIX.sub("", name)) else 0
    score += 1 if f"-{short}-" in f"-{name}-" else 0
    for port in service.ports:
        if port.target in target.numbers or port.target in target.names:
            score += 3
        elif port.name and port.name in target.names:
            score += 1
        if target.is_store:
            score += 4 if service.store_ports & {port.port, port.target} else -4
    for key in _ROLE_KEYS:
        value = service.resource.labels.get(key)
        score += 2 if value and value == target.template.labels.get(key) else 0
    return score


def _remedy(service: _Service, intended: list[_Target] | None) -> tuple[Fix | None, str]:
    """Return the fix that narrows the selector, or a note saying what is missing for one."""
    if intended is None:
        return None, ""
    others = [target for target in service.matched if target not in intended]
    for key, value in _candidates(intended):
        if key not in _own_selector(service) and all(other.template.labels.get(key) != value for other in others):
            title = f"add {key}: {value} to the selector"
            place = service.resource.place("spec", "selector", key)
            return Fix(title, (Edit("set", place, value),), "unsafe"), title
    name = intended[0].resource.id
    return None, f"no label sets the pods of {name} apart: give its pod template one, and select that too"


def _own_selector(service: _Service) -> dict[str, Any]:
    selector = service.resource.get("spec", "selector")
    return selector if isinstance(selector, dict) else {}


def _candidates(intended: Iterable[_Target]) -> list[tuple[str, str]]:
    """Return the labels that all intended pods carry in their own manifests, the best to select by first."""
    shared: dict[str, str] | None = None
    for target in intended:
        metadata = target.template.data.get("metadata")
        labels = metadata.get("labels") if isinstance(metadata, dict) else None
        own = labels if isinstance(labels, dict) else {}
        written = {key: value for key, value in own.items() if isinstance(key, str) and isinstance(value, str)}
        shared = written if shared is None else {key: item for key, item in shared.items() if written.get(key) == item}
    usable = {
        key: value
        for key, value in (shared or {}).items()
        if key not in _NEVER_SELECT and not _is_version_key(key) and value
    }
    order = {key: index for index, key in enumerate(_LABELS_FIRST)}
    return sorted(usable.items(), key=lambda pair: (order.get(pair[0], len(order)), pair[0]))


def _listed(names: list[str]) -> str:
    """Return the names as people list them, the first three at most."""
    if len(names) > _MOST_NAMED:
        return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
