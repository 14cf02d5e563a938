"""HelmChartConfigs that no HelmChart takes up, because name or namespace differ.

Source: docs/add-ons/helm.md of github.com/k3s-io/docs.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, Resource

_SYSTEM = "kube-system"


def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for a HelmChartConfig of a chart that k3s or RKE2 brings along, in a wrong place."""
    charts = context.once("charts", lambda: _charts(resource.group, context))
    packaged = [name for name in context.params["packaged"] if isinstance(name, str)]
    if resource.name in charts or any(mark in resource.name for mark in "${}<>%"):
        return
    is_packaged = resource.name in packaged or resource.name.startswith("rke2-")
    if is_packaged and resource.namespace != _SYSTEM:
        yield _wrong_namespace(resource)
    elif not is_packaged and resource.namespace == _SYSTEM:
        meant = [name for name in packaged if resource.name.startswith(f"{name}-")]
        if meant:
            chart = meant[0]
            place = resource.place("metadata", "name")
            yield Problem(
                f'no chart is called "{resource.name}", so this configuration of "{chart}" is never read',
                place,
                "the name of the chart is meant",
                fix=Fix(f"write {chart}", (Edit("set", place, chart),), "unsafe"),
            )


def _charts(group: str, context: Context) -> set[str]:
    """Return the names of the HelmCharts of the project."""
    here = [item for item in context.relations.of_kind("HelmChart") if item.group == group]
    return {item.name for item in (*here, *context.relations.elsewhere(group, "HelmChart"))}


def _wrong_namespace(resource: Resource) -> Problem:
    message = f'the chart "{resource.name}" lies in {_SYSTEM}, '
    if resource.namespace is None:
        return Problem(
            f"{message}and this configuration of it names no namespace",
            resource.place("metadata", "name"),
            f"add namespace: {_SYSTEM}",
            fix=Fix(
                f"add namespace: {_SYSTEM}", (Edit("set", resource.place("metadata", "namespace"), _SYSTEM),), "unsafe"
            ),
            at_most="warning",
        )
    place = resource.place("metadata", "namespace")
    fix = None
    if resource.namespace == resource.original_namespace:
        fix = Fix(f"write {_SYSTEM}", (Edit("set", place, _SYSTEM),), "unsafe")
    return Problem(
        f'{message}so this configuration in "{resource.namespace}" is never read', place, f"{_SYSTEM} is meant", fix=fix
    )
