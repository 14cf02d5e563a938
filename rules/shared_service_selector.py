"""Services whose selector also matches the pods of a workload that they are not meant for.

One module although it is long: a file in ``rules/`` imports no other, and every step here weighs the same evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Edit,
    FieldPath,
    Fix,
    Link,
    NamedTuple,
    Place,
    PodTemplate,
    Problem,
    RelatedPlace,
    Relation,
    Resource,
    Severity,
    as_dict,
    as_text,
    container_ports,
    grouped,
    holding,
    needs_words,
    parse_image,
    port_targets,
    regex,
)

_SERVING = regex("Deployment|(Stateful|Daemon|Replica|Clone)Set|ReplicationController|Pod|Rollout|DeploymentConfig")
_JOBS = frozenset({"Job", "CronJob"})

_VERSION_KEY = regex(r"version|(release-)?track|release|colou?r|canary|slot|rev(ision)?|variant")
_VERSION_VALUE = regex(r"v?\d[\w.-]*|canary|stable|baseline|primary|preview|active|blue|green|old|new|main")
_IMAGE_VARIANT = regex(
    r"[-_.](v?\d[\d.]*|amd64|arm64|arm|armv7|windows|linux|alpine|gpu|cpu|cuda|rocm|canary|stable|blue|green)$"
)
_ROLE_KEYS = ("app.kubernetes.io/component", "component", "tier", "role")
_LABELS_FIRST = (*_ROLE_KEYS, "app.kubernetes.io/name", "k8s-app", "app", "name", "service")
_CHANGING = regex(r"(helm\.sh/)?chart|heritage|.*/managed-by|pod-template-hash|controller-revision-hash")
"""Labels that change with every release: a selector that holds one loses its pods on the next upgrade."""

_LIMITS: tuple[Severity, ...] = ("info", "info", "warning", "error")  # by the weight of the evidence

_MOST_NAMED = 3

_MANY = 8
"""What so many workloads are is read once for all Services that select the same ones."""

_MOST_COMPARED = 20
"""Where nothing tells what a Service is for, so many are compared with each other; what they show is enough."""
_SERVICE_SUFFIX = regex(r"-(service|svc|headless|http|https|web|lb|external|internal|public)$")


class _Port(NamedTuple):
    """One port of a Service, and where it leads to in the pod: a number or a name."""

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

    def is_reached_by(self, port: _Port) -> bool:
        """Return whether the pods become endpoints of ``port``: a port *name* that they lack keeps them out."""
        return isinstance(port.target, int) or port.target in self.names


_Selecting = tuple[str | None, frozenset[str]]  # namespace and label pairs
_Group = list[_Target]  # workloads that stand for one another: versions, or alternatives


class _Matched(NamedTuple):
    """All that a selector certainly matches, and what was found out for Services that select the same.

    Of the groups, ``common`` are those of all these Services: one may know a further one.
    """

    serving: tuple[_Target, ...]
    jobs: tuple[_Target, ...]
    groups: tuple[_Group, ...]
    common: int
    named: dict[_Selecting, set[int]]
    weights: dict[tuple[Any, ...], int]


class _Service(NamedTuple):
    """A Service, the place of the label that it selects by, its ports, and what it matches.

    ``is_all`` is false where only the first of very many are read, and the workload of its own name.
    """

    resource: Resource
    place: Place
    ports: tuple[_Port, ...]
    store_ports: frozenset[int]
    matched: _Matched
    is_all: bool


def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for a Service that mixes pods of workloads which serve different things."""
    relations = context.relations
    selected = relations.related(resource, "selects")
    if len(selected.items) < 2 and not any(_has_double(item, context) for item in selected.items):
        return
    service = _read_service(resource, selected, context)
    if service is None:
        return
    groups = service.matched.groups
    if len(groups) == 1:
        yield from _may_meet(service, groups[0][0], context)
        return
    is_paired, intended = _intended(service, context)
    if intended is not None:
        judged = [
            (other, _weight(service, intended[0], other[0], is_paired)) for other in groups if other is not intended
        ]
    else:
        judged = [(group, _most_weight(service)) for group in groups]
    wrong = [group[0] for group, weight in judged if weight]
    if not wrong:
        return
    limit = _LIMITS[max(weight for _, weight in judged)]
    verb = "also selects" if intended is not None else "selects both" if len(wrong) == 2 else "selects"
    fix, note = _remedy(service, intended)
    if limit == "info":
        note = "only the name of the target port keeps their pods from getting traffic"
    for key, value in resource.transform.selector_labels:
        note = f'the kustomization in "{context.scope.root}" gives all of them {key}: {value}; {note}'
    yield Problem(
        message=f'Service "{resource.name}" {verb} {_listed(wrong, service.is_all)}',
        place=service.place,
        label=f"matches {'' if service.is_all else 'more than '}{sum(len(group) for group in groups)} workloads",
        related=_related(wrong),
        fix=fix,
        at_most=limit,
        note=note,
    )


