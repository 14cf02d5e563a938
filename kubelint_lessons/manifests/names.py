"""Finds objects by name inside a scope, and says how sure it is that one is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Literal

from kubelint_lessons.manifests import kinds
from kubelint_lessons.manifests.elsewhere import Elsewhere, Here
from kubelint_lessons.manifests.kustomize import Generated
from kubelint_lessons.manifests.mentions import Mentions, exists_by_itself, made_by
from kubelint_lessons.manifests.namespaces import FILLED_IN_LATER, namespace_key, same_namespace
from kubelint_lessons.manifests.nearby import Nearby, maybe_same, reach_of
from kubelint_lessons.manifests.placeholders import could_become, is_placeholder
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.records import NamedTuple

State = Literal["found", "absent", "unknown"]
Identity = tuple[str, str, str | None, str]


class Hit(NamedTuple):
    """What a name leads to; ``items`` may be empty although the state is found (see ``Names.look_up``)."""

    items: tuple[Resource, ...]
    state: State


class Names:
    """The objects of one scope by kind and name."""

    def __init__(
        self,
        resources: tuple[Resource, ...],
        generated: Iterable[Generated],
        is_complete: bool,
        elsewhere: Elsewhere,
        here: Here,
    ) -> None:
        self._here = here
        self._resources = resources
        self._is_complete = is_complete
        self._elsewhere = elsewhere
        self._generated = tuple(generated)
        self._ambiguous: dict[Identity, bool] = {}
        self._first: dict[Identity, Resource] = {}
        self._repeated: dict[Identity, list[Resource]] = {}
        for resource in resources:
            identity = identity_of(resource)
            first = self._first.setdefault(identity, resource)
            if first is not resource:
                self._repeated.setdefault(identity, [first]).append(resource)

    @cached_property
    def _by_name(self) -> Nearby[Resource]:
        found = Nearby(reach_of)
        for resource in self._met():
            if resource.name:
                found.add((resource.kind, resource.name), resource)
                if resource.original_name != resource.name:
                    found.add((resource.kind, resource.original_name), resource)
        return found

    def _met(self) -> Iterable[Resource]:
        """Return the objects that names lead to: of those that are defined again and again, the first of each view."""
        if not self._repeated:
            return self._resources
        first: dict[tuple[Any, ...], Resource] = {}
        for item in self._resources:
            written = (item.group, item.original_name, item.original_namespace)
            first.setdefault((identity_of(item), *written, item.transform.prefix, item.transform.suffix), item)
        return first.values()

    @cached_property
    def _kinds(self) -> frozenset[str]:
        return frozenset(resource.kind for resource in self._resources)

    @cached_property
    def _templated(self) -> dict[str, list[Resource]]:
        """Return the objects whose name is filled in later, by kind."""
        found: dict[str, list[Resource]] = {}
        for resource in self._resources:
            if resource.name and is_placeholder(resource.name):
                found.setdefault(resource.kind, []).append(resource)
        return found

    @cached_property
    def _mentions(self) -> Mentions:
        return Mentions(self._resources)

    @cached_property
    def _made(self) -> dict[tuple[str, str], set[str | None]]:
        """Return the namespaces of what controllers and generators make, by kind and name."""
        made: dict[tuple[str, str], set[str | None]] = {}
        for resource in self._resources:
            if resource.traits.makes:
                for name in made_by(resource):
                    made.setdefault(name, set()).add(namespace_key(resource.namespace))
        for item in self._generated:
            made.setdefault((item.kind, item.name), set()).add(namespace_key(item.namespace))
        return made

    def definitions(self, resource: Resource) -> tuple[Resource, ...]:
        """Return every object of the scope with the identity of ``resource``, itself included."""
        identity = identity_of(resource)
        found = self._repeated.get(identity)
        return tuple(found) if found is not None else (self._first.get(identity, resource),)

    def is_ambiguous(self, resource: Resource) -> bool:
        """Return whether the scope defines ``resource`` twice with different content: alternatives."""
        return bool(self._repeated) and self._differs(identity_of(resource))

    def _differs(self, identity: Identity) -> bool:
        found = self._repeated.get(identity)
        if found is None:
            return False
        if identity not in self._ambiguous:
            self._ambiguous[identity] = any(item.data != found[0].data for item in found[1:])
        return self._ambiguous[identity]

    def is_repeated(self, resource: Resource) -> bool:
        """Return whether the same object, with the same content, stands earlier in the scope."""
        if not self._repeated:
            return False
        identity = identity_of(resource)
        found = self._repeated.get(identity)
        return found is not None and found[0] is not resource and not self._differs(identity)

    def distinct(self) -> tuple[Sequence[Resource], frozenset[int]]:
        """Return the objects that are not repeated, and the ids of those among them that are ambiguous."""
        if not self._repeated:
            return self._resources, frozenset()
        again: set[int] = set()
        ambiguous: set[int] = set()
        for identity, items in self._repeated.items():
            if self._differs(identity):
                ambiguous.update(map(id, items))
            else:
                again.update(map(id, items[1:]))
        return [resource for resource in self._resources if id(resource) not in again], frozenset(ambiguous)

    def look_up(
        self,
        kind: str,
        groups: frozenset[str] | None,
        name: str,
        namespace: str | None,
        near: Resource | None = None,
    ) -> Hit:
        """Return the objects of a name and how sure the answer is.

        ``near`` is the object that gives the name: kustomize renames both together, so the name as written counts.
        A name without objects is found where something of the scope makes it: a generator of the kustomization, an
        ExternalSecret, a Certificate.
        """
        if is_placeholder(name):
            return Hit((), "unknown")
        candidates = [
            item
            for item in self._by_name.around((kind, name), namespace)
            if (groups is None or item.group in groups) and (near is not None or item.name == name)
        ]
        certain, is_open = [], False
        for item in candidates:
            verdict = same_namespace(item.namespace, namespace) if item.is_namespaced else "yes"
            was_there = near is not None and item.original_namespace == namespace != item.namespace
            if verdict == "no" and was_there:
                verdict = "yes"
            if verdict == "yes":
                certain.append(item)
            is_open = is_open or verdict == "unknown"
        certain = _meant(certain, name, near)
        if certain:
            if any(map(self.is_ambiguous, certain)):
                return Hit((), "unknown")
            return Hit(tuple(item for item in certain if not self.is_repeated(item)), "found")
        made_in = self._made.get((kind, name))
        if made_in is not None:
            wanted = maybe_same(namespace)
            if namespace_key(namespace) in made_in - {FILLED_IN_LATER}:
                return Hit((), "found")
            is_open = is_open or wanted is None or not made_in.isdisjoint(wanted)
        is_open = is_open or self._may_exist(kind, groups, name, namespace)
        return Hit((), "unknown" if is_open else "absent")

    def mentions(self, word: str) -> bool:
        """Return whether a custom resource of the scope, whose controller may make anything, holds ``word``."""
        return self._mentions.word(word)

    def _may_exist(self, kind: str, groups: frozenset[str] | None, name: str, namespace: str | None) -> bool:
        if not self._is_complete or exists_by_itself(kind, name):
            return True
        is_ours = bool(groups) and all(
            kinds.is_builtin(group, kind) and kinds.is_namespaced(group, kind) for group in groups or ()
        )
        if not is_ours and kind not in self._kinds:
            return True
        if any(could_become(item.name, name) for item in self._templated.get(kind, ())):
            return True
        return self._mentions.name(name) or self._elsewhere.may_exist(kind, groups, name, namespace, self._here)


def identity_of(resource: Resource) -> Identity:
    """Return what may exist only once in a cluster; an object without a name is like no other."""
    if not resource.name:
        return ("", f"{id(resource)}", None, "")
    group = resource.group
    if group == "extensions":
        group = min(kinds.groups_of(resource.kind) - {group}, default=group)
    return group, resource.kind, resource.namespace, resource.name


def _meant(candidates: list[Resource], name: str, near: Resource | None) -> list[Resource]:
    """Return which of several objects a name means: kustomize renames objects and the names of them together."""
    if len(candidates) < 2 or near is None:
        return candidates
    affixes = (near.transform.prefix, near.transform.suffix)
    together = [
        item
        for item in candidates
        if item.original_name == name and (item.transform.prefix, item.transform.suffix) == affixes
    ]
    return together or [item for item in candidates if item.name == name] or candidates
