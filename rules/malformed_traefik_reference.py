"""Annotations that name a Traefik object in a way that Traefik does not understand.

Traefik knows the objects of its CRDs by one name that is made of namespace and name, ``apps-auth@kubernetescrd``.
Sources: issues 6807 and 6506 of github.com/traefik/traefik.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    NamedTuple,
    Place,
    Problem,
    RelatedPlace,
    Resource,
    Severity,
    needs_words,
)

_PREFIX = "traefik.ingress.kubernetes.io/"
_KINDS = {
    f"{_PREFIX}router.middlewares": "Middleware",
    f"{_PREFIX}router.tls.options": "TLSOption",
    f"{_PREFIX}service.serverstransport": "ServersTransport",
}
_GROUPS = ("traefik.io", "traefik.containo.us")
_PROVIDER = "kubernetescrd"
_ALMOST = frozenset({"kubernetes-crd", "kuberntescrd", "kubernetesscrd", "kubernetes-crds", "kubernetescrds", "crd"})
_PLACEHOLDERS = "${}<>%"


class _Fault(NamedTuple):
    """What is wrong with one reference; ``new`` is the reference as it should be, None where nobody can tell."""

    message: str
    label: str
    new: str | None = None
    meant: Resource | None = None
    at_most: Severity | None = None


@needs_words(tuple(_KINDS))
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every reference in an annotation of Traefik that leads nowhere."""
    for key, kind in _KINDS.items():
        text = resource.annotations.get(key)
        if not text or resource.get("metadata", "annotations", key) != text:
            continue
        place = resource.place("metadata", "annotations", key)
        for reference in filter(None, (part.strip() for part in text.split(","))):
            fault = None if any(mark in reference for mark in _PLACEHOLDERS) else _fault(reference, kind, context)
            if fault is not None:
                yield _problem(fault, reference, place)


def _problem(fault: _Fault, reference: str, place: Place) -> Problem:
    fix = None
    if fault.new is not None:
        fix = Fix(f"write {fault.new}", (Edit("replace", place, fault.new, reference),), "unsafe")
    related: tuple[RelatedPlace, ...] = ()
    if fault.meant is not None:
        related = (RelatedPlace(fault.meant.place("metadata", "name"), "this one is meant"),)
    return Problem(fault.message, place, fault.label, related, fix, fault.at_most)


def _fault(reference: str, kind: str, context: Context) -> _Fault | None:
    name, mark, provider = reference.partition("@")
    if not mark:
        if kind != "Middleware":
            return None
        return _whole(name, kind, context, f'"{reference}" names no provider')
    if provider != _PROVIDER:
        if provider.lower() != _PROVIDER and provider.lower() not in _ALMOST:
            return None
        return _whole(name, kind, context, f'"{reference}" names a provider that does not exist')
    if "/" in name:
        return _whole(name, kind, context, f'"{reference}" joins namespace and name by a slash')
    found = [item for item in _objects(kind, context) if item.name]
    if any(_full_name(item) in (None, name) and name.endswith(item.name) and name != item.name for item in found):
        return None
    same = [item for item in found if item.name == name]
    if "-" not in name or same:
        is_sure = "-" not in name or not _may_start_with_namespace(name, context)
        fault = _whole(name, kind, context, f'"{reference}" does not name the namespace of the {kind}')
        return fault if is_sure else fault._replace(at_most="warning")
    return None


def _whole(name: str, kind: str, context: Context, message: str) -> _Fault:
    """Return the fault with the full name of the object that is meant, where exactly one fits."""
    namespace, slash, rest = name.rpartition("/")
    fitting = [
        item
        for item in _objects(kind, context)
        if item.namespace
        and ((item.name == rest and (not slash or item.namespace == namespace)) or _full_name(item) == name)
    ]
    if len({_full_name(item) for item in fitting}) != 1:
        return _Fault(f"{message}, so the route is not built", f"write <namespace>-<name>@{_PROVIDER}")
    full = f"{_full_name(fitting[0])}@{_PROVIDER}"
    return _Fault(f"{message}, so the route is not built", f"write {full}", full, fitting[0])


def _objects(kind: str, context: Context) -> list[Resource]:
    return context.once(kind, lambda: _all_objects(kind, context))


def _all_objects(kind: str, context: Context) -> list[Resource]:
    relations = context.relations
    here = [item for item in relations.of_kind(kind) if item.group in _GROUPS]
    return here + [item for group in _GROUPS for item in relations.elsewhere(group, kind)]


def _full_name(item: Resource) -> str | None:
    """Return the name that Traefik gives an object, None where its namespace is not known."""
    return f"{item.namespace}-{item.name}" if item.namespace else None


def _may_start_with_namespace(name: str, context: Context) -> bool:
    """Return whether a namespace that the scope knows could be the beginning of ``name``."""
    known = context.once("namespaces", lambda: _namespaces(context))
    return any(mark == "-" and name[:index] in known for index, mark in enumerate(name))


def _namespaces(context: Context) -> set[str]:
    known = {item.namespace for item in context.scope.resources if item.namespace}
    return known | {item.name for item in context.relations.of_kind("Namespace")} | {"default", "kube-system"}
