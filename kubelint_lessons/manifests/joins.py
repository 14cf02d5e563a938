"""Label joins in both directions, near-linear: each selector looks only at its rarest requirement.

``LabelIndex`` answers what a selector matches, ``SelectorIndex`` which selectors match given labels. Both answer with
certain matches, by position, and with whether something else *might* match: in a namespace that may be the same one,
with a value that is filled in later, or among objects whose labels are uncertain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator

from kubelint_lessons.manifests.namespaces import FILLED_IN_LATER, namespace_key
from kubelint_lessons.manifests.placeholders import is_placeholder
from kubelint_lessons.manifests.podlabels import labels_of
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.selectors import Selector
from kubelint_lessons.model.records import NamedTuple

_ANYWHERE = "\0anywhere"
_ANY_VALUE = "\0any"
_Keys = list[tuple[str, str]]
_FEW = 6
"""So few are compared one by one: an index of them would take longer."""

SET_AT_RUN_TIME = frozenset(
    {
        "pod-template-hash",
        "controller-revision-hash",
        "controller-uid",
        "batch.kubernetes.io/controller-uid",
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/job-completion-index",
    }
)
"""Labels that controllers put on pods; no manifest shows their values."""


class Matches(NamedTuple):
    """Positions of what certainly matches, ascending, and whether anything else might."""

    certain: tuple[int, ...]
    is_open: bool


class Labelled:
    """Something with labels, worked out when a selector reaches it: nobody opens all objects for a few selectors.

    ``namespace`` is as the cluster sees it, None where none is given.
    """

    __slots__ = ("_labels", "_resource", "_target", "is_certain", "namespace")

    def __init__(self, resource: Resource, target: tuple[str, str], is_certain: bool) -> None:
        self._resource = resource
        self._target = target
        self._labels: dict[str, str] | None = None
        self.namespace = resource.namespace
        self.is_certain = is_certain

    @property
    def labels(self) -> dict[str, str]:
        """Return what a selector for ``target`` meets."""
        if self._labels is None:
            self._labels = labels_of(self._resource, self._target) or {}
        return self._labels


class Reaching(NamedTuple):
    """A selector and the namespaces that it reaches into; None means all."""

    selector: Selector
    namespaces: frozenset[str | None] | None
    is_certain: bool


def positive_keys(selector: Selector) -> list[_Keys]:
    """Return, for each requirement that labels must fulfil by having something, the (key, value) pairs that do."""
    clauses = [[(key, _ANY_VALUE if is_placeholder(value) else value)] for key, value in sorted(selector.pairs)]
    return clauses + _clauses(selector) if selector.requirements else clauses


def _clauses(selector: Selector) -> list[_Keys]:
    """Return what ``positive_keys`` returns of the requirements that are no pairs."""
    clauses: list[_Keys] = []
    for requirement in sorted(selector.requirements, key=lambda item: (item.key, item.operator)):
        if requirement.operator == "In" and not any(map(is_placeholder, requirement.values)):
            clauses.append([(requirement.key, value) for value in sorted(requirement.values)])
        elif requirement.operator in ("In", "Exists"):
            clauses.append([(requirement.key, _ANY_VALUE)])
    return clauses


def without_run_time_labels(selector: Selector) -> tuple[Selector, bool]:
    """Return ``selector`` without requirements on labels set at run time, and whether it had any."""
    for wanted in (*selector.pairs, *selector.requirements):
        if wanted[0] in SET_AT_RUN_TIME:
            break
    else:
        return selector, False
    pairs = frozenset(pair for pair in selector.pairs if pair[0] not in SET_AT_RUN_TIME)
    requirements = frozenset(item for item in selector.requirements if item.key not in SET_AT_RUN_TIME)
    had_any = len(pairs) + len(requirements) != len(selector.pairs) + len(selector.requirements)
    return Selector(pairs, requirements, selector.is_valid), had_any


class LabelIndex:
    """Finds what a selector matches among things with labels."""

    def __init__(self, entries: Iterable[Labelled]) -> None:
        self._entries = tuple(entries)
        self._places: dict[str | None, list[int]] = {}
        self._memo: dict[tuple[Selector, frozenset[str | None] | None], Matches] = {}
        for position, entry in enumerate(self._entries):
            self._places.setdefault(namespace_key(entry.namespace), []).append(position)
        self._namespaces = frozenset(self._places)
        self._places[_ANYWHERE] = list(range(len(self._entries)))
        self._tables: dict[str | None, dict[tuple[str, str], list[int]]] = {}

    def find(self, selector: Selector, namespaces: frozenset[str | None] | None) -> Matches:
        """Return what ``selector`` matches in the namespaces that it reaches into (None: all)."""
        if not selector.is_valid or not self._entries:
            return Matches((), False)
        key = (selector, namespaces)
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self._search(*without_run_time_labels(selector), namespaces)
        return found

    def find_all(self, selector: Selector, namespaces: frozenset[str | None] | None) -> list[int]:
        """Return the positions of everything that ``selector`` matches or might match."""
        wanted, _ = without_run_time_labels(selector)
        candidates = {*self._in_reach(wanted, namespaces), *self._maybe_in_reach(wanted, namespaces)}
        return sorted(item for item in candidates if wanted.verdict(self._entries[item].labels) != "no")

    def _search(self, selector: Selector, had_any: bool, namespaces: frozenset[str | None] | None) -> Matches:
        certain: set[int] = set()
        is_open = False
        for position in self._in_reach(selector, namespaces):
            entry = self._entries[position]
            verdict = selector.verdict(entry.labels)
            if verdict == "yes" and entry.is_certain and not had_any:
                certain.add(position)
            elif verdict != "no":
                is_open = True
        if not is_open:
            is_open = any(
                position not in certain and selector.verdict(self._entries[position].labels) != "no"
                for position in self._maybe_in_reach(selector, namespaces)
            )
        return Matches(tuple(sorted(certain)), is_open)

    def _in_reach(self, selector: Selector, namespaces: frozenset[str | None] | None) -> Iterator[int]:
        if namespaces is None:
            yield from self._candidates(selector, _ANYWHERE)
            return
        for namespace in map(namespace_key, namespaces):
            if namespace in self._namespaces and namespace != FILLED_IN_LATER:
                yield from self._candidates(selector, namespace)

    def _maybe_in_reach(self, selector: Selector, namespaces: frozenset[str | None] | None) -> Iterator[int]:
        if namespaces is None:
            return
        reach = set(map(namespace_key, namespaces))
        if FILLED_IN_LATER in reach or (None in reach and self._namespaces != {None}):
            for position in self._candidates(selector, _ANYWHERE):
                if FILLED_IN_LATER in reach or self._entries[position].namespace is not None:
                    yield position
            return
        for namespace in (None, FILLED_IN_LATER):
            if namespace in self._namespaces and namespace not in reach:
                yield from self._candidates(selector, namespace)

    def _candidates(self, selector: Selector, namespace: str | None) -> list[int]:
        """Return the positions that fulfil the rarest requirement of ``selector`` in a namespace."""
        everything = self._places.get(namespace, [])
        if len(everything) <= _FEW:
            return everything
        table = self._tables.get(namespace)
        if table is None:
            table = self._tables[namespace] = self._table_of(everything)
        best = [everything]
        size = -1
        for key, value in selector.pairs:
            if is_placeholder(value):
                buckets = [table.get((key, _ANY_VALUE), [])]
            else:
                buckets = [table.get((key, value), []), table.get((key, FILLED_IN_LATER), [])]
            total = sum(map(len, buckets))
            if total < size or size < 0:
                best, size = buckets, total
        for clause in _clauses(selector) if selector.requirements else ():
            buckets = [table.get(pair, []) for pair in clause]
            if clause[0][1] != _ANY_VALUE:
                buckets.append(table.get((clause[0][0], FILLED_IN_LATER), []))
            total = sum(map(len, buckets))
            if total < size or size < 0:
                best, size = buckets, total
        filled = [bucket for bucket in best if bucket]
        return filled[0] if len(filled) == 1 else [position for bucket in filled for position in bucket]

    def _table_of(self, positions: list[int]) -> dict[tuple[str, str], list[int]]:
        """Return which of the entries have a label, with a certain value or any."""
        table: dict[tuple[str, str], list[int]] = {}
        for position in positions:
            for key, value in self._entries[position].labels.items():
                kept = FILLED_IN_LATER if is_placeholder(value) else value
                table.setdefault((key, kept), []).append(position)
                table.setdefault((key, _ANY_VALUE), []).append(position)
        return table


class SelectorIndex:
    """Finds which selectors match given labels. Equal selectors with equal reach are judged once, as a group."""

    def __init__(self, entries: Iterable[Reaching]) -> None:
        groups: dict[Reaching, list[int]] = {}
        for position, entry in enumerate(entries):
            selector, had_any = without_run_time_labels(entry.selector)
            if selector.is_valid:
                reaching = Reaching(selector, entry.namespaces, entry.is_certain and not had_any)
                groups.setdefault(reaching, []).append(position)
        self._groups = tuple(groups)
        self._positions = tuple(groups.values())
        is_index = len(self._groups) > _FEW
        clauses = [positive_keys(entry.selector) if is_index else [] for entry in self._groups]
        frequency = Counter(pair for found in clauses for clause in found for pair in clause)
        self._table: dict[Hashable, list[int]] = {}
        self._anywhere: dict[Hashable, list[int]] = {}
        self._memo: dict[tuple[frozenset[tuple[str, str]], str | None], Matches] = {}
        for group, entry in enumerate(self._groups):
            found = clauses[group]
            clause = min(found, key=lambda pairs: sum(frequency[pair] for pair in pairs)) if found else None
            reach = entry.namespaces
            keys = [_ANYWHERE] if reach is None else [namespace_key(item) for item in sorted(reach, key=str)]
            for namespace in keys:
                self._add(self._table, namespace, clause, group)
            self._add(self._anywhere, _ANYWHERE, clause, group)

    def find(self, labels: dict[str, str], namespace: str | None, is_certain: bool) -> Matches:
        """Return which selectors match ``labels`` in ``namespace``."""
        key = (frozenset(labels.items()), namespace_key(namespace))
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self._search(labels, key[1])
        if not is_certain and found.certain:
            return Matches((), True)
        return found

    def _search(self, labels: dict[str, str], namespace: str | None) -> Matches:
        certain: set[int] = set()
        is_open = False
        sure: list[str | None] = [_ANYWHERE] if namespace == FILLED_IN_LATER else [namespace, _ANYWHERE]
        for group in self._candidates(self._table, sure, labels):
            verdict = self._groups[group].selector.verdict(labels)
            if verdict == "yes" and self._groups[group].is_certain:
                certain.add(group)
            elif verdict != "no":
                is_open = True
        if not is_open:
            is_open = any(
                group not in certain and self._groups[group].selector.verdict(labels) != "no"
                for group in self._maybe(labels, namespace)
            )
        return Matches(tuple(sorted(item for group in certain for item in self._positions[group])), is_open)

    def _maybe(self, labels: dict[str, str], namespace: str | None) -> Iterator[int]:
        if namespace is not None and namespace != FILLED_IN_LATER:
            yield from self._candidates(self._table, [None, FILLED_IN_LATER], labels)
            return
        yield from self._candidates(self._anywhere, [_ANYWHERE], labels)

    def _candidates(
        self, table: dict[Hashable, list[int]], namespaces: list[str | None], labels: dict[str, str]
    ) -> Iterator[int]:
        for namespace in namespaces:
            yield from table.get(namespace, ())
            for key, value in labels.items():
                if is_placeholder(value):
                    yield from table.get((namespace, key), ())
                else:
                    yield from table.get((namespace, key, value), ())
                    yield from table.get((namespace, key, _ANY_VALUE), ())

    @staticmethod
    def _add(table: dict[Hashable, list[int]], namespace: str | None, clause: _Keys | None, group: int) -> None:
        if clause is None:
            table.setdefault(namespace, []).append(group)
            return
        for key, value in clause:
            table.setdefault((namespace, key, value), []).append(group)
            table.setdefault((namespace, key), []).append(group)
