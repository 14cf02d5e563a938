"""Things that exist although no manifest defines them: made by controllers, or part of every cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kubelint_lessons.manifests import kinds
from kubelint_lessons.manifests.podtemplates import as_dict, as_list, as_text

if TYPE_CHECKING:
    from kubelint_lessons.manifests.resources import Resource

_EVERYWHERE: dict[str, frozenset[str]] = {
    "ServiceAccount": frozenset({"default"}),
    "ConfigMap": frozenset({"kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"}),
    "ClusterRole": frozenset({"cluster-admin", "admin", "edit", "view"}),
    "Namespace": frozenset({"default", "kube-system", "kube-public", "kube-node-lease"}),
    "Service": frozenset({"kubernetes"}),
}
_SYSTEM_KINDS = frozenset({"ClusterRole", "ClusterRoleBinding", "PriorityClass", "Role"})

_INERT_GROUPS = frozenset(
    {
        "traefik.io",
        "traefik.containo.us",
        "gateway.networking.k8s.io",
        "networking.istio.io",
        "security.istio.io",
        "metallb.io",
        "cilium.io",
        "projectcalico.org",
        "crd.projectcalico.org",
        "policy.networking.k8s.io",
        "snapshot.storage.k8s.io",
        "autoscaling.k8s.io",
        "kustomize.config.k8s.io",
        "kustomize.toolkit.fluxcd.io",
        "source.toolkit.fluxcd.io",
        "notification.toolkit.fluxcd.io",
    }
)
_INERT_KINDS = frozenset(
    {
        ("monitoring.coreos.com", "ServiceMonitor"),
        ("monitoring.coreos.com", "PodMonitor"),
        ("monitoring.coreos.com", "Probe"),
        ("monitoring.coreos.com", "PrometheusRule"),
        ("monitoring.coreos.com", "ScrapeConfig"),
        ("cert-manager.io", "Issuer"),
        ("cert-manager.io", "ClusterIssuer"),
        ("cert-manager.io", "Certificate"),
        ("external-secrets.io", "ExternalSecret"),
        ("external-secrets.io", "SecretStore"),
        ("external-secrets.io", "ClusterSecretStore"),
        ("bitnami.com", "SealedSecret"),
        ("keda.sh", "ScaledObject"),
    }
)
_MAX_STRINGS = 2000


def exists_by_itself(kind: str, name: str) -> bool:
    """Return whether a cluster has an object of this name without anybody's manifest."""
    return name in _EVERYWHERE.get(kind, ()) or (kind in _SYSTEM_KINDS and name.startswith("system"))


_MAKERS = frozenset(
    {
        ("cert-manager.io", "Certificate"),
        ("external-secrets.io", "ExternalSecret"),
        ("bitnami.com", "SealedSecret"),
        ("onepassword.com", "OnePasswordItem"),
        ("secrets.hashicorp.com", "VaultStaticSecret"),
    }
)
"""Custom kinds whose controllers make what ``made_by`` says."""


def makes_something(group: str, kind: str, data: dict[str, Any]) -> bool:
    """Return whether ``made_by`` could name anything for an object with these values."""
    spec = data.get("spec")
    if kinds.is_builtin(group, kind):
        if kind == "Ingress":
            annotations = as_dict(as_dict(data.get("metadata")).get("annotations"))
            return any("cert-manager.io/" in key for key in annotations if isinstance(key, str))
        return kind == "StatefulSet" and bool(as_dict(spec).get("volumeClaimTemplates"))
    return (group, kind) in _MAKERS or (isinstance(spec, dict) and "writeConnectionSecretToRef" in spec)


def made_by(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield kind and name of what a controller makes of ``resource``, in its namespace, by the rules of its API."""
    if kinds.is_builtin(resource.group, resource.kind):
        if resource.kind == "Ingress" and any("cert-manager.io/" in key for key in resource.annotations):
            for item in as_list(resource.get("spec", "tls")):
                yield "Secret", as_text(as_dict(item).get("secretName"))
        elif resource.kind == "StatefulSet":
            for item in as_list(resource.get("spec", "volumeClaimTemplates")):
                name = as_text(as_dict(as_dict(item).get("metadata")).get("name"))
                for ordinal in range(_replicas(resource)):
                    yield "PersistentVolumeClaim", f"{name}-{resource.name}-{ordinal}"
        return
    spec = as_dict(resource.get("spec"))
    written = as_dict(spec.get("writeConnectionSecretToRef")).get("name")
    if isinstance(written, str):
        yield "Secret", written
    identity = (resource.group, resource.kind)
    if identity == ("cert-manager.io", "Certificate"):
        yield "Secret", as_text(spec.get("secretName"))
    elif identity == ("external-secrets.io", "ExternalSecret"):
        yield "Secret", as_text(as_dict(spec.get("target")).get("name")) or resource.name
    elif identity == ("bitnami.com", "SealedSecret"):
        template = as_dict(as_dict(spec.get("template")).get("metadata"))
        yield "Secret", as_text(template.get("name")) or resource.name
    elif identity == ("onepassword.com", "OnePasswordItem"):
        yield "Secret", resource.name
    elif identity == ("secrets.hashicorp.com", "VaultStaticSecret"):
        yield "Secret", as_text(as_dict(spec.get("destination")).get("name"))


class Mentions:
    """Names and words in custom resources whose controllers may make anything of them."""

    def __init__(self, resources: tuple[Resource, ...]) -> None:
        self._resources = resources
        self._words: frozenset[str] | None = None
        self._makers: frozenset[str] = frozenset()

    def name(self, name: str) -> bool:
        """Return whether a custom resource mentions ``name``, or bears a name that ``name`` continues."""
        if self.word(name):
            return True
        if not self._makers:
            return False
        parts = name.split("-")
        return any("-".join(parts[:count]) in self._makers for count in range(1, len(parts)))

    def word(self, word: str) -> bool:
        """Return whether a custom resource holds ``word`` as a whole value, or is called so."""
        if self._words is None:
            makers = [item for item in self._resources if _may_make_something(item)]
            words: set[str] = set()
            for item in makers:
                words.add(item.name)
                words.update(_strings(item.data))
            self._makers = frozenset(item.name for item in makers)
            self._words = frozenset(words)
        return word in self._words


def _may_make_something(resource: Resource) -> bool:
    return (
        not kinds.is_builtin(resource.group, resource.kind)
        and resource.group not in _INERT_GROUPS
        and (resource.group, resource.kind) not in _INERT_KINDS
        and not resource.is_workload
    )


def _strings(data: Any) -> list[str]:
    found: list[str] = []
    pending = [data]
    while pending and len(found) < _MAX_STRINGS:
        value = pending.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return found


def _replicas(resource: Resource) -> int:
    replicas = resource.get("spec", "replicas", default=1)
    return min(replicas, 100) if isinstance(replicas, int) and not isinstance(replicas, bool) else 1
