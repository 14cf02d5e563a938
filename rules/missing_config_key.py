"""Finds keys of ConfigMaps and Secrets that pods ask for and that are not there.

The keys are known where the object itself is among the manifests, or what makes it names them: a SealedSecret, an
ExternalSecret that lists them, a Certificate. An object without any key is one that somebody fills at run time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Container,
    Context,
    Edit,
    FieldPath,
    Fix,
    NamedTuple,
    Problem,
    RelatedPlace,
    Relations,
    Resource,
    as_dict,
    as_list,
    as_text,
    holding,
    needs_words,
    regex,
)

_FILLED_IN = regex(r"inject|trusted|merge|service-account-token", re.IGNORECASE)
"""Words in annotations, labels and types of objects to which a controller adds keys."""
_OF_CERTIFICATES = (
    "tls.crt", "tls.key", "ca.crt", "tls-combined.pem", "key.der",
    "keystore.jks", "truststore.jks", "keystore.p12", "truststore.p12",
)  # fmt: skip
_HOLDING = holding("ConfigMap", "Secret", "Certificate", "ExternalSecret", "SealedSecret")
"""What tells the keys of something."""
_KINDS = {"configMap": ("ConfigMap", "name"), "secret": ("Secret", "secretName")}


class Keys(NamedTuple):
    """The keys that an object has, and where it stands."""

    source: Resource
    names: tuple[str, ...]


@needs_words("key", ("configMap", "configMapKeyRef", "secret", "secretKeyRef"), _HOLDING)
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each key of a variable, or of the items of a volume, that its object does not have."""
    relations = context.relations
    for reference in relations.references(workload, "ConfigMap", "Secret") if not workload.is_patch else ():
        if reference.is_optional or reference.state != "found":
            continue
        wanted: list[tuple[FieldPath, str]] = []
        if reference.key:
            wanted.append(((*reference.path[:-1], "key"), reference.key))
        for index, item in enumerate(as_list(workload.get(*reference.path[:-1], "items"))):
            key = as_dict(item).get("key")
            if isinstance(key, str):
                wanted.append(((*reference.path[:-1], "items", index, "key"), key))
        keys = _keys(reference.kind, reference.name, workload, context) if wanted else None
        for path, key in wanted:
            if keys is not None and key not in keys.names and "$" not in key and not workload.may_be_patched(*path):
                message = f'{reference.kind} "{reference.name}" has no key "{key}"'
                yield _problem(message, workload, path, key, keys, "the container does not start")


