"""One rule block in CEL meets one resource and finds problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from operator import itemgetter
from typing import Any

from kubelint_lessons.engine.context import Context
from kubelint_lessons.engine.iterate import Elements, Item
from kubelint_lessons.engine.projection import relation_bindings, variables_of
from kubelint_lessons.engine.wording import Wording
from kubelint_lessons.lessons.expression import Compiler, NotEvaluated, Program
from kubelint_lessons.lessons.rule import Detector, Expression, RelatedSpec
from kubelint_lessons.manifests.relation import Link, Relation
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import Scope
from kubelint_lessons.model.finding import Problem

Failed = Callable[[str], None]
"""Called with the reason when an expression could not be evaluated."""

Values = dict[str, Any]
"""What expressions may read, by name, as plain values; ``variables`` joins them when one reads it."""

_OF_ITEM = frozenset({"item", "params", "platform"})
"""What reads no more of these is as true of a related object whoever it is related to."""

Ask = Callable[[Values, Resource], "bool | NotEvaluated"]
"""An expression ready to be asked about values."""

AskEach = Callable[[Values, Resource, "list[Any]"], "list[bool | NotEvaluated]"]
"""An expression ready to be asked about several items, one after the other, beside the same values."""


class Shared:
    """What all blocks share on one resource: its pod template as expressions see it."""

    __slots__ = ("_variables",)

    def __init__(self) -> None:
        self._variables: tuple[Resource, dict[str, Any]] | None = None

    def variables(self, resource: Resource) -> dict[str, Any]:
        """Return ``variables`` of a resource."""
        if self._variables is None or self._variables[0] is not resource:
            self._variables = resource, variables_of(resource)
        return self._variables[1]


class CelBlock:
    """A block with ``require:`` or ``forbid:`` made ready: what its expressions read is looked up once."""

    def __init__(self, detector: Detector, compiler: Compiler, shared: Shared, failed: Failed) -> None:
        self._detector = detector
        self._compiler = compiler
        self._shared = shared
        self._failed = failed
        self._names = detector.relation_names
        self._silent = detector.kind == "require"
        self._elements = Elements(detector.each, detector.embedded)
        self._wheres: dict[str, Ask] = {}
        self._judged: dict[tuple[str, int], dict[int, bool]] = {}
        self._needed = [relate.kinds for relate in detector.relate if relate.name in detector.needed_relations]
        self._scope: Scope | None = None
        self._has_needed = True
        self._possible = None if detector.possible is None else self._ready(detector.possible)
        self._possible_each = None if detector.possible is None else self._ready_each(detector.possible)
        where = detector.where
        self._first: Ask | None = None
        self._where: Ask | None = None
        if where is not None:
            bound = (name + suffix for name in self._names for suffix in ("", "Count", "State"))
            is_alone = self._program(where).names.isdisjoint(bound)
            if is_alone:  # asked without the relations, which cost more than most expressions
                self._first = self._ready(where)
            else:
                self._where = self._ready(where)

    def find(self, resource: Resource, context: Context) -> Iterable[Problem]:
        """Return the problems of ``resource``.

        A block with relations is silent where one of them is unknown and none of its expressions reads that
        state, and on resources that are defined twice in the scope.
        """
        values = {"object": resource.data, "params": context.params, "platform": context.platform.facts}
        if self._first is not None and not self._holds(self._first, values, resource, default=True):
            return ()
        if not self._names:
            return self._judge(resource, context, values, {}, None)
        if not self._may_fire_in(context.scope):
            return ()
        numbers = None
        if self._possible is not None and self._possible_each is not None:
            numbers = self._numbers(self._possible, self._possible_each, values, resource)
            if not numbers:
                return ()
        relations = self._relations(resource, context, values)
        if relations is None or not self._holds(self._where, values, resource, default=True):
            return ()
        return self._judge(resource, context, values, relations, numbers)

    def _may_fire_in(self, scope: Scope) -> bool:
        """Return whether the scope has objects of the kinds without which the block cannot fire."""
        if self._scope is not scope:
            self._scope = scope
            self._judged.clear()
            self._has_needed = all(map(scope.relations.may_hold, self._needed))
        return self._has_needed

    def _judge(
        self,
        resource: Resource,
        context: Context,
        values: Values,
        relations: dict[str, Relation],
        numbers: list[int] | None,
    ) -> Iterable[Problem]:
        """Return the problems of the elements, or of those with ``numbers``."""
        if not self._elements.iterates:
            found = [0] if self._fires(self._expression(values, resource)) else []
        else:
            elements = self._elements.values(resource)
            if numbers is None:
                numbers = list(range(len(elements)))
            else:
                elements = [elements[number] for number in numbers]
            verdicts = self._expression_each(values, resource, elements)
            found = [number for number, verdict in zip(numbers, verdicts, strict=True) if self._fires(verdict)]
        return self._tell(resource, context, values, relations, found) if found else ()

    def _numbers(self, possible: Ask, each: AskEach, values: Values, resource: Resource) -> list[int]:
        """Return the numbers of the elements for which the block may fire, whatever the relations are."""
        if not self._elements.iterates:
            return [] if possible(values, resource) == self._silent else [0]
        verdicts = each(values, resource, self._elements.values(resource))
        return [number for number, verdict in enumerate(verdicts) if verdict != self._silent]

    def _fires(self, verdict: bool | NotEvaluated) -> bool:
        if verdict == self._silent:
            return False
        if isinstance(verdict, NotEvaluated):
            self._failed(verdict.reason)
            return False
        return True

    def _relations(self, resource: Resource, context: Context, values: Values) -> dict[str, Relation] | None:
        """Return the relations by name, and add them to ``values``; None where the block has nothing to say."""
        needed = self._detector.needed_relations
        if context.relations.is_ambiguous(resource):
            return None
        relations: dict[str, Relation] = {}
        for relate in self._detector.relate:
            kind, kinds, is_needed = relate.relation, relate.kinds, relate.name in needed
            if is_needed and not context.relations.may_lead(resource, kind, kinds, to_others=relate.is_of_others):
                return None
            relation = context.relations.related(resource, kind, kinds=kinds, by=relate.by)
            if relate.where is not None and relation.items:
                known = resource.original_name if relate.is_of_all_others else ""
                relation = _narrowed(relation, self._filter(relate.where, relation, values, resource, known))
            if is_needed and not relation.items:
                return None
            if relation.state == "unknown" and not relate.reads_state:
                return None
            relations[relate.name] = relation
            is_read = relate.name in self._read
            values |= relation_bindings(relate.name, relation, relate.fields, with_items=is_read)
        return relations

    def _filter(
        self, where: Expression, relation: Relation, values: Values, resource: Resource, name: str = ""
    ) -> tuple[Resource, ...]:
        """Return the items of which ``where`` holds; with a ``name``, it holds for all that have another one.

        What it says of an item alone is asked once in a scope.
        """
        ask = self._wheres.get(where.program)
        if ask is None:
            ask = self._wheres[where.program] = self._ready(where)
        values = {**values}
        is_of_item = self._program(where).names <= _OF_ITEM
        key = (where.program, id(values["params"]))  # of which a config may give some files others
        judged = self._judged.setdefault(key, {}) if is_of_item else {}
        kept = []
        for item in relation.items:
            if name and item.original_name:
                if item.original_name != name:
                    kept.append(item)
                continue
            holds = judged.get(id(item))
            if holds is None:
                values["item"] = item.data
                verdict = ask(values, resource)
                if isinstance(verdict, NotEvaluated):
                    self._failed(verdict.reason)
                    continue
                holds = judged[id(item)] = verdict
            if holds:
                kept.append(item)
        return tuple(kept)

    def _holds(self, ask: Ask | None, values: Values, resource: Resource, *, default: bool) -> bool:
        if ask is None:
            return default
        verdict = ask(values, resource)
        if isinstance(verdict, NotEvaluated):
            self._failed(verdict.reason)
            return False
        return verdict

    def _tell(
        self,
        resource: Resource,
        context: Context,
        values: Values,
        relations: dict[str, Relation],
        numbers: list[int],
    ) -> list[Problem]:
        """Return the problems of the elements with ``numbers``."""
        items = self._elements.items(resource)
        scope = {
            "object": resource,
            "params": context.params,
            "platform": context.platform.facts,
            "variables": self._shared.variables(resource),
            **relations,
        }
        found = []
        for number in numbers:
            item: Item = items[number]
            if self._wording.is_certain(resource, item):
                if not item.is_whole:
                    values["item"] = item.value
                links = [
                    (spec, link)
                    for spec in self._detector.related
                    for link in self._links(spec, relations, values, resource)
                ]
                found.append(self._wording.problem(resource, item, {**scope, "item": item.value}, links))
        return found

    def _links(
        self, spec: RelatedSpec, relations: dict[str, Relation], values: Values, resource: Resource
    ) -> tuple[Link, ...]:
        relation = relations[spec.name]
        if spec.where is None:
            return relation.places
        return _links_to(relation, self._filter(spec.where, relation, values, resource))

    @cached_property
    def _expression(self) -> Ask:
        assert self._detector.expression is not None
        return self._ready(self._detector.expression)

    @cached_property
    def _expression_each(self) -> AskEach:
        assert self._detector.expression is not None
        return self._ready_each(self._detector.expression)

    @cached_property
    def _wording(self) -> Wording:
        return Wording(self._detector)

    @cached_property
    def _read(self) -> frozenset[str]:
        """Return the variables that any expression of the block reads."""
        detector = self._detector
        wheres = [relate.where for relate in detector.relate] + [related.where for related in detector.related]
        expressions = [kept for kept in (detector.where, detector.expression, *wheres) if kept is not None]
        return frozenset().union(*(self._program(kept).names for kept in expressions))

    def _program(self, expression: Expression) -> Program:
        return self._compiler.restore(expression.program, self._names)

    def _ready(self, expression: Expression) -> Ask:
        """Return an expression ready to be asked."""
        program = self._program(expression)
        names = program.parameters
        if not names:
            return lambda values, resource: program.call()
        pick = itemgetter(*names)
        is_single = len(names) == 1
        shared = self._shared if "variables" in names else None

        def ask(values: Values, resource: Resource) -> bool | NotEvaluated:
            if shared is not None and "variables" not in values:
                values["variables"] = shared.variables(resource)
            try:
                picked = pick(values)
            except KeyError:  # such as item, where there is none
                return program.evaluate(values)
            return program.call(picked) if is_single else program.call(*picked)

        return ask

    def _ready_each(self, expression: Expression) -> AskEach:
        """Return an expression ready to be asked about several items."""
        program = self._program(expression)
        names = program.parameters
        if "item" not in names:
            once = self._ready(expression)
            return lambda values, resource, items: [once(values, resource)] * len(items) if items else []
        position = names.index("item")

        def ask_each(values: Values, resource: Resource, items: list[Any]) -> list[bool | NotEvaluated]:
            if not items:
                return []
            if "variables" in names and "variables" not in values:
                values["variables"] = self._shared.variables(resource)
            picked = [None if name == "item" else values[name] for name in names]
            verdicts = []
            for item in items:
                picked[position] = item
                verdicts.append(program.call(*picked))
            return verdicts

        return ask_each


def _narrowed(relation: Relation, kept: tuple[Resource, ...]) -> Relation:
    """Return a relation with only the items that were kept."""
    if not kept:
        return relation._replace(items=(), places=(), state="absent" if relation.state == "found" else relation.state)
    return relation._replace(items=kept, places=_links_to(relation, kept))


def _links_to(relation: Relation, kept: tuple[Resource, ...]) -> tuple[Link, ...]:
    wanted = {id(resource) for resource in kept}
    return tuple(link for link in relation.places if id(link.item) in wanted)
