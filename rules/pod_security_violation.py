"""Finds pods that the Pod Security level of their Namespace refuses: the controls of the published standards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Container,
    Context,
    FieldPath,
    NamedTuple,
    PodTemplate,
    Problem,
    RelatedPlace,
    Resource,
    as_dict,
    as_list,
    holding,
    needs_words,
)

_ENFORCE = "pod-security.kubernetes.io/enforce"
_ADDABLE = frozenset(
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
        "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    }
)  # fmt: skip
_SAFE_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
    }
)  # fmt: skip
_RESTRICTED_VOLUMES = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
_MOST_NAMED = 4


class _Breach(NamedTuple):
    """One control that a pod breaks: in words, and where below the template."""

    reason: str
    path: FieldPath


@needs_words(holding("Namespace"))
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for a workload whose pods the Namespace of its scope refuses, with all that they break."""
    template = resource.pod_template
    if template is None or not resource.namespace or not context.once("is enforced", lambda: _is_enforced(context)):
        return
    if context.relations.is_ambiguous(resource):
        return
    found = context.relations.find("Namespace", resource.namespace)
    namespace = found.items[0] if len(found.items) == 1 else None
    level = namespace.labels.get(_ENFORCE) if namespace is not None else None
    if namespace is None or level not in ("baseline", "restricted") or context.relations.is_ambiguous(namespace):
        return
    breaches = list(_baseline(template))
    if level == "restricted" and as_dict(template.spec.get("os")).get("name") != "windows":
        breaches += _restricted(template)
    certain = [item for item in breaches if not resource.may_be_patched(*template.path, *item.path)]
    if not certain:
        return
    reasons = list(dict.fromkeys(item.reason for item in certain))
    listed = ", ".join(reasons[:_MOST_NAMED]) + (
        f" and {len(reasons) - _MOST_NAMED} more" if len(reasons) > _MOST_NAMED else ""
    )
    yield Problem(
        f'namespace "{namespace.name}" refuses the pods of {resource.id}: {listed}',
        template.place(*certain[0].path),
        label=f"not allowed at level {level}",
        related=(RelatedPlace(namespace.place("metadata", "labels", _ENFORCE), "the level is set here"),),
    )


def _is_enforced(context: Context) -> bool:
    return any(namespace.labels.get(_ENFORCE) for namespace in context.relations.of_kind("Namespace"))


def _baseline(template: PodTemplate) -> Iterator[_Breach]:
    spec = template.spec
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field) is True:
            yield _Breach(field, ("spec", field))
    for index, volume in enumerate(as_list(spec.get("volumes"))):
        if as_dict(volume).get("hostPath") is not None:
            yield _Breach("hostPath volumes", ("spec", "volumes", index, "hostPath"))
    pod = as_dict(spec.get("securityContext"))
    for index, item in enumerate(as_list(pod.get("sysctls"))):
        name = as_dict(item).get("name")
        if isinstance(name, str) and name not in _SAFE_SYSCTLS:
            yield _Breach(f"sysctl {name}", ("spec", "securityContext", "sysctls", index))
    yield from _unconfined(pod, ("spec", "securityContext"))
    for container in template.containers:
        yield from _baseline_of(container)


def _baseline_of(container: Container) -> Iterator[_Breach]:
    own, path = as_dict(container.data.get("securityContext")), (*container.path, "securityContext")
    if own.get("privileged") is True:
        yield _Breach("privileged containers", (*path, "privileged"))
    for name in as_list(as_dict(own.get("capabilities")).get("add")):
        if isinstance(name, str) and name.removeprefix("CAP_") not in _ADDABLE:
            yield _Breach(f"capability {name}", (*path, "capabilities", "add"))
    if own.get("procMount") not in (None, "Default"):
        yield _Breach("procMount", (*path, "procMount"))
    for index, port in enumerate(as_list(container.data.get("ports"))):
        if as_dict(port).get("hostPort") not in (None, 0):
            yield _Breach("hostPort", (*container.path, "ports", index, "hostPort"))
    yield from _unconfined(own, path)


def _unconfined(context: dict[str, Any], path: FieldPath) -> Iterator[_Breach]:
    if as_dict(context.get("seccompProfile")).get("type") == "Unconfined":
        yield _Breach("seccompProfile Unconfined", (*path, "seccompProfile", "type"))
    if as_dict(context.get("windowsOptions")).get("hostProcess") is True:
        yield _Breach("hostProcess", (*path, "windowsOptions", "hostProcess"))


def _restricted(template: PodTemplate) -> Iterator[_Breach]:
    spec = template.spec
    for index, volume in enumerate(as_list(spec.get("volumes"))):
        for kind in as_dict(volume):
            if kind not in _RESTRICTED_VOLUMES and kind not in ("name", "hostPath"):
                yield _Breach(f"{kind} volumes", ("spec", "volumes", index, kind))
    pod = as_dict(spec.get("securityContext"))
    contexts = [as_dict(container.data.get("securityContext")) for container in template.containers]
    here: FieldPath = ("spec", "securityContext")
    has_user_namespace = spec.get("hostUsers") is False
    if not has_user_namespace:
        if any(
            (pod.get("runAsNonRoot") if own.get("runAsNonRoot") is None else own["runAsNonRoot"]) is not True
            for own in contexts
        ):
            yield _Breach("runAsNonRoot is not true", (*here, "runAsNonRoot"))
        if any(context.get("runAsUser") == 0 for context in (pod, *contexts)):
            yield _Breach("runAsUser is 0", (*here, "runAsUser"))
    if any(as_dict(own.get("seccompProfile") or pod.get("seccompProfile")).get("type") is None for own in contexts):
        yield _Breach("no seccompProfile", (*here, "seccompProfile"))
    for container, own in zip(template.containers, contexts, strict=True):
        path = (*container.path, "securityContext")
        if own.get("allowPrivilegeEscalation") is not False:
            yield _Breach("allowPrivilegeEscalation is not false", (*path, "allowPrivilegeEscalation"))
        capabilities = as_dict(own.get("capabilities"))
        if "ALL" not in as_list(capabilities.get("drop")):
            yield _Breach("capabilities are not dropped", (*path, "capabilities", "drop"))
        if any(name != "NET_BIND_SERVICE" for name in as_list(capabilities.get("add"))):
            yield _Breach("capabilities are added", (*path, "capabilities", "add"))
