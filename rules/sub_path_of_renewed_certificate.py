"""Finds certificates that are renewed by cert-manager and mounted in a way that never shows the new one."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Problem, RelatedPlace, Resource, as_dict, as_list, as_text, needs_words

_LASTING = ("Deployment", "StatefulSet", "DaemonSet")
_RESTARTERS = ("reloader.stakater.com/", "secret.reloader.stakater.com/", "wave.pusher.com/", "wave.wave-k8s.io/")


@needs_words("subPath", "secretName")
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each subPath into a Secret that a Certificate of the same namespace fills."""
    template = workload.pod_template
    certificates = context.once("certificates", lambda: _certificates(context))
    if not certificates:
        return
    metadata = as_dict(template.data.get("metadata")) if template is not None else {}
    keys = [*workload.annotations, *as_dict(metadata.get("annotations"))]
    if template is None or workload.kind not in _LASTING or any(str(key).startswith(_RESTARTERS) for key in keys):
        return
    volumes = {
        as_dict(item).get("name"): certificates[key]
        for item in as_list(template.spec.get("volumes"))
        if (key := (workload.namespace, as_text(as_dict(as_dict(item).get("secret")).get("secretName"))))
        in certificates
    }
    for container in template.containers:
        for index, item in enumerate(as_list(container.data.get("volumeMounts"))):
            certificate = volumes.get(as_dict(item).get("name"))
            path = (*template.path, *container.path, "volumeMounts", index, "subPath")
            if certificate is None or container.role == "init" or not as_dict(item).get("subPath"):
                continue
            if not workload.may_be_patched(*path):
                yield Problem(
                    f'container "{container.name}" never sees a renewed certificate of {certificate.id}',
                    workload.place(*path),
                    "a file mounted by subPath is not updated",
                    (RelatedPlace(certificate.place("spec", "secretName"), "renewed by cert-manager"),),
                )


def _certificates(context: Context) -> dict[tuple[str | None, str], Resource]:
    """Return the Certificates by the Secret that they fill: its namespace and name."""
    certificates = context.relations.of_kind("cert-manager.io/Certificate")
    return {(item.namespace, item.get("spec", "secretName")): item for item in certificates}
