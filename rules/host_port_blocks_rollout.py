"""Finds rollouts whose new pod needs a port of the node that the old pod still holds."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    FieldPath,
    Fix,
    Place,
    PodTemplate,
    Problem,
    Resource,
    alone,
    as_dict,
    as_list,
    needs_words,
    regex,
)

_HOSTNAME = "kubernetes.io/hostname"
_PERCENT = regex(r"(\d{1,3})%")


@alone
@needs_words(("hostPort", "hostNetwork"))
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for a Deployment whose surge pod finds no node with the port free."""
    template = resource.pod_template
    replicas = resource.get("spec", "replicas", default=1)
    if template is None or not isinstance(replicas, int) or replicas < 1:
        return
    if resource.may_be_patched("spec", "replicas") or resource.may_be_patched("spec", "strategy"):
        return
    strategy = as_dict(resource.get("spec", "strategy"))
    settings = as_dict(strategy.get("rollingUpdate"))
    is_rolling = strategy.get("type", "RollingUpdate") == "RollingUpdate"
    unavailable = _share(settings.get("maxUnavailable", "25%"), replicas)
    nodes = _nodes(template, context)
    if not is_rolling or unavailable != 0 or nodes is None or replicas < nodes:
        return
    found = _host_port(template)
    if found is None:
        return
    port, place = found
    where = "its node" if nodes == 1 else f"all {nodes} nodes"
    edit = Edit("set", resource.place("spec", "strategy"), {"type": "Recreate"})
    yield Problem(
        f"{resource.id} cannot be updated: its pods hold port {port} of {where}, and the new pod waits for it",
        place,
        "one pod of a node may have it",
        fix=Fix("stop the old pod first: strategy Recreate", (edit,), "unsafe"),
    )


@alone
@needs_words(("hostPort", "hostNetwork"), "maxSurge")
def check_daemon_set(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for a DaemonSet that starts the new pod of a node while the old one holds the port."""
    template = resource.pod_template
    strategy = as_dict(resource.get("spec", "updateStrategy"))
    surge = as_dict(strategy.get("rollingUpdate")).get("maxSurge", 0)
    found = _host_port(template) if template is not None else None
    is_rolling = strategy.get("type", "RollingUpdate") == "RollingUpdate"
    if (
        found is None
        or not is_rolling
        or str(surge) in ("0", "0%")
        or resource.may_be_patched("spec", "updateStrategy")
    ):
        return
    port, place = found
    yield Problem(
        f"{resource.id} cannot be updated: maxSurge starts the new pod of a node while the old one holds port {port}",
        place,
        "one pod of a node may have it",
        note="set maxSurge to 0 and maxUnavailable to 1",
    )


def _host_port(template: PodTemplate) -> tuple[int, Place] | None:
    """Return the first port of the node that the pods take, and where it is stated."""
    is_on_host = template.spec.get("hostNetwork") is True
    for container in template.containers:
        if container.role == "ephemeral" or (
            container.role == "init" and container.data.get("restartPolicy") != "Always"
        ):
            continue
        for index, item in enumerate(as_list(container.data.get("ports"))):
            for key in ("hostPort", "containerPort") if is_on_host else ("hostPort",):
                port = as_dict(item).get(key)
                if isinstance(port, int) and port > 0:
                    route: FieldPath = ("ports", index, key)
                    return port, container.place(*route)
    return None


def _nodes(template: PodTemplate, context: Context) -> int | None:
    """Return how many nodes the pods may run on, None where that is not known."""
    selector = as_dict(template.spec.get("nodeSelector"))
    if _HOSTNAME in selector:
        return 1
    fact = context.platform.get("nodes.schedulable") or context.platform.get("nodes.count")
    return fact.value if fact is not None and isinstance(fact.value, int) and fact.value > 0 else None


def _share(value: object, replicas: int) -> int | None:
    """Return how many pods may be missing, rounded down as the API does."""
    if isinstance(value, int):
        return value
    percent = _PERCENT.fullmatch(str(value))
    return int(percent[1]) * replicas // 100 if percent is not None else None
