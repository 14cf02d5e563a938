"""Every join inside one scope: who selects, targets, references or owns whom. The public face of layer 1's joins.

An answer is three-valued (see docs/rule-api.md): *found* and *absent* are certain, *unknown* means that something
outside what was read could change it. ``items`` are always certain matches.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, TypeVar, get_args

from kubelint_lessons.manifests import kinds as kind_table
from kubelint_lessons.manifests.elsewhere import Elsewhere, Here
from kubelint_lessons.manifests.givers import Givers, pointers_to
from kubelint_lessons.manifests.kindfilters import KindFilter, Kinds, are_meant, is_wanted, names_kind, names_one_of
from kubelint_lessons.manifests.kustomize import Generated
from kubelint_lessons.manifests.labeljoins import MANY, LabelJoins, Matched, far_route, near_route
from kubelint_lessons.manifests.names import Hit, Names, State
from kubelint_lessons.manifests.namespaces import namespace_key
from kubelint_lessons.manifests.overlaps import Overlaps
from kubelint_lessons.manifests.pointers import Pointer, Role, pointers_of
from kubelint_lessons.manifests.relation import (
    MAX_LINKS,
    Link,
    Reference,
    Relation,
    RelationName,
    joined,
    links_back,
    unique,
)
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.sameness import SameIndex
from kubelint_lessons.manifests.selecting import SELECTING, Selecting, selecting_of
from kubelint_lessons.manifests.serviceports import PortTarget, port_targets
from kubelint_lessons.model.location import FieldPath

_FULL_OF_HIDDEN_PODS = frozenset({"kube-system"})
"""Where a cluster's own pods run: DNS, the control plane, what the distribution adds."""

_LARGE = 32
_MOST_LARGE = 16
"""So many relations of so many places are kept: what many objects are joined with is asked for on behalf of each."""

_Answer = TypeVar("_Answer")


