"""Repairs that lie between objects: a selector that matched nothing or too much, a name that led nowhere.

Both sides are joined as the linter joins them; what differs between the joins is what a rule with ``relate:`` can see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kubelint_lessons.authoring.drafts import conditions as cel
from kubelint_lessons.authoring.drafts.narrowing import narrowings
from kubelint_lessons.authoring.drafts.places import RulePlace, pattern_of, place_of, root_data
from kubelint_lessons.authoring.drafts.relevance import bonus
from kubelint_lessons.authoring.drafts.ruledraft import Exhibit, RuleDraft, joined, own_of
from kubelint_lessons.authoring.drafts.sides import SideFile, project_of
from kubelint_lessons.authoring.drafts.wording import kebab, with_article
from kubelint_lessons.engine.collect import collect, is_checked
from kubelint_lessons.lessons.paths import format_steps
from kubelint_lessons.manifests.pointers import Pointer, pointers_of
from kubelint_lessons.manifests.relations import Relations
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import build_scopes
from kubelint_lessons.manifests.selecting import selecting_of
from kubelint_lessons.model.finding import ResourceId
from kubelint_lessons.model.records import NamedTuple

_SCORE = 60
_SELECTED_NAMES = {"Pod": "workloads", "Service": "services"}
_TAKES_ONE = frozenset({("", "Service")})
"""Kinds whose selector is usually meant for one workload."""


class Joined(NamedTuple):
    """One side's objects by identity, each with the joins of its scope; what a scope holds twice is left out."""

    objects: dict[ResourceId, tuple[Resource, Relations]]


class RelationDrafts(NamedTuple):
    """The drafts, and what changed between objects and cannot be put into a rule."""

    drafts: tuple[RuleDraft, ...]
    remarks: tuple[str, ...]


def join(files: Iterable[SideFile]) -> Joined:
    """Return the joins of one side, its context included."""
    collected = collect(project_of(files), frozenset())
    documents = [document for document in collected.documents if is_checked(document)]
    objects: dict[ResourceId, tuple[Resource, Relations]] = {}
    repeated: set[ResourceId] = set()
    for scope in build_scopes("", documents):
        for resource in scope.resources:
            if resource.id in objects:
                repeated.add(resource.id)
            objects[resource.id] = (resource, scope.relations)
    return Joined({name: found for name, found in objects.items() if name not in repeated})


def relation_drafts(bad: Joined, fixed: Joined, words: str) -> RelationDrafts:
    """Return rules about joins that differ between two sides; ``words`` tell the story."""
    drafts: list[RuleDraft] = []
    remarks: list[str] = []
    for name, (before, relations) in bad.objects.items():
        if name not in fixed.objects:
            continue
        after, fixed_relations = fixed.objects[name]
        if selecting_of(before):
            found = _of_selector(before, after, relations, fixed_relations, bad, remarks)
            drafts += [found] if found else []
        drafts += _of_names(before, after, relations, fixed_relations)
    added = [found for name, found in fixed.objects.items() if name not in bad.objects]
    for resource, fixed_relations in added:
        drafts += _of_added(resource, fixed_relations, bad, fixed)
    weighed = (draft._replace(score=draft.score + bonus((draft.change, draft.title), words)) for draft in drafts)
    return RelationDrafts(tuple(weighed), tuple(remarks))


