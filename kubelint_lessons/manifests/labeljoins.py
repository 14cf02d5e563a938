"""Who selects whom inside one scope: the label joins of ``selects`` and ``selectedBy``."""

from __future__ import annotations

from collections.abc import Iterable

from kubelint_lessons.manifests.joins import LabelIndex, Labelled, Matches, Reaching, SelectorIndex
from kubelint_lessons.manifests.podlabels import is_met, labels_of, prepare
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.selecting import PODS, SELECTING, Selecting, selecting_of
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

MANY = 32
"""So many matches of a selector are put together once, for all objects that select by the same labels."""

_MOST_KEPT = 64
"""So many sets of labels that ``MANY`` selectors meet are kept with what they are."""


class Matched(NamedTuple):
    """What a selector certainly matches, in file order, and whether there might be more."""

    items: tuple[Resource, ...]
    is_open: bool


class Found(NamedTuple):
    """Selectors that certainly match, in the file order of their objects, and whether there might be more."""

    items: tuple[Resource, ...]
    selectings: tuple[Selecting, ...]
    is_open: bool


_NOTHING = Found((), (), False)


class LabelJoins:
    """The label joins of one scope. ``uncertain`` objects never take part in a certain join."""

    def __init__(self, resources: Iterable[Resource], uncertain: frozenset[int]) -> None:
        self._resources = tuple(resources)
        self._uncertain = uncertain
        self._things: dict[tuple[str, str], tuple[list[Resource], LabelIndex]] = {}
        self._many: dict[tuple[tuple[str, str], int], Matched] = {}
        self._selectors: dict[tuple[str, str], dict[tuple[str, str], tuple[list[Selecting], SelectorIndex]]] = {}
        self._found: dict[int, Found] = {}

    def selected_by(self, selecting: Selecting) -> Matched:
        """Return what one selector matches: of ``MANY`` and more the same object for equal selectors of equal reach."""
        resources, index = self._index_of(selecting.target)
        matches = index.find(prepare(selecting.selector), selecting.namespaces)
        if not selecting.is_certain or id(selecting.resource) in self._uncertain:
            return Matched((), matches.is_open or bool(matches.certain))
        if len(matches.certain) < MANY:
            return Matched(tuple(map(resources.__getitem__, matches.certain)), matches.is_open)
        key = (selecting.target, id(matches))  # the index keeps what it has found
        if key not in self._many:
            self._many[key] = Matched(tuple(map(resources.__getitem__, matches.certain)), matches.is_open)
        return self._many[key]

    def possibly_selected_by(self, selecting: Selecting) -> tuple[Resource, ...]:
        """Return what one selector might match beyond its certain matches, in file order."""
        resources, index = self._index_of(selecting.target)
        certain = set(map(id, self.selected_by(selecting).items))
        positions = index.find_all(prepare(selecting.selector), selecting.namespaces)
        return tuple(resources[position] for position in positions if id(resources[position]) not in certain)

    def selecting(self, resource: Resource, selecting_kind: tuple[str, str]) -> Found:
        """Return the selectors of objects of one kind that match ``resource`` or its pods, as ``selected_by`` does."""
        found = _NOTHING
        is_certain = id(resource) not in self._uncertain
        for target, (selectors, index) in self._indexes_of(selecting_kind).items():
            labels = labels_of(resource, target)
            if labels is None:
                continue
            is_sure = is_certain and not are_labels_patched(resource, target)
            found = _both(found, self._matching(index.find(labels, resource.namespace, is_sure), selectors))
        return found

    def _matching(self, matches: Matches, selectors: list[Selecting]) -> Found:
        found = self._found.get(id(matches))
        if found is None:
            selectings = tuple(map(selectors.__getitem__, matches.certain))
            found = Found(tuple(item.resource for item in selectings), selectings, matches.is_open)
            if len(selectings) >= MANY:
                if len(self._found) == _MOST_KEPT:
                    del self._found[next(iter(self._found))]
                self._found[id(matches)] = found  # the index keeps what it has found
        return found

    def _index_of(self, target: tuple[str, str]) -> tuple[list[Resource], LabelIndex]:
        if target not in self._things:
            resources: list[Resource] = []
            entries: list[Labelled] = []
            for resource in self._resources:
                if is_met(resource, target):
                    is_certain = id(resource) not in self._uncertain and not are_labels_patched(resource, target)
                    resources.append(resource)
                    entries.append(Labelled(resource, target, is_certain))
            self._things[target] = (resources, LabelIndex(entries))
        return self._things[target]

    def _indexes_of(self, kind: tuple[str, str]) -> dict[tuple[str, str], tuple[list[Selecting], SelectorIndex]]:
        if kind not in self._selectors:
            by_target: dict[tuple[str, str], list[Selecting]] = {}
            if kind in SELECTING:
                for resource in self._resources:
                    if (resource.group, resource.kind) == kind:
                        for selecting in selecting_of(resource):
                            by_target.setdefault(selecting.target, []).append(selecting)
            self._selectors[kind] = {
                target: (found, SelectorIndex(self._reaching(item) for item in found))
                for target, found in by_target.items()
            }
        return self._selectors[kind]

    def _reaching(self, selecting: Selecting) -> Reaching:
        is_certain = selecting.is_certain and id(selecting.resource) not in self._uncertain
        return Reaching(prepare(selecting.selector), selecting.namespaces, is_certain)


def _both(one: Found, other: Found) -> Found:
    if one is _NOTHING:
        return other
    return Found(one.items + other.items, one.selectings + other.selectings, one.is_open or other.is_open)


def are_labels_patched(resource: Resource, target: tuple[str, str]) -> bool:
    """Return whether a patch of the scope touches the labels that a selector of ``target`` would meet."""
    if not resource.transform.patched:
        return False
    base: FieldPath = (resource.template_path or ()) if target == PODS else ()
    return resource.may_be_patched(*base, "metadata", "labels") or resource.may_be_patched("metadata", "namespace")


def near_route(selecting: Selecting) -> tuple[FieldPath, str | None]:
    """Return the route of the first label pair that is written in a selector, and its key (None: no pair is)."""
    if selecting.first is not None:
        return (*selecting.route, selecting.first), selecting.first
    route = selecting.route[:-1] if selecting.route[-1] == "matchLabels" else selecting.route
    for requirement in sorted(selecting.selector.requirements):
        if requirement.operator in ("In", "Exists"):
            return (*route, "matchExpressions"), requirement.key
    return route, None


def far_route(resource: Resource, target: tuple[str, str], key: str | None) -> FieldPath:
    """Return the route of a label of ``resource`` or its pods; of all of them where the key is not written there."""
    base: FieldPath = ("metadata", "labels")
    if target == PODS and resource.template_path is not None:
        base = (*resource.template_path, *base)
        if key in resource.traits.pod_labels[::2]:
            return (*base, key)  # written there, for certain: no need to look
    written = resource.get(*base) if key is not None else None
    return (*base, key) if key is not None and isinstance(written, dict) and key in written else base
