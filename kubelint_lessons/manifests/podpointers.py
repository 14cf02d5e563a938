"""Names that a pod template gives of other objects: volumes, environment, accounts, classes."""

from __future__ import annotations

from typing import Any

from kubelint_lessons.manifests.podtemplates import CONTAINER_LISTS, as_dict, as_list, as_text
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

_SPEC_FIELDS: tuple[tuple[str, str], ...] = (
    ("serviceAccountName", "ServiceAccount"),
    ("priorityClassName", "PriorityClass"),
    ("runtimeClassName", "RuntimeClass"),
)
_VOLUMES: tuple[tuple[str, str, str], ...] = (
    ("configMap", "name", "ConfigMap"),
    ("secret", "secretName", "Secret"),
    ("persistentVolumeClaim", "claimName", "PersistentVolumeClaim"),
    ("azureFile", "secretName", "Secret"),
)
_SECRET_VOLUMES: tuple[tuple[str, str], ...] = (
    ("csi", "nodePublishSecretRef"),
    *((driver, "secretRef") for driver in ("cephfs", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos")),
)
_PROJECTED = (("configMap", "name", "ConfigMap"), ("secret", "name", "Secret"))
_VARIABLE = (("configMapKeyRef", "name", "ConfigMap"), ("secretKeyRef", "name", "Secret"))
_VARIABLES = (("configMapRef", "name", "ConfigMap"), ("secretRef", "name", "Secret"))


class PodName(NamedTuple):
    """One name; ``path`` is relative to the resource."""

    path: FieldPath
    kind: str
    name: str
    key: str | None = None
    is_optional: bool = False


def pod_names(path: FieldPath, template: dict[str, Any]) -> list[PodName]:
    """Return the names that a pod template gives; ``path`` is where it lies in its object."""
    spec = template.get("spec")
    if not isinstance(spec, dict):
        return []
    base: FieldPath = (*path, "spec")
    found: list[PodName] = []
    _of_spec(base, spec, found)
    volumes = spec.get("volumes")
    if isinstance(volumes, list):
        for index, volume in enumerate(volumes):
            if isinstance(volume, dict):
                _of_volume((*base, "volumes", index), volume, found)
    for field, _ in CONTAINER_LISTS:
        containers = spec.get(field)
        if isinstance(containers, list):
            for index, container in enumerate(containers):
                if isinstance(container, dict) and ("env" in container or "envFrom" in container):
                    _of_container((*base, field, index), container, found)
    return found


def _of_spec(base: FieldPath, spec: dict[str, Any], found: list[PodName]) -> None:
    for field, kind in _SPEC_FIELDS:
        name = spec.get(field)
        if name and isinstance(name, str):
            found.append(PodName((*base, field), kind, name))
    if not spec.get("serviceAccountName") and as_text(spec.get("serviceAccount")):
        found.append(PodName((*base, "serviceAccount"), "ServiceAccount", spec["serviceAccount"]))
    for index, item in enumerate(as_list(spec.get("imagePullSecrets"))):
        name = as_text(as_dict(item).get("name"))
        if name:
            found.append(PodName((*base, "imagePullSecrets", index, "name"), "Secret", name))


def _of_volume(path: FieldPath, volume: dict[str, Any], found: list[PodName]) -> None:
    for field, name_field, kind in _VOLUMES:
        if field in volume:
            _add(path, volume, field, name_field, kind, found)
    for driver, field in _SECRET_VOLUMES:
        settings = volume.get(driver)
        if isinstance(settings, dict):
            _add((*path, driver), settings, field, "name", "Secret", found)
    projected = volume.get("projected")
    if projected:
        for index, source in enumerate(as_list(as_dict(projected).get("sources"))):
            if isinstance(source, dict):
                for line in _PROJECTED:
                    _add((*path, "projected", "sources", index), source, *line, found)
    ephemeral = volume.get("ephemeral")
    if ephemeral:
        claim = as_dict(as_dict(as_dict(ephemeral).get("volumeClaimTemplate")).get("spec"))
        if as_text(claim.get("storageClassName")):
            route = (*path, "ephemeral", "volumeClaimTemplate", "spec", "storageClassName")
            found.append(PodName(route, "StorageClass", claim["storageClassName"]))


def _of_container(path: FieldPath, container: dict[str, Any], found: list[PodName]) -> None:
    for index, item in enumerate(as_list(container.get("env"))):
        source = item.get("valueFrom") if isinstance(item, dict) else None
        if isinstance(source, dict):
            for line in _VARIABLE:
                _add((*path, "env", index, "valueFrom"), source, *line, found)
    for index, item in enumerate(as_list(container.get("envFrom"))):
        if isinstance(item, dict):
            for line in _VARIABLES:
                _add((*path, "envFrom", index), item, *line, found)


def _add(path: FieldPath, data: dict[str, Any], field: str, name_field: str, kind: str, found: list[PodName]) -> None:
    settings = data.get(field)
    if isinstance(settings, dict):
        name = settings.get(name_field)
        if isinstance(name, str) and name:
            key = as_text(settings.get("key")) or None
            found.append(PodName((*path, field, name_field), kind, name, key, settings.get("optional") is True))
