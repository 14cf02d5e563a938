"""The manifests of real repositories that a corpus is copied from, with what is renamed in each copy.

Where ../shared/corpus/clean lies beside the repository, its application manifests are the background: files of at most
200 KB in which every document is a Kubernetes object that PyYAML reads. Elsewhere it is fixtures/homelab-fixed.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "corpus" / "clean"
FIXTURES = ROOT / "fixtures" / "homelab-fixed" / "k8s"
LARGEST = 200_000
UNIT_LIMIT = 120  # documents; a larger one would decide the mix alone
SEED = 6

CLUSTER_KINDS = frozenset(
    re.findall(
        r"\S+",
        """
        APIService CSIDriver ClusterExternalSecret ClusterImageSet ClusterIssuer ClusterPolicy ClusterRole
        ClusterRoleBinding ClusterSecretStore CustomResourceDefinition GatewayClass IngressClass
        MutatingWebhookConfiguration Namespace Node PersistentVolume PriorityClass RuntimeClass StorageClass
        ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration VolumeSnapshotClass
        """,
    )
)
# What a name must not be so that a value that equals it may be renamed wherever it stands.
KEPT = frozenset(["default", "kube-system", "kube-public", "true", "false", "null", "admin", "edit", "view"])
KEPT |= {"http", "https", "tcp", "udp", "metrics", "web"}

# A line that ends in one plain or quoted word: `name: web`, `- web`, `- name: "web"  # comment`.
WORD = re.compile(
    r"""(?m)^([ ]*(?:-[ ]+)*(?:[\w./-]+:[ ]+)?["']?)([a-z0-9][a-z0-9.-]*)(?=["']?[ \t]*(?:#[^\n]*)?\r?$)"""
)
SEPARATOR = re.compile(r"(?m)^---[ \t]*(?:#.*)?$")


class Template(NamedTuple):
    """One file: ``parts`` alternate between text that stays and words that get the suffix of a copy."""

    path: str
    parts: tuple[str, ...]
    documents: int

    def copy(self, suffix: str) -> str:
        """Return the text of one copy."""
        return "".join(part + suffix if number % 2 else part for number, part in enumerate(self.parts))


class Unit(NamedTuple):
    """Files that belong together: directories that a kustomization joins, or one directory outside any."""

    files: tuple[Template, ...]

    @property
    def documents(self) -> int:
        """How many documents the files hold."""
        return sum(file.documents for file in self.files)


class _UniqueKeys(yaml.CSafeLoader):
    """Refuses a key given twice, on which some of the others end the whole run."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(keys)) < len(keys):
            raise yaml.constructor.ConstructorError(None, None, "a key given twice", node.start_mark)
        return super().construct_mapping(node, deep)


class _File(NamedTuple):
    path: str
    text: str
    documents: list[dict[str, Any]]


def read_units() -> tuple[str, list[Unit]]:
    """Return what the background is called, and its units in an order that mixes the repositories."""
    root, name = (SHARED, "shared/corpus/clean") if SHARED.is_dir() else (FIXTURES, "fixtures/homelab-fixed")
    groups = _groups(root)
    units = [_unit(files) for files in groups]
    units = [unit for unit in units if unit.documents <= UNIT_LIMIT]
    random.Random(SEED).shuffle(units)
    return name, units


def crds() -> list[Template]:
    """Return the files of the background that hold nothing but CustomResourceDefinitions."""
    if not SHARED.is_dir():
        return []
    files = [file for file in _files(SHARED, 2_000_000) if {one["kind"] for one in file.documents} == {_CRD}]
    return [_template(file, _plurals(file), "") for file in files]


_CRD = "CustomResourceDefinition"


def _plurals(file: _File) -> set[str]:
    groups = {str(one.get("spec", {}).get("group")) for one in file.documents}
    return groups | {str(one["metadata"].get("name")) for one in file.documents}


def _files(root: Path, largest: int = LARGEST) -> Iterator[_File]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if not name.endswith((".yaml", ".yml")) or name == ".kubelint.yaml" or path.stat().st_size > largest:
                continue
            read = _read(path)
            if read is not None:
                yield _File(path.relative_to(root).as_posix(), *read)


def _read(path: Path) -> tuple[str, list[dict[str, Any]]] | None:
    """Return the text and the documents of a file in which every document is a Kubernetes object, else None."""
    try:
        text = path.read_bytes().decode("utf-8")
        documents = [one for one in yaml.load_all(text, _UniqueKeys) if one is not None]
    except (UnicodeDecodeError, ValueError, yaml.YAMLError):
        return None
    if not documents or "{{" in text or "${" in text or "ENC[" in text or not all(map(_is_object, documents)):
        return None
    return text, documents


def _is_object(document: object) -> bool:
    if not isinstance(document, dict) or not isinstance(document.get("kind"), str):
        return False
    if str(document.get("apiVersion")).startswith("kustomize.config.k8s.io"):
        return True
    if document["kind"] == "Ingress" and not all(
        isinstance(rule, dict) and "host" in rule for rule in _rules(document)
    ):
        return False  # it serves every host: each copy would take the paths of all others
    return isinstance(document.get("apiVersion"), str) and isinstance(document.get("metadata"), dict)


def _rules(document: dict[str, Any]) -> list[Any]:
    spec = document.get("spec")
    return (spec.get("rules") or []) if isinstance(spec, dict) else []


def _groups(root: Path) -> list[list[_File]]:
    """Return the files of every unit, in the order of their paths."""
    parents: dict[str, str] = {}

    def find(folder: str) -> str:
        while parents.setdefault(folder, folder) != folder:
            folder = parents[folder]
        return folder

    files = [file for file in _files(root) if all(one["kind"] != _CRD for one in file.documents)]
    for file in files:
        folder = os.path.dirname(file.path)
        find(folder)
        for document in file.documents:
            for target in _targets(document):
                path = os.path.normpath(os.path.join(folder, target))
                joined = path if (root / path).is_dir() else os.path.dirname(path)
                parents[find(joined)] = find(folder)
    groups: dict[str, list[_File]] = {}
    for file in files:
        groups.setdefault(find(os.path.dirname(file.path)), []).append(file)
    return list(groups.values())


def _targets(document: dict[str, Any]) -> list[str]:
    """Return the paths that a kustomization names, none for other documents."""
    if not str(document.get("apiVersion")).startswith("kustomize.config.k8s.io"):
        return []
    found: list[str] = []
    for key in ("resources", "bases", "components", "patches", "patchesStrategicMerge"):
        for entry in document.get(key) or []:
            target = entry.get("path") if isinstance(entry, dict) else entry
            if isinstance(target, str) and "\n" not in target and "://" not in target:
                found.append(target)
    return found


def _unit(files: list[_File]) -> Unit:
    words: set[str] = set()
    for file in files:
        for document in file.documents:
            meta = document.get("metadata") or {}
            words |= {str(meta.get("name")), str(meta.get("namespace")), str(document.get("namespace"))}
            words |= _hosts(document)
    has_kustomization = any(one["apiVersion"].startswith("kustomize.") for file in files for one in file.documents)
    namespace = "" if has_kustomization else _slug(os.path.dirname(files[0].path))
    return Unit(tuple(_template(file, words, namespace) for file in files))


def _hosts(document: dict[str, Any]) -> set[str]:
    """Return the host names that an Ingress or a route serves: two copies of one host would disturb each other."""
    if document["kind"] not in ("Ingress", "HTTPRoute"):
        return set()
    hosts = [rule.get("host") for rule in _rules(document) if isinstance(rule, dict)]
    return {str(host) for host in [*hosts, *(document["spec"].get("hostnames") or [])] if host}


def _template(file: _File, words: set[str], namespace: str) -> Template:
    """Cut a text at the words to rename; objects without a namespace get ``namespace``, where there is one."""
    text = _with_namespace(file.text, namespace) if namespace else file.text
    parts: list[str] = []
    done = 0
    for match in WORD.finditer(text):
        word = match[2]
        if (word in words and word not in KEPT and len(word) > 2 and not word[0].isdigit()) or word == namespace:
            parts += [text[done : match.end(1)], word]
            done = match.end()
    return Template(file.path, (*parts, text[done:]), len(file.documents))


def _with_namespace(text: str, namespace: str) -> str:
    """Return the text with a namespace for every object of a namespaced kind that has none, in block style."""
    pieces = SEPARATOR.split(text)
    for number, piece in enumerate(pieces):
        kind = re.search(r"(?m)^kind:[ ]*(\S+)", piece)
        start = re.search(r"(?m)^metadata:[ \t]*\r?\n([ ]+)(?=[a-z])", piece)
        if not kind or not start or kind[1] in CLUSTER_KINDS or kind[1] == "List":
            continue
        if re.search(rf"(?m)^{start[1]}namespace:", piece):
            continue
        pieces[number] = f"{piece[: start.start(1)]}{start[1]}namespace: {namespace}\n{piece[start.start(1) :]}"
    separators = SEPARATOR.findall(text)
    return "".join(piece + separator for piece, separator in zip(pieces, [*separators, ""], strict=True))


def _slug(folder: str) -> str:
    """Return a namespace for a directory: the last words of its path."""
    return re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-")[-30:].strip("-") or "apps"
