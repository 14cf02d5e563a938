"""Certificates and annotations that name an Issuer where a ClusterIssuer is meant, and the other way round.

Source: docs/usage/certificate and docs/usage/ingress of cert-manager.io, pkg/controller/certificate-shim/sync.go of
github.com/cert-manager/cert-manager.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    NamedTuple,
    Problem,
    RelatedPlace,
    Resource,
    Severity,
    as_dict,
    as_text,
    needs_words,
)

_GROUP = "cert-manager.io"
_ISSUER, _CLUSTER_ISSUER = f"{_GROUP}/issuer", f"{_GROUP}/cluster-issuer"


class _Wanted(NamedTuple):
    """An issuer that an object names: its kind, its name, and the edits that would name the other kind."""

    kind: str
    name: str
    path: tuple[str, ...]
    edits: tuple[Edit, ...]


@needs_words(("issuerRef", _ISSUER, _CLUSTER_ISSUER))
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where only the other kind of issuer has the name that is meant."""
    wanted = _wanted(resource)
    if wanted is None or any(mark in wanted.name for mark in "${}<>%") or resource.may_be_patched(*wanted.path):
        return
    if resource.is_patch or _find(wanted.kind, wanted.name, resource, context):
        return
    other = "Issuer" if wanted.kind == "ClusterIssuer" else "ClusterIssuer"
    found = _find(other, wanted.name, resource, context)
    if not found:
        if wanted.kind == "Issuer":
            yield from _in_other_namespace(wanted, resource, context)
        return
    here = context.once("here", lambda: {id(item) for item in context.scope.resources})
    is_here = any(id(item) in here for item in found)
    known = context.relations.named(wanted.kind, wanted.name, resource, _GROUP)
    limit: Severity | None = None if is_here and known.state == "absent" else "warning"
    yield Problem(
        f'{resource.id} asks for {_with_article(wanted.kind)} "{wanted.name}", and "{wanted.name}" is '
        f"{_with_article(other)}",
        resource.place(*wanted.path),
        f"{other} is meant" if wanted.path[-1] != "name" else "without kind, this is the name of an Issuer",
        (RelatedPlace(found[0].place("kind"), f"{_with_article(other)} of this name"),),
        Fix(f"name the {other}", wanted.edits, "unsafe"),
        limit,
    )


def _in_other_namespace(wanted: _Wanted, resource: Resource, context: Context) -> Iterator[Problem]:
    others = [item for item in _all("Issuer", context).get(wanted.name, ()) if item.name == wanted.name]
    if not others or resource.namespace is None or any(item.namespace is None for item in others):
        return
    places = sorted({str(item.namespace) for item in others})
    yield Problem(
        f'{resource.id} in namespace "{resource.namespace}" asks for Issuer "{wanted.name}", which is in '
        f'namespace "{places[0]}"',
        resource.place(*wanted.path),
        "an Issuer serves its own namespace only",
        (RelatedPlace(others[0].place("metadata", "namespace"), "it lies here"),),
        at_most="warning",
        note="write a ClusterIssuer, or an Issuer in each namespace",
    )


def _wanted(resource: Resource) -> _Wanted | None:
    if resource.kind == "Certificate":
        reference = as_dict(resource.get("spec", "issuerRef"))
        kind = as_text(reference.get("kind")) or "Issuer"
        if reference.get("group", _GROUP) not in (_GROUP, "") or kind not in ("Issuer", "ClusterIssuer"):
            return None
        other = "Issuer" if kind == "ClusterIssuer" else "ClusterIssuer"
        path = ("spec", "issuerRef", "kind" if "kind" in reference else "name")
        edit = Edit("set", resource.place("spec", "issuerRef", "kind"), other)
        return _Wanted(kind, as_text(reference.get("name")), path, (edit,)) if reference.get("name") else None
    keys = resource.annotations
    if f"{_GROUP}/issuer-kind" in keys or f"{_GROUP}/issuer-group" in keys:
        return None
    if (_ISSUER in keys) == (_CLUSTER_ISSUER in keys):
        return None
    key, new = (_ISSUER, _CLUSTER_ISSUER) if _ISSUER in keys else (_CLUSTER_ISSUER, _ISSUER)
    path = ("metadata", "annotations", key)
    edit = Edit("rename", resource.place(*path), new)
    return _Wanted("Issuer" if key == _ISSUER else "ClusterIssuer", keys[key], path, (edit,))


def _all(kind: str, context: Context) -> dict[str, list[Resource]]:
    """Return the issuers of a kind by name, as written and as the cluster sees it."""
    return context.once(kind, lambda: _by_name(kind, context))


def _by_name(kind: str, context: Context) -> dict[str, list[Resource]]:
    here = [item for item in context.relations.of_kind(kind) if item.group == _GROUP]
    found: dict[str, list[Resource]] = {}
    for item in here + context.relations.elsewhere(_GROUP, kind):
        for name in {item.name, item.original_name}:
            found.setdefault(name, []).append(item)
    return found


def _find(kind: str, name: str, near: Resource, context: Context) -> list[Resource]:
    """Return the issuers of a kind and name that ``near`` could use; an unknown namespace may be the right one."""
    found = _all(kind, context).get(name, [])
    if kind == "ClusterIssuer":
        return found
    return [item for item in found if item.namespace == near.namespace or None in (item.namespace, near.namespace)]


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind == "Issuer" else f"a {kind}"
