"""What is known about kinds: group, scope, where the pod template and the selector lie.

A kind is always looked up together with its group: ``Service`` of serving.knative.dev is not the core Service, and
``Kustomization`` of Flux is not the one of kustomize. Source: the Kubernetes API reference (1.34) and the
CustomResourceDefinitions of the projects named here.
"""

from __future__ import annotations

from functools import lru_cache
from sys import intern

from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

_NAMESPACED: dict[str, str] = {
    "": "Binding ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController "
    "ResourceQuota Secret Service ServiceAccount",
    "apps": "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
    "extensions": "DaemonSet Deployment Ingress NetworkPolicy ReplicaSet",
    "autoscaling": "HorizontalPodAutoscaler",
    "batch": "CronJob Job",
    "coordination.k8s.io": "Lease",
    "discovery.k8s.io": "EndpointSlice",
    "events.k8s.io": "Event",
    "networking.k8s.io": "Ingress NetworkPolicy",
    "policy": "PodDisruptionBudget",
    "rbac.authorization.k8s.io": "Role RoleBinding",
    "resource.k8s.io": "ResourceClaim ResourceClaimTemplate",
    "storage.k8s.io": "CSIStorageCapacity",
}

_CLUSTER_SCOPED: dict[str, str] = {
    "": "ComponentStatus Namespace Node PersistentVolume",
    "extensions": "PodSecurityPolicy",
    "admissionregistration.k8s.io": "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding "
    "MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding "
    "ValidatingWebhookConfiguration",
    "apiextensions.k8s.io": "CustomResourceDefinition",
    "apiregistration.k8s.io": "APIService",
    "certificates.k8s.io": "CertificateSigningRequest ClusterTrustBundle",
    "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
    "networking.k8s.io": "IngressClass IPAddress ServiceCIDR",
    "node.k8s.io": "RuntimeClass",
    "policy": "PodSecurityPolicy",
    "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
    "resource.k8s.io": "DeviceClass ResourceSlice",
    "scheduling.k8s.io": "PriorityClass",
    "storage.k8s.io": "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
}

_CUSTOM_CLUSTER_SCOPED: dict[str, str] = {
    "cert-manager.io": "ClusterIssuer",
    "cilium.io": "CiliumClusterwideNetworkPolicy CiliumLoadBalancerIPPool CiliumL2AnnouncementPolicy",
    "crd.projectcalico.org": "GlobalNetworkPolicy GlobalNetworkSet IPPool FelixConfiguration BGPConfiguration",
    "projectcalico.org": "GlobalNetworkPolicy GlobalNetworkSet IPPool FelixConfiguration BGPConfiguration",
    "external-secrets.io": "ClusterExternalSecret ClusterSecretStore ClusterPushSecret",
    "gateway.networking.k8s.io": "GatewayClass",
    "kyverno.io": "ClusterPolicy ClusterCleanupPolicy",
    "policy.networking.k8s.io": "AdminNetworkPolicy BaselineAdminNetworkPolicy ClusterNetworkPolicy",
    "snapshot.storage.k8s.io": "VolumeSnapshotClass VolumeSnapshotContent",
}

_SPEC_TEMPLATE: FieldPath = ("spec", "template")

