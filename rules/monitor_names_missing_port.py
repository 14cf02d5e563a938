"""Endpoints of ServiceMonitors and PodMonitors whose port nobody has by that name.

Source: Documentation/platform/troubleshooting.md and pkg/apis/monitoring/v1 of
github.com/prometheus-operator/prometheus-operator.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    Problem,
    RelatedPlace,
    Resource,
    as_dict,
    as_list,
    needs_words,
    regex,
)

_PLACEHOLDER = regex(r"[$<>{}%]")
_MOST_NAMED = 4


@needs_words("port")
def check(monitor: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for every endpoint of a ServiceMonitor whose port is no port name of a selected Service."""
    relation = context.relations.related(monitor, "selects", kinds=("Service",))
    services = [item for item in relation.items if not context.relations.is_ambiguous(item)]
    is_certain = relation.state == "found" and len(services) == len(relation.items)
    if any(service.may_be_patched("spec", "ports") for service in services):
        return
    for index, item in enumerate(as_list(monitor.get("spec", "endpoints"))):
        port = as_dict(item).get("port")
        if isinstance(port, int) and not isinstance(port, bool):
            yield _number(monitor, index, port, services)
        elif not isinstance(port, str) or _PLACEHOLDER.search(port):
            continue
        elif is_certain and services:
            ports = [as_dict(entry) for service in services for entry in as_list(service.get("spec", "ports"))]
            if all(entry.get("name") != port for entry in ports):
                yield _missing(monitor, index, port, services, ports)
        elif port.isdigit():
            yield Problem(
                f'ServiceMonitor "{monitor.name}" names the port "{port}": that must be the name of a Service port',
                monitor.place("spec", "endpoints", index, "port"),
                label="a name, not a number",
                at_most="warning",
                note="name the port in the Service, and write that name",
            )


def _number(monitor: Resource, index: int, port: int, services: list[Resource]) -> Problem:
    ports = [as_dict(entry) for service in services for entry in as_list(service.get("spec", "ports"))]
    return Problem(
        f'ServiceMonitor "{monitor.name}" gives the port {port} as a number; the API takes only the name of a port',
        monitor.place("spec", "endpoints", index, "port"),
        label="refused by the API server",
        fix=_fix(monitor, index, str(port), ports),
        note="write the name of the Service's port",
    )


def _missing(
    monitor: Resource, index: int, port: str, services: list[Resource], ports: list[dict[str, Any]]
) -> Problem:
    names = list(dict.fromkeys(str(entry["name"]) for entry in ports if entry.get("name")))
    note = ""
    if any(not entry.get("name") and port in (str(entry.get("port")), str(entry.get("targetPort"))) for entry in ports):
        note = f"its port {ports[0].get('port')} has no name: give it one, then write that name here"
    elif any(entry.get("targetPort") == port for entry in ports):
        note = f'"{port}" is the name of the container port; the Service calls it otherwise'
    elif not names:
        note = "no port of the Service has a name: give it one, then write that name here"
    return Problem(
        f'ServiceMonitor "{monitor.name}" scrapes the port "{port}", which no Service that it selects has',
        monitor.place("spec", "endpoints", index, "port"),
        label=f"known: {', '.join(names[:_MOST_NAMED])}" if names else "the ports have no names",
        related=tuple(RelatedPlace(service.place("spec", "ports"), "selected") for service in services[:_MOST_NAMED]),
        fix=_fix(monitor, index, port, ports),
        note=note,
    )


def _fix(monitor: Resource, index: int, port: str, ports: list[dict[str, Any]]) -> Fix | None:
    """Return the name of the port that is meant by number or by the container's name, if that is clear."""
    meant = {
        str(entry["name"])
        for entry in ports
        if entry.get("name") and port in (str(entry.get("port")), str(entry.get("targetPort")))
    }
    if len(meant) != 1:
        return None
    name = meant.pop()
    place = monitor.place("spec", "endpoints", index, "port")
    return Fix(f'name the port "{name}"', (Edit("set", place, name),), "unsafe")


@needs_words("port")
def check_pods(monitor: Resource, context: Context) -> Iterator[Problem]:
    """Yield a warning for every endpoint of a PodMonitor whose port no container of the selected pods declares.

    A warning at most: a mesh or an operator may inject a container with such a port.
    """
    relation = context.relations.related(monitor, "selects")
    if relation.state != "found" or not relation.items:
        return
    names: set[str] = set()
    for item in relation.items:
        template = item.pod_template
        if template is None or item.may_be_patched(*template.path, "spec"):
            return
        for container in template.containers:
            names |= {str(as_dict(port).get("name")) for port in as_list(container.data.get("ports"))}
    names.discard("None")
    for index, endpoint in enumerate(as_list(monitor.get("spec", "podMetricsEndpoints"))):
        port = as_dict(endpoint).get("port")
        if not isinstance(port, str) or port in names or _PLACEHOLDER.search(port):
            continue
        yield Problem(
            f'PodMonitor "{monitor.name}" scrapes the port "{port}", which no selected pod declares',
            monitor.place("spec", "podMetricsEndpoints", index, "port"),
            label=f"known: {', '.join(sorted(names)[:_MOST_NAMED])}" if names else "no container port has a name",
            related=tuple(
                RelatedPlace(item.place("metadata", "name"), "selected") for item in relation.items[:_MOST_NAMED]
            ),
        )
