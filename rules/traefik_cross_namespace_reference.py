"""What Traefik refuses unless its configuration allows it: other namespaces, and Services outside the cluster.

Source: docs/content/reference/install-configuration/providers/kubernetes of github.com/traefik/traefik.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    FieldPath,
    NamedTuple,
    Problem,
    RelatedPlace,
    Resource,
    Severity,
    as_dict,
    as_list,
    as_text,
    regex,
)

_GROUPS = ("traefik.io", "traefik.containo.us")
_CONFIGURING = (
    ("helm.cattle.io", "HelmChartConfig"),
    ("helm.cattle.io", "HelmChart"),
    ("helm.toolkit.fluxcd.io", "HelmRelease"),
    ("argoproj.io", "Application"),
    ("apps", "Deployment"),
    ("apps", "DaemonSet"),
)
_MORE_ELSEWHERE = regex(r"\b(valuesFrom|valueFiles|valuesSecrets|configMap|configFile):?|--configfile", re.IGNORECASE)
"""Where a part of the configuration of Traefik lies in another place, which nobody has read."""
_REFERENCE = "docs/platform-reference.md"


class _Reference(NamedTuple):
    """One name in a Traefik object that says a namespace, or that names the CRD provider itself."""

    path: FieldPath
    kind: str
    name: str
    namespace: str | None


class _Answer(NamedTuple):
    """Whether Traefik refuses something, how sure that is, and how it is known."""

    is_refused: bool
    at_most: Severity | None
    note: str


def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every object of another namespace that a Traefik object names."""
    own = resource.namespace
    if resource.group not in _GROUPS or own is None or _is_open(own):
        return
    far = [item for item in _references(resource) if _is_far(item, own)]
    answer = context.once("answer", lambda: _refuses("allowCrossNamespace", context)) if far else None
    if answer is None or not answer.is_refused:
        return
    for reference in far:
        place = resource.place(*reference.path)
        if reference.namespace is None:
            message = f"Traefik refuses a reference to {reference.name} unless other namespaces are allowed"
        else:
            message = f'{resource.id} lies in namespace "{own}" and names {reference.kind} "{reference.name}" in '
            message += f'namespace "{reference.namespace}", which Traefik refuses'
        label = "allowCrossNamespace is false"
        yield Problem(message, place, label, at_most=answer.at_most, note=answer.note)


def check_external_names(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every ExternalName Service to which Traefik is to send requests."""
    if not _is_for_traefik(resource):
        return
    links = context.relations.related(resource, "targets", kinds=("Service",)).places
    external = [link for link in links if link.item.get("spec", "type") == "ExternalName"]
    answer = context.once("answer", lambda: _refuses("allowExternalNameServices", context)) if external else None
    if answer is None or not answer.is_refused:
        return
    for link in external:
        place = link.item.place("spec", "type")
        yield Problem(
            f'{resource.id} sends requests to Service "{link.item.name}" of type ExternalName, which Traefik refuses',
            resource.place(*link.path),
            "allowExternalNameServices is false",
            (RelatedPlace(place, "of this type"),),
            at_most=answer.at_most,
            note=answer.note,
        )


def _references(resource: Resource) -> Iterator[_Reference]:
    spec = as_dict(resource.get("spec"))
    if resource.kind.startswith("IngressRoute"):
        for index, item in enumerate(as_list(spec.get("routes"))):
            base: FieldPath = ("spec", "routes", index)
            yield from _listed((*base, "middlewares"), as_dict(item).get("middlewares"), "Middleware")
            yield from _listed((*base, "services"), as_dict(item).get("services"), "Service")
        tls = as_dict(spec.get("tls"))
        yield from _listed(("spec", "tls"), {"options": tls.get("options")}, "TLSOption")
    elif resource.kind == "Middleware":
        chain = as_dict(spec.get("chain"))
        yield from _listed(("spec", "chain", "middlewares"), chain.get("middlewares"), "Middleware")
        yield from _listed(("spec", "errors"), {"service": as_dict(spec.get("errors")).get("service")}, "Service")
    elif resource.kind == "TraefikService":
        weighted = as_dict(spec.get("weighted"))
        yield from _listed(("spec", "weighted", "services"), weighted.get("services"), "Service")


def _listed(path: FieldPath, values: Any, kind: str) -> Iterator[_Reference]:
    pairs: Any = values.items() if isinstance(values, dict) else enumerate(as_list(values))
    for key, value in pairs:
        item = as_dict(value)
        name, namespace = as_text(item.get("name")), as_text(item.get("namespace"))
        stated = as_text(item.get("kind")) or kind
        if namespace:
            yield _Reference((*path, key, "namespace"), stated, name, namespace)
        elif name.endswith("@kubernetescrd"):
            yield _Reference((*path, key, "name"), stated, name, None)


def _is_far(reference: _Reference, own: str) -> bool:
    if "@" in reference.name and not reference.name.endswith("@kubernetescrd"):
        return False
    return reference.namespace is None or (reference.namespace != own and not _is_open(reference.namespace))


def _is_open(text: str) -> bool:
    return any(mark in text for mark in "${}<>%")


def _is_for_traefik(resource: Resource) -> bool:
    if resource.group in _GROUPS:
        return True
    name = resource.get("spec", "ingressClassName") or resource.annotations.get("kubernetes.io/ingress.class") or ""
    return "traefik" in str(name) or any(
        key.startswith("traefik.ingress.kubernetes.io/") for key in resource.annotations
    )


def _refuses(option: str, context: Context) -> _Answer:
    """Return whether Traefik refuses what ``option`` would allow; it does so unless it is told otherwise.

    The platform reference settles it. Without it the configuration of Traefik counts, where that is among the
    manifests; where neither is known, nothing is.
    """
    fact = context.platform.get(f"traefik.{option}")
    if fact is not None:
        return _Answer(fact.value is False, None, "")
    allowed = re.compile(rf"{option}\W{{1,8}}true|{option.lower()}(?![\w=:\"' ]*false)", re.IGNORECASE)
    configuration = list(_configuration(context))
    texts = [item.document.text for item in configuration]
    if any(allowed.search(text) or _MORE_ELSEWHERE.search(text) for text in texts):
        return _Answer(False, None, "")
    return _Answer(bool(texts), "warning", f"say traefik.{option} in {_REFERENCE} to settle it")


def _configuration(context: Context) -> Iterator[Resource]:
    """Yield the objects of the project that install or configure Traefik."""
    relations = context.relations
    for group, kind in _CONFIGURING:
        for item in (*relations.of_kind(kind), *relations.elsewhere(group, kind)):
            if item.group == group and _is_about_traefik(item):
                yield item


def _is_about_traefik(item: Resource) -> bool:
    if item.kind == "HelmRelease":
        return item.get("spec", "chart", "spec", "chart") == "traefik" or item.name == "traefik"
    if item.kind == "Application":
        sources = [as_dict(item.get("spec", "source")), *map(as_dict, as_list(item.get("spec", "sources")))]
        return any(source.get("chart") == "traefik" for source in sources)
    if item.pod_template is not None:
        images = [container.image.partition("@")[0].partition(":")[0] for container in item.pod_template.containers]
        return any(image.rpartition("/")[2] == "traefik" for image in images)
    return item.name == "traefik" or item.get("spec", "chart") in ("traefik", "traefik/traefik")