_TEMPLATES: dict[tuple[str, str], FieldPath] = {
    ("", "Pod"): (),
    ("", "PodTemplate"): ("template",),
    ("", "ReplicationController"): _SPEC_TEMPLATE,
    ("batch", "Job"): _SPEC_TEMPLATE,
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("argoproj.io", "Rollout"): _SPEC_TEMPLATE,
    ("apps.openshift.io", "DeploymentConfig"): _SPEC_TEMPLATE,
    ("serving.knative.dev", "Service"): _SPEC_TEMPLATE,
    ("serving.knative.dev", "Configuration"): _SPEC_TEMPLATE,
    ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"): ("spec", "leaderWorkerTemplate", "workerTemplate"),
    **{("apps", kind): _SPEC_TEMPLATE for kind in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")},
    **{("extensions", kind): _SPEC_TEMPLATE for kind in ("Deployment", "ReplicaSet", "DaemonSet")},
    **{("apps.kruise.io", kind): _SPEC_TEMPLATE for kind in ("CloneSet", "StatefulSet", "DaemonSet", "BroadcastJob")},
}

_NO_TEMPLATE = frozenset(
    {("argoproj.io", "Workflow"), ("argoproj.io", "CronWorkflow"), ("argoproj.io", "WorkflowTemplate")}
)
"""Kinds whose ``spec.template`` looks like a pod template and is none."""


class KindInfo(NamedTuple):
    """What the table knows about one kind."""

    is_namespaced: bool
    is_builtin: bool


def _build_table() -> dict[tuple[str, str], KindInfo]:
    table: dict[tuple[str, str], KindInfo] = {}
    for kinds_by_group, is_namespaced, is_builtin in (
        (_NAMESPACED, True, True),
        (_CLUSTER_SCOPED, False, True),
        (_CUSTOM_CLUSTER_SCOPED, False, False),
    ):
        for group, kinds in kinds_by_group.items():
            for kind in kinds.split():
                table[group, kind] = KindInfo(is_namespaced, is_builtin)
    return table


_TABLE = _build_table()

_BUILTIN_GROUPS: dict[str, frozenset[str]] = {}
for (_group, _kind), _info in _TABLE.items():
    if _info.is_builtin:
        _BUILTIN_GROUPS[_kind] = _BUILTIN_GROUPS.get(_kind, frozenset()) | {_group}


@lru_cache(1024)
def split_api_version(api_version: str) -> tuple[str, str]:
    """Return group and version: ``apps/v1`` → ``("apps", "v1")``, ``v1`` → ``("", "v1")``."""
    group, slash, version = api_version.partition("/")
    return (intern(group), intern(version)) if slash else ("", api_version)


@lru_cache(4096)
def sort_of(api_version: str, kind: str) -> tuple[str, str, str, str, bool]:
    """Return apiVersion, kind, group and version, each as the one string that all share, and ``is_namespaced``."""
    group, version = split_api_version(api_version)
    return intern(api_version), intern(kind), group, version, is_namespaced(group, kind)


def is_namespaced(group: str, kind: str) -> bool:
    """Return whether objects of the kind live in a namespace; kinds that the table does not know do."""
    info = _TABLE.get((group, kind))
    return info is None or info.is_namespaced


def is_builtin(group: str, kind: str) -> bool:
    """Return whether Kubernetes itself serves the kind."""
    info = _TABLE.get((group, kind))
    return info is not None and info.is_builtin


def groups_of(kind: str) -> frozenset[str]:
    """Return the groups of the built-in kind of this name; empty where Kubernetes has no such kind."""
    return _BUILTIN_GROUPS.get(kind, frozenset())


def template_path(group: str, kind: str) -> FieldPath | None:
    """Return where objects of the kind keep their pod template, or None where the table knows none."""
    return _TEMPLATES.get((group, kind))


def may_hold_template(group: str, kind: str) -> bool:
    """Return whether a pod template is worth looking for in a kind that the table does not know."""
    return (group, kind) not in _TABLE and (group, kind) not in _NO_TEMPLATE


def names_kind(pattern: str, group: str, kind: str) -> bool:
    """Return whether ``pattern`` names the kind.

    ``Service`` means the built-in kind of that name, or any group's where Kubernetes has none; ``group/Kind`` means
    exactly that one; ``*.example.com/*`` and ``*/Kind`` are patterns.
    """
    wanted_group, slash, wanted_kind = pattern.rpartition("/")
    if wanted_kind not in ("*", kind):
        return False
    if not slash:
        builtin = groups_of(kind)
        return not builtin or group in builtin
    if wanted_group.startswith("*."):
        return group.endswith(wanted_group[1:])
    return wanted_group in ("*", group)
