"""What kind of document this is: only manifests, lists, patches, kustomizations and CRDs are checked as such.

The signs come from real repositories: release notes with an apiVersion, Deployments in files named values.yaml,
json6902 patches that are bare lists, Helm templates that parse.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

from kubelint_lessons.manifests import kinds
from kubelint_lessons.model.regexes import regex

DocumentClass = Literal[
    "manifest",
    "list",
    "kustomize",
    "patch",
    "helm-template",
    "helm-values",
    "crd",
    "not-kubernetes",
    "broken",
    "empty",
]

Hint = Literal["", "chart", "chart-template"]
"""What the caller knows of a file's surroundings: it lies beside a Chart.yaml, or below ``templates/`` beside one."""

_WHY: dict[DocumentClass, str] = {
    "manifest": "a Kubernetes object",
    "list": "a list of Kubernetes objects",
    "kustomize": "a kustomization",
    "patch": "a patch: rules about missing fields do not run on it",
    "helm-template": "a template: what will be applied exists only after rendering",
    "helm-values": "values or metadata of a Helm chart",
    "crd": "a CustomResourceDefinition",
    "not-kubernetes": "not Kubernetes: no apiVersion and kind that a cluster would take",
    "broken": "does not parse",
    "empty": "nothing in it",
}

_KUSTOMIZATION_FILES = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_CHART_FILES = frozenset({"Chart.yaml", "Chart.lock", "requirements.yaml", "requirements.lock"})
_KUSTOMIZE_GROUP = "kustomize.config.k8s.io"
_VALUES_FILE = regex(r"(?:.*[-_.])?values(?:[-_.].*)?\.ya?ml")

_VERSION = regex(r"[a-z][a-z0-9-]*")
_CORE_VERSION = regex(r"v[0-9]+(?:(?:alpha|beta)[0-9]+)?")
_GROUP = regex(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_KIND = regex(r"[A-Z][A-Za-z0-9]*")
_GROUPS_WITHOUT_DOT = frozenset({"apps", "autoscaling", "batch", "extensions", "policy"})
_CLIENT_GROUPS = regex(
    r"(?:(?:[a-z]+\.)?config\.k8s\.io|(?:.*\.)?kubeadm\.k8s\.io|.*\.config\.k8s\.io|kind\.x-k8s\.io|k3d\.io|eksctl\.io"
    r"|(?:.*\.)?backstage\.io|kpt\.dev|kuttl\.dev|(?:cli|chainsaw)\.kyverno\.io|config\.kubernetes\.io|minikube\..*"
    r"|krew\.googlecontainertools\.github\.com|scorecard\.operatorframework\.io|audit\.k8s\.io)"
)
"""Groups whose objects configure programs and are never applied to a cluster."""

_NEEDS_SELECTOR = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"})

_TEMPLATE = regex(r"\{\{|\{%")
_LINE_IS_TEMPLATE = regex(r"[ \t]*(?:- +)*(?:[^#'\"\s][^#'\"]*: +)?(?:\{\{|\{%)")
_SED_PLACEHOLDER = regex(r"[:-][ \t]+(?:@[A-Z][A-Z0-9_]*@|\{[A-Z][A-Z0-9_]*_[A-Z0-9_]*\}\S)")
_HELM_WORDS = regex(
    r"\{\{[^}\n]{0,200}(?:\.Values|\.Release|\.Chart\b|\.Capabilities|\.Files|\binclude |\btoYaml\b|\bnindent\b|\btpl )"
)
_WIDEST_LINE = 1000
_BLOCK_SCALAR = regex(r"(?:^|[:\-?\s])[|>][-+0-9]*[ \t]*(?:#.*)?$")


def why(document_class: DocumentClass) -> str:
    """Return what a class means, in the words of ``--show-files``."""
    return _WHY[document_class]


def classify(path: str, data: Any, text: str, hint: Hint = "") -> DocumentClass:
    """Return the class of a document that parses. ``path`` may be relative; only its last part counts."""
    if data is None:
        return "empty"
    if hint == "chart-template" and "{{" in text:
        return "helm-template"
    if isinstance(data, list):
        return "patch" if _is_json_patch(data) else "not-kubernetes"
    if not isinstance(data, dict):
        return "not-kubernetes"
    api_version, kind = data.get("apiVersion"), data.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind, str) or not _is_object(api_version, kind):
        name = path.rpartition("/")[2]
        if name in _KUSTOMIZATION_FILES:
            return "kustomize"
        if name in _CHART_FILES or _VALUES_FILE.fullmatch(name) or hint == "chart":
            return "helm-values"
        return "not-kubernetes"
    group = kinds.split_api_version(api_version)[0]
    if group == _KUSTOMIZE_GROUP:
        return "kustomize"
    if kind.endswith("List") and isinstance(data.get("items"), list):
        return "list"
    if group == "apiextensions.k8s.io" and kind == "CustomResourceDefinition":
        return "crd"
    if ("$patch" in text and _has_directive(data)) or _is_partial_workload(group, kind, data):
        return "patch"
    return "manifest"