def _of_selector(
    before: Resource,
    after: Resource,
    relations: Relations,
    fixed_relations: Relations,
    bad: Joined,
    remarks: list[str],
) -> RuleDraft | None:
    old, new = relations.related(before, "selects"), fixed_relations.related(after, "selects")
    old_ids, new_ids = {item.id for item in old.items}, {item.id for item in new.items}
    if old_ids == new_ids or before.is_workload:
        return None
    selecting = selecting_of(before)[0]
    name = _SELECTED_NAMES.get(selecting.target[1], "selected")
    route = selecting.route if before.get(*selecting.route) is not None else selecting.route[:-1] or selecting.route
    guard = " && ".join(cel.chain("object", route, cel.there))
    block: dict[str, Any] = {
        "match": pattern_of(before),
        "where": guard,
        "relate": {name: "selects"},
    }
    owner = '{object.kind} "{object.name}"'
    what = "workload" if name == "workloads" else "object"
    if old.state == "absent" and new.items:
        block |= {"forbid": f"{name}Count == 0", "at": format_steps(route)}
        block["message"] = f"{owner} selects no {what}"
        change = f'{before.kind} "{before.name}" selected nothing and selects {_list(new.items)}'
        slug = f"{kebab(before.kind)}-selects-nothing"
        cause = f"The selector of the {before.kind} matched the labels of no {what}."
        remedy = "Give the selector the labels that the pods carry, or the pods the labels that it asks for."
        others = tuple(bad.objects[item.id][0] for item in new.items if item.id in bad.objects)
    elif len(old.items) > len(new.items) > 0 and (before.group, before.kind) in _TAKES_ONE and new_ids < old_ids:
        block |= {"forbid": f"{name}Count > 1", "at": format_steps(route), "related": name}
        block["message"] = f"{owner} selects several {what}s: {{{name}}}"
        change = f'{before.kind} "{before.name}" selected {_list(old.items)}, and selects {_list(new.items)}'
        slug = f"{kebab(before.kind)}-selects-several-{what}s"
        cause = f"The selector of the {before.kind} also matched {_list(_gone(old.items, new_ids))}."
        remedy = "Add a label to the selector that only the intended pods carry."
        others = old.items
    else:
        remarks.append(
            f'{before.kind} "{before.name}" selected {_list(old.items)}, and selects {_list(new.items)}: '
            "which of it is right only people know, so this needs a Python check or a reader"
        )
        return None
    keep = (route[: len(("spec", "selector"))], ("metadata", "namespace"))
    return RuleDraft(
        block=block,
        change=change,
        title=block["message"].replace(owner, f"{with_article(before.kind)} that").partition(":")[0],
        cause=cause,
        remedy=remedy,
        slug=slug,
        score=_SCORE,
        own=(own_of(before),),
        mended=(own_of(after),),
        bad=(Exhibit(before, keep), *_exhibits(others)),
        good=(
            Exhibit(after, keep),
            *_exhibits(new.items if len(old.items) < 2 else _after(old.items, fixed_relations)),
        ),
    )


def _of_names(
    before: Resource, after: Resource, relations: Relations, fixed_relations: Relations
) -> Iterator[RuleDraft]:
    """Yield a rule for each name that led nowhere on the bad side and leads somewhere on the fixed one."""
    for role in ("targets", "references"):
        missing = relations.related(before, role).missing
        if not missing:
            continue
        still = {(pointer.kind, pointer.name) for pointer in _missing(after, fixed_relations, role)}
        for pointer in pointers_of(before):
            if pointer.path in missing and (pointer.kind, pointer.name) not in still:
                yield _of_name(before, after, pointer, role, fixed_relations)


def _missing(resource: Resource, relations: Relations, role: str) -> Iterator[Pointer]:
    routes = relations.related(resource, role).missing
    yield from (pointer for pointer in pointers_of(resource) if pointer.path in routes)


def _of_name(before: Resource, after: Resource, pointer: Pointer, role: str, fixed_relations: Relations) -> RuleDraft:
    place = place_of(before, pointer.path)
    field = place.at or format_steps(pointer.path)
    name = _plural(pointer.kind)
    parent = pointer.path[-2] if len(pointer.path) > 1 else ""

    def leads_nowhere(expression: str) -> list[str]:
        found = [f"!{name}.exists(r, r.name == {expression})"]
        if pointer.kind in ("ConfigMap", "Secret") and isinstance(parent, str) and "." in expression:
            holder = expression.rpartition(".")[0]
            found.insert(0, f"!(has({holder}.optional) && {holder}.optional)")
        return found

    conditions = cel.chain(place.root, place.steps, leads_nowhere, root_data(before, place))
    block: dict[str, Any] = {"match": place.match}
    if place.each:
        block["each"] = place.each
    block["relate"] = {name: f"{role}({pointer.kind})"}
    block["forbid"] = joined(conditions)
    if place.at:
        block["at"] = place.at
    owner = '{object.kind} "{object.name}"'
    looked_up = f'"{{item.{place.at}}}" ' if place.root == "item" and place.is_exact and place.at else ""
    block["message"] = f"{owner} names {pointer.kind} {looked_up}and there is none".replace("  ", " ")
    items = [item for item in fixed_relations.related(after, role).items if item.kind == pointer.kind]
    kept = (pointer.path, ("metadata", "namespace"))
    keep_fixed = tuple(found.path for found in pointers_of(after) if found.role == role and found.kind == pointer.kind)
    return RuleDraft(
        block=block,
        change=f'{before.kind} "{before.name}" named {pointer.kind} "{pointer.name}", and there was none',
        title=f"{with_article(before.kind)} that names {with_article(pointer.kind)} which is not there",
        cause=f'`{field}` named the {pointer.kind} "{pointer.name}", and there was none.',
        remedy=f"Name a {pointer.kind} that exists, or add it.",
        slug=f"missing-{kebab(pointer.kind)}",
        score=_SCORE,
        own=(own_of(before),),
        mended=(own_of(after),),
        bad=(Exhibit(before, kept),),
        good=(Exhibit(after, (*keep_fixed, ("metadata", "namespace"))), *_exhibits(items)),
    )


