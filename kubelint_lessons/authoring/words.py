"""Text as terms to compare: identifiers split and whole, words lightly stemmed, numbers and error codes kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

LONGEST_TEXT = 100_000
"""Characters of a text that are looked at; a pasted log is shorter."""

_NOISE = regex(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?"  # a point in time
    r"|\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?\b"
    r"|\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"
    r"|\bsha256:[0-9a-f]{12,}"
    r"|-[0-9a-f]{8,10}-[a-z0-9]{5}\b"  # what a ReplicaSet adds to the name of a pod
    r"|\b\d{6,}\b"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b"  # an address
    r"|\x1b\[[0-9;]*[A-Za-z]"  # a colour
)
_TOKEN = regex(r"\w(?:[\w./:@-]*\w)?", re.UNICODE)
_SPLIT = regex(r"[\W_]+", re.UNICODE)
_CAMEL = regex(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+", re.UNICODE)
_HASH = regex(r"(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{9,}|[0-9a-z+/=]{40,}")

_STOP_WORDS = """
a about after again all also although an and any are as at be because been before being both but by can could did do
does doing done either for from had has have he her here him his how however i if in into is isn it its itself just
like may me might more most much must my neither no nor not now of off on once only onto or other our out over own
same she should since so some still such than that the their them then there these they this those though to too under
until up us very was we were what when where whether which while who why will with within without would yet you your
don doesn didn won cannot cant wont dont doesnt didnt
"""
_STOP = frozenset(_STOP_WORDS.split())

_SHORT_NAMES = {
    "cj": "CronJob",
    "cm": "ConfigMap",
    "crd": "CustomResourceDefinition",
    "deploy": "Deployment",
    "ds": "DaemonSet",
    "ep": "Endpoints",
    "hpa": "HorizontalPodAutoscaler",
    "ing": "Ingress",
    "k8s": "kubernetes",
    "netpol": "NetworkPolicy",
    "ns": "Namespace",
    "pdb": "PodDisruptionBudget",
    "pv": "PersistentVolume",
    "pvc": "PersistentVolumeClaim",
    "quota": "ResourceQuota",
    "rs": "ReplicaSet",
    "sa": "ServiceAccount",
    "sc": "StorageClass",
    "sts": "StatefulSet",
    "svc": "Service",
    "vpa": "VerticalPodAutoscaler",
}
"""What ``kubectl api-resources`` lists as short names, and a few that people say."""

_KIND_NAMES = """
ClusterIssuer ClusterRole ClusterRoleBinding EndpointSlice ExternalName IngressClass IngressRoute LimitRange
LoadBalancer NodePort PodMonitor RoleBinding RunnerDeployment ServiceMonitor
"""
_KINDS = {kind.lower(): kind for kind in (*_SHORT_NAMES.values(), *_KIND_NAMES.split())}
"""Compound names that people write in lower case, where no capital shows where to split."""


class Term(NamedTuple):
    """``text`` is what is compared; ``word`` is how it was written; ``is_whole`` marks an uncut identifier."""

    text: str
    word: str
    is_whole: bool


def terms(text: str) -> list[Term]:
    """Return the terms of ``text`` in order.

    ``spec.rollingUpdate`` gives itself, ``spec``, ``roll`` and ``updat``; ``pvc`` also what PersistentVolumeClaim
    gives. Times, hashes and ids that change from run to run are left out.
    """
    found: list[Term] = []
    for match in _TOKEN.finditer(_NOISE.sub(" ", text[:LONGEST_TEXT])):
        found.extend(_terms_of(match[0]))
    return found


def pairs(found: Iterable[Term]) -> list[str]:
    """Return neighbouring words as one term each, which tell "bad gateway" from "gateway" and "bad"."""
    plain = [term.text for term in found if not term.is_whole]
    return [f"{first} {second}" for first, second in pairwise(plain) if first != second]


def _terms_of(token: str) -> Iterator[Term]:
    lowered = token.lower()
    if _HASH.fullmatch(lowered):
        return
    pieces = [piece for piece in _SPLIT.split(token) if piece]
    if len(pieces) > 1 and len(lowered) <= 80:
        yield Term(lowered, token, True)
    for piece in pieces:
        small = piece.lower()
        if _HASH.fullmatch(small) or small in _STOP:
            continue
        written = _SHORT_NAMES.get(small) or _SHORT_NAMES.get(small.removesuffix("s")) or _KINDS.get(small) or piece
        parts = [part.lower() for part in _CAMEL.findall(written)]
        if len(parts) > 1:
            yield Term(written.lower(), piece, True)
        elif written is not piece and not written.islower():
            yield Term(small, piece, True)
        for part in parts:
            if part not in _STOP and (len(part) > 1 or part.isdigit()):
                yield Term(stem(part), piece, False)


def stem(word: str) -> str:
    """Return ``word`` (lower case) without the endings by which English bends it; short words stay."""
    if len(word) <= 3 or not word.isalpha():
        return word
    if word.endswith(("ies", "ied")) and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) >= 3 and re.search("[aeiouy]", root):
            word = root[:-1] if root[-1] == root[-2] and root[-1] not in "lsz" else root
            break
    if word.endswith("ly") and len(word) > 5:
        word = word[:-2]
    return word[:-1] if word.endswith("e") and len(word) > 4 else word
