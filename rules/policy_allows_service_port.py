"""NetworkPolicies that allow the port of a Service where the pods behind it listen on another one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    NamedTuple,
    Problem,
    RelatedPlace,
    Relations,
    Resource,
    Selector,
    as_dict,
    as_list,
    container_ports,
    from_label_selector,
    holding,
    needs_words,
    port_targets,
)


class _Front(NamedTuple):
    """A Service with a certain port, which of its ports that is, and the numbers and names where it leads."""

    service: Resource
    position: int
    numbers: frozenset[int]
    names: frozenset[str]


@needs_words("port", holding("Service"))
def check(policy: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every port that only a Service has, and none of the pods that the rule is about."""
    relations = context.relations
    if policy.is_patch or relations.is_ambiguous(policy):
        return
    selected = relations.related(policy, "selects")
    own = selected.items if selected.state == "found" else ()
    for index, rule in _rules(policy, "ingress"):
        yield from _judge(policy, ("ingress", index), rule, own, context)
    for index, rule in _rules(policy, "egress"):
        peers = [as_dict(peer) for peer in as_list(rule.get("to"))]
        if peers and rule.get("ports") and all(set(peer) == {"podSelector"} for peer in peers):
            selectors = frozenset(from_label_selector(peer["podSelector"]) for peer in peers)
            far = context.once((policy.namespace, selectors), partial(_selected, policy.namespace, selectors, context))
            yield from _judge(policy, ("egress", index), rule, far, context)


def _selected(namespace: str | None, selectors: frozenset[Selector], context: Context) -> tuple[Resource, ...]:
    """Return the workloads of a namespace whose pods one of the selectors matches, in file order."""
    workloads = context.relations.workloads()
    holders = context.once("holders", lambda: _holders(workloads))
    found = set[int]()
    for selector in selectors:
        lists = [holders.get((namespace, *pair), []) for pair in selector.pairs] or [holders.get((namespace,), [])]
        found |= {number for number in min(lists, key=len) if selector.matches(workloads[number].pod_labels)}
    return tuple(workloads[number] for number in sorted(found))


def _holders(workloads: tuple[Resource, ...]) -> dict[tuple[str | None, ...], list[int]]:
    """Return which workloads there are in each namespace, and with each label of pods there, by position."""
    found: dict[tuple[str | None, ...], list[int]] = {}
    for number, item in enumerate(workloads):
        for pair in ((), *item.pod_labels.items()):
            found.setdefault((item.namespace, *pair), []).append(number)
    return found


def _rules(policy: Resource, direction: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for index, rule in enumerate(as_list(policy.get("spec", direction))):
        yield index, as_dict(rule)


def _judge(
    policy: Resource, path: tuple[str, int], rule: dict[str, Any], pods: tuple[Resource, ...], context: Context
) -> Iterator[Problem]:
    relations = context.relations
    declared = context.for_all(pods, "declared", lambda: _declared(pods, relations))
    if not declared:
        return
    allowed = {item.get("port") for item in _ports_of_all(policy, path[0])}
    for index, item in enumerate(as_list(rule.get("ports"))):
        entry = as_dict(item)
        number = entry.get("port")
        if not isinstance(number, int) or number in declared or entry.get("endPort") is not None:
            continue
        front = context.for_all(pods, number, partial(_service_with_port, number, pods, relations))
        if front is None:
            continue
        service, position, numbers, names = front
        if not numbers or number in numbers or (numbers | names) & allowed:
            continue
        if not numbers <= declared:
            continue
        place = policy.place("spec", *path, "ports", index, "port")
        real = sorted(numbers)[0]
        edit = Edit("set", place, real)
        yield Problem(
            f'NetworkPolicy "{policy.name}" allows port {number}, but that is the port of {service.id}: the pods '
            f"listen on {real}",
            place,
            label="never meets a packet",
            related=(RelatedPlace(service.place("spec", "ports", position), "the Service translates it"),),
            fix=Fix(f"allow port {real}", (edit,), "unsafe") if len(numbers) == 1 else None,
        )


def _ports_of_all(policy: Resource, direction: str) -> Iterator[dict[str, Any]]:
    for _, rule in _rules(policy, direction):
        for item in as_list(rule.get("ports")):
            yield as_dict(item)


def _declared(pods: tuple[Resource, ...], relations: Relations) -> frozenset[int]:
    """Return the ports that the pods declare; none where one of them has alternatives."""
    if any(relations.is_ambiguous(pod) for pod in pods):
        return frozenset()
    return frozenset(port.number for pod in pods if pod.pod_template for port in container_ports(pod.pod_template))


def _service_with_port(number: int, pods: tuple[Resource, ...], relations: Relations) -> _Front | None:
    """Return the first Service in front of one of the pods that has this port."""
    seen = set[int]()
    last: tuple[Resource, ...] = ()
    for pod in pods:
        services = relations.related(pod, "selectedBy", kinds=("Service",)).items
        if services is last:
            continue
        last = services
        for service in services:
            if id(service) in seen:
                continue
            seen.add(id(service))
            if not any(port.port == number for port in port_targets(service, ())):
                continue
            if service.get("spec", "clusterIP") != "None" and not relations.is_ambiguous(service):
                targets = [target for target in relations.service_targets(service) if target.port == number]
                numbers = frozenset(end.number for target in targets for end in target.endpoints)
                names = frozenset(target.target for target in targets if isinstance(target.target, str))
                return _Front(service, targets[0].position, numbers, names)
    return None
