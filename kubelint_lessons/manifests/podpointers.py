"""Names that a pod template gives of other objects: volumes, environment, accounts, classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.manifests.podtemplates import Container, PodTemplate, as_dict, as_list, as_text
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

_SPEC_FIELDS: tuple[tuple[str, str], ...] = (
    ("serviceAccountName", "ServiceAccount"),
    ("priorityClassName", "PriorityClass"),
    ("runtimeClassName", "RuntimeClass"),
)
_SECRET_VOLUMES = ("cephfs", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos")


class PodName(NamedTuple):
    """One name; ``path`` is relative to the resource."""

    path: FieldPath
    kind: str
    name: str
    key: str | None = None
    is_optional: bool = False


def pod_names(resource: Resource) -> Iterator[PodName]:
    """Yield the names that the pod template of ``resource`` gives; nothing for other objects."""
    template = resource.pod_template
    if template is None:
        return
    base: FieldPath = (*template.path, "spec")
    yield from _of_spec(base, template)
    for index, volume in enumerate(as_list(template.spec.get("volumes"))):
        if isinstance(volume, dict):
            yield from _of_volume((*base, "volumes", index), volume)
    for container in template.containers:
        yield from _of_container((*template.path, *container.path), container)


def _of_spec(base: FieldPath, template: PodTemplate) -> Iterator[PodName]:
    spec = template.spec
    for field, kind in _SPEC_FIELDS:
        name = as_text(spec.get(field))
        if name:
            yield PodName((*base, field), kind, name)
    if not spec.get("serviceAccountName") and as_text(spec.get("serviceAccount")):
        yield PodName((*base, "serviceAccount"), "ServiceAccount", spec["serviceAccount"])
    for index, item in enumerate(as_list(spec.get("imagePullSecrets"))):
        name = as_text(as_dict(item).get("name"))
        if name:
            yield PodName((*base, "imagePullSecrets", index, "name"), "Secret", name)


def _of_volume(path: FieldPath, volume: dict[str, Any]) -> Iterator[PodName]:
    yield from _named(path, volume, "configMap", "name", "ConfigMap")
    yield from _named(path, volume, "secret", "secretName", "Secret")
    yield from _named(path, volume, "persistentVolumeClaim", "claimName", "PersistentVolumeClaim")
    yield from _named(path, volume, "azureFile", "secretName", "Secret")
    csi = volume.get("csi")
    if isinstance(csi, dict):
        yield from _named((*path, "csi"), csi, "nodePublishSecretRef", "name", "Secret")
    for driver in _SECRET_VOLUMES:
        settings = volume.get(driver)
        if isinstance(settings, dict):
            yield from _named((*path, driver), settings, "secretRef", "name", "Secret")
    for index, source in enumerate(as_list(as_dict(volume.get("projected")).get("sources"))):
        if isinstance(source, dict):
            inner = (*path, "projected", "sources", index)
            yield from _named(inner, source, "configMap", "name", "ConfigMap")
            yield from _named(inner, source, "secret", "name", "Secret")
    claim = as_dict(as_dict(as_dict(volume.get("ephemeral")).get("volumeClaimTemplate")).get("spec"))
    if as_text(claim.get("storageClassName")):
        route = (*path, "ephemeral", "volumeClaimTemplate", "spec", "storageClassName")
        yield PodName(route, "StorageClass", claim["storageClassName"])


def _of_container(path: FieldPath, container: Container) -> Iterator[PodName]:
    for index, item in enumerate(as_list(container.data.get("env"))):
        source = as_dict(as_dict(item).get("valueFrom"))
        if source:
            inner = (*path, "env", index, "valueFrom")
            yield from _named(inner, source, "configMapKeyRef", "name", "ConfigMap")
            yield from _named(inner, source, "secretKeyRef", "name", "Secret")
    for index, item in enumerate(as_list(container.data.get("envFrom"))):
        if isinstance(item, dict):
            inner = (*path, "envFrom", index)
            yield from _named(inner, item, "configMapRef", "name", "ConfigMap")
            yield from _named(inner, item, "secretRef", "name", "Secret")


def _named(path: FieldPath, data: dict[str, Any], field: str, name_field: str, kind: str) -> Iterator[PodName]:
    settings = data.get(field)
    if not isinstance(settings, dict):
        return
    name = settings.get(name_field)
    if isinstance(name, str) and name:
        key = as_text(settings.get("key")) or None
        yield PodName((*path, field, name_field), kind, name, key, settings.get("optional") is True)
