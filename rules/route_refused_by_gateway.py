"""Routes that no listener of their Gateway takes, and references across namespaces that nobody has granted.

Sources: apis/v1/gateway_types.go and shared_types.go of github.com/kubernetes-sigs/gateway-api.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    FieldPath,
    NamedTuple,
    Place,
    Problem,
    RelatedPlace,
    Relations,
    Resource,
    Severity,
    as_dict,
    as_list,
    as_text,
    from_label_selector,
    grouped,
    needs_words,
)

_GROUP = "gateway.networking.k8s.io"
_NAME_LABEL = "kubernetes.io/metadata.name"


class _Listener(NamedTuple):
    """One listener of a Gateway and why it refuses a route; "" where it takes it or where that is not known."""

    data: dict[str, Any]
    position: int
    refusal: str


class _Said(NamedTuple):
    """What a ReferenceGrant says: group, kind and namespace of origins; group, kind and name of targets."""

    is_open: bool
    origins: tuple[tuple[str | None, str | None, str | None], ...]
    targets: tuple[tuple[str, str | None, str | None], ...]


class _Grants(NamedTuple):
    """The first ReferenceGrants of a namespace, and what all of them say, each once."""

    first: tuple[Resource, ...]
    said: tuple[_Said, ...]


class _Far(NamedTuple):
    """One name of an object in another namespace, as a ReferenceGrant would allow it."""

    path: FieldPath
    group: str
    kind: str
    name: str
    namespace: str


@needs_words("parentRefs")
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every parent that is a known Gateway none of whose listeners takes the route."""
    if resource.is_patch or context.relations.is_ambiguous(resource):
        return
    for index, item in enumerate(as_list(resource.get("spec", "parentRefs"))):
        reference = as_dict(item)
        path: FieldPath = ("spec", "parentRefs", index)
        if (as_text(reference.get("kind")) or "Gateway") != "Gateway" or resource.may_be_patched(*path):
            continue
        gateway, limit = _gateway(reference, resource, context)
        if gateway is not None and not gateway.may_be_patched("spec", "listeners"):
            problem = _refused(resource, path, reference, gateway, context)
            if problem is not None:
                yield problem._replace(at_most=limit)


