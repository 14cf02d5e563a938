"""Finds volumes and mounts of one pod that do not fit together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kubelint_lessons.plugin import (
    Container,
    Context,
    Edit,
    FieldPath,
    Fix,
    PodTemplate,
    Problem,
    RelatedPlace,
    Resource,
    alone,
    as_dict,
    as_list,
    as_text,
    needs_words,
)

_OWN_PODS = frozenset(
    {
        ("", "Pod"),
        ("", "ReplicationController"),
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("apps", "ReplicaSet"),
        ("batch", "Job"),
        ("batch", "CronJob"),
        ("argoproj.io", "Rollout"),
    }
)
"""Kinds whose pods are exactly those of the manifest; an operator may add volumes of its own."""


@alone
@needs_words(("volumeMounts", "volumeDevices"))
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each mount of a volume that the pod does not have."""
    template = _template(resource)
    if template is None or resource.may_be_patched(*template.path, "spec", "volumes"):
        return
    claims = as_list(resource.get("spec", "volumeClaimTemplates"))
    names = [as_text(as_dict(item).get("name")) for item in as_list(template.spec.get("volumes"))]
    names += [as_text(as_dict(as_dict(item).get("metadata")).get("name")) for item in claims]
    for container in template.containers:
        for path, name in _mounts(container, "name", names):
            if "$" in name or "{" in name or resource.may_be_patched(*path):
                continue
            from difflib import get_close_matches

            place = resource.place(*path)
            close = get_close_matches(name, names, 1, 0.7) if name else []
            fix = Fix(f"mount {close[0]}", (Edit("set", place, close[0]),), "unsafe") if close else None
            has = f"the pod has {', '.join(sorted(set(names) - {''}))}" if any(names) else "the pod has no volumes"
            yield Problem(
                f'container "{container.name}" mounts volume "{name}", which {resource.id} does not have',
                place,
                f"perhaps {close[0]}" if close else has,
                fix=fix,
            )


@alone
@needs_words("mountPath")
def check_paths(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each path at which one container mounts twice."""
    template = _template(resource)
    for container in template.containers if template is not None else ():
        if not _mounts_twice(container):
            continue
        seen: dict[str, FieldPath] = {}
        for path, mounted in _mounts(container, "mountPath"):
            first = seen.setdefault(mounted, path)
            if first is path or not mounted or resource.may_be_patched(*path):
                continue
            yield Problem(
                f'container "{container.name}" mounts at {mounted} twice',
                resource.place(*path),
                "the API server refuses the second one",
                (RelatedPlace(resource.place(*first), "the first one"),),
            )


@alone
@needs_words("volumes")
def check_names(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each volume with the name of an earlier one."""
    template = _template(resource)
    if template is None:
        return
    base: FieldPath = (*template.path, "spec", "volumes")
    seen: dict[str, int] = {}
    volumes = as_list(template.spec.get("volumes"))
    for index, volume in enumerate(volumes) if len(volumes) > 1 else ():
        name = as_text(as_dict(volume).get("name"))
        first = seen.setdefault(name, index)
        if not name or first == index or resource.may_be_patched(*base):
            continue
        yield Problem(
            f'{resource.id} has two volumes with the name "{name}"',
            resource.place(*base, index, "name"),
            "the API server refuses the second one",
            (RelatedPlace(resource.place(*base, first, "name"), "the first one"),),
        )


@alone
@needs_words("volumes")
def check_sources(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each volume that has a name and nothing else: it becomes an emptyDir."""
    template = _template(resource)
    if template is None:
        return
    base: FieldPath = (*template.path, "spec", "volumes")
    for index, volume in enumerate(as_list(template.spec.get("volumes"))):
        if isinstance(volume, dict) and len(volume) == 1 and "name" in volume and not resource.may_be_patched(*base):
            yield Problem(
                f'volume "{volume["name"]}" has no source',
                resource.place(*base, index, "name"),
                "an empty directory, which goes with the pod",
            )


def _template(resource: Resource) -> PodTemplate | None:
    is_own = (resource.group, resource.kind) in _OWN_PODS and not resource.is_patch
    return resource.pod_template if is_own else None


def _mounts_twice(container: Container) -> bool:
    paths = [as_dict(mount).get("mountPath") for mount in _listed(container)]
    texts = [path for path in paths if isinstance(path, str)]
    return len(set(texts)) < len(texts)


def _listed(container: Container) -> list[Any]:
    """Return the mounts and the block devices of a container."""
    return as_list(container.data.get("volumeMounts")) + as_list(container.data.get("volumeDevices"))


def _mounts(container: Container, field: str, but: Sequence[str] = ()) -> Iterator[tuple[FieldPath, str]]:
    """Yield route and value of a field of each mount, and of the names of block devices; not of values in ``but``."""
    for group in ("volumeMounts", "volumeDevices"):
        for index, mount in enumerate(as_list(container.data.get(group))):
            value = as_dict(mount).get(field)
            if isinstance(value, str) and value not in but:
                yield (*container.template.path, *container.path, group, index, field), value
