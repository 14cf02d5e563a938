"""Service ports that lead to a container port by a name which no container of the selected pods has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    NamedTuple,
    Place,
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

_MOST_SHOWN = 3


class _Known(NamedTuple):
    """The ports that pods declare: names with protocols in their order, numbers, and where the first few stand."""

    named: tuple[tuple[str, str], ...]
    fitting: frozenset[tuple[str, int, str]]
    places: tuple[Place, ...]
    is_patched: bool


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
    targets = _leading_elsewhere(service, selected.items[0])
    known = context.for_all(selected.items, "ports", lambda: _known(selected.items)) if targets else None
    if known is None or known.is_patched:
        return
    for target in targets:
        if (target.target, target.protocol) not in known.named:
            yield _problem(service, target, selected.items, known, selected.state == "found")


def _leading_elsewhere(service: Resource, workload: Resource) -> list[PortTarget]:
    """Return the ports whose name this workload does not have: mostly the first one has it, and no other is asked."""
    targets = [
        target
        for target in port_targets(service, ())
        if isinstance(target.target, str) and not _LATER.search(target.target)
    ]
    reached = {target.position for target in port_targets(service, (workload,)) if target.endpoints} if targets else ()
    return [target for target in targets if target.position not in reached]


def _known(workloads: tuple[Resource, ...]) -> _Known:
    named: dict[tuple[str, str], None] = {}
    fitting: set[tuple[str, int, str]] = set()
    places: list[Place] = []
    for workload in workloads:
        container = None
        template = workload.pod_template
        for port in container_ports(template) if template is not None else ():
            named[port.name, port.protocol] = None
            fitting.add((port.name, port.number, port.protocol))
            if port.container is not container and len(places) < _MOST_SHOWN:
                container = port.container
                places.append(container.place("ports"))
    return _Known(tuple(named), frozenset(fitting), tuple(places), any(map(_is_patched, workloads)))


def _is_patched(workload: Resource) -> bool:
    template = workload.pod_template
    return template is not None and any(
        workload.may_be_patched(*template.path, *container.path, "ports") for container in template.containers
    )


def _problem(
    service: Resource, target: PortTarget, workloads: tuple[Resource, ...], known: _Known, is_sure: bool
) -> Problem:
    path = ("spec", "ports", target.position, "targetPort")
    namesakes = [protocol for name, protocol in known.named if name == target.target]
    names = sorted({name for name, protocol in known.named if name and protocol == target.protocol})
    if namesakes:
        note = f'"{target.target}" is a {namesakes[0]} port there, the Service asks for {target.protocol}'
    elif names:
        note = f"the ports there are called {', '.join(names)}"
    elif known.named:
        note = "the ports there have no names"
    else:
        note = "no container there declares a port"
    shown = " or ".join(str(workload.id) for workload in workloads[:2])
    related = [RelatedPlace(place, "the ports there are") for place in known.places]
    if not known.named:
        names_of = [workload.place("metadata", "name") for workload in workloads[:_MOST_SHOWN]]
        related = [RelatedPlace(place, "selected") for place in names_of]
    return Problem(
        f'{service.id} sends port {target.port} to "{target.target}", but no container of {shown} has such a port',
        service.place(*path),
        "nowhere a port of this name",
        tuple(related),
        _fix(service, path, target, known),
        None if is_sure else "warning",
        note,
    )


def _fix(service: Resource, path: tuple[str | int, ...], target: PortTarget, known: _Known) -> Fix | None:
    """Return the one port that can be meant: the pods have no other of this protocol."""
    fitting = {(name, number) for name, number, protocol in known.fitting if protocol == target.protocol}
    if len(fitting) != 1:
        return None
    name, number = next(iter(fitting))
    value = name or number
    return Fix(f"send it to {value}", (Edit("set", service.place(*path), value),), "unsafe")
