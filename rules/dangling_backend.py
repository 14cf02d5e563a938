"""Backends of Ingresses and routes: Services that do not exist, and ports that a Service does not have.

Sources: pkg/provider/kubernetes of github.com/traefik/traefik, internal/ingress/controller of
github.com/kubernetes/ingress-nginx, apis/v1 of github.com/kubernetes-sigs/gateway-api.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Edit,
    FieldPath,
    Fix,
    Link,
    NamedTuple,
    Problem,
    RelatedPlace,
    Relations,
    Resource,
    Severity,
    as_dict,
    as_list,
    as_text,
    grouped,
    holding,
    needs_words,
)

_ACTION = "use-annotation"
"""The port name by which the AWS controller knows that a backend is no Service but an action of an annotation."""
_SLIP = 2
"""So many letters may be missing or too many: one that is doubled or lost, or two that are swapped."""
_MOST_NAMED = 4


class _Space(NamedTuple):
    """The Services of a namespace that have a name: their names in order, and themselves by name and digits."""

    names: list[str]
    by_name: dict[str, list[Resource]]
    by_digits: dict[str, list[Resource]]


class _Services(NamedTuple):
    """The Services of the scope by name, and by namespace."""

    by_name: dict[str, list[Resource]]
    spaces: dict[str | None, _Space]


class _Near(NamedTuple):
    """The Service that was probably meant, what sets it apart, and how sure that is."""

    service: Resource
    why: str
    severity: Severity


def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every Service that an Ingress or a route names and that does not exist."""
    relations = context.relations
    targets = relations.related(resource, "targets", kinds=("Service",))
    for path in targets.missing:
        name = as_text(resource.get(*path))
        namespace = _namespace_of_target(resource, path)
        if not name or _is_action(resource, path):
            continue
        known = context.once("known", lambda: _known(relations))
        near = _near(name, namespace, known)
        where = f' in namespace "{namespace}"' if namespace else ""
        limit: Severity = near.severity if near is not None else "warning" if namespace in known.spaces else "info"
        fate = "which no manifest here defines" if limit == "info" else "which does not exist"
        related = () if near is None else (RelatedPlace(near.service.place("metadata", "name"), near.why),)
        yield Problem(
            f'{resource.id} sends requests to Service "{name}", {fate}{where}',
            resource.place(*path),
            near.why if near is not None else "",
            related,
            at_most=limit,
        )


