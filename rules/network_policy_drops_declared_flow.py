"""Flows that manifests declare (a workload names a Service) and that NetworkPolicies refuse on one end or on both.

A flow is judged only where everything is known: the Service, the pods behind it, the port, and every policy that
selects either end. A pod that no policy isolates in a direction is open in that direction.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator

from kubelint_lessons.plugin import (
    Context,
    Dependency,
    Direction,
    NamedTuple,
    PortTarget,
    Problem,
    RelatedPlace,
    Resource,
    as_text,
    dependencies_of,
    find_endpoints,
    holding,
    judge,
    needs_words,
    peer_of,
    policy_key,
    port_targets,
    regex,
)

_NO_ENGINE = ("none", "None", "")
_MOST_POLICIES = 3
_NO_FLOW = regex(r"NO_?PROXY|ALLOW|CORS|ORIGIN|TRUST|REDIRECT|CALLBACK|ADVERTIS", re.IGNORECASE)
"""Names of variables that hold hosts which the program compares, and does not call."""
_SIDES: tuple[tuple[Direction, str], ...] = (("Egress", "out"), ("Ingress", "in"))


class Flow(NamedTuple):
    """One way that a dependency can take: to the pods of ``server`` at ``port``."""

    server: Resource
    port: int
    protocol: str


@needs_words(holding("NetworkPolicy"))
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every Service that the workload names and certainly cannot reach."""
    relations = context.relations
    if not relations.of_kind("NetworkPolicy"):
        return
    engine = context.platform.get("network.policyEngine")
    if (engine is not None and engine.value in _NO_ENGINE) or relations.is_ambiguous(resource):
        return
    for dependency in dependencies_of(resource, relations):
        if not dependency.is_own and not _NO_FLOW.search(_variable(resource, dependency)):
            problem = _refused(resource, dependency, context)
            if problem is not None:
                yield problem


def _variable(client: Resource, dependency: Dependency) -> str:
    """Return the name of the environment variable that names the Service; "" where a command does."""
    if dependency.place.document is not client.document:
        return str(dependency.place.path[-1])
    return as_text(client.get(*dependency.path[:-1], "name")) if dependency.path[-1:] == ("value",) else ""


def _refused(client: Resource, dependency: Dependency, context: Context) -> Problem | None:
    relations = context.relations
    flows = _flows(dependency, context)
    closed: dict[Direction, tuple[Resource, ...]] = {}
    for direction, _ in _SIDES:
        policies: dict[int, Resource] = {}
        for flow in flows:
            near, far = (client, flow.server) if direction == "Egress" else (flow.server, client)
            judgement = judge(near, direction, peer_of(far, relations), flow.port, flow.protocol, relations)
            if judgement.verdict != "no":
                break
            policies.update((id(policy), policy) for policy in judgement.policies[:_MOST_POLICIES])
        else:
            if policies:
                closed[direction] = tuple(policies.values())
    if not closed:
        return None
    service, first = dependency.service, flows[0]
    sides = " or ".join(words for direction, words in _SIDES if direction in closed)
    target = f"{first.port}/{first.protocol}"
    message = f"{client.id} talks to {service.id}, and no NetworkPolicy lets it {sides} (port {target})"
    related = [] if dependency.place.document is client.document else [
        RelatedPlace(client.place(*dependency.path), f"{client.id} takes the name from there")
    ]  # fmt: skip
    for direction, policies_of_side in closed.items():
        end = client if direction == "Egress" else first.server
        for policy in policies_of_side[:_MOST_POLICIES]:
            place = policy.place("spec", "podSelector", spot="key")
            related.append(RelatedPlace(place, f"closes the {direction.lower()} of {end.id}"))
    needed = [_needed(direction, client, first, target) for direction in closed]
    return Problem(message, dependency.place, "this connection is refused", tuple(related), note="; ".join(needed))


def _needed(direction: Direction, client: Resource, flow: Flow, target: str) -> str:
    if direction == "Egress":
        return f"allow egress from {_labels(client)} to {_labels(flow.server)} on port {target}"
    return f"allow ingress to {_labels(flow.server)} from {_labels(client)} on port {target}"


def _labels(workload: Resource) -> str:
    """Return a few words that name the pods of a workload by their labels."""
    template = workload.pod_template
    labels = sorted(template.labels.items()) if template is not None else []
    names = [item for item in labels if item[0] in ("app.kubernetes.io/name", "app", "k8s-app", "name")]
    return ", ".join(f"{key}: {value}" for key, value in (names or labels)[:1]) or f"the pods of {workload.id}"


def _flows(dependency: Dependency, context: Context) -> list[Flow]:
    """Return every way to the pods behind a Service; none where the Service, its pods or the port are not certain.

    Of ways that no policy tells apart, the first stands for all.
    """
    service, port = dependency.service, dependency.port
    selected = context.relations.related(service, "selects")
    if selected.state != "found" or context.relations.is_ambiguous(service):
        return []
    is_headless = service.get("spec", "clusterIP") == "None"
    ports = [target for target in port_targets(service, ()) if port in (None, target.port)]
    stated = port if is_headless else None
    if stated is None and len(ports) != 1:
        return []
    key = stated if stated is not None else (ports[0].target, ports[0].protocol)
    return context.for_all(selected.items, key, lambda: _distinct_flows(selected.items, stated, ports[:1], context))


def _distinct_flows(
    workloads: tuple[Resource, ...], stated: int | None, ports: list[PortTarget], context: Context
) -> list[Flow]:
    """Return the ways to ``stated``, or to the first of ``ports`` where it is None; none where a pod is on its node."""
    found: dict[Hashable, Flow] = {}
    for server in workloads:
        template = server.pod_template
        if template is None:
            continue
        if template.spec.get("hostNetwork") is True:
            return []
        if stated is not None:
            flows = [Flow(server, stated, "TCP")]
        else:
            ends = find_endpoints(ports[0].target, ports[0].protocol, server)
            flows = [Flow(server, end.number, ports[0].protocol) for end in ends]
        seen = policy_key(server, context.relations)
        for flow in flows:
            found.setdefault((flow.port, flow.protocol, seen), flow)
    return list(found.values())
