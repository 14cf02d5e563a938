"""Ports that the API server refuses: names that are none, numbers in quotes, numbers out of range.

The rules for a name, from ``IsValidPortName`` of apimachinery: at most 15 characters of a-z, 0-9 and hyphens, at least
one letter, no hyphen at either end, no two in a row. The name of a Service's own port is a DNS label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Container,
    Context,
    Edit,
    FieldPath,
    Fix,
    Problem,
    RelatedPlace,
    Resource,
    alone,
    as_dict,
    as_list,
    needs_words,
    regex,
)

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_LABEL = regex(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_USUAL = ("http", "https", "metrics", "web", "grpc", "tcp", "udp", "dns")
_LATER = regex(r"[${}]")


@alone
@needs_words(("ports", "port"))
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each name of a port, or in the place of a port, that is none."""
    if resource.kind == "Service":
        for index, item in enumerate(as_list(resource.get("spec", "ports"))):
            path: FieldPath = ("spec", "ports", index)
            entry = as_dict(item)
            if not _is_plain(entry.get("targetPort")):
                yield from _judge(resource, (*path, "targetPort"), entry.get("targetPort"), "a target port")
            if not _is_plain(entry.get("port")):
                yield from _range(resource, (*path, "port"), entry.get("port"), "a port")
            name = entry.get("name")
            if isinstance(name, str) and name and not _LATER.search(name) and not _LABEL.fullmatch(name):
                yield Problem(
                    f'{resource.id} calls a port "{name}": only a-z, 0-9 and hyphens may stand in a port name',
                    resource.place(*path, "name"),
                    "not a DNS label",
                )
        return
    template = resource.pod_template
    for container in template.containers if template is not None else ():
        names: dict[str, int] = {}
        for index, item in enumerate(as_list(container.data.get("ports"))):
            entry = as_dict(item)
            name = entry.get("name")
            if isinstance(name, str) and name and names.setdefault(name, index) != index:
                yield Problem(
                    f'container "{container.name}" of {resource.id} calls two ports "{name}"',
                    container.place("ports", index, "name"),
                    "the API server refuses this",
                    (RelatedPlace(container.place("ports", names[name], "name"), "the first one"),),
                )
            if not _is_plain(name):
                yield from _judge(resource, _route(container, "ports", index, "name"), name, "a port", is_port=False)
            number = entry.get("containerPort")
            if not _is_plain(number):
                yield from _range(resource, _route(container, "ports", index, "containerPort"), number, "a port")
        for probe in _PROBES:
            handler = as_dict(container.data.get(probe))
            for kind in ("httpGet", "tcpSocket") if handler else ():
                port = as_dict(handler.get(kind)).get("port")
                if not _is_plain(port):
                    yield from _judge(resource, _route(container, probe, kind, "port"), port, f"the port of a {probe}")


def _route(container: Container, *steps: str | int) -> FieldPath:
    return (*container.template.path, *container.path, *steps)


def _is_plain(value: object) -> bool:
    """Return whether a value is a number of a port, a common name of one, or left out: nothing is wrong with it."""
    if isinstance(value, int):
        return 0 < value < 65536 or isinstance(value, bool)
    return value is None or value in _USUAL


def _judge(resource: Resource, path: FieldPath, value: object, what: str, *, is_port: bool = True) -> Iterator[Problem]:
    """Yield a problem where ``value`` is text that is no port name; with ``is_port`` a number could stand there."""
    if is_port:
        yield from _range(resource, path, value, what)
    if not isinstance(value, str) or not value or _LATER.search(value) or resource.may_be_patched(*path):
        return
    wrong = _fault(value)
    if not wrong:
        return
    fix = None
    if is_port and value.isdecimal() and value.isascii() and 0 < int(value) < 65536:
        fix = Fix("remove the quotes", (Edit("set", resource.place(*path), int(value)),), "safe")
        wrong = "in quotes it is a name, and a name has at least one letter"
    yield Problem(
        f'{resource.id} has {what} "{value}": {wrong}', resource.place(*path), "the API server refuses this", fix=fix
    )


def _range(resource: Resource, path: FieldPath, value: object, what: str) -> Iterator[Problem]:
    if isinstance(value, int) and not isinstance(value, bool) and not 0 < value < 65536:
        if value == 0 and path[-1] == "targetPort":  # 0 counts as left out
            return
        message = f"{resource.id} has {what} {value}: ports are numbers from 1 to 65535"
        yield Problem(message, resource.place(*path), "the API server refuses this")


def _fault(name: str) -> str:
    """Return what is wrong with the name of a container port, empty where nothing is."""
    if len(name) > 15:
        return f"a port name has at most 15 characters, this one has {len(name)}"
    if re.fullmatch(r"[-a-z0-9]+", name) is None:
        return "only a-z, 0-9 and hyphens may stand in a port name"
    if re.search(r"[a-z]", name) is None:
        return "a port name has at least one letter"
    if name.startswith("-") or name.endswith("-") or "--" in name:
        return "hyphens stand between two other characters"
    return ""
