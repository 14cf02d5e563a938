"""Finds databases whose volume and image do not go together.

The data directory is the root of a freshly formatted disk (``check``), the volume is mounted where the image keeps no
data (``check_unused_path``), or the image has no major version that the data could rely on (``check_major``).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Container,
    Context,
    Edit,
    Fix,
    Problem,
    Resource,
    alone,
    as_dict,
    as_list,
    as_text,
    needs_words,
    parse_image,
    regex,
)

_PARENT = "/var/lib/postgresql"
_DEFAULT = f"{_PARENT}/data"
_OFFICIAL = frozenset({"postgres", "docker/library/postgres"})
_NAMES = frozenset({*_OFFICIAL, "postgis/postgis", "timescale/timescaledb", "pgvector/pgvector"})
_OLD = regex(r"(?:.*pg)?(?:9|1[0-7])(?!\d)")
_NEW = regex(r"(?:1[89]|[2-9]\d)(?!\d)")
"""Tags of Postgres up to 17, and from 18 on, where the layout of the directories is another one."""
_FLOATING = frozenset({"latest", "alpine", "bookworm", "bullseye", "trixie", "jammy", "noble", "focal", "bionic"})
_DIRECTORIES = ("local", "hostpath", "host-path", "nfs", "smb", "cifs", "efs", "cephfs", "gluster", "xfs")
"""Words in the names of classes whose volumes are directories, or formatted without ``lost+found``."""
_DISKS = (
    "longhorn",
    "ebs",
    "gp2",
    "gp3",
    "rbd",
    "ceph-block",
    "cinder",
    "premium",
    "managed",
    "rwo",
    "do-block",
    "hcloud",
)
"""Words in the names of classes whose volumes are disks that get an ext4 file system."""


@needs_words("volumeMounts", ("persistentVolumeClaim", "volumeClaimTemplates"))
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each Postgres container that would run ``initdb`` on the root of a new disk."""
    template = resource.pod_template
    if template is None:
        return
    for container in template.containers:
        if not _is_database(container) or not _is_known(container, resource):
            continue
        if not _has_name(container.image, _NAMES, _OLD):
            continue
        directory = _data_directory(container, resource, context)
        for index, item in enumerate(as_list(container.data.get("volumeMounts"))):
            mount = as_dict(item)
            if directory is None or posixpath.normpath(as_text(mount.get("mountPath")) or ".") != directory:
                continue
            name = None if mount.get("subPath") or mount.get("subPathExpr") else as_text(mount.get("name"))
            words = _class_of_volume(name, resource, context) if name else None
            if words is None or any(word in words for word in _DIRECTORIES):
                continue
            is_disk = any(word in words for word in _DISKS)
            edit = Edit("set", container.place("volumeMounts", index, "subPath"), "pgdata")
            yield Problem(
                f'{resource.id} keeps the data of Postgres in the root of volume "{name}"',
                container.place("volumeMounts", index, "mountPath"),
                "initdb refuses a directory that holds lost+found",
                fix=Fix("use a directory of a new volume: subPath pgdata", (edit,)),
                at_most="warning" if is_disk else "info",
                note="on a volume that already holds data this would hide it: move the files first",
            )


