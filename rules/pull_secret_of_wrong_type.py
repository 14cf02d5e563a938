"""Finds Secrets that are meant for pulling images and are not of a type that the kubelet reads."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    Problem,
    RelatedPlace,
    Resource,
    as_dict,
    as_text,
    grouped,
    needs_words,
)

_TYPES = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")
_KEY = ".dockerconfigjson"


@needs_words("imagePullSecrets")
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each name under imagePullSecrets that leads to a Secret of another type."""
    relations = context.relations
    for reference in relations.references(resource, "Secret") if not resource.is_patch else ():
        if "imagePullSecrets" not in reference.path or reference.state != "found":
            continue
        if reference.name in context.once("generated", lambda: _generated(context)):
            continue
        place = resource.place(*reference.path)
        if len(reference.items) == 1:
            secret = reference.items[0]
            data = {**as_dict(secret.get("data")), **as_dict(secret.get("stringData"))}
            if not data or secret.get("type") in _TYPES or secret.may_be_patched("type"):
                continue
            written = as_text(secret.get("type")) or "Opaque"
            edit = Edit("set", secret.place("type"), _TYPES[0])
            yield Problem(
                f'Secret "{reference.name}" is of type {written}, and the kubelet pulls no image with that',
                place,
                "passed over without a word",
                (RelatedPlace(secret.place("type"), f"should be {_TYPES[0]}"),),
                Fix(f"set its type to {_TYPES[0]}", (edit,), "unsafe") if _KEY in data else None,
                note="the type of a Secret cannot be changed: delete it before you apply",
            )
        elif not reference.items:
            found = [item for item in _makers_of(reference.name, context) if _is_near(item, resource)]
            if len(found) == 1 and found[0].get(*_type_route(found[0])) is None:
                route = _type_route(found[0])
                yield Problem(
                    f"{found[0].id} makes a Secret of type Opaque, and the kubelet pulls no image with that",
                    place,
                    "passed over without a word",
                    (RelatedPlace(found[0].place(*route), f"{'.'.join(map(str, route))} is missing"),),
                    at_most="warning",
                )


def _generated(context: Context) -> set[str]:
    """Return the names of the Secrets that kustomize generates."""
    return {item.name for item in context.scope.generated if item.kind == "Secret"}


def _makers_of(name: str, context: Context) -> list[Resource]:
    """Return the objects that make a Secret of this name, in any namespace."""
    makers = context.relations.of_kind("external-secrets.io/ExternalSecret", "bitnami.com/SealedSecret")
    return context.once("makers", lambda: grouped(makers, _made)).get(name, [])


def _made(maker: Resource) -> str:
    """Return the name of the Secret about which ``maker`` alone decides; empty where others take part."""
    spec = as_dict(maker.get("spec"))
    if maker.kind == "ExternalSecret":
        target = as_dict(spec.get("target"))
        is_own = target.get("creationPolicy") not in ("Merge", "None")
        return (as_text(target.get("name")) or maker.original_name) if is_own else ""
    return as_text(as_dict(as_dict(spec.get("template")).get("metadata")).get("name")) or maker.original_name


def _is_near(maker: Resource, near: Resource) -> bool:
    return maker.namespace == near.namespace and not maker.may_be_patched("spec")


def _type_route(maker: Resource) -> tuple[str, ...]:
    return ("spec", "target", "template", "type") if maker.kind == "ExternalSecret" else ("spec", "template", "type")