def is_template(text: str, line: int) -> bool:
    """Return whether a text that does not parse is a template: of Helm or Jinja, not YAML with ``{{`` inside strings.

    ``line`` is the 1-based line of the text that the parser stopped at. A placeholder for sed in that line, such as
    ``name: @NAME@`` or ``ip: {PREFIX}.16``, makes it a template as well.
    """
    if _SED_PLACEHOLDER.search("\n".join(text.splitlines()[line - 1 : line])):
        return True
    if _TEMPLATE.search(text) is None:
        return False
    if _HELM_WORDS.search(text):
        return True
    block_indent = -1
    for number, content in enumerate(text.splitlines(), 1):
        stripped = content.lstrip()
        indent = len(content) - len(stripped)
        if block_indent >= 0:
            if not stripped or indent > block_indent:
                continue
            block_indent = -1
        content = content[:_WIDEST_LINE]
        if _LINE_IS_TEMPLATE.match(content) or (number == line and not stripped.startswith("#") and "{{" in stripped):
            return True
        if _BLOCK_SCALAR.search(content):
            block_indent = indent
    return False


@lru_cache(1024)
def _is_object(api_version: str, kind: str) -> bool:
    """Return whether apiVersion and kind are such that an API server could take the object.

    A group is a DNS name and, beyond the five old ones, has a dot (validation of CustomResourceDefinition).
    """
    if not kind:
        return False
    group, version = kinds.split_api_version(api_version)
    if not group:
        return bool(_CORE_VERSION.fullmatch(version) and _KIND.fullmatch(kind)) and kind != "Config"
    if group in _GROUPS_WITHOUT_DOT:
        return bool(_VERSION.fullmatch(version) and _KIND.fullmatch(kind))
    if group == _KUSTOMIZE_GROUP:
        return True
    is_group = "." in group and _GROUP.fullmatch(group) is not None and _CLIENT_GROUPS.fullmatch(group) is None
    return is_group and _VERSION.fullmatch(version) is not None


def _is_json_patch(data: list[Any]) -> bool:
    return bool(data) and all(
        isinstance(part, dict) and isinstance(part.get("op"), str) and isinstance(part.get("path"), str)
        for part in data
    )


def _has_directive(data: Any) -> bool:
    if isinstance(data, dict):
        return any(str(key).startswith("$patch") or _has_directive(value) for key, value in data.items())
    return isinstance(data, list) and any(_has_directive(part) for part in data)


def _is_partial_workload(group: str, kind: str, data: dict[str, Any]) -> bool:
    """Return whether a workload lacks what the API requires of it and a patch leaves out."""
    path = kinds.template_path(group, kind)
    if path is None or not kinds.is_builtin(group, kind):
        return False
    node: Any = data
    for step in (*path, "spec"):
        node = node.get(step) if isinstance(node, dict) else None
    containers = node.get("containers") if isinstance(node, dict) else None
    has_image = isinstance(containers, list) and any(
        isinstance(container, dict) and container.get("image") for container in containers
    )
    if kind in _NEEDS_SELECTOR:
        spec = data.get("spec")
        return not has_image and not (isinstance(spec, dict) and spec.get("selector") is not None)
    return not containers
