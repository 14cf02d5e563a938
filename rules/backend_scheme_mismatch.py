"""Backends to which Traefik speaks HTTPS although they listen for HTTP, and the other way round.

Traefik takes HTTPS for a Service port that is 443 or whose name begins with ``https``, unless it is told otherwise.
What a port of a pod speaks is known only where a probe of the pod asks it. Source: getProtocol in
pkg/provider/kubernetes/ingress/kubernetes.go and parseServiceProtocol in pkg/provider/kubernetes/crd of
github.com/traefik/traefik.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Container,
    Context,
    FieldPath,
    Link,
    NamedTuple,
    Place,
    PortTarget,
    Problem,
    RelatedPlace,
    Resource,
    as_dict,
    as_list,
    as_text,
    find_endpoints,
    holding,
    needs_words,
    port_targets,
)

_GROUPS = ("traefik.io", "traefik.containo.us")
_PREFIX = "traefik.ingress.kubernetes.io/"
_PROBES = ("readinessProbe", "livenessProbe", "startupProbe")


class _Spoken(NamedTuple):
    """What a port of a pod speaks according to a probe, and where the probe says so."""

    scheme: str
    place: Place


@needs_words("port", holding("Service"))
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every backend that does not speak what Traefik takes it to speak."""
    if not _is_for_traefik(resource, context):
        return
    for link in context.relations.related(resource, "targets", kinds=("Service",)).places:
        service = link.item
        if service.get("spec", "type") == "ExternalName" or service.may_be_patched("spec", "ports"):
            continue
        found = _port(resource, link)
        if found is None or _is_told(resource, link, service):
            continue
        path, index = found
        port = as_dict(service.get("spec", "ports", index))
        is_https = port.get("port") == 443 or as_text(port.get("name")).startswith("https")
        taken = "HTTPS" if is_https else "HTTP"
        spoken = _spoken(service, index, context)
        if spoken is None or spoken.scheme == taken:
            continue
        field = "port" if port.get("port") == 443 or not port.get("name") else "name"
        what = f"the port is called {port['name']}" if field == "name" else f"the port is {port.get('port')}"
        yield Problem(
            f'Traefik speaks {taken} to Service "{service.name}", whose pods speak {spoken.scheme} on this port',
            resource.place(*path),
            f"{what}, so it takes {taken}",
            (
                RelatedPlace(service.place("spec", "ports", index, field), "this decides"),
                RelatedPlace(spoken.place, f"the pod is asked for {spoken.scheme}"),
            ),
            note="give the port another name and number"
            if is_https
            else "call the port https, and attach a ServersTransport where Traefik cannot verify the certificate",
        )


def _is_for_traefik(resource: Resource, context: Context) -> bool:
    if resource.group in _GROUPS:
        return True
    name = resource.get("spec", "ingressClassName") or resource.annotations.get("kubernetes.io/ingress.class") or ""
    if name:
        return "traefik" in str(name)
    classes = context.platform.get("ingress.classes")
    is_only = classes is not None and classes.value == ["traefik"] and not classes.inferred
    return is_only or any(key.startswith(_PREFIX) for key in resource.annotations)


def _port(resource: Resource, link: Link) -> tuple[FieldPath, int] | None:
    """Return where the backend states its port, and which port of the Service that is."""
    parent = link.path[:-1]
    for path in ((*parent, "port", "number"), (*parent, "port", "name"), (*parent, "port")):
        wanted = resource.get(*path)
        if isinstance(wanted, (int, str)):
            for index, item in enumerate(as_list(link.item.get("spec", "ports"))):
                entry = as_dict(item)
                if wanted in (entry.get("port"), entry.get("name")):
                    return path, index
    return None


def _is_told(resource: Resource, link: Link, service: Resource) -> bool:
    if service.annotations.get(f"{_PREFIX}service.serversscheme") or resource.kind not in ("Ingress", "IngressRoute"):
        return True
    return bool(as_text(resource.get(*link.path[:-1], "scheme")))


def _spoken(service: Resource, index: int, context: Context) -> _Spoken | None:
    """Return what all pods behind a port speak; None where no probe says it, or where they differ."""
    port = next((port for port in port_targets(service, ()) if port.position == index), None)
    selected = context.relations.related(service, "selects").items
    if port is None:
        return None
    return context.for_all(selected, (port.target, port.protocol), lambda: _spoken_by(selected, port))


def _spoken_by(workloads: tuple[Resource, ...], port: PortTarget) -> _Spoken | None:
    first: _Spoken | None = None
    for endpoint in (end for workload in workloads for end in find_endpoints(port.target, port.protocol, workload)):
        template = endpoint.workload.pod_template
        containers = [endpoint.container] if endpoint.container else template.containers if template else ()
        asked = [item for container in containers if container for item in _asked(container, endpoint.number)]
        first = first or next(iter(asked), None)
        if first is None or not asked or any(item.scheme != first.scheme for item in asked):
            return None
    return first


def _asked(container: Container, number: int) -> Iterator[_Spoken]:
    names = {
        as_dict(item).get("name"): as_dict(item).get("containerPort") for item in as_list(container.data.get("ports"))
    }
    for probe in _PROBES:
        request = as_dict(as_dict(container.data.get(probe)).get("httpGet"))
        port: Any = request.get("port")
        if request and names.get(port, port) == number:
            scheme = (as_text(request.get("scheme")) or "HTTP").upper()
            yield _Spoken(scheme, container.place(probe, "httpGet", "scheme" if request.get("scheme") else "port"))
