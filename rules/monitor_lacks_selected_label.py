"""Monitors that Prometheus does not select, by stated labels or by a Prometheus object among the manifests.

Source: pkg/apis/monitoring/v1/prometheus_types.go of github.com/prometheus-operator/prometheus-operator.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, RelatedPlace, Relations, Resource, string_map

_GROUP = "monitoring.coreos.com"
_SELECTORS = {"ServiceMonitor": "serviceMonitorSelector", "PodMonitor": "podMonitorSelector"}


def check(monitor: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for a monitor whose labels no Prometheus asks for."""
    if monitor.is_patch or monitor.may_be_patched("metadata", "labels"):
        return
    fact = context.platform.get("prometheus.selectorLabels")
    if fact is not None and isinstance(fact.value, dict) and fact.value:
        wanted = string_map(fact.value)
        missing = {key: value for key, value in wanted.items() if monitor.labels.get(key) != value}
        if missing:
            shown = ", ".join(f"{key}: {value}" for key, value in missing.items())
            edits = tuple(
                Edit("set", monitor.place("metadata", "labels", key), value) for key, value in missing.items()
            )
            yield Problem(
                f'{monitor.kind} "{monitor.name}" lacks the label {shown}: Prometheus does not see it',
                monitor.place("metadata", "labels", spot="key"),
                label="Prometheus selects by this label",
                fix=Fix(f"add {shown}", edits, "unsafe"),
                at_most="warning" if fact.inferred else None,
            )
        return
    relations = context.relations
    servers = context.once("servers", lambda: _servers(relations))
    if len(servers) != 1:
        return
    selecting = relations.related(monitor, "selectedBy", kinds=(f"{_GROUP}/Prometheus", f"{_GROUP}/PrometheusAgent"))
    if selecting.state != "absent":
        return
    server = servers[0]
    selector = _SELECTORS[monitor.kind]
    if server.get("spec", selector) is None:
        label, note = f"{selector} is not set", f"without {selector} it takes none; an empty one, {{}}, takes all"
    else:
        label, note = "selected here, but not these labels", ""
    yield Problem(
        f'Prometheus "{server.name}" does not select {monitor.kind} "{monitor.name}"',
        monitor.place("metadata", "labels", spot="key"),
        label="neither by its labels nor elsewhere in these manifests",
        related=(RelatedPlace(server.place("spec", selector), label),),
        at_most="warning",
        note=note or "compare its labels and its namespace with the selectors of Prometheus",
    )


def _servers(relations: Relations) -> list[Resource]:
    """Return what may select monitors, as it is written."""
    return [item for item in relations.of_kind(f"{_GROUP}/Prometheus") if not item.may_be_patched("spec")]
