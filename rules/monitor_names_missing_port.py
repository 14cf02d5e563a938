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
    NamedTuple,
    Problem,
    RelatedPlace,
    Relations,
    Resource,
    as_dict,
    as_list,
    needs_words,
    regex,
)

_PLACEHOLDER = regex(r"[$<>{}%]")
_MOST_NAMED = 4


class _Ports(NamedTuple):
    """The first Services, name, number and target of all different ports, and whether no Service has alternatives."""

    first: tuple[Resource, ...]
    all: tuple[tuple[Any, ...], ...]
    is_certain: bool


@needs_words("port")
def check(monitor: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for every endpoint of a ServiceMonitor whose port is no port name of a selected Service."""
    relation = context.relations.related(monitor, "selects", kinds=("Service",))
    ports = context.for_all(relation.items, "ports", lambda: _ports(relation.items, context.relations))
    if ports is None:
        return
    is_certain = relation.state == "found" and ports.is_certain
    for index, item in enumerate(as_list(monitor.get("spec", "endpoints"))):
        port = as_dict(item).get("port")
        if isinstance(port, int) and not isinstance(port, bool):
            yield _number(monitor, index, port, ports)
        elif not isinstance(port, str) or _PLACEHOLDER.search(port):
            continue
        elif is_certain and ports.first:
            if all(name != port for name, _, _ in ports.all):
                yield _missing(monitor, index, port, ports)
        elif port.isdigit():
            yield Problem(
                f'ServiceMonitor "{monitor.name}" names the port "{port}": that must be the name of a Service port',
                monitor.place("spec", "endpoints", index, "port"),
                label="a name, not a number",
                at_most="warning",
                note="name the port in the Service, and write that name",
            )


def _ports(services: tuple[Resource, ...], relations: Relations) -> _Ports | None:
    """Return what is known of the ports of Services; None where a patch may change those of one."""
    known = [item for item in services if not relations.is_ambiguous(item)]
    if any(service.may_be_patched("spec", "ports") for service in known):
        return None
    found: dict[tuple[Any, ...], None] = {}
    for service in known:
        for item in as_list(service.get("spec", "ports")):
            entry = as_dict(item)
            found[_plain(entry.get("name")), _plain(entry.get("port")), _plain(entry.get("targetPort"))] = None
    return _Ports(tuple(known[:_MOST_NAMED]), tuple(found), len(known) == len(services))


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int) else str(value)


def _number(monitor: Resource, index: int, port: int, ports: _Ports) -> Problem:
    return Problem(
        f'ServiceMonitor "{monitor.name}" gives the port {port} as a number; the API takes only the name of a port',
        monitor.place("spec", "endpoints", index, "port"),
        label="refused by the API server",
        fix=_fix(monitor, index, str(port), ports),
        note="write the name of the Service's port",
    )


def _missing(monitor: Resource, index: int, port: str, ports: _Ports) -> Problem:
    names = list(dict.fromkeys(str(name) for name, _, _ in ports.all if name))
    note = ""
    if any(not name and port in (str(number), str(target)) for name, number, target in ports.all):
        note = f"its port {ports.all[0][1]} has no name: give it one, then write that name here"
    elif any(target == port for _, _, target in ports.all):
        note = f'"{port}" is the name of the container port; the Service calls it otherwise'
    elif not names:
        note = "no port of the Service has a name: give it one, then write that name here"
    return Problem(
        f'ServiceMonitor "{monitor.name}" scrapes the port "{port}", which no Service that it selects has',
        monitor.place("spec", "endpoints", index, "port"),
        label=f"known: {', '.join(names[:_MOST_NAMED])}" if names else "the ports have no names",
        related=tuple(RelatedPlace(service.place("spec", "ports"), "selected") for service in ports.first),
        fix=_fix(monitor, index, port, ports),
        note=note,
    )


def _fix(monitor: Resource, index: int, port: str, ports: _Ports) -> Fix | None:
    """Return the name of the port that is meant by number or by the container's name, if that is clear."""
    meant = {str(name) for name, number, target in ports.all if name and port in (str(number), str(target))}
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
    names = context.for_all(relation.items, "names", lambda: _names(relation.items))
    if names is None:
        return
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


def _names(workloads: tuple[Resource, ...]) -> frozenset[str] | None:
    """Return the names of the ports that pods declare; None where a patch may change those of one."""
    names: set[str] = set()
    for item in workloads:
        template = item.pod_template
        if template is None or item.may_be_patched(*template.path, "spec"):
            return None
        for container in template.containers:
            names |= {str(as_dict(port).get("name")) for port in as_list(container.data.get("ports"))}
    return frozenset(names - {"None"})
