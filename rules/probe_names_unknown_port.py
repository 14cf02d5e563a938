"""What probes and hooks ask for: ports by name, hosts, and variables of their commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Container,
    Context,
    Edit,
    FieldPath,
    Fix,
    NamedTuple,
    Problem,
    RelatedPlace,
    Resource,
    alone,
    as_dict,
    as_list,
    as_text,
    needs_words,
    regex,
)

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_VARIABLE = regex(r"(\$\$)|\$\(([A-Za-z_][\w.-]*)\)")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "[::1]", "0.0.0.0"})


class _Handler(NamedTuple):
    """One probe or hook: its route in the container, what it is called, and what it says."""

    path: FieldPath
    name: str
    data: dict[str, Any]


@alone
@needs_words(_PROBES, ("httpGet", "tcpSocket"))
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each probe that asks for a port by a name which its own container does not have."""
    for container, handler in _handlers(workload, with_hooks=False):
        for kind in ("httpGet", "tcpSocket"):
            port = as_dict(handler.data.get(kind)).get("port")
            if not isinstance(port, str) or port.isdigit() or "$" in port:
                continue
            ports = [as_dict(item) for item in as_list(container.data.get("ports"))]
            names = [as_text(item.get("name")) for item in ports if item.get("name")]
            if port in names or _is_patched(workload, container, "ports"):
                continue
            place = container.place(*handler.path, kind, "port")
            known = f"its ports are called {', '.join(names)}" if names else "its ports have no names"
            numbers = [item.get("containerPort") for item in ports]
            fix = None
            if len(ports) == 1:
                fix = Fix("ask the only port", (Edit("set", place, names[0] if names else numbers[0]),), "unsafe")
            yield Problem(
                f'the {handler.name} of container "{container.name}" asks port "{port}", but has none of this name',
                place,
                "no port of this name",
                (RelatedPlace(container.place("ports"), "the ports there are"),) if ports else (),
                fix,
                note=known if ports else "it declares no ports at all",
            )


@alone
@needs_words("host", ("httpGet", "tcpSocket"))
def check_host(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each probe or hook that goes to another host than its pod."""
    template = workload.pod_template
    if template is None or template.spec.get("hostNetwork") is True:
        return
    for container, handler in _handlers(workload, with_hooks=True):
        for kind in ("httpGet", "tcpSocket"):
            host = as_text(as_dict(handler.data.get(kind)).get("host"))
            if not host:
                continue
            place = container.place(*handler.path, kind, "host")
            is_local = host.lower() in _LOCAL
            where = "the node itself" if is_local else "that host, whatever the pod does"
            yield Problem(
                f'the {handler.name} of container "{container.name}" asks {host}: for the kubelet, that is {where}',
                place,
                "not the pod",
                fix=Fix("ask the pod", (Edit("remove", place),), "unsafe") if is_local else None,
                at_most=None if is_local else "warning",
                note="" if is_local else "a virtual host is named by httpHeaders: [{name: Host, value: …}]",
            )


@alone
@needs_words("valueFrom", _PROBES)
def check_variables(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each command of a probe that uses a variable whose value comes from elsewhere."""
    for container, handler in _handlers(workload, with_hooks=False):
        origins = {
            as_text(as_dict(item).get("name")): "valueFrom" in as_dict(item)
            for item in as_list(container.data.get("env"))
        }
        for index, word in enumerate(as_list(as_dict(handler.data.get("exec")).get("command"))):
            found = [name for _, name in _VARIABLE.findall(word)] if isinstance(word, str) else []
            name = next((name for name in found if origins.get(name)), None)
            if name is not None:
                yield Problem(
                    f"$({name}) is empty in the {handler.name} of container "
                    f'"{container.name}": the kubelet does not look up its valueFrom here',
                    container.place(*handler.path, "exec", "command", index),
                    "becomes nothing",
                    (RelatedPlace(container.place("env", list(origins).index(name), "name"), "comes from elsewhere"),),
                    note=f'let a shell read it: ["sh", "-c", "… \\"${name}\\" …"]',
                )


def _handlers(workload: Resource, *, with_hooks: bool) -> Iterator[tuple[Container, _Handler]]:
    template = workload.pod_template
    for container in template.containers if template is not None else ():
        for probe in _PROBES:
            if container.data.get(probe):
                yield container, _Handler((probe,), probe, as_dict(container.data[probe]))
        if with_hooks:
            lifecycle = as_dict(container.data.get("lifecycle"))
            for hook in ("postStart", "preStop"):
                if lifecycle.get(hook):
                    yield container, _Handler(("lifecycle", hook), hook, as_dict(lifecycle[hook]))


def _is_patched(workload: Resource, container: Container, field: str) -> bool:
    return workload.may_be_patched(*container.template.path, *container.path, field)
