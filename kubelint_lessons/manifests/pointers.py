"""Names that one object gives of another: where they stand, what they name, and in which role.

``targets`` points at what an object works on (a backend, what is scaled), ``references`` at what it needs, ``owns`` at
what it controls or brings into being. Sources: the Kubernetes API reference and the API references of the projects
whose groups stand here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from kubelint_lessons.manifests import kinds
from kubelint_lessons.manifests.podpointers import pod_names
from kubelint_lessons.manifests.podtemplates import as_dict, as_text, walk
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

if TYPE_CHECKING:
    from kubelint_lessons.manifests.resources import Resource

Role = Literal["references", "targets", "owns"]


class Pointer(NamedTuple):
    """One name. ``groups`` is None where any group will do; ``namespace`` is that of the object unless stated.

    ``key`` is the entry of a ConfigMap or Secret that is meant. ``is_optional`` things may be missing.
    """

    role: Role
    path: FieldPath
    kind: str
    groups: frozenset[str] | None
    name: str
    namespace: str | None
    key: str | None = None
    is_optional: bool = False


class _Line(NamedTuple):
    role: Role
    kind: str
    steps: tuple[str, ...]


def _lines(role: Role, **patterns: str) -> tuple[_Line, ...]:
    return tuple(
        _Line(role, kind, tuple(pattern.split("."))) for kind, text in patterns.items() for pattern in text.split()
    )


_ROUTE = (
    *_lines("targets", Service="spec.rules[*].backendRefs[*] spec.rules[*].filters[*].requestMirror.backendRef"),
    *_lines("references", Gateway="spec.parentRefs[*]"),
)
_TRAEFIK_HTTP = (
    *_lines("targets", Service="spec.routes[*].services[*]"),
    *_lines(
        "references",
        Middleware="spec.routes[*].middlewares[*]",
        Secret="spec.tls.secretName",
        TLSOption="spec.tls.options",
        TLSStore="spec.tls.store",
    ),
)
_TRAEFIK_TCP = (
    *_lines("targets", Service="spec.routes[*].services[*]"),
    *_lines("references", MiddlewareTCP="spec.routes[*].middlewares[*]", Secret="spec.tls.secretName"),
)
_TRAEFIK: dict[str, tuple[_Line, ...]] = {
    "IngressRoute": _TRAEFIK_HTTP,
    "IngressRouteTCP": _TRAEFIK_TCP,
    "IngressRouteUDP": _lines("targets", Service="spec.routes[*].services[*]"),
    "TraefikService": _lines("targets", Service="spec.weighted.services[*] spec.mirroring spec.mirroring.mirrors[*]"),
    "Middleware": _lines(
        "references",
        Secret="spec.basicAuth.secret spec.digestAuth.secret",
        Service="spec.errors.service",
        Middleware="spec.chain.middlewares[*]",
    ),
}
_INGRESS = (
    *_lines(
        "targets",
        Service="spec.rules[*].http.paths[*].backend.service spec.defaultBackend.service "
        "spec.rules[*].http.paths[*].backend.serviceName spec.backend.serviceName",
    ),
    *_lines("references", Secret="spec.tls[*].secretName", IngressClass="spec.ingressClassName"),
)
_SCALE = _lines("targets", Deployment="spec.scaleTargetRef")
_BINDING = _lines("references", Role="roleRef", ServiceAccount="subjects[*]")
_WEBHOOKS = _lines("targets", Service="webhooks[*].clientConfig.service")
_MONITOR_SECRETS = " ".join(
    f"spec.{endpoints}[*].{field}"
    for endpoints in ("endpoints", "podMetricsEndpoints")
    for field in (
        "basicAuth.username", "basicAuth.password", "bearerTokenSecret", "authorization.credentials",
        "tlsConfig.ca.secret", "tlsConfig.cert.secret", "tlsConfig.keySecret",
    )
)  # fmt: skip
_ADVERTISEMENT = _lines("references", IPAddressPool="spec.ipAddressPools[*]")

_POINTERS: dict[tuple[str, str], tuple[_Line, ...]] = {
    ("autoscaling", "HorizontalPodAutoscaler"): _SCALE,
    ("autoscaling.k8s.io", "VerticalPodAutoscaler"): _lines("targets", Deployment="spec.targetRef"),
    ("keda.sh", "ScaledObject"): (
        *_SCALE,
        *_lines("references", TriggerAuthentication="spec.triggers[*].authenticationRef"),
    ),
    ("networking.k8s.io", "Ingress"): _INGRESS,
    ("extensions", "Ingress"): _INGRESS,
    **{
        ("gateway.networking.k8s.io", kind): _ROUTE
        for kind in ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute")
    },
    ("gateway.networking.k8s.io", "Gateway"): _lines(
        "references", GatewayClass="spec.gatewayClassName", Secret="spec.listeners[*].tls.certificateRefs[*]"
    ),
    **{("traefik.io", kind): lines for kind, lines in _TRAEFIK.items()},
    **{("traefik.containo.us", kind): lines for kind, lines in _TRAEFIK.items()},
    ("route.openshift.io", "Route"): _lines("targets", Service="spec.to spec.alternateBackends[*]"),
    ("apiregistration.k8s.io", "APIService"): _lines("targets", Service="spec.service"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): _WEBHOOKS,
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): _WEBHOOKS,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _lines(
        "targets", Service="spec.conversion.webhook.clientConfig.service"
    ),
    ("apps", "StatefulSet"): _lines(
        "references", Service="spec.serviceName", StorageClass="spec.volumeClaimTemplates[*].spec.storageClassName"
    ),
    ("argoproj.io", "Rollout"): (
        *_lines("owns", Deployment="spec.workloadRef"),
        *_lines(
            "targets",
            Service="spec.strategy.canary.stableService spec.strategy.canary.canaryService "
            "spec.strategy.blueGreen.activeService spec.strategy.blueGreen.previewService",
        ),
    ),
    ("", "PersistentVolumeClaim"): _lines(
        "references",
        StorageClass="spec.storageClassName",
        PersistentVolume="spec.volumeName",
        PersistentVolumeClaim="spec.dataSource spec.dataSourceRef",
    ),
    ("", "PersistentVolume"): _lines(
        "references", StorageClass="spec.storageClassName", PersistentVolumeClaim="spec.claimRef"
    ),
    ("", "ServiceAccount"): _lines("references", Secret="secrets[*] imagePullSecrets[*]"),
    ("rbac.authorization.k8s.io", "RoleBinding"): _BINDING,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _BINDING,
    ("cert-manager.io", "Certificate"): (
        *_lines("references", Issuer="spec.issuerRef"),
        *_lines("owns", Secret="spec.secretName"),
    ),
    ("external-secrets.io", "ExternalSecret"): (
        *_lines("references", SecretStore="spec.secretStoreRef"),
        *_lines("owns", Secret="spec.target.name"),
    ),
    ("monitoring.coreos.com", "ServiceMonitor"): _lines("references", Secret=_MONITOR_SECRETS),
    ("monitoring.coreos.com", "PodMonitor"): _lines("references", Secret=_MONITOR_SECRETS),
    ("metallb.io", "L2Advertisement"): _ADVERTISEMENT,
    ("metallb.io", "BGPAdvertisement"): _ADVERTISEMENT,
    ("snapshot.storage.k8s.io", "VolumeSnapshot"): _lines(
        "references",
        PersistentVolumeClaim="spec.source.persistentVolumeClaimName",
        VolumeSnapshotClass="spec.volumeSnapshotClassName",
    ),
    ("helm.toolkit.fluxcd.io", "HelmRelease"): _lines(
        "references", ConfigMap="spec.valuesFrom[*]", HelmRepository="spec.chart.spec.sourceRef"
    ),
    ("kustomize.toolkit.fluxcd.io", "Kustomization"): _lines(
        "references",
        GitRepository="spec.sourceRef",
        Secret="spec.decryption.secretRef",
        ConfigMap="spec.postBuild.substituteFrom[*]",
        Kustomization="spec.dependsOn[*]",
    ),
}

_ANNOTATIONS: tuple[tuple[str, str], ...] = (
    ("cert-manager.io/cluster-issuer", "ClusterIssuer"),
    ("cert-manager.io/issuer", "Issuer"),
)
_SLICE_OF_SERVICE = "kubernetes.io/service-name"
_NAME_FIELDS = ("name", "secretName", "serviceName")
_CORE = frozenset({""})
_CERT_MANAGER = frozenset({"cert-manager.io"})


def pointers_of(resource: Resource) -> tuple[Pointer, ...]:
    """Return every name that an object gives of another one, in the order of the table, then of its pod template."""
    if not resource.traits.gives:
        return ()
    return resource.pointers(
        lambda near: tuple(pointers_in(near.group, near.kind, near.data, near.template_path, near.namespace))
    )


def pointers_in(
    group: str, kind: str, data: dict[str, Any], template_path: FieldPath | None, namespace: str | None
) -> list[Pointer]:
    """Return the names that the values of an object give, as ``pointers_of`` does; ``namespace`` is its own."""
    found: list[Pointer] = []
    for line in _POINTERS.get((group, kind), ()):
        for path, value in expand(data, line.steps):
            pointer = _read(kind, line, path, value, namespace)
            if pointer is not None:
                found.append(pointer)
    if kind == "Ingress":
        annotations = as_dict(as_dict(data.get("metadata")).get("annotations"))
        for annotation, issuer in _ANNOTATIONS:
            name = as_text(annotations.get(annotation))
            if name:
                path = ("metadata", "annotations", annotation)
                found.append(Pointer("references", path, issuer, _CERT_MANAGER, name, namespace))
    if group == "discovery.k8s.io":
        name = as_text(as_dict(as_dict(data.get("metadata")).get("labels")).get(_SLICE_OF_SERVICE))
        if name:
            path = ("metadata", "labels", _SLICE_OF_SERVICE)
            found.append(Pointer("targets", path, "Service", _CORE, name, namespace))
    if template_path is not None:
        for item in pod_names(template_path, walk(data, template_path)):
            groups = kinds.groups_of(item.kind)
            found.append(
                Pointer("references", item.path, item.kind, groups, item.name, namespace, item.key, item.is_optional)
            )
    return found


def expand(data: Any, steps: Sequence[str], path: FieldPath = ()) -> list[tuple[FieldPath, Any]]:
    """Return every route that ``steps`` lead to, with what lies there; a step ``name[*]`` enters each list item."""
    found: list[tuple[FieldPath, Any]] = [(path, data)]
    for step in steps:
        field = step.removesuffix("[*]")
        below: list[tuple[FieldPath, Any]] = []
        for route, held in found:
            value = held.get(field) if isinstance(held, dict) else None
            if value is None:
                continue
            if field == step:
                below.append(((*route, field), value))
            elif isinstance(value, list):
                below += [((*route, field, index), item) for index, item in enumerate(value)]
        if not below:
            return below
        found = below
    return found


def _read(of_kind: str, line: _Line, path: FieldPath, value: Any, namespace: str | None) -> Pointer | None:
    if isinstance(value, str):
        if not value:
            return None
        return Pointer(line.role, path, line.kind, _groups(line.kind, None), value, namespace)
    data = as_dict(value)
    field = next((field for field in _NAME_FIELDS if isinstance(data.get(field), str) and data[field]), None)
    if field is None:
        return None
    kind = as_text(data.get("kind")) or line.kind
    group = data.get("group", data.get("apiGroup"))
    if group is None and isinstance(data.get("apiVersion"), str):
        group = kinds.split_api_version(data["apiVersion"])[0]
    is_subject = path[0] == "subjects"
    if is_subject and kind != "ServiceAccount":
        return None
    stated = as_text(data.get("namespace")) or None
    if stated is None and not (is_subject and of_kind == "ClusterRoleBinding"):
        stated = namespace
    key = as_text(data.get("key")) or None
    groups = _CORE if is_subject else _groups(kind, group)
    return Pointer(line.role, (*path, field), kind, groups, data[field], stated, key, data.get("optional") is True)


def _groups(kind: str, stated: Any) -> frozenset[str] | None:
    """Return the groups that a stated kind may be of; extensions and apps are two names of the same objects."""
    builtin = kinds.groups_of(kind)
    if isinstance(stated, str) and stated:
        return builtin if stated in builtin else frozenset({stated})
    return builtin or None