@needs_words(holding("Service"))
def check_ports(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every backend whose port its Service does not have."""
    relations = context.relations
    if relations.is_ambiguous(resource):
        return
    for link in relations.related(resource, "targets", kinds=("Service",)).places:
        service = link.item
        ports = [as_dict(item) for item in as_list(service.get("spec", "ports"))]
        if not ports or service.get("spec", "type") == "ExternalName" or service.may_be_patched("spec", "ports"):
            continue
        wanted = _wanted(resource, link)
        if wanted is None or resource.may_be_patched(*wanted[0]) or _has(ports, wanted[1]):
            continue
        yield _wrong_port(resource, service, ports, *wanted)


def _known(relations: Relations) -> _Services:
    services = relations.of_kind("Service")
    by_name = grouped(services, lambda item: item.name)
    spaces = {
        namespace: _Space(
            sorted({item.name for item in items if item.name}),
            grouped(items, lambda item: item.name),
            grouped((item for item in items if item.name), lambda item: _digits(item.name)),
        )
        for namespace, items in grouped(services, lambda item: item.namespace).items()
    }
    return _Services(by_name, spaces)


def _near(name: str, namespace: str | None, known: _Services) -> _Near | None:
    for service in known.by_name.get(name, ()):
        if service.namespace and namespace and service.namespace != namespace:
            return _Near(service, f'it is in namespace "{service.namespace}", which a backend cannot reach', "error")
    here = known.spaces.get(namespace)
    if here is None:
        return None
    close = [item for item in here.by_digits.get(_digits(name), ()) if _is_slip(item.name, name)]
    if len({item.name for item in close}) == 1:
        return _Near(close[0], f'"{close[0].name}" is there', "error")
    first = bisect_left(here.names, name)
    longer = takewhile(lambda other: other.startswith(name), here.names[first : first + 2])
    shorter = (name[:length] for length in range(1, len(name)))
    similar = [item for other in (*longer, *shorter) for item in here.by_name.get(other, ())]
    return _Near(similar[0], f'"{similar[0].name}" is there', "warning") if len(similar) == 1 else None


def _digits(name: str) -> str:
    return "".join(letter for letter in name if letter.isdigit())


def _is_slip(one: str, other: str) -> bool:
    """Return whether names with the same digits differ as by a slip of the pen, not by a letter in one place."""
    from difflib import SequenceMatcher

    if len(one) < 4 or abs(len(one) - len(other)) > _SLIP:
        return False
    changes = [
        change for change in SequenceMatcher(None, one, other, autojunk=False).get_opcodes() if change[0] != "equal"
    ]
    letters = "".join(one[a1:a2] + other[b1:b2] for _, a1, a2, b1, b2 in changes)
    return all(tag != "replace" for tag, *_ in changes) and len(letters) <= _SLIP and "-" not in letters


def _namespace_of_target(resource: Resource, path: FieldPath) -> str | None:
    return as_text(resource.get(*path[:-1], "namespace")) or resource.namespace


def _is_action(resource: Resource, path: FieldPath) -> bool:
    return _ACTION in (resource.get(*path[:-1], "port", "name"), resource.get(*path[:-1], "servicePort"))


def _wanted(resource: Resource, link: Link) -> tuple[FieldPath, Any] | None:
    """Return where a backend states its port, and the port: a number or a name."""
    parent = link.path[:-1]
    if link.path[-1] == "serviceName":
        places: tuple[FieldPath, ...] = ((*parent, "servicePort"),)
    else:
        places = ((*parent, "port", "number"), (*parent, "port", "name"), (*parent, "port"))
    for place in places:
        port = resource.get(*place)
        if isinstance(port, (int, str)) and not isinstance(port, bool) and port != _ACTION:
            return place, port
    return None


def _has(ports: list[dict[str, Any]], wanted: int | str) -> bool:
    """Return whether a Service has a port, or may have it: text that is filled in later may be anything."""
    for port in ports:
        if any(isinstance(value, str) and "$" in value for value in (port.get("port"), port.get("name"), wanted)):
            return True
        if not isinstance(port.get("port"), int) or port["port"] == wanted or port.get("name") == wanted:
            return True
    numbers = [port["port"] for port in ports]
    return isinstance(wanted, str) and wanted.isdigit() and int(wanted) in numbers


def _wrong_port(
    resource: Resource, service: Resource, ports: list[dict[str, Any]], path: FieldPath, wanted: Any
) -> Problem:
    behind = [port for port in ports if _target(port) == wanted]
    meant = behind[0] if len(behind) == 1 else ports[0] if len(ports) == 1 else None
    place = resource.place(*path)
    label = f"it has {_listed(ports)}"
    if behind:
        label = f"{wanted} is the port of the container; the Service has {_listed(ports)}"
    fix = None
    if meant is not None:
        value = meant.get("name") if path[-1] == "name" else meant["port"]
        if value is not None:
            fix = Fix(f"name port {value} of the Service", (Edit("set", place, value),), "unsafe")
    return Problem(
        f'{resource.id} names port {wanted} of Service "{service.name}", which has no such port',
        place,
        label,
        (RelatedPlace(service.place("spec", "ports"), "the ports of the Service"),),
        fix,
        at_most=_limit(resource) if behind else None,
    )


def _limit(resource: Resource) -> Severity | None:
    """Return how bad a container's port is in place of the Service's: ingress-nginx takes it, others do not."""
    if resource.kind != "Ingress":
        return None
    name = resource.get("spec", "ingressClassName") or resource.annotations.get("kubernetes.io/ingress.class") or ""
    if "nginx" in str(name):
        return "info"
    return None if name else "warning"


def _target(port: dict[str, Any]) -> Any:
    return port.get("targetPort", port.get("port"))


def _listed(ports: list[dict[str, Any]]) -> str:
    shown = [f"{port['port']} ({port['name']})" if port.get("name") else str(port["port"]) for port in ports]
    more = f" and {len(shown) - _MOST_NAMED} more" if len(shown) > _MOST_NAMED else ""
    return ", ".join(shown[:_MOST_NAMED]) + more
