"""Finds alpha annotations of pods that Kubernetes no longer reads, where the field that replaced them is absent."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    PodTemplate,
    Problem,
    Resource,
    alone,
    as_dict,
    needs_words,
    string_map,
)

_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
_CRITICAL = "scheduler.alpha.kubernetes.io/critical-pod"
_SYSCTLS = ("security.alpha.kubernetes.io/sysctls", "security.alpha.kubernetes.io/unsafe-sysctls")
_DEFAULT_PROFILES = ("runtime/default", "docker/default")


@alone
@needs_words("annotations")
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each annotation that nothing reads any more."""
    template = resource.pod_template
    if template is None or not any(".alpha.kubernetes.io/" in key for key in _annotations(template)):
        return
    if resource.may_be_patched(*template.path, "spec", "securityContext"):
        return
    security = as_dict(template.spec.get("securityContext"))
    minor = context.schemas.minor
    for key, value in _annotations(template).items():
        field, since = _replacement(key, template)
        if not field or (minor is not None and minor < since):
            continue
        place = template.place("metadata", "annotations", key)
        fix = None
        if key == _SECCOMP_POD and value in _DEFAULT_PROFILES and not security.get("seccompProfile"):
            profile = Edit(
                "set", template.place("spec", "securityContext", "seccompProfile"), {"type": "RuntimeDefault"}
            )
            fix = Fix("set seccompProfile instead", (profile, Edit("remove", place)), "unsafe")
        yield Problem(f"Kubernetes does not read {key} since 1.{since}", place, f"{field} replaces it", fix=fix)


def _annotations(template: PodTemplate) -> dict[str, str]:
    return string_map(as_dict(template.data.get("metadata")).get("annotations"))


def _replacement(key: str, template: PodTemplate) -> tuple[str, int]:
    """Return the field that replaces an annotation and the version that stopped reading it; nothing if it is set."""
    security = as_dict(template.spec.get("securityContext"))
    if key == _CRITICAL and not template.spec.get("priorityClassName"):
        return "priorityClassName", 16
    if key in _SYSCTLS and not security.get("sysctls"):
        return "securityContext.sysctls", 11
    has_profile = security.get("seccompProfile") is not None
    if key == _SECCOMP_POD and not has_profile:
        return "securityContext.seccompProfile", 27
    if key.startswith(_SECCOMP_CONTAINER) and not has_profile:
        name = key.removeprefix(_SECCOMP_CONTAINER)
        own = [as_dict(item.data.get("securityContext")) for item in template.containers if item.name == name]
        if own and own[0].get("seccompProfile") is None:
            return "securityContext.seccompProfile", 27
    return "", 0