def _has_double(workload: Resource, context: Context) -> bool:
    """Return whether a workload of no given namespace has the labels of this one, as ``_may_meet`` asks for."""
    doubles = context.once(
        "doubles", lambda: {_labels(item) for item in context.relations.workloads() if not item.namespace}
    )
    return bool(workload.namespace and doubles) and _labels(workload) in doubles


def _labels(workload: Resource) -> frozenset[tuple[str, str]]:
    return frozenset(workload.pod_labels.items())


def _may_meet(service: _Service, first: _Target, context: Context) -> Iterator[Problem]:
    """Yield an info for a workload of no given namespace whose pods would be mixed in, were it the Service's.

    Only where the two have the very same labels, so that somebody copied them, and clearly do different things.
    """
    namespace = service.resource.namespace
    for item in context.relations.possible(service.resource):
        template = item.pod_template
        if template is None or item.namespace or not namespace or template.labels != first.template.labels:
            continue
        if not _SERVING.fullmatch(item.kind) or not _makes_own_pods(item, template, service.resource):
            continue
        other = _target(Link((), item, first.far), template, context.params)
        if other.resource.name != first.resource.name and _weight(service, first, other, False) == len(_LIMITS) - 1:
            yield Problem(
                f'Service "{service.resource.name}" also selects {item.id}, if that goes to namespace "{namespace}"',
                service.place,
                label="matches 1 workload, and maybe another",
                related=_related([other]),
                at_most="info",
                note=f"{item.id} has exactly the labels of {first.resource.id}: give one of them a label of its own",
            )


