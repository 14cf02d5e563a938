"""ServiceMonitors that select no Service, although the one that was meant is there.

Source: Documentation/platform/troubleshooting.md of github.com/prometheus-operator/prometheus-operator.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    Problem,
    RelatedPlace,
    Relations,
    Resource,
    as_dict,
    from_label_selector,
    grouped,
    string_map,
)

_OF_THE_API_SERVER = {"component": "apiserver", "provider": "kubernetes"}
"""Labels of the Service ``kubernetes`` in namespace ``default``, which every cluster has."""


class _Services:
    """The Services of the scope, by each label that they have and by each that they select."""

    def __init__(self, relations: Relations) -> None:
        known = [item for item in relations.of_kind("Service") if not relations.is_ambiguous(item)]
        labels = [(pair, item) for item in known for pair in item.labels.items()]
        selected = [(pair, item) for item in known for pair in string_map(item.get("spec", "selector")).items()]
        self.by_label = _second_by_first(labels)
        self.by_selector = _second_by_first(selected)


def _second_by_first(pairs: list[tuple[tuple[str, str], Resource]]) -> dict[tuple[str, str], list[Resource]]:
    found = grouped(pairs, lambda pair: pair[0])
    return {key: [item for _, item in items] for key, items in found.items()}


def check(monitor: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where certainly no Service matches; an info where none is in sight that was meant."""
    relations = context.relations
    if relations.is_ambiguous(monitor) or relations.related(monitor, "selects", kinds=("Service",)).state != "absent":
        return
    selector = from_label_selector(monitor.get("spec", "selector"))
    pairs = string_map(monitor.get("spec", "selector", "matchLabels"))
    if not pairs or pairs.items() <= _OF_THE_API_SERVER.items():
        return
    place = monitor.place("spec", "selector", "matchLabels", next(iter(pairs)))
    services = context.once("services", lambda: _Services(relations))
    first = next(iter(pairs.items()))
    for service in services.by_label.get(first, ()):
        if service.namespace == monitor.namespace or not selector.matches(service.labels):
            continue
        if monitor.get("spec", "namespaceSelector") is None and service.namespace and monitor.namespace:
            where = monitor.place("spec", "namespaceSelector", "matchNames")
            yield Problem(
                f'ServiceMonitor "{monitor.name}" looks for Services in its own namespace "{monitor.namespace}" only',
                place,
                label="selects no Service",
                related=(RelatedPlace(service.place("metadata", "namespace"), "the Service is in this namespace"),),
                fix=Fix(f"look in {service.namespace}", (Edit("set", where, [service.namespace]),), "unsafe"),
                note="name the other namespace in namespaceSelector.matchNames",
            )
            return
    for service in services.by_selector.get(first, ()):
        if not _is_in_reach(monitor, service):
            continue
        if selector.matches(string_map(service.get("spec", "selector"))) and not service.labels.keys() & pairs.keys():
            missing = {key: value for key, value in pairs.items() if service.labels.get(key) != value}
            edits = tuple(
                Edit("set", service.place("metadata", "labels", key), value) for key, value in missing.items()
            )
            shown = ", ".join(f"{key}: {value}" for key, value in missing.items())
            yield Problem(
                f'ServiceMonitor "{monitor.name}" selects no Service: "{service.name}" itself lacks {shown}',
                place,
                label="compared with the labels of Services, not with those of pods",
                related=(RelatedPlace(service.place("metadata"), "the labels of the Service stand here"),),
                fix=Fix(f"label the Service with {shown}", edits, "unsafe"),
            )
            return
    shown = ", ".join(f"{key}: {value}" for key, value in pairs.items())
    yield Problem(
        f'ServiceMonitor "{monitor.name}" selects no Service: none of the manifests here has the labels {shown}',
        place,
        label="selects no Service",
        at_most="info",
    )


def _is_in_reach(monitor: Resource, service: Resource) -> bool:
    spaces = as_dict(monitor.get("spec", "namespaceSelector"))
    names = spaces.get("matchNames")
    if spaces.get("any") is True:
        return True
    if isinstance(names, list) and names:
        return service.namespace in names
    return service.namespace == monitor.namespace
