"""Which of many changes is likely the repair, and which only came along: image tags, replicas, bookkeeping."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kubelint_lessons.authoring.drafts.compare import Change
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_BOOKKEEPING = frozenset(
    ("creationTimestamp", "generation", "resourceVersion", "uid", "selfLink", "managedFields", "ownerReferences")
)
_BOOKKEEPING_ANNOTATIONS = frozenset(
    ("kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision")
)
_WEAK_KEYS = regex(
    r"app\.kubernetes\.io/version|helm\.sh/chart|kubectl\.kubernetes\.io/restartedAt|version"
    r"|.*(?:checksum|rollme|config-hash|timestamp|restarted-?at).*",
    re.IGNORECASE,
)
_WORD = regex(r"[A-Za-z][A-Za-z0-9]{2,}")
_PARTS = regex(r"[A-Z]?[a-z0-9]{2,}|[A-Z]{2,}")
_BASE = {"renamed": 60, "changed": 50, "removed": 45, "item-removed": 42, "added": 38, "item-added": 36}
_PER_WORD = 10
_MOST_WORDS = 4
_COMMON = frozenset(
    (
        "the",
        "and",
        "for",
        "was",
        "not",
        "fix",
        "set",
        "add",
        "with",
        "from",
        "true",
        "false",
        "spec",
        "metadata",
        "template",
    )
)
_NEVER = 0
_ONLY_IF_ALONE = 10


class Weight(NamedTuple):
    """How likely a change is the repair. ``reason`` says why it is less likely than others; 0 is out of the question.

    ``is_weak`` changes count only where there is no other.
    """

    score: int
    reason: str = ""

    @property
    def is_weak(self) -> bool:
        """Return whether the change counts only where there is no other."""
        return self.score <= _ONLY_IF_ALONE


def weigh(change: Change, resource: Resource, words: str) -> Weight:
    """Return how likely ``change`` is the repair that ``words`` (symptom, cause and fix as told) are about."""
    path = change.path
    if path[:1] == ("status",):
        return Weight(_NEVER, "written by the cluster")
    if path[:1] == ("metadata",) and len(path) > 1 and path[1] in _BOOKKEEPING:
        return Weight(_NEVER, "written by the cluster")
    if change.kind == "order":
        return Weight(_NEVER, "only the order is another")
    last = str(path[-1]) if path else ""
    if "annotations" in path and last in _BOOKKEEPING_ANNOTATIONS:
        return Weight(_NEVER, "written by the cluster")
    if ("annotations" in path or "labels" in path) and _WEAK_KEYS.fullmatch(last):
        return Weight(_ONLY_IF_ALONE, "a version or a checksum follows other changes")
    if is_new_tag(change):
        return Weight(_ONLY_IF_ALONE, "only the tag of an image")
    if last in ("replicas", "minReplicas", "maxReplicas"):
        return Weight(_ONLY_IF_ALONE, "a number of replicas is rarely the cause")
    if path in (("metadata", "name"), ("metadata", "namespace")):
        return Weight(_ONLY_IF_ALONE, "another name")
    score = _BASE[change.kind]
    if change.kind == "changed" and (isinstance(change.old, bool) or type(change.old) is not type(change.new)):
        score += 8
    if path[:2] == ("metadata", "labels"):
        score -= 10
    elif "image" in path[-1:] or "volumeMounts" in path:
        score -= 5  # a mount follows its volume, an image its program
    fields = [str(step) for step in path[-3:]]
    values = [str(value)[:300] for value in (change.old, change.new) if value is not None]
    return Weight(score + bonus((*fields, *values, change.name, resource.kind, resource.original_name), words))


def is_new_tag(change: Change) -> bool:
    """Return whether a change gives an image another tag or digest, and no more."""
    if change.kind != "changed" or not isinstance(change.old, str) or not isinstance(change.new, str):
        return False
    if not change.path or change.path[-1] not in ("image", "newTag", "tag", "digest"):
        return False
    return change.path[-1] != "image" or repository_of(change.old) == repository_of(change.new)


def repository_of(image: str) -> str:
    """Return an image's name without tag and digest: ``ghcr.io/acme/web`` of ``ghcr.io/acme/web:1.2``."""
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def bonus(texts: Iterable[str], words: str) -> int:
    """Return how much likelier a change is for the words of the story that name its field, values or object."""
    told = _words_of([words]) - _COMMON
    return _PER_WORD * min(len(_words_of(texts) & told), _MOST_WORDS) if told else 0


def _words_of(texts: Iterable[str]) -> set[str]:
    """Return the words of texts in small letters, and the parts of those in camelCase."""
    found: set[str] = set()
    for text in texts:
        for word in _WORD.findall(text):
            found |= {word.lower(), *(part.lower() for part in _PARTS.findall(word))}
    return found
