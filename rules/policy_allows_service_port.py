"""NetworkPolicies that allow the port of a Service where the pods behind it listen on another one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    PortTarget,
    Problem,
    RelatedPlace,
    Relations,
    Resource,
    as_dict,
    as_list,
    container_ports,
    from_label_selector,
    grouped,
    holding,
    needs_words,
)


@needs_words("port", holding("Service"))
def check(policy: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every port that only a Service has, and none of the pods that the rule is about."""
    relations = context.relations
    if policy.is_patch or relations.is_ambiguous(policy):
        return
    selected = relations.related(policy, "selects")
    own = list(selected.items) if selected.state == "found" else []
    for index, rule in _rules(policy, "ingress"):
        yield from _judge(policy, ("ingress", index), rule, own, relations)
    for index, rule in _rules(policy, "egress"):
        peers = [as_dict(peer) for peer in as_list(rule.get("to"))]
        if peers and rule.get("ports") and all(set(peer) == {"podSelector"} for peer in peers):
            selectors = [from_label_selector(peer["podSelector"]) for peer in peers]
            far = [
                item
                for item in _workloads(context).get(policy.namespace, ())
                if any(selector.matches(item.pod_labels) for selector in selectors)
            ]
            yield from _judge(policy, ("egress", index), rule, far, relations)


def _workloads(context: Context) -> dict[str | None, list[Resource]]:
    workloads = context.relations.workloads()
    return context.once("workloads", lambda: grouped(workloads, lambda item: item.namespace))


def _rules(policy: Resource, direction: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for index, rule in enumerate(as_list(policy.get("spec", direction))):
        yield index, as_dict(rule)


def _judge(
    policy: Resource, path: tuple[str, int], rule: dict[str, Any], pods: list[Resource], relations: Relations
) -> Iterator[Problem]:
    declared = {port.number for pod in pods if pod.pod_template for port in container_ports(pod.pod_template)}
    if not declared or any(relations.is_ambiguous(pod) for pod in pods):
        return
    allowed = {item.get("port") for item in _ports_of_all(policy, path[0])}
    for index, item in enumerate(as_list(rule.get("ports"))):
        entry = as_dict(item)
        number = entry.get("port")
        if not isinstance(number, int) or number in declared or entry.get("endPort") is not None:
            continue
        service, targets = _service_with_port(number, pods, relations)
        numbers = {endpoint.number for target in targets for endpoint in target.endpoints}
        names = {target.target for target in targets if isinstance(target.target, str)}
        if service is None or not numbers or number in numbers or (numbers | names) & allowed:
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
            related=(RelatedPlace(service.place("spec", "ports", targets[0].position), "the Service translates it"),),
            fix=Fix(f"allow port {real}", (edit,), "unsafe") if len(numbers) == 1 else None,
        )


def _ports_of_all(policy: Resource, direction: str) -> Iterator[dict[str, Any]]:
    for _, rule in _rules(policy, direction):
        for item in as_list(rule.get("ports")):
            yield as_dict(item)


def _service_with_port(
    number: int, pods: list[Resource], relations: Relations
) -> tuple[Resource | None, list[PortTarget]]:
    """Return the first Service in front of one of the pods that has this port, and the port."""
    for pod in pods:
        for service in relations.related(pod, "selectedBy", kinds=("Service",)).items:
            targets = [target for target in relations.service_targets(service) if target.port == number]
            if targets and service.get("spec", "clusterIP") != "None" and not relations.is_ambiguous(service):
                return service, targets
    return None, []
