"""Label selectors as the API server evaluates them: the one matcher for every rule.

All requirements must hold. A requirement that the API server would refuse (unknown operator, ``In`` without values,
a value that is no string) never matches. Whether an *absent* selector means everything or nothing depends on the kind
that holds it: ``SELECTING`` in ``selecting.py`` says it for each.
Source: LabelSelector in the Kubernetes API reference, https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from kubelint_lessons.manifests.placeholders import could_become, is_placeholder
from kubelint_lessons.model.records import NamedTuple

Verdict = Literal["yes", "no", "unknown"]


class Requirement(NamedTuple):
    """One expression: ``key`` In, NotIn, Exists or DoesNotExist ``values``."""

    key: str
    operator: str
    values: frozenset[str]


class Selector(NamedTuple):
    """A parsed selector, hashable: equal selectors match the same labels."""

    pairs: frozenset[tuple[str, str]] = frozenset()
    requirements: frozenset[Requirement] = frozenset()
    is_valid: bool = True

    @property
    def is_everything(self) -> bool:
        """Return whether every set of labels matches."""
        return self.is_valid and not self.pairs and not self.requirements

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether ``labels`` certainly match; a value that is filled in later does not."""
        return self.verdict(labels) == "yes"

    def verdict(self, labels: Mapping[str, str]) -> Verdict:
        """Return whether ``labels`` match; unknown where that hangs on a value that is filled in later."""
        if not self.is_valid:
            return "no"
        is_certain = True
        for key, value in self.pairs:
            found = labels.get(key)
            if found == value and not is_placeholder(value):
                continue
            if found is None or not _could_be(found, value):
                return "no"
            is_certain = False
        for requirement in self.requirements:
            verdict = _judge(requirement, labels.get(requirement.key))
            if verdict == "no":
                return "no"
            is_certain = is_certain and verdict == "yes"
        return "yes" if is_certain else "unknown"


EVERYTHING = Selector()
NOTHING = Selector(is_valid=False)


def from_labels(value: Any) -> Selector:
    """Return the selector that a plain map of labels means, as in a Service or ReplicationController.

    Nothing matches an absent, empty or broken map: such an object selects no pods by itself.
    """
    if not isinstance(value, dict) or not value:
        return NOTHING
    pairs = _pairs(value)
    return NOTHING if pairs is None else Selector(pairs)


def from_label_selector(value: Any) -> Selector:
    """Return the selector of a LabelSelector object that is there: ``{}`` matches everything.

    The caller decides what an absent (None) selector means; here it matches nothing.
    """
    if not isinstance(value, dict):
        return NOTHING
    labels = value.get("matchLabels")
    pairs = frozenset[tuple[str, str]]() if labels is None else _pairs(labels)
    expressions = value.get("matchExpressions")
    requirements = frozenset[Requirement]() if expressions is None else _requirements(expressions)
    if pairs is None or requirements is None:
        return NOTHING
    return Selector(pairs, requirements)


def with_labels(selector: Selector, labels: Iterable[tuple[str, str]]) -> Selector:
    """Return ``selector`` with further pairs, which replace those of the same key."""
    added = dict(labels)
    if not added:
        return selector
    kept = {pair for pair in selector.pairs if pair[0] not in added}
    return Selector(frozenset(kept | set(added.items())), selector.requirements, True)


def _pairs(value: Any) -> frozenset[tuple[str, str]] | None:
    if not isinstance(value, dict):
        return None
    for key, item in value.items():
        if not (isinstance(key, str) and isinstance(item, str)):
            return None
    return frozenset(value.items())


def _requirements(value: Any) -> frozenset[Requirement] | None:
    if not isinstance(value, list):
        return None
    found: set[Requirement] = set()
    for item in value:
        if not isinstance(item, dict):
            return None
        key, operator, values = item.get("key"), item.get("operator"), item.get("values")
        values = [] if values is None else values
        if not isinstance(key, str) or not key or not isinstance(values, list):
            return None
        if not all(isinstance(entry, str) for entry in values):
            return None
        if operator not in ("In", "NotIn", "Exists", "DoesNotExist") or (bool(values) != (operator in ("In", "NotIn"))):
            return None
        found.add(Requirement(key, operator, frozenset(values)))
    return frozenset(found)


def _judge(requirement: Requirement, found: str | None) -> Verdict:
    operator = requirement.operator
    if operator == "Exists":
        return "no" if found is None else "yes"
    if operator == "DoesNotExist":
        return "yes" if found is None else "no"
    if found is None:
        return "no" if operator == "In" else "yes"
    if found in requirement.values and not is_placeholder(found):
        return "yes" if operator == "In" else "no"
    if any(_could_be(found, value) for value in requirement.values):
        return "unknown"
    return "no" if operator == "In" else "yes"


def _could_be(found: str, wanted: str) -> bool:
    """Return whether two values could turn out to be the same once their variables are filled in."""
    if is_placeholder(found):
        return True if is_placeholder(wanted) else could_become(found, wanted)
    return is_placeholder(wanted) and could_become(wanted, found)
