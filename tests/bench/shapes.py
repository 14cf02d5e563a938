"""The hard cases: everything in one namespace, everything in one kustomization, everything custom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .background import crds


class Manifest(NamedTuple):
    """One file to write."""

    path: str
    text: str
    documents: int


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: shop
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
      app.kubernetes.io/part-of: shop
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
        app.kubernetes.io/part-of: shop
        tier: backend
    spec:
      nodeSelector:
        kubernetes.io/arch: amd64
      containers:
        - name: web
          image: registry.lab.example.org/{name}:1.4.{number}
          ports:
            - name: http
              containerPort: 8080
          envFrom:
            - configMapRef:
                name: {name}
          readinessProbe:
            httpGet:
              path: /ready
              port: http
          resources:
            requests:
              cpu: 50m
              memory: 64Mi
            limits:
              memory: 128Mi
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  selector:
    app.kubernetes.io/part-of: shop
    app.kubernetes.io/name: {name}
  ports:
    - name: http
      port: 80
      targetPort: http
"""
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
data:
  LOG_LEVEL: info
  PORT: "8080"
"""
PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  replicas: 3
"""
KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"


def services(size: int) -> Iterator[Manifest]:
    """Yield ``size`` Services and as many workloads, all in one namespace, all sharing a label."""
    for number in range(size):
        name = f"part-{number}"
        texts = [_in_namespace(text, "shop").format(name=name, number=number) for text in (DEPLOYMENT, SERVICE)]
        yield Manifest(f"shop/{number // 100:03d}/{name}.yaml", "---\n".join(texts), 2)


def shared(size: int) -> Iterator[Manifest]:
    """Yield what ``services`` does, but each Service selects by the label that all workloads have in common."""
    own = "    app.kubernetes.io/name: {name}\n"
    for file in services(size):
        name = file.path.rpartition("/")[2].removesuffix(".yaml")
        workload, service = file.text.split("---\n")
        yield file._replace(text=f"{workload}---\n{service.replace(own.format(name=name), '')}")


def kustomization(size: int) -> Iterator[Manifest]:
    """Yield one base of ``size`` objects, an overlay that patches every tenth application, and its kustomizations."""
    names: list[str] = []
    patches: list[str] = []
    for number in range(max(1, size // 3)):
        name = f"part-{number}"
        texts = [text.format(name=name, number=number) for text in (DEPLOYMENT, SERVICE, CONFIG_MAP)]
        names.append(f"{name}.yaml")
        yield Manifest(f"huge/base/{name}.yaml", "---\n".join(texts), 3)
        if number % 10 == 0:
            patches.append(f"patches/{name}.yaml")
            yield Manifest(f"huge/overlay/patches/{name}.yaml", PATCH.format(name=name), 1)
    base = KUSTOMIZATION + "resources:\n" + "".join(f"  - {name}\n" for name in names)
    yield Manifest("huge/base/kustomization.yaml", base, 1)
    overlay = f"{KUSTOMIZATION}namespace: shop\nresources:\n  - ../base\npatches:\n"
    yield Manifest("huge/overlay/kustomization.yaml", overlay + "".join(f"  - path: {path}\n" for path in patches), 1)


def custom(size: int) -> Iterator[Manifest]:
    """Yield ``size`` CustomResourceDefinitions: real ones under groups of their own, else generated ones."""
    templates = crds()
    done = copy = 0
    while templates and done < size:
        for template in templates:
            done += template.documents
            yield Manifest(f"crds/{copy:03d}/{template.path}", template.copy(f"-{copy}"), template.documents)
        copy += 1
    for number in range(done, size):
        yield Manifest(f"crds/generated/{number:05d}.yaml", _definition(number), 1)


def _in_namespace(text: str, namespace: str) -> str:
    return text.replace("metadata:\n  name: {name}\n", f"metadata:\n  name: {{name}}\n  namespace: {namespace}\n", 1)


def _definition(number: int) -> str:
    """Return a CustomResourceDefinition with a schema of some hundred lines."""
    group, kind = f"bench{number}.example.org", f"Gadget{number}"
    fields = "".join(
        f"                {field}:\n                  description: What the operator is told about {field}.\n"
        f"                  type: object\n                  properties:\n" + _leaves(field)
        for field in (f"part{index}" for index in range(30))
    )
    return (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        f"metadata:\n  name: gadget{number}s.{group}\nspec:\n  group: {group}\n  scope: Namespaced\n"
        f"  names:\n    kind: {kind}\n    plural: gadget{number}s\n  versions:\n    - name: v1\n      served: true\n"
        "      storage: true\n      schema:\n        openAPIV3Schema:\n          type: object\n          properties:\n"
        f"            spec:\n              type: object\n              properties:\n{fields}"
    )


def _leaves(field: str) -> str:
    return "".join(
        f"                    {field}{index}:\n                      type: string\n"
        f"                      pattern: ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$\n"
        for index in range(8)
    )


SHAPES: dict[str, Callable[[int], Iterator[Manifest]]] = {
    "custom": custom,
    "kustomization": kustomization,
    "services": services,
    "shared": shared,
}