@needs_words("volumeMounts")
def check_unused_path(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each official Postgres whose volume lies where its version keeps no data."""
    for container in resource.pod_template.containers if resource.pod_template is not None else ():
        if not _is_database(container) or not _is_known(container, resource):
            continue
        if _data_directory(container, resource, context) != _DEFAULT:
            continue
        mounts = {
            posixpath.normpath(as_text(as_dict(item).get("mountPath")) or "."): index
            for index, item in enumerate(as_list(container.data.get("volumeMounts")))
        }
        if any(as_dict(item).get("name") == "PGDATA" for item in as_list(container.data.get("env"))):
            continue
        is_new, is_old = (_has_name(container.image, _OFFICIAL, tag) for tag in (_NEW, _OLD))
        below = [path for path in mounts if path.startswith(f"{_PARENT}/")]
        if is_new and _DEFAULT in mounts and _PARENT not in mounts and below == [_DEFAULT]:
            yield Problem(
                f'"{container.image}" refuses to start with a volume at {_DEFAULT}, as in container "{container.name}"',
                container.place("volumeMounts", mounts[_DEFAULT], "mountPath"),
                f"from version 18 on the place is {_PARENT}",
            )
        elif is_old and _PARENT in mounts and not below:
            yield Problem(
                f'the volume at {_PARENT} in container "{container.name}" stays empty:'
                f' "{container.image}" keeps its data in a throw-away volume below it',
                container.place("volumeMounts", mounts[_PARENT], "mountPath"),
                f"up to version 17 the place is {_DEFAULT}",
                at_most="warning",
            )


@alone
@needs_words("volumeMounts", ("persistentVolumeClaim", "volumeClaimTemplates", "hostPath", "nfs"))
def check_major(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each database on a lasting volume whose tag leaves the major version open."""
    for container in resource.pod_template.containers if resource.pod_template is not None else ():
        if not _is_database(container) or container.role != "container":
            continue
        if resource.may_be_patched(*_image_path(container)):
            continue
        names = [as_text(as_dict(item).get("name")) for item in as_list(container.data.get("volumeMounts"))]
        if _is_without_major(container.image) and any(_is_lasting(name, resource) for name in names):
            yield Problem(
                f'container "{container.name}" keeps data on a volume, but image "{container.image}" names no version',
                container.place("image"),
            )


def _is_database(container: Container) -> bool:
    """Return whether an image may be one of those that are judged here; the rest needs no closer look."""
    image = container.image
    return "postg" in image or "mongo" in image or "timescaledb" in image or "pgvector" in image


def _is_known(container: Container, resource: Resource) -> bool:
    """Return whether the container runs what its image says, as it stands here."""
    is_as_written = not resource.may_be_patched(*_image_path(container))
    return container.role == "container" and is_as_written and not container.data.get("command")


def _image_path(container: Container) -> tuple[str | int, ...]:
    return (*container.template.path, *container.path, "image")


def _has_name(image: str, names: frozenset[str], tag: re.Pattern[str]) -> bool:
    parsed = parse_image(image)
    is_named = parsed is not None and parsed.repository.removeprefix("library/") in names
    return parsed is not None and is_named and parsed.tag is not None and tag.match(parsed.tag) is not None


def _is_without_major(image: str) -> bool:
    parsed = parse_image(image)
    if parsed is None or parsed.digest is not None:
        return False
    name = parsed.repository.removeprefix("library/").removeprefix("docker/library/")
    if name in ("postgres", "mongo"):
        return parsed.tag is None or parsed.tag in _FLOATING
    return name in _NAMES and parsed.tag in (None, "latest")


def _is_lasting(name: str, resource: Resource) -> bool:
    """Return whether a volume outlives its pod."""
    template = resource.pod_template
    claims = [as_dict(as_dict(item).get("metadata")) for item in as_list(resource.get("spec", "volumeClaimTemplates"))]
    if any(claim.get("name") == name for claim in claims):
        return True
    volumes = [as_dict(item) for item in as_list(template.spec.get("volumes"))] if template is not None else []
    return any(
        volume.get("name") == name and any(key in volume for key in ("persistentVolumeClaim", "hostPath", "nfs"))
        for volume in volumes
    )


def _data_directory(container: Container, resource: Resource, context: Context) -> str | None:
    """Return where Postgres keeps its data, None where that is set by something that is not known here."""
    for item in as_list(container.data.get("env")):
        variable = as_dict(item)
        if variable.get("name") == "PGDATA":
            value = variable.get("value")
            return posixpath.normpath(value) if isinstance(value, str) and value and "$" not in value else None
    for item in as_list(container.data.get("envFrom")):
        name = as_text(as_dict(as_dict(item).get("configMapRef")).get("name"))
        if not name:
            continue
        found = context.relations.named("ConfigMap", name, resource)
        if len(found.items) != 1 or "PGDATA" in as_dict(found.items[0].get("data")):
            return None
    return _DEFAULT


def _class_of_volume(name: str, resource: Resource, context: Context) -> str | None:
    """Return the class of a claim behind a volume and its provisioner, None for any other volume."""
    template = resource.pod_template
    claim: dict[str, object] | None = None
    for item in as_list(resource.get("spec", "volumeClaimTemplates")):
        if as_dict(as_dict(item).get("metadata")).get("name") == name:
            claim = as_dict(as_dict(item).get("spec"))
    for item in as_list(template.spec.get("volumes")) if template is not None else ():
        volume = as_dict(item)
        if volume.get("name") == name and isinstance(volume.get("persistentVolumeClaim"), dict):
            claim_name = as_text(as_dict(volume["persistentVolumeClaim"]).get("claimName"))
            found = context.relations.named("PersistentVolumeClaim", claim_name, resource)
            claim = as_dict(found.items[0].get("spec")) if len(found.items) == 1 else {}
    if claim is None:
        return None
    if claim.get("volumeName") or claim.get("storageClassName") in ("", "manual"):
        return None
    class_name = as_text(claim.get("storageClassName"))
    if not class_name:
        fact = context.platform.get("storage.defaultClass")
        class_name = as_text(fact.value) if fact is not None else ""
    provisioners = [
        as_text(item.get("provisioner")) for item in context.relations.find("StorageClass", class_name).items
    ]
    return " ".join([class_name, *provisioners]).lower()
