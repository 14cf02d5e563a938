"""Jobs that call a server behind a NetworkPolicy in their first second, where kube-router enforces policies."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator

from kubelint_lessons.plugin import (
    Context,
    Dependency,
    PodTemplate,
    Problem,
    RelatedPlace,
    Relations,
    Resource,
    dependencies_of,
    judge,
    needs_words,
    peer_of,
    policy_key,
    port_targets,
    regex,
)

_WAITS = regex(r"\b(?:sleep|until|while|retry|retries|wait|wait-for\S*|pg_isready)\b", re.IGNORECASE)


@needs_words(("Never", "backoffLimit"))
def check(job: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for a Job that neither waits nor is restarted in place."""
    if not context.relations.of_kind("NetworkPolicy"):
        return
    engine, template = context.platform.get("network.policyEngine"), job.pod_template
    if engine is None or engine.value != "kube-router" or template is None or job.is_patch:
        return
    spec = ("spec", "jobTemplate", "spec") if job.kind == "CronJob" else ("spec",)
    policy, limit = template.spec.get("restartPolicy"), job.get(*spec, "backoffLimit")
    if (policy != "Never" and limit != 0) or _waits(template):
        return
    for dependency in dependencies_of(job, context.relations):
        closing = None if dependency.is_own else _closing_policy(job, dependency, context)
        if closing is None:
            continue
        place = template.place("spec", "restartPolicy") if policy == "Never" else job.place(*spec, "backoffLimit")
        yield Problem(
            f"{job.id} calls {dependency.service.id} at once, but kube-router lets new pods in only after some seconds",
            place,
            label="fails instead of trying again",
            related=(
                RelatedPlace(dependency.place, "the server that it calls"),
                RelatedPlace(closing.place("spec", "podSelector", spot="key"), "closes the server to all others"),
            ),
            note="wait until the server answers, or set restartPolicy: OnFailure",
        )
        return


def _waits(template: PodTemplate) -> bool:
    """Return whether the pod has something that takes its time first: an init container or a loop."""
    for container in template.containers:
        if container.role == "init":
            return True
        if _WAITS.search(f"{container.data.get('command')} {container.data.get('args')}"):
            return True
    return False


def _closing_policy(job: Resource, dependency: Dependency, context: Context) -> Resource | None:
    """Return a policy that isolates the server and lets the job in; None where there is none, or nothing is certain."""
    relations, service = context.relations, dependency.service
    selected = relations.related(service, "selects").items
    ports = tuple((port.target, port.protocol) for port in port_targets(service, ()))
    peer = peer_of(job, relations)
    for server, number, protocol in context.for_all(selected, ports, lambda: _ends(service, selected, relations)):
        judgement = judge(server, "Ingress", peer, number, protocol, relations)
        if judgement.verdict == "yes" and judgement.is_isolated:
            return judgement.policies[0]
    return None


def _ends(service: Resource, workloads: tuple[Resource, ...], relations: Relations) -> list[tuple[Resource, int, str]]:
    """Return the workloads, ports and protocols where a Service leads, one of those that no policy tells apart."""
    found: dict[Hashable, tuple[Resource, int, str]] = {}
    for target in port_targets(service, workloads):
        for end in target.endpoints:
            is_on_node = bool(end.workload.pod_template and end.workload.pod_template.spec.get("hostNetwork"))
            key = (end.number, target.protocol, is_on_node, policy_key(end.workload, relations))
            found.setdefault(key, (end.workload, end.number, target.protocol))
    return list(found.values())
