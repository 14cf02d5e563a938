"""Names that one object gives of another: where they stand, what they name, and in which role.

``targets`` points at what an object works on (a backend, what is scaled), ``references`` at what it needs, ``owns`` at
what it controls or brings into being. Sources: the Kubernetes API reference and the API references of the projects
whose groups stand here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from kubelint_lessons.manifests import kinds
from kubelint_lessons.manifests.podpointers import pod_names
from kubelint_lessons.manifests.podtemplates import as_dict, as_text
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

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
    pattern: str


def _lines(role: Role, **patterns: str) -> tuple[_Line, ...]:
    return tuple(_Line(role, kind, pattern) for kind, text in patterns.items() for pattern in text.split())


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


def pointers_of(resource: Resource) -> tuple[Pointer, ...]:
    """Return every name that an object gives of another one, in the order of the table, then of its pod template."""
    has_names = resource.template_path is not None or (resource.group, resource.kind) in _POINTERS
    if not has_names and resource.kind != "Ingress" and resource.group != "discovery.k8s.io":
        return ()
    return resource.pointers(lambda near: tuple(_all(near)))


def _all(resource: Resource) -> Iterator[Pointer]:
    for line in _POINTERS.get((resource.group, resource.kind), ()):
        steps = line.pattern.split(".")
        for path, value in expand(resource.data, steps):
            pointer = _read(resource, line, path, value)
            if pointer is not None:
                yield pointer
    if resource.kind == "Ingress":
        for annotation, kind in _ANNOTATIONS:
            name = resource.annotations.get(annotation)
            if name:
                path = ("metadata", "annotations", annotation)
                yield Pointer("references", path, kind, frozenset({"cert-manager.io"}), name, resource.namespace)
    if resource.group == "discovery.k8s.io" and resource.labels.get(_SLICE_OF_SERVICE):
        path = ("metadata", "labels", _SLICE_OF_SERVICE)
        name = resource.labels[_SLICE_OF_SERVICE]
        yield Pointer("targets", path, "Service", frozenset({""}), name, resource.namespace)
    for item in pod_names(resource):
        groups = kinds.groups_of(item.kind)
        yield Pointer(
            "references", item.path, item.kind, groups, item.name, resource.namespace, item.key, item.is_optional
        )


def expand(data: Any, steps: list[str], path: FieldPath = ()) -> Iterator[tuple[FieldPath, Any]]:
    """Yield every route that ``steps`` lead to, with what lies there; a step ``name[*]`` enters each list item."""
    if not steps:
        yield path, data
        return
    if not isinstance(data, dict):
        return
    step = steps[0]
    field = step.removesuffix("[*]")
    value = data.get(field)
    if value is None:
        return
    if field == step:
        yield from expand(value, steps[1:], (*path, field))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from expand(item, steps[1:], (*path, field, index))


def _read(resource: Resource, line: _Line, path: FieldPath, value: Any) -> Pointer | None:
    if isinstance(value, str):
        if not value:
            return None
        return Pointer(line.role, path, line.kind, _groups(line.kind, None), value, resource.namespace)
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
    namespace = as_text(data.get("namespace")) or resource.namespace
    if is_subject and resource.kind == "ClusterRoleBinding":
        namespace = as_text(data.get("namespace")) or None
    key = as_text(data.get("key")) or None
    groups = frozenset({""}) if is_subject else _groups(kind, group)
    return Pointer(line.role, (*path, field), kind, groups, data[field], namespace, key, data.get("optional") is True)


def _groups(kind: str, stated: Any) -> frozenset[str] | None:
    """Return the groups that a stated kind may be of; extensions and apps are two names of the same objects."""
    builtin = kinds.groups_of(kind)
    if isinstance(stated, str) and stated:
        return builtin if stated in builtin else frozenset({stated})
    return builtin or None