@needs_words("subPath", ("configMap", "secret"), _HOLDING)
def check_sub_paths(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each ``subPath`` that is no file of the ConfigMap or Secret that is mounted."""
    template = workload.pod_template
    if template is None or workload.is_patch:
        return
    volumes = {as_text(as_dict(item).get("name")): as_dict(item) for item in as_list(template.spec.get("volumes"))}
    for container in template.containers:
        for path, sub_path, volume in _sub_paths(container, volumes):
            field = next((name for name in _KINDS if isinstance(volume.get(name), dict)), "")
            if (
                not field
                or workload.may_be_patched(*path)
                or workload.may_be_patched(*template.path, "spec", "volumes")
            ):
                continue
            kind, name_field = _KINDS[field]
            name = as_text(volume[field].get(name_field))
            items = as_list(volume[field].get("items"))
            keys = _keys(kind, name, workload, context) if name else None
            if keys is None:
                continue
            files = Keys(keys.source, tuple(as_text(as_dict(item).get("path")) for item in items) or keys.names)
            if any(file == sub_path or file.startswith(f"{sub_path}/") for file in files.names):
                continue
            message = f'{kind} "{name}" has no file "{sub_path}" to mount'
            yield _problem(message, workload, path, sub_path, files, "an empty directory is mounted instead")


def _sub_paths(
    container: Container, volumes: dict[str, dict[str, Any]]
) -> Iterator[tuple[FieldPath, str, dict[str, Any]]]:
    for index, item in enumerate(as_list(container.data.get("volumeMounts"))):
        mount = as_dict(item)
        sub_path = as_text(mount.get("subPath")).rstrip("/")
        volume = volumes.get(as_text(mount.get("name")))
        if volume is not None and sub_path not in ("", ".") and "$" not in sub_path and "{" not in sub_path:
            path = (*container.template.path, *container.path, "volumeMounts", index, "subPath")
            yield path, sub_path.removeprefix("./"), volume


def _problem(message: str, workload: Resource, path: FieldPath, key: str, keys: Keys, label: str) -> Problem:
    from difflib import get_close_matches

    place = workload.place(*path)
    close = get_close_matches(key, keys.names, 1, 0.6)
    fix = Fix(f"use {close[0]}", (Edit("set", place, close[0]),), "unsafe") if close else None
    has = ", ".join(sorted(keys.names)[:5]) + (" and more" if len(keys.names) > 5 else "")
    return Problem(message, place, label, (RelatedPlace(keys.source.place("metadata", "name"), f"has {has}"),), fix)


def _keys(kind: str, name: str, workload: Resource, context: Context) -> Keys | None:
    """Return the keys of an object that ``workload`` names, None where they are not known for certain."""
    relations = context.relations
    found = relations.named(kind, name, workload)
    if found.state != "found" or len(found.items) > 1:
        return None
    if not found.items:
        return _made_keys(name, workload, context) if kind == "Secret" else None
    resource = found.items[0]
    generated = context.once("generated", lambda: {(item.kind, item.name) for item in context.scope.generated})
    if (kind, name) in generated or (kind, resource.name) in generated:
        return None
    fields = ("data", "binaryData") if kind == "ConfigMap" else ("data", "stringData")
    marks = (*resource.annotations, *resource.labels, *resource.annotations.values(), as_text(resource.get("type")))
    if any(resource.may_be_patched(field) for field in fields) or any(map(_FILLED_IN.search, marks)):
        return None
    names = [key for field in fields for key in as_dict(resource.get(field)) if isinstance(key, str)]
    return Keys(resource, tuple(names)) if names and not any("{" in key or "$" in key for key in names) else None


def _made_keys(name: str, workload: Resource, context: Context) -> Keys | None:
    """Return the keys of a Secret that a controller makes, where exactly one object of the scope says which."""
    makers = context.once("makers", lambda: _makers(context.relations)).get((workload.namespace, name), ())
    if len(makers) != 1 or not makers[0][1] or makers[0][0].may_be_patched("spec"):
        return None
    return Keys(makers[0][0], tuple(makers[0][1]))


def _makers(relations: Relations) -> dict[tuple[str | None, str], list[tuple[Resource, list[str]]]]:
    """Return what makes Secrets, and their keys, by namespace and name of the Secret."""
    found: dict[tuple[str | None, str], list[tuple[Resource, list[str]]]] = {}
    for item in relations.of_kind("external-secrets.io/*", "bitnami.com/*", "cert-manager.io/Certificate"):
        name, keys = _made(item)
        if name:
            found.setdefault((item.namespace, name), []).append((item, keys))
    return found


def _made(maker: Resource) -> tuple[str, list[str]]:
    """Return the name of the Secret that ``maker`` makes, empty for none, and its keys: none if it does not tell."""
    spec = as_dict(maker.get("spec"))
    if maker.kind == "Certificate":
        return as_text(spec.get("secretName")), list(_OF_CERTIFICATES)
    if maker.kind == "SealedSecret":
        template = as_dict(spec.get("template"))
        made = as_text(as_dict(template.get("metadata")).get("name")) or maker.original_name
        keys = [*as_dict(spec.get("encryptedData")), *as_dict(template.get("data"))]
        return made, [key for key in keys if isinstance(key, str)]
    if maker.kind == "ExternalSecret":
        target = as_dict(spec.get("target"))
        made = as_text(target.get("name")) or maker.original_name
        is_plain = not spec.get("dataFrom") and not target.get("template") and target.get("creationPolicy") != "Merge"
        data = [as_text(as_dict(item).get("secretKey")) for item in as_list(spec.get("data"))]
        return made, data if is_plain and all(data) else []
    return "", []
