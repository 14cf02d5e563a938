"""Routes of an AlertmanagerConfig that wait for alerts of another namespace than its own.

Source: pkg/alertmanager/amcfg.go of github.com/prometheus-operator/prometheus-operator: with the strategy OnNamespace,
the default, every route gets the matcher ``namespace="<namespace of the object>"``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import Context, FieldPath, Problem, Resource, as_dict, as_list, needs_words, regex

_STRATEGY = "alertmanagerConfigMatcherStrategy"
_PLACEHOLDER = regex(r"[$<>{}%]")


@needs_words("matchers")
def check(config: Resource, context: Context) -> Iterator[Problem]:
    """Yield a warning for each matcher on another namespace, unless an Alertmanager here lifts the restriction."""
    namespace = config.namespace
    if config.is_patch or not namespace or _PLACEHOLDER.search(namespace):
        return
    if context.once("lifted", lambda: _is_lifted(context)):
        return
    for path, matcher in _matchers(("spec", "route"), config.get("spec", "route")):
        value = matcher.get("value")
        is_equal = matcher.get("matchType", "=") == "=" and matcher.get("regex") is not True
        if matcher.get("name") != "namespace" or not is_equal or not isinstance(value, str):
            continue
        if value == namespace or not value or _PLACEHOLDER.search(value):
            continue
        yield Problem(
            f'this route of "{config.name}" waits for alerts of "{value}", but gets only those of "{namespace}"',
            config.place(*path, "value"),
            label=f'the operator adds namespace="{namespace}"',
            note=f"put the object into {value}, or set {_STRATEGY} of the Alertmanager to type: None",
        )


def _matchers(path: FieldPath, route: Any) -> Iterator[tuple[FieldPath, dict[str, Any]]]:
    for index, item in enumerate(as_list(as_dict(route).get("matchers"))):
        yield (*path, "matchers", index), as_dict(item)
    for index, item in enumerate(as_list(as_dict(route).get("routes"))):
        yield from _matchers((*path, "routes", index), item)


def _is_lifted(context: Context) -> bool:
    """Return whether an Alertmanager, or the values of a chart, say that other namespaces count as well."""
    relations = context.relations
    found = [
        *relations.of_kind("monitoring.coreos.com/Alertmanager", "helm.toolkit.fluxcd.io/HelmRelease"),
        *relations.elsewhere("monitoring.coreos.com", "Alertmanager"),
        *relations.elsewhere("helm.toolkit.fluxcd.io", "HelmRelease"),
    ]
    return any(_STRATEGY in str(item.data) for item in found)