@needs_words(holding(*sorted(_JOBS)))
def check_jobs(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for a Service that mixes pods of Jobs with those of a workload that runs for good."""
    selected = context.relations.related(resource, "selects")
    if all(item.kind not in _JOBS for item in selected.items):
        return
    service = _read_service(resource, selected, context)
    if service is None or not service.matched.jobs:
        return
    serving, jobs, groups = service.matched[:3]
    gets_traffic = any(job.is_reached_by(port) for job in jobs for port in service.ports) or not service.ports
    fix, note = _remedy(service, groups[0] if len(groups) == 1 else None)
    yield Problem(
        message=f'Service "{resource.name}" also selects the pods of {_listed(jobs, service.is_all)}',
        place=service.place,
        label=f"matches {'' if service.is_all else 'more than '}{len(serving) + len(jobs)} workloads",
        related=_related(jobs),
        fix=fix,
        at_most=None if gets_traffic else "info",
        note=note,
    )


def _read_service(resource: Resource, selected: Relation, context: Context) -> _Service | None:
    """Return a Service that certainly matches a workload; None where it is no matter for this rule."""
    selector = resource.get("spec", "selector")
    if resource.kind != "Service" or resource.group or resource.is_patch or not isinstance(selector, dict):
        return None
    relations = context.relations
    if not selector or len(relations.definitions(resource)) > 1 or resource.may_be_patched("spec", "selector"):
        return None
    switched = context.once("switched", lambda: _switched_by_rollouts(context))
    if resource.get("spec", "type") == "ExternalName" or resource.original_name in switched:
        return None
    links = [*{id(link.item): link for link in reversed(selected.places)}.values()]
    links.reverse()
    matched = _matched(links, resource, context)
    if not matched.serving:
        return None
    is_all = len(links) >= len(selected.items)
    if not is_all:
        matched = _with_namesake(matched, resource, selector, context)
    store_ports = frozenset(context.params.get("storePorts") or ())
    ports = tuple(_Port(port.name, port.port, port.target) for port in port_targets(resource, ()))
    place = resource.place("spec", "selector", next(iter(selector)))
    return _Service(resource, place, ports, store_ports, matched, is_all)


def _matched(links: list[Link], service: Resource, context: Context) -> _Matched:
    """Return what lies behind ``links``: that of many is kept for the next Service that selects the same."""
    if len(links) < _MANY:
        return _read_matched(links, service, context)
    pods = tuple(link.item for link in links if link.item.kind == "Pod")
    subdomains = context.for_all(pods, "subdomains", lambda: {as_text(item.get("spec", "subdomain")) for item in pods})
    name = service.original_name if service.original_name in subdomains else None
    key = (name, links[0].far, *(id(link.item) for link in links))
    kept = context.once("matched", dict[Any, _Matched])
    if key not in kept:
        if len(kept) == _MANY:
            del kept[next(iter(kept))]
        kept[key] = _read_matched(links, service, context)
    return kept[key]


def _with_namesake(matched: _Matched, service: Resource, selector: dict[Any, Any], context: Context) -> _Matched:
    """Return what is matched, and the workload of the Service's name if it is not among the first of very many."""
    namesakes = context.once("namesakes", lambda: grouped(context.relations.workloads(), lambda item: item.name))
    for item in namesakes.get(service.name, ()):
        template = item.pod_template
        if template is None or item.namespace != service.namespace or not _SERVING.fullmatch(item.kind):
            continue
        is_known = any(target.resource is item for target in matched.serving)
        if is_known or context.relations.is_ambiguous(item) or not selector.items() <= template.labels.items():
            continue
        if _makes_own_pods(item, template, service):
            target = _target(Link((), item), template, context.params)
            return matched._replace(serving=(*matched.serving, target), groups=(*matched.groups, [target]), weights={})
    return matched


def _read_matched(links: list[Link], service: Resource, context: Context) -> _Matched:
    matched = [
        _target(link, template, context.params)
        for link in links
        if (template := link.item.pod_template) is not None
        and not context.relations.is_ambiguous(link.item)
        and _makes_own_pods(link.item, template, service)
    ]
    serving = tuple(target for target in matched if _SERVING.fullmatch(target.resource.kind))
    jobs = tuple(target for target in matched if target.resource.kind in _JOBS)
    groups = tuple(_group(serving))
    return _Matched(serving, jobs, groups, len(groups), {}, {})


def _makes_own_pods(item: Resource, template: PodTemplate, service: Resource) -> bool:
    """Return whether these pods are there, and nobody else's: not owned, not a test, not scaled to zero."""
    if item.get("metadata", "ownerReferences") or item.get("spec", "replicas") == 0:
        return False
    if item.may_be_patched(*template.path, "metadata", "labels"):
        return False
    if "test" in item.annotations.get("helm.sh/hook", ""):
        return False
    return not (item.kind == "Pod" and item.get("spec", "subdomain") == service.original_name)


def _switched_by_rollouts(context: Context) -> set[str]:
    """Return the names of the Services whose selectors an Argo Rollout narrows itself."""
    return {
        value
        for rollout in context.relations.of_kind("argoproj.io/Rollout")
        for steps in as_dict(rollout.get("spec", "strategy")).values()
        for key, value in as_dict(steps).items()
        if str(key).endswith("Service") and isinstance(value, str)
    }


def _target(link: Link, template: PodTemplate, params: dict[str, Any]) -> _Target:
    parsed = [parse_image(container.image) for container in template.containers if container.role == "container"]
    images = [_product(image.repository_name) if image is not None else None for image in parsed]
    ports = list(container_ports(template))
    main = [image for image in images if image not in (params.get("helpers") or ())] or images
    return _Target(
        link.item,
        template,
        link.far,
        frozenset(image for image in main if image is not None) if None not in images else frozenset(),
        bool(main) and main[0] in (params.get("stores") or ()),
        frozenset(port.number for port in ports),
        frozenset(port.name for port in ports),
    )


def _product(repository_name: str) -> str:
    """Return the name of an image without its variant: ``reviews`` for ``reviews-v2`` and ``reviews-arm64``."""
    shorter = _IMAGE_VARIANT.sub("", repository_name)
    return shorter.lower() if shorter == repository_name else _product(shorter)


def _group(targets: tuple[_Target, ...]) -> list[_Group]:
    """Return the targets, those together that are alternatives or versions of one another."""
    groups: list[_Group] = []
    for target in targets:
        home = next((group for group in groups if any(_are_variants(target, other) for other in group)), None)
        if home is None:
            groups.append([target])
        else:
            home.append(target)
    return groups


def _are_variants(one: _Target, other: _Target) -> bool:
    """Return whether two workloads stand for each other: same name as another kind, or another version.

    A version label does not make a database and a web server versions of one thing, nor do two components. The version
    of what ``app.kubernetes.io/name`` names says so only for one and the same image.
    """
    if one.resource.name == other.resource.name:
        return True
    if one.is_store != other.is_store or _roles_differ(one, other):
        return False
    for key in {*one.template.labels, *other.template.labels}:
        values = [target.template.labels.get(key, "") for target in (one, other)]
        if values[0] == values[1] or (key == "app.kubernetes.io/version" and _are_disjoint(one, other)):
            continue
        if _is_version_key(key) or all(not value or _VERSION_VALUE.fullmatch(value.lower()) for value in values):
            return True
    return False


def _is_version_key(key: str) -> bool:
    return _VERSION_KEY.fullmatch(key.rpartition("/")[2].lower()) is not None


def _are_disjoint(one: _Target, other: _Target) -> bool:
    return bool(one.images and other.images) and not one.images & other.images


def _roles_differ(one: _Target, other: _Target) -> bool:
    for key in _ROLE_KEYS:
        values = [target.template.labels.get(key, "") for target in (one, other)]
        if all(values) and values[0] != values[1]:
            return not all(_VERSION_VALUE.fullmatch(value.lower()) for value in values)
    return False


def _weight(service: _Service, one: _Target, other: _Target, is_paired: bool) -> int:
    """Return how sure it is that the two must not be mixed: 0 not at all, 1 info, 2 warning, 3 error."""
    is_headless = service.resource.get("spec", "clusterIP") == "None"
    are_disjoint = _are_disjoint(one, other)
    store_and_other = one.is_store != other.is_store and are_disjoint
    shared = [port for port in service.ports if one.is_reached_by(port) and other.is_reached_by(port)]
    if service.ports and not shared:
        return int(are_disjoint and not is_headless)
    if is_headless or all("metrics" in f"{port.name} {port.target}" for port in shared):
        are_peers = one.resource.kind == other.resource.kind == "StatefulSet"
        return 3 if is_paired or (store_and_other and not are_peers) else 0
    numbers = [port.target for port in shared if isinstance(port.target, int)]
    is_asymmetric = any((number in one.numbers) != (number in other.numbers) for number in numbers)
    evidence = are_disjoint + is_asymmetric
    if is_paired or store_and_other:
        evidence += 2
    elif evidence and _roles_differ(one, other):
        evidence += 1
    return min(evidence + 1, 3) if evidence else 0


def _most_weight(service: _Service) -> int:
    """Return what weighs most of any two groups, where nothing tells what the Service is for."""
    key = (service.resource.get("spec", "clusterIP") == "None", *service.ports)
    known = service.matched.weights
    if key not in known:
        pairs = combinations(service.matched.groups[:_MOST_COMPARED], 2)
        known[key] = max(_weight(service, one[0], other[0], False) for one, other in pairs)
    return known[key]


def _intended(service: _Service, context: Context) -> tuple[bool, _Group | None]:
    """Return the group that the Service is meant for, None where nothing tells; true where a pair of names says so.

    A pair: this Service and another one with the same selector are each named after one of the workloads.
    """
    groups = service.matched.groups
    own = _named_after(service.resource.name, groups)
    if own is not None and _named_by_twins(service, context) - {own}:
        return True, groups[own]
    scores = [max(_score(service, target) for target in group) for group in groups]
    best = max(scores)
    return False, groups[scores.index(best)] if best > 0 and scores.count(best) == 1 else None


def _named_by_twins(service: _Service, context: Context) -> set[int]:
    """Return the numbers of the common groups that Services with this selector are named after, maybe this one."""
    selecting = _selecting(service.resource)
    known = service.matched.named
    if selecting not in known:
        twins = context.once("twins", lambda: grouped(context.relations.of_kind("Service"), _selecting))
        common = service.matched.groups[: service.matched.common]
        named = (_named_after(twin.name, common) for twin in twins.get(selecting, ()))
        known[selecting] = {number for number in named if number is not None}
    return known[selecting]


def _selecting(service: Resource) -> _Selecting:
    """Return what two Services have in common that select the same."""
    selector = as_dict(service.get("spec", "selector"))
    return service.namespace, frozenset(f"{key}={value!r}" for key, value in selector.items())


def _named_after(name: str, groups: Sequence[_Group]) -> int | None:
    """Return the number of the group that alone holds a workload of this name, or of one around it."""
    around = f"-{name}-"
    found = [number for number, group in enumerate(groups) if any(around in f"-{it.resource.name}-" for it in group)]
    best = [number for number in found if any(target.resource.name == name for target in groups[number])] or found
    return best[0] if len(best) == 1 else None


def _score(service: _Service, target: _Target) -> int:
    """Return how well a workload fits the Service: its name, its ports, what it is, its labels."""
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


def _remedy(service: _Service, intended: _Group | None) -> tuple[Fix | None, str]:
    """Return the fix that narrows the selector, or a note saying what is missing for one."""
    if intended is None:
        return None, ""
    others = [target for target in (*service.matched.serving, *service.matched.jobs) if target not in intended]
    for key, value in _candidates(intended):
        is_new = service.resource.get("spec", "selector", key) is None
        if is_new and all(other.template.labels.get(key) != value for other in others):
            title = f"add {key}: {value} to the selector"
            return Fix(title, (Edit("set", service.resource.place("spec", "selector", key), value),), "unsafe"), title
    return None, f"no label sets the pods of {intended[0].resource.id} apart: give them one, and select by it too"


def _candidates(intended: _Group) -> list[tuple[str, str]]:
    """Return the labels that all intended pods carry in their own manifests, the best to select by first."""
    first, *rest = [as_dict(as_dict(target.template.data.get("metadata")).get("labels")) for target in intended]
    usable = [
        (key, value)
        for key, value in first.items()
        if isinstance(key, str)
        and isinstance(value, str)
        and value
        and not _CHANGING.fullmatch(key)
        and not _is_version_key(key)
        and all(labels.get(key) == value for labels in [intended[0].template.labels, *rest])
    ]
    order = {key: index for index, key in enumerate(_LABELS_FIRST)}
    return sorted(usable, key=lambda pair: (order.get(pair[0], len(order)), pair[0]))


def _related(targets: tuple[_Target, ...] | _Group) -> tuple[RelatedPlace, ...]:
    return tuple(RelatedPlace(item.resource.place(*item.far), "also matched here") for item in targets[:_MOST_NAMED])


def _listed(targets: tuple[_Target, ...] | _Group, is_all: bool = True) -> str:
    """Return the names as people list them, the first three at most; there are more of them if these are not all."""
    names = [str(target.resource.id) for target in targets]
    if len(names) > _MOST_NAMED:
        least = "" if is_all else "at least "
        return f"{', '.join(names[:_MOST_NAMED])} and {least}{len(names) - _MOST_NAMED} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