def _of_added(resource: Resource, relations: Relations, bad: Joined, fixed: Joined) -> Iterator[RuleDraft]:
    """Yield the rule that whatever the added object works on needs such an object."""
    for forward, back in (("selects", "selectedBy"), ("targets", "targetedBy")):
        found = relations.related(resource, forward).items
        known = [item for item in found if item.id in bad.objects and item.id in fixed.objects]
        if not known or (resource.kind == "Service" and forward == "selects") or resource.is_workload:
            continue
        before, after = bad.objects[known[0].id][0], known[0]
        name = _plural(resource.kind)
        pattern = pattern_of(resource)
        match = "workloads" if before.is_workload else pattern_of(before)
        before_noun = "workload" if before.is_workload else before.kind
        place = RulePlace(match, "", "object", (), (), ())
        for narrowing in (None, *narrowings(before, place, (), None, is_absence=True)):
            block: dict[str, Any] = {"match": (narrowing and narrowing.match) or match}
            if narrowing:
                block["where"] = joined(list(narrowing.where))
            block |= {
                "relate": {name: f"{back}({pattern})"},
                "forbid": f"{name}Count == 0",
                "at": "metadata.name",
                "message": f'{{object.kind}} "{{object.name}}" has no {resource.kind}',
            }
            yield RuleDraft(
                block=block,
                change=f'{resource.kind} "{resource.name}" was added for {_list(known)}',
                title=f"{with_article(before_noun)} without {with_article(resource.kind)}"
                + (f" ({narrowing.words})" if narrowing else ""),
                cause=f"The {before.kind} had no {resource.kind}.",
                remedy=f"Add {with_article(resource.kind)} as in the good example.",
                slug=f"{'pod' if match == 'workloads' else kebab(before.kind)}-without-{kebab(resource.kind)}",
                score=_SCORE - 25,
                own=tuple(own_of(bad.objects[item.id][0]) for item in known),
                mended=tuple(own_of(item) for item in known),
                bad=tuple(_exhibits([before])),
                good=(*_exhibits([after]), Exhibit(resource, (("spec",), ("metadata", "namespace")))),
                is_absence=True,
                narrowed=narrowing.words if narrowing else "",
            )
        return


def _exhibits(resources: Iterable[Resource]) -> tuple[Exhibit, ...]:
    found = []
    for resource in list(resources)[:4]:
        template = resource.pod_template
        labels = (*template.path, "metadata", "labels") if template is not None else ("metadata", "labels")
        found.append(Exhibit(resource, (("metadata", "namespace"), labels)))
    return tuple(found)


def _after(items: Iterable[Resource], relations: Relations) -> list[Resource]:
    """Return the objects as the fixed side has them."""
    found: list[Resource] = []
    for item in items:
        relation = relations.find(item.kind, item.name, item.namespace, item.group)
        found += relation.items[:1]
    return found


def _gone(items: Iterable[Resource], kept: set[ResourceId]) -> list[Resource]:
    return [item for item in items if item.id not in kept]


def _plural(kind: str) -> str:
    """Return the name for a list of objects of a kind: ``configMaps``, ``ingressClasses``."""
    name = kind[:1].lower() + kind[1:]
    if name.isupper() or kind[:2].isupper():
        name = kind.lower()
    ending = "es" if name.endswith(("s", "x", "ch")) else "s"
    return name[:-1] + "ies" if name.endswith("y") and not name.endswith(("ay", "ey")) else name + ending


def _list(items: Iterable[Resource]) -> str:
    names = [f'{item.kind} "{item.name}"' for item in items]
    if not names:
        return "nothing"
    shown = names[:3] + ([f"{len(names) - 3} more"] if len(names) > 3 else [])
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]