@needs_words("namespace")
def check_grants(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every object of another namespace that a route or Gateway names without a grant."""
    own = resource.namespace
    if own is None or _is_open(own) or resource.is_patch:
        return
    for far in _far_names(resource):
        if far.namespace == own or _is_open(far.namespace) or resource.may_be_patched(*far.path):
            continue
        there = _grants_for(far.namespace, context)
        if any(_grants(grant, resource, own, far) for grant in there.said):
            continue
        is_sure = _holds(far, context)
        related = tuple(RelatedPlace(item.place("spec"), "grants other references") for item in there.first)
        yield Problem(
            f'{resource.id} in namespace "{own}" names {far.kind} "{far.name}" of namespace "{far.namespace}", which '
            "no ReferenceGrant there allows",
            resource.place(*far.path),
            f'needs a ReferenceGrant in "{far.namespace}"',
            related,
            at_most=None if is_sure else "warning",
            note=f"from: {_GROUP} {resource.kind} of namespace {own}; to: {far.group or 'core'} {far.kind}",
        )


def _gateway(reference: dict[str, Any], route: Resource, context: Context) -> tuple[Resource | None, Severity | None]:
    """Return the Gateway that a parent reference means, and how bad a problem with it may be.

    One of another scope counts only where it is the only one of its name and namespace in the project.
    """
    name, namespace = as_text(reference.get("name")), as_text(reference.get("namespace")) or route.namespace
    if not name or _is_open(name):
        return None, None
    found = context.relations.find("Gateway", name, namespace, _GROUP)
    if len(found.items) == 1:
        return found.items[0], None
    elsewhere = context.once("gateways", lambda: _far_gateways(context))
    others = elsewhere.get((name, namespace), [])
    is_only = not found.items and namespace is not None and len(others) == 1
    return (others[0], "warning") if is_only else (None, None)


def _far_gateways(context: Context) -> dict[tuple[str, str | None], list[Resource]]:
    """Return the Gateways of other scopes by name and namespace."""
    return grouped(context.relations.elsewhere(_GROUP, "Gateway"), lambda item: (item.name, item.namespace))


def _grants_for(namespace: str, context: Context) -> _Grants:
    """Return the ReferenceGrants that lie, or may lie, in a namespace."""
    return context.once(("grants", namespace), lambda: _read_grants(namespace, context))


def _read_grants(namespace: str, context: Context) -> _Grants:
    found = context.once("grants", lambda: _all_grants(context))
    pairs = sorted([*found.get(namespace, ()), *found.get(None, ())], key=lambda pair: pair[0])
    grants = [item for _, item in pairs]
    return _Grants(tuple(grants[:2]), tuple(dict.fromkeys(map(_said, grants))))


def _all_grants(context: Context) -> dict[str | None, list[tuple[int, Resource]]]:
    """Return all ReferenceGrants with their positions, by namespace; under None those of which it is not known."""
    relations = context.relations
    here = [item for item in relations.of_kind("ReferenceGrant") if item.group == _GROUP]
    everywhere = enumerate([*here, *relations.elsewhere(_GROUP, "ReferenceGrant")])
    return grouped(everywhere, lambda pair: None if _is_open(pair[1].namespace) else pair[1].namespace)


def _refused(
    route: Resource, path: FieldPath, reference: dict[str, Any], gateway: Resource, context: Context
) -> Problem | None:
    listeners = [as_dict(item) for item in as_list(gateway.get("spec", "listeners"))]
    section, port = reference.get("sectionName"), reference.get("port")
    if not listeners or any(_is_open(item) for item in (section, port) if isinstance(item, str)):
        return None
    meant = [
        (position, item)
        for position, item in enumerate(listeners)
        if section in (None, item.get("name")) and port in (None, item.get("port"))
    ]
    if not meant:
        return _no_listener(route, path, reference, gateway, listeners)
    judged = [_Listener(item, position, _refusal(item, gateway, route, context)) for position, item in meant]
    if not all(item.refusal for item in judged):
        return None
    first = judged[0]
    place = route.place(*path, "sectionName" if section else "namespace" if "namespace" in reference else "name")
    if first.refusal.startswith("hostname"):
        place = route.place("spec", "hostnames", 0)
    label = (
        f'listener "{first.data.get("name")}" {first.refusal}' if len(judged) == 1 else "all its listeners refuse it"
    )
    related = tuple(
        RelatedPlace(_place_of(gateway, item), f"{item.data.get('name')}: {item.refusal}") for item in judged[:3]
    )
    in_namespace = f' of namespace "{route.namespace}"' if route.namespace else ""
    return Problem(f"{gateway.id} does not take {route.id}{in_namespace}: {first.refusal}", place, label, related)


def _place_of(gateway: Resource, listener: _Listener) -> Place:
    field = "hostname" if listener.refusal.startswith("hostname") else "allowedRoutes"
    if field not in listener.data:
        field = "name"
    return gateway.place("spec", "listeners", listener.position, field)


def _no_listener(
    route: Resource, path: FieldPath, reference: dict[str, Any], gateway: Resource, listeners: list[dict[str, Any]]
) -> Problem | None:
    names = [as_text(item.get("name")) for item in listeners]
    if any(_is_open(name) for name in names) or any(isinstance(item.get("port"), str) for item in listeners):
        return None
    field = "sectionName" if reference.get("sectionName") and reference["sectionName"] not in names else "port"
    there = names if field == "sectionName" else [str(item.get("port")) for item in listeners]
    what = "name" if field == "sectionName" else "port"
    return Problem(
        f"{gateway.id} has no listener of the {what} {reference.get(field)}",
        route.place(*path, field),
        f"it has {', '.join(there[:5])}",
        (RelatedPlace(gateway.place("spec", "listeners"), "its listeners"),),
    )


def _refusal(listener: dict[str, Any], gateway: Resource, route: Resource, context: Context) -> str:
    allowed = as_dict(listener.get("allowedRoutes"))
    kinds = [as_dict(item).get("kind") for item in as_list(allowed.get("kinds"))]
    if kinds and route.kind not in kinds:
        return f"takes only {', '.join(str(kind) for kind in kinds)}"
    return _namespace_refusal(as_dict(allowed.get("namespaces")), gateway, route, context) or _hostname_refusal(
        listener, route
    )


def _namespace_refusal(namespaces: dict[str, Any], gateway: Resource, route: Resource, context: Context) -> str:
    origin = as_text(namespaces.get("from")) or "Same"
    if origin == "None":
        return "takes no routes at all"
    if origin == "Same":
        if None in (gateway.namespace, route.namespace) or gateway.namespace == route.namespace:
            return ""
        if _is_open(gateway.namespace) or _is_open(route.namespace):
            return ""
        return f'takes only routes of its own namespace "{gateway.namespace}"'
    if origin != "Selector" or route.namespace is None or _is_open(route.namespace):
        return ""
    selector = from_label_selector(namespaces.get("selector"))
    labels = _labels_of_namespace(route.namespace, context)
    only_name = not selector.requirements and {key for key, _ in selector.pairs} == {_NAME_LABEL}
    if labels is None and not only_name:
        return ""
    found = {**(labels or {}), _NAME_LABEL: route.namespace}
    return f'does not select the labels of namespace "{route.namespace}"' if selector.verdict(found) == "no" else ""


def _labels_of_namespace(name: str, context: Context) -> dict[str, str] | None:
    """Return the labels of a namespace, None where they are not all known."""
    found = context.once("namespaces", lambda: _namespaces(context.relations)).get(name, [])
    if len(found) != 1 or found[0].may_be_patched("metadata", "labels"):
        return None
    return found[0].labels


def _namespaces(relations: Relations) -> dict[str, list[Resource]]:
    namespaces = (*relations.of_kind("Namespace"), *relations.elsewhere("", "Namespace"))
    return grouped(namespaces, lambda item: item.name)


def _hostname_refusal(listener: dict[str, Any], route: Resource) -> str:
    hostname = as_text(listener.get("hostname"))
    wanted = [item for item in as_list(route.get("spec", "hostnames")) if isinstance(item, str)]
    if not hostname or not wanted or _is_open(hostname) or any(map(_is_open, wanted)):
        return ""
    if any(_fits(item, hostname) for item in wanted):
        return ""
    return f"hostname {hostname} fits none of {', '.join(wanted[:3])}"


def _fits(one: str, other: str) -> bool:
    """Return whether two hostnames, each perhaps with a wildcard in front, have a name in common."""
    one, other = one.lower(), other.lower()
    if one == other:
        return True
    if one.startswith("*."):
        return other.endswith(one[1:]) or (other.startswith("*.") and one.endswith(other[1:]))
    return other.startswith("*.") and one.endswith(other[1:])


def _far_names(resource: Resource) -> Iterator[_Far]:
    spec = as_dict(resource.get("spec"))
    if resource.kind == "Gateway":
        for index, item in enumerate(as_list(spec.get("listeners"))):
            path: FieldPath = ("spec", "listeners", index, "tls", "certificateRefs")
            yield from _listed(path, as_dict(as_dict(item).get("tls")).get("certificateRefs"), "Secret")
        return
    for index, item in enumerate(as_list(spec.get("rules"))):
        rule = as_dict(item)
        base: FieldPath = ("spec", "rules", index)
        yield from _listed((*base, "backendRefs"), rule.get("backendRefs"), "Service")
        for number, entry in enumerate(as_list(rule.get("filters"))):
            mirror = as_dict(as_dict(entry).get("requestMirror")).get("backendRef")
            if isinstance(mirror, dict):
                yield from _listed((*base, "filters", number, "requestMirror"), {"backendRef": mirror}, "Service")


def _listed(path: FieldPath, values: Any, kind: str) -> Iterator[_Far]:
    pairs: Any = values.items() if isinstance(values, dict) else enumerate(as_list(values))
    for key, value in pairs:
        item = as_dict(value)
        name, namespace = as_text(item.get("name")), as_text(item.get("namespace"))
        if name and namespace:
            stated = as_text(item.get("kind")) or kind
            yield _Far((*path, key, "namespace"), as_text(item.get("group")), stated, name, namespace)


def _said(grant: Resource) -> _Said:
    origins = [as_dict(item) for item in as_list(grant.get("spec", "from"))]
    targets = [as_dict(item) for item in as_list(grant.get("spec", "to"))]
    return _Said(
        grant.may_be_patched("spec"),
        tuple((_plain(item.get("group")), _plain(item.get("kind")), _plain(item.get("namespace"))) for item in origins),
        tuple((as_text(item.get("group")), _plain(item.get("kind")), _plain(item.get("name"))) for item in targets),
    )


def _plain(value: Any) -> str | None:
    return value if isinstance(value, str) else None if not value else str(value)


def _grants(grant: _Said, resource: Resource, own: str, far: _Far) -> bool:
    """Return whether a ReferenceGrant allows a reference, or may do so once it is filled in."""
    if grant.is_open:
        return True
    is_from = any(
        group == resource.group and kind == resource.kind and (namespace == own or _is_open(namespace))
        for group, kind, namespace in grant.origins
    )
    return is_from and any(
        group == far.group and kind == far.kind and (not name or name == far.name or _is_open(name))
        for group, kind, name in grant.targets
    )


def _holds(far: _Far, context: Context) -> bool:
    """Return whether the project holds objects of the other namespace, so that a grant would be among them."""
    return context.scope.complete and far.namespace in context.once("spaces", lambda: _spaces(context))


def _spaces(context: Context) -> set[str | None]:
    return {item.namespace for item in context.scope.resources}


def _is_open(text: Any) -> bool:
    return isinstance(text, str) and any(mark in text for mark in "${}<>%")
