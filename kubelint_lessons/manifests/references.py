"""Declared dependencies: which Services a workload talks to, according to its own manifest.

Environment variables (also those that come from ConfigMaps), commands, arguments, probes and lifecycle hooks are read
for host names; a name counts only where the scope defines a Service of that name in the namespace that DNS would
look into.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.manifests.hosts import Host, hosts_in_variable, hosts_in_words
from kubelint_lessons.manifests.podtemplates import Container, as_dict, as_list, as_text, string_map
from kubelint_lessons.manifests.relations import Relations
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.location import FieldPath, Place
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_POD_OF_STATEFUL_SET = regex(r".+-\d+")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


class Dependency(NamedTuple):
    """A workload names a Service. ``place`` is where the name stands, ``path`` where the workload takes it from.

    ``port`` is the port number that is stated, None where none is; it is a port of the Service. ``is_own`` says that
    the Service also selects the workload itself, as the peers of a cluster do.
    """

    service: Resource
    port: int | None
    place: Place
    path: FieldPath
    how: str
    is_own: bool


class _Text(NamedTuple):
    host: Host
    place: Place
    path: FieldPath


def dependencies_of(workload: Resource, relations: Relations) -> tuple[Dependency, ...]:
    """Return the Services that ``workload`` says it talks to, each once a Service and port, in file order."""
    template = workload.pod_template
    if template is None:
        return ()
    found: dict[tuple[int, int | None], Dependency] = {}
    for container in template.containers:
        for text in _texts(container, relations):
            service = _service_of(text.host, workload, relations)
            if service is None:
                continue
            key = (id(service), text.host.port)
            if key not in found:
                selected = relations.related(service, "selects").items
                found[key] = Dependency(
                    service, text.host.port, text.place, text.path, text.host.how, workload in selected
                )
    return tuple(found.values())


def environment_of(container: Container, relations: Relations) -> dict[str, str]:
    """Return the environment variables whose values are known: literals, and what ConfigMaps of the scope give."""
    return {name: value for name, value, _, _ in _variables(container, relations)}


def _texts(container: Container, relations: Relations) -> Iterator[_Text]:
    variables = list(_variables(container, relations))
    environment = {name: value for name, value, _, _ in variables}
    for name, value, place, path in variables:
        for host in hosts_in_variable(name, value, environment):
            yield _Text(host, place, path)
    for path, command in _commands(container):
        words = [item for item in command if isinstance(item, str)]
        for host in hosts_in_words(words, environment):
            index = next((n for n, item in enumerate(command) if isinstance(item, str) and host.name in item), None)
            route = path if index is None else (*path, index)
            yield _Text(host, container.place(*route), _route(container, route))
    for probe in _PROBES:
        host_name = as_text(as_dict(as_dict(container.data.get(probe)).get("httpGet")).get("host"))
        if host_name:
            route = (probe, "httpGet", "host")
            yield _Text(Host(host_name, None, probe), container.place(*route), _route(container, route))


def _commands(container: Container) -> Iterator[tuple[FieldPath, list[Any]]]:
    both = [*as_list(container.data.get("command")), *as_list(container.data.get("args"))]
    if both:
        count = len(as_list(container.data.get("command")))
        yield ("command",), both[:count]
        yield ("args",), both[count:]
    for hook in ("postStart", "preStop"):
        command = as_list(
            as_dict(as_dict(as_dict(container.data.get("lifecycle")).get(hook)).get("exec")).get("command")
        )
        yield ("lifecycle", hook, "exec", "command"), command
    for probe in _PROBES:
        command = as_list(as_dict(as_dict(container.data.get(probe)).get("exec")).get("command"))
        yield (probe, "exec", "command"), command


def _variables(container: Container, relations: Relations) -> Iterator[tuple[str, str, Place, FieldPath]]:
    """Yield name, value, place of the value and route in the workload; later ones replace earlier ones."""
    workload = container.template.resource
    for index, item in enumerate(as_list(container.data.get("envFrom"))):
        entry = as_dict(item)
        name = as_text(as_dict(entry.get("configMapRef")).get("name"))
        route = _route(container, ("envFrom", index))
        for source, key, value in _config(name, workload, relations):
            yield as_text(entry.get("prefix")) + key, value, source.place("data", key), route
    for index, item in enumerate(as_list(container.data.get("env"))):
        entry = as_dict(item)
        variable, literal = as_text(entry.get("name")), entry.get("value")
        route = _route(container, ("env", index))
        if isinstance(literal, str):
            yield variable, literal, container.place("env", index, "value"), (*route, "value")
            continue
        reference = as_dict(as_dict(entry.get("valueFrom")).get("configMapKeyRef"))
        for source, key, value in _config(as_text(reference.get("name")), workload, relations):
            if key == reference.get("key"):
                yield variable, value, source.place("data", key), route


def _config(name: str, workload: Resource, relations: Relations) -> Iterator[tuple[Resource, str, str]]:
    if not name:
        return
    for source in relations.named("ConfigMap", name, workload).items:
        for key, value in string_map(source.get("data")).items():
            yield source, key, value


def _service_of(host: Host, workload: Resource, relations: Relations) -> Resource | None:
    for name, namespace in _readings(host.name, workload.namespace):
        service = next(iter(relations.find("Service", name, namespace).items), None)
        if service is None or service.get("spec", "type") == "ExternalName":
            continue
        if host.is_sure or host.port in _ports(service):
            return service
    return None


def _readings(host: str, own: str | None) -> Iterator[tuple[str, str | None]]:
    """Yield Service name and namespace of every way to read a host name, the likeliest first."""
    parts = host.rstrip(".").split(".")
    if "svc" in parts[2:]:
        position = parts.index("svc", 2)
        yield parts[position - 2], parts[position - 1]
    elif len(parts) == 1:
        yield parts[0], own
    elif len(parts) == 2:
        yield parts[0], parts[1]
        if _POD_OF_STATEFUL_SET.fullmatch(parts[0]):
            yield parts[1], own
    elif len(parts) == 3 and _POD_OF_STATEFUL_SET.fullmatch(parts[0]):
        yield parts[1], parts[2]


def _ports(service: Resource) -> set[Any]:
    return {as_dict(item).get("port") for item in as_list(service.get("spec", "ports"))}


def _route(container: Container, path: FieldPath) -> FieldPath:
    return (*container.template.path, *container.path, *path)
