"""Where a Service's ports lead: the container ports of the workloads that it selects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kubelint_lessons.manifests.podtemplates import Container, PodTemplate, as_dict, as_list, as_text
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.records import NamedTuple


class Endpoint(NamedTuple):
    """One workload behind a port. ``container`` is None where no container declares the port number."""

    workload: Resource
    number: int
    container: Container | None


class PortTarget(NamedTuple):
    """One port of a Service, by its ``position`` in ``spec.ports``, and the endpoints that it has.

    ``target`` is what ``targetPort`` says: a number, or the name of a container port; it defaults to ``port``.
    """

    position: int
    name: str
    port: int
    protocol: str
    target: int | str
    endpoints: tuple[Endpoint, ...]


class ContainerPort(NamedTuple):
    """One declared port of a container."""

    container: Container
    name: str
    number: int
    protocol: str


def container_ports(template: PodTemplate) -> Iterator[ContainerPort]:
    """Yield the ports that regular containers and sidecars declare (init containers that keep running)."""
    for container in template.containers:
        if container.role == "init" and container.data.get("restartPolicy") != "Always":
            continue
        for item in as_list(container.data.get("ports")):
            entry = as_dict(item)
            number = entry.get("containerPort")
            if isinstance(number, int) and not isinstance(number, bool):
                protocol = as_text(entry.get("protocol")) or "TCP"
                yield ContainerPort(container, as_text(entry.get("name")), number, protocol)


def port_targets(service: Resource, workloads: Iterable[Resource]) -> tuple[PortTarget, ...]:
    """Return where each port of ``service`` leads among ``workloads``, which it selects.

    A named target has endpoints only where a container has a port of that name and protocol; a number needs none.
    """
    targets = list(workloads)
    return tuple(
        PortTarget(index, as_text(entry.get("name")), port, protocol, target, _endpoints(target, protocol, targets))
        for index, entry, port, protocol, target in _ports(service)
    )


def find_endpoints(target: int | str, protocol: str, workload: Resource) -> Iterator[Endpoint]:
    """Yield the endpoints of one workload for a port number or port name."""
    template = workload.pod_template
    if template is None:
        return
    declared = [
        port
        for port in container_ports(template)
        if port.protocol == protocol and target in ((port.name,) if isinstance(target, str) else (port.number,))
    ]
    if declared:
        yield Endpoint(workload, declared[0].number, declared[0].container)
    elif isinstance(target, int):
        yield Endpoint(workload, target, None)


def _endpoints(target: int | str, protocol: str, workloads: list[Resource]) -> tuple[Endpoint, ...]:
    return tuple(endpoint for workload in workloads for endpoint in find_endpoints(target, protocol, workload))


def _ports(service: Resource) -> Iterator[tuple[int, dict[str, Any], int, str, int | str]]:
    for index, item in enumerate(as_list(service.get("spec", "ports"))):
        entry = as_dict(item)
        port = entry.get("port")
        if not isinstance(port, int) or isinstance(port, bool):
            continue
        target = entry.get("targetPort")
        if isinstance(target, str) and target.isdigit():
            target = int(target)
        if not target or isinstance(target, bool) or not isinstance(target, int | str):
            target = port
        yield index, entry, port, as_text(entry.get("protocol")) or "TCP", target