class Relations:
    """The joins of one scope. Each index is built when a relation is first asked for."""

    def __init__(
        self,
        resources: tuple[Resource, ...],
        generated: Iterable[Generated] = (),
        is_complete: bool = True,
        is_read: bool = True,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._resources = resources
        self._is_complete = is_complete
        self.is_read = is_read
        """Whether every file that belongs to the scope was read; charts and templates beside it do not count."""
        self._elsewhere = elsewhere or Elsewhere()
        self._generated = tuple(generated)
        self._here = Here(resources)
        self._position = {id(resource): position for position, resource in enumerate(resources)}
        self._by_kind: dict[tuple[str, str], list[Resource]] = {}
        for resource in resources:
            self._by_kind.setdefault((resource.group, resource.kind), []).append(resource)
        self._givers: Givers | None = None
        self._same = SameIndex()
        self._of_kind: dict[tuple[str, ...], tuple[Resource, ...]] = {}
        self._workloads: tuple[Resource, ...] | None = None
        self._held: dict[tuple[Any, ...], bool] = {}
        self._compared: dict[tuple[Any, ...], list[tuple[str, str]]] = {}
        self._shared: dict[tuple[Any, ...], Relation] = {}
        self._once: dict[Hashable, Any] = {}
        self._large: dict[tuple[int, tuple[Any, ...]], Relation] = {}
        self._asked: tuple[Resource | None, dict[Any, Relation]] = (None, {})
        self._hits: tuple[Resource | None, dict[int, Hit]] = (None, {})
        self._matched: tuple[Resource | None, list[tuple[Selecting, Matched]]] = (None, [])

    @cached_property
    def _kinds(self) -> frozenset[tuple[str, str, str, bool]]:
        """Return group, version and kind of all objects, and whether they make pods."""
        return frozenset((item.group, item.version, item.kind, item.is_workload) for item in self._resources)

    @cached_property
    def _selecting_kinds(self) -> list[tuple[str, str]]:
        return [kind for kind in SELECTING if kind in self._by_kind]

    @cached_property
    def _names(self) -> Names:
        return Names(self._resources, self._generated, self._is_complete, self._elsewhere, self._here)

    @cached_property
    def _joins(self) -> LabelJoins:
        return LabelJoins(*self._names.distinct())

    @cached_property
    def _overlaps(self) -> Overlaps:
        return Overlaps(self._resources)

    def of_kind(self, *kinds: str) -> tuple[Resource, ...]:
        """Return the objects of these kinds in file order; ``"Service"`` is the built-in one, ``"group/Kind"`` any."""
        found = self._of_kind.get(kinds)
        if found is None:
            lists = [items for key, items in self._by_kind.items() if are_meant(kinds, key[0], "", key[1], False)]
            found = tuple(lists[0]) if len(lists) == 1 else tuple(sorted(chain(*lists), key=self._order))
            self._of_kind[kinds] = found
        return found

    def once(self, name: Hashable, make: Callable[[], _Answer]) -> _Answer:
        """Return what ``make`` returns, asked once in the scope: small facts that several joins need."""
        if name not in self._once:
            self._once[name] = make()
        found: _Answer = self._once[name]
        return found

    def may_hold(self, kinds: Kinds) -> bool:
        """Return whether the scope holds an object that ``kinds`` mean; true where they name none."""
        if not kinds:
            return True
        key = tuple(kinds)
        found = self._held.get(key)
        if found is None:
            found = self._held[key] = any(are_meant(key, *held) for held in self._kinds)
        return found

    def workloads(self) -> tuple[Resource, ...]:
        """Return the objects that make pods, in file order."""
        if self._workloads is None:
            self._workloads = tuple(resource for resource in self._resources if resource.is_workload)
        return self._workloads

    def is_ambiguous(self, resource: Resource) -> bool:
        """Return whether the scope defines ``resource`` twice, differently: alternatives; no join rule fires on it."""
        return self._names.is_ambiguous(resource)

    def definitions(self, resource: Resource) -> tuple[Resource, ...]:
        """Return every object of the scope with the same group, kind, namespace and name, ``resource`` included."""
        return self._names.definitions(resource)

    def find(self, kind: str, name: str, namespace: str | None = None, group: str | None = None) -> Relation:
        """Return the object of a name as the cluster will see it; ``group`` None means the built-in kind, or any."""
        groups = frozenset({group}) if group is not None else kind_table.groups_of(kind) or None
        hit = self._names.look_up(kind, groups, name, namespace)
        return Relation(hit.items, hit.state, tuple(Link((), item) for item in hit.items))

    def named(self, kind: str, name: str, near: Resource, group: str | None = None) -> Relation:
        """Return what ``near`` means by a name in its manifest: kustomize may rename both, and this follows it."""
        groups = frozenset({group}) if group is not None else kind_table.groups_of(kind) or None
        hit = self._names.look_up(kind, groups, name, near.namespace, near)
        return Relation(hit.items, hit.state, tuple(Link((), item) for item in hit.items))

    def service_targets(self, service: Resource) -> tuple[PortTarget, ...]:
        """Return where each port of a Service leads: the container ports of the workloads that it selects."""
        return port_targets(service, self._selects(service, ()).items)

    def possible(self, resource: Resource) -> tuple[Resource, ...]:
        """Return what the selectors of ``resource`` might match beyond what they certainly do.

        That is, in a namespace that may be the same one, by labels that are filled in later, or among alternatives.
        """
        return tuple(
            item for selecting in selecting_of(resource) for item in self._joins.possibly_selected_by(selecting)
        )

    def elsewhere(self, group: str, kind: str) -> list[Resource]:
        """Return the objects of a kind that only other scopes of the project hold."""
        return self._elsewhere.others(group, kind, self._here if (group, kind) in self._by_kind else None)

    def is_maybe_selected_elsewhere(self, resource: Resource, group: str, kind: str) -> bool:
        """Return whether an object of a kind in another scope of the project might select ``resource``."""
        return self._elsewhere.may_select(resource, (group, kind), self._here)

    def references(self, resource: Resource, *kinds: str | KindFilter) -> tuple[Reference, ...]:
        """Return each name that ``resource`` gives of objects that it needs, with where it leads."""
        followed = self._followed(resource, "references", kinds)
        return tuple(
            Reference(path, kind, name, namespace, key, is_optional, *hit)
            for (_, path, kind, _, name, namespace, key, is_optional), hit in followed
        )

    def related(
        self, resource: Resource, relation: str, *, kinds: Kinds = (), by: str | Sequence[str] = ()
    ) -> Relation:
        """Return what is related to ``resource``; ``kinds`` narrows it, ``by`` are the paths that ``same`` compares.

        Of a patch, which is only part of an object, everything is unknown.
        Raises ValueError for a relation that does not exist. Rules ask the same of an object one after the other.
        """
        if self._asked[0] is not resource:
            self._asked = resource, {}
        key = (relation, *kinds, by if isinstance(by, str) else tuple(by))
        found = self._asked[1].get(key)
        if found is None:
            found = self._large.get((id(resource), key)) or self._related(resource, relation, kinds, by)
            self._asked[1][key] = found
            if len(found.places) >= _LARGE:
                self._keep_large((id(resource), key), found)
        return found

    def may_lead(self, resource: Resource, relation: str, kinds: Kinds, *, to_others: bool) -> bool:
        """Return whether a relation may have ``items``, or some of another name; true where no few look-ups tell."""
        if relation == "selectedBy":
            return self._overlaps.may_be_selected(resource, kinds)
        is_told = to_others and relation == "selects" and resource.is_workload and id(resource) in self._position
        return not is_told or not resource.name or self._overlaps.may_select_others(resource)

    def _keep_large(self, key: tuple[int, tuple[Any, ...]], found: Relation) -> None:
        self._large[key] = found
        if len(self._large) > _MOST_LARGE:
            del self._large[next(iter(self._large))]

    def _related(self, resource: Resource, relation: str, kinds: Kinds, by: str | Sequence[str]) -> Relation:
        if resource.is_patch and relation in get_args(RelationName):
            return Relation((), "unknown")
        if relation == "selects":
            return self._selects(resource, kinds)
        if relation == "selectedBy":
            return self._selected_by(resource, kinds)
        if relation in ("targets", "references"):
            return self._points_at(resource, "targets" if relation == "targets" else "references", kinds)
        if relation in ("targetedBy", "referencedBy"):
            return self._pointed_at_by(resource, "targets" if relation == "targetedBy" else "references", kinds)
        if relation == "owns":
            return self._points_at(resource, "owns", kinds)
        if relation == "ownedBy":
            return self._pointed_at_by(resource, "owns", kinds)
        if relation == "same":
            return self._alike(resource, kinds, (by,) if isinstance(by, str) else tuple(by))
        raise ValueError(f"there is no relation {relation!r}")

    def _selects(self, resource: Resource, kinds: Kinds) -> Relation:
        """Return what the selectors of an object match: of one that matches many, the same for all that have it."""
        selected = self._selected(resource)
        if len(selected) != 1 or len(selected[0][1].items) < MANY:
            return self._selection(selected, kinds)
        selecting, found = selected[0]
        asked = (id(found), tuple(kinds), *near_route(selecting))
        relation = self._shared.get(asked)
        if relation is None:
            if len(self._shared) == _MOST_LARGE:
                del self._shared[next(iter(self._shared))]
            relation = self._shared[asked] = self._selection(selected, kinds)
        return relation

    def _selection(self, selected: list[tuple[Selecting, Matched]], kinds: Kinds) -> Relation:
        items: list[Resource] = []
        links: list[Link] = []
        is_open = False
        for selecting, found in selected:
            kept = [item for item in found.items if is_wanted(item, kinds)] if kinds else found.items
            if kept:
                path, key = near_route(selecting)
                shown = kept[: MAX_LINKS - len(links)]
                links += [Link(path, item, far_route(item, selecting.target, key)) for item in shown]
                items += kept
            is_open = is_open or found.is_open or (not kept and self._may_match(selecting))
        return joined(unique(items), links, is_open)

    def _selected(self, resource: Resource) -> list[tuple[Selecting, Matched]]:
        """Return what each selector of an object matches, whatever its kind; rules ask for one kind after the other."""
        if self._matched[0] is not resource:
            found = [(selecting, self._joins.selected_by(selecting)) for selecting in selecting_of(resource)]
            self._matched = resource, found
        return self._matched[1]

    def _may_match(self, selecting: Selecting) -> bool:
        """Return whether a selector that matches nothing here could match something that is not here."""
        selector = selecting.selector
        if not selector.is_valid:
            return False
        if not self._is_complete or not selecting.is_certain:
            return True
        if any(self._names.mentions(value) for _, value in selector.pairs):
            return True
        if selecting.namespaces is not None and selecting.namespaces <= _FULL_OF_HIDDEN_PODS:
            return True
        return self._elsewhere.may_match(selecting, self._here)

    def _selected_by(self, resource: Resource, kinds: Kinds) -> Relation:
        asked = [kind for kind in self._selecting_kinds if names_kind(kinds, *kind)]
        found = [self._joins.selecting(resource, kind) for kind in asked]
        parts = [part for part in found if part.items]
        is_open = any(part.is_open for part in found) or (not parts and self._may_be_selected(resource, kinds))
        if len(parts) == 1:
            items, selectings = parts[0].items, parts[0].selectings
        else:
            chained = chain(*(part.selectings for part in parts))
            selectings = tuple(sorted(chained, key=lambda selecting: self._order(selecting.resource)))
            items = unique(selecting.resource for selecting in selectings)
        return joined(items, list(links_back(resource, selectings[:MAX_LINKS])), is_open)

    def _may_be_selected(self, resource: Resource, kinds: Kinds) -> bool:
        return not self._is_complete or any(
            self._elsewhere.may_select(resource, kind, self._here)
            for kind in self._elsewhere.selecting_kinds()
            if names_kind(kinds, *kind)
        )

    def _points_at(self, resource: Resource, role: Role, kinds: Kinds) -> Relation:
        links: list[Link] = []
        missing: list[FieldPath] = []
        states: set[State] = set()
        for pointer, hit in self._followed(resource, role, kinds):
            links += [Link(pointer.path, item) for item in hit.items]
            if hit.state == "absent" and not pointer.is_optional:
                missing.append(pointer.path)
            elif hit.state != "absent":
                states.add(hit.state)
        state: State = "absent" if missing else "unknown" if "unknown" in states else "found"
        items = unique(link.item for link in links)
        return Relation(items, state, tuple(links[:MAX_LINKS]), tuple(missing))

    def _pointed_at_by(self, resource: Resource, role: Role, kinds: Kinds) -> Relation:
        is_met = not self._names.is_repeated(resource) and not self.is_ambiguous(resource)  # else no name leads here
        links = list(self._led_here(resource, role, kinds)) if is_met else []
        is_open = not links and (
            not self._is_complete
            or self.is_ambiguous(resource)
            or self._elsewhere.may_point_at(resource, role, self._here)
        )
        return self._relation(links, is_open)

    def _led_here(self, resource: Resource, role: Role, kinds: Kinds) -> Iterator[Link]:
        """Yield each name that certainly means ``resource``."""
        if self._givers is None:
            self._givers = Givers(self._resources)
        names = dict.fromkeys((resource.name, resource.original_name))
        own = {namespace_key(resource.namespace), namespace_key(resource.original_namespace)}
        wanted = own if resource.is_namespaced else None
        nears = {
            id(near): near
            for name in names
            for near in self._givers.find(role, resource.kind, name, wanted)
            if is_wanted(near, kinds)
        }
        for near in sorted(nears.values(), key=self._order):
            for pointer in pointers_to(near, role, resource.kind, names):
                if any(item is resource for item in self._follow(near, pointer).items):
                    yield Link((), near, pointer.path)

    def _alike(self, resource: Resource, kinds: Kinds, by: tuple[str, ...]) -> Relation:
        wanted = [self._by_kind[key] for key in self._alike_kinds(tuple(kinds), resource)]
        found, is_open = self._same.find(resource, wanted, by)
        own = {id(resource), *map(id, self._names.definitions(resource))}
        links = [Link(path, item, far) for path, item, far in found if id(item) not in own]
        certain = [link for link in links if not self.is_ambiguous(link.item)]
        is_open = is_open or len(certain) < len(links)
        certain.sort(key=lambda link: self._order(link.item))
        return self._relation(certain, is_open or (not certain and not self._is_complete))

    def _alike_kinds(self, kinds: tuple[str | KindFilter, ...], resource: Resource) -> list[tuple[str, str]]:
        """Return which kinds of the scope ``same`` compares ``resource`` with: those of ``kinds``, or its own."""
        own = (resource.group, resource.kind)
        key = (kinds, None if kinds else own)
        found = self._compared.get(key)
        if found is None:
            found = sorted(held for held in self._by_kind if (names_kind(kinds, *held) if kinds else held == own))
            self._compared[key] = found
        return found

    def _followed(self, resource: Resource, role: Role, kinds: Kinds) -> Iterator[tuple[Pointer, Hit]]:
        """Yield names that an object gives, and where each leads; rules ask for one kind after the other."""
        if self._hits[0] is not resource:
            self._hits = resource, {}
        for position, pointer in enumerate(pointers_of(resource)):
            if pointer.role == role and names_one_of(kinds, pointer.groups, pointer.kind):
                hit = self._hits[1].get(position)
                if hit is None:
                    hit = self._hits[1][position] = self._follow(resource, pointer)
                yield pointer, hit

    def _follow(self, resource: Resource, pointer: Pointer) -> Hit:
        if resource.is_patch or resource.may_be_patched(*pointer.path) or self.is_ambiguous(resource):
            return Hit((), "unknown")
        return self._names.look_up(pointer.kind, pointer.groups, pointer.name, pointer.namespace, resource)

    def _relation(self, links: list[Link], is_open: bool) -> Relation:
        return joined(unique(link.item for link in links), links[:MAX_LINKS], is_open)

    def _order(self, resource: Resource) -> int:
        return self._position.get(id(resource), len(self._position))
