"""Service ports that lead to a container port by a name which no container of the selected pods has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubelint_lessons.plugin import (
    ContainerPort,
    Context,
    Edit,
    Fix,
    PortTarget,
    Problem,
    RelatedPlace,
    Resource,
    as_list,
    container_ports,
    needs_words,
    port_targets,
    regex,
)

_LATER = regex(r"[${}]")
"""A name that is filled in later."""


@needs_words("targetPort")
def check(service: Resource, context: Context) -> Iterable[Problem]:
    """Return a problem for each port whose ``targetPort`` is a name that none of the selected pods knows."""
    for port in as_list(service.get("spec", "ports")):
        if isinstance(port, dict) and isinstance(port.get("targetPort"), str):
            return _missing(service, context)
    return ()


def _missing(service: Resource, context: Context) -> Iterator[Problem]:
    selected = context.relations.related(service, "selects")
    if not selected.items or service.may_be_patched("spec", "ports"):
        return
    targets = _leading_nowhere(service, selected.items)
    if not targets or any(_is_patched(workload) for workload in selected.items):
        return
    known = [port for workload in selected.items for port in _ports(workload)]
    for target in targets:
        yield _problem(service, target, selected.items, known, selected.state == "found")


def _leading_nowhere(service: Resource, workloads: tuple[Resource, ...]) -> list[PortTarget]:
    """Return the ports whose name no workload has; mostly the first one has it, and no other is looked at."""
    targets = [
        target
        for target in port_targets(service, ())
        if isinstance(target.target, str) and not _LATER.search(target.target)
    ]
    for workload in workloads:
        if not targets:
            break
        reached = {target.position for target in port_targets(service, (workload,)) if target.endpoints}
        targets = [target for target in targets if target.position not in reached]
    return targets


def _ports(workload: Resource) -> Iterator[ContainerPort]:
    template = workload.pod_template
    return container_ports(template) if template is not None else iter(())


def _is_patched(workload: Resource) -> bool:
    template = workload.pod_template
    return template is not None and any(
        workload.may_be_patched(*template.path, *container.path, "ports") for container in template.containers
    )


def _problem(
    service: Resource, target: PortTarget, workloads: tuple[Resource, ...], known: list[ContainerPort], is_sure: bool
) -> Problem:
    path = ("spec", "ports", target.position, "targetPort")
    namesakes = [port for port in known if port.name == target.target]
    names = sorted({port.name for port in known if port.name and port.protocol == target.protocol})
    if namesakes:
        note = f'"{target.target}" is a {namesakes[0].protocol} port there, the Service asks for {target.protocol}'
    elif names:
        note = f"the ports there are called {', '.join(names)}"
    elif known:
        note = "the ports there have no names"
    else:
        note = "no container there declares a port"
    shown = " or ".join(str(workload.id) for workload in workloads[:2])
    related = [RelatedPlace(port.container.place("ports"), "the ports there are") for port in _one_a_container(known)]
    if not known:
        related = [RelatedPlace(workload.place("metadata", "name"), "selected") for workload in workloads]
    return Problem(
        f'{service.id} sends port {target.port} to "{target.target}", but no container of {shown} has such a port',
        service.place(*path),
        "nowhere a port of this name",
        tuple(related[:3]),
        _fix(service, path, target, known),
        None if is_sure else "warning",
        note,
    )


def _one_a_container(ports: list[ContainerPort]) -> list[ContainerPort]:
    return list({id(port.container): port for port in reversed(ports)}.values())[::-1]


def _fix(service: Resource, path: tuple[str | int, ...], target: PortTarget, known: list[ContainerPort]) -> Fix | None:
    """Return the one port that can be meant: the pods have no other of this protocol."""
    fitting = {(port.name, port.number) for port in known if port.protocol == target.protocol}
    if len(fitting) != 1:
        return None
    name, number = next(iter(fitting))
    value = name or number
    return Fix(f"send it to {value}", (Edit("set", service.place(*path), value),), "unsafe")
