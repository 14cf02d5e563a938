"""Finds volumes of types that the kubelet can no longer mount."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, FieldPath, Problem, Resource, alone, as_dict, as_list, needs_words

_REMOVED = {
    "photonPersistentDisk": 16, "scaleIO": 22, "flocker": 25, "storageos": 25, "quobyte": 25, "glusterfs": 26,
    "cephfs": 31, "rbd": 31,
}  # fmt: skip
"""The first minor version of Kubernetes without the plugin."""

_OLDEST = 25
"""What went later than this is a warning where the version of the cluster is not known."""


@alone
@needs_words(tuple(_REMOVED))
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each volume whose plugin the target does not have; softer where the target is unknown."""
    minor = context.schemas.minor
    for path in _volumes(resource):
        for plugin, since in _REMOVED.items():
            is_there = resource.get(*path, plugin) is not None
            if not is_there or (minor is not None and minor < since) or resource.may_be_patched(*path):
                continue
            yield Problem(
                f"Kubernetes cannot mount {plugin} volumes since 1.{since}",
                resource.place(*path, plugin),
                label="a CSI driver replaces it",
                at_most="warning" if minor is None and since > _OLDEST else None,
            )


def _volumes(resource: Resource) -> Iterator[FieldPath]:
    if resource.kind == "PersistentVolume":
        yield ("spec",)
    template = resource.pod_template
    for index, volume in enumerate(as_list(template.spec.get("volumes")) if template is not None else ()):
        if template is not None and as_dict(volume):
            yield (*template.path, "spec", "volumes", index)
