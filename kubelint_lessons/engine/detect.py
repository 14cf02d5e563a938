"""One rule block meets one resource: CEL detectors and Python checks yield problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kubelint_lessons.engine.context import Context
from kubelint_lessons.engine.iterate import Item, embedded_items, items_of
from kubelint_lessons.engine.projection import relation_bindings, variables_of
from kubelint_lessons.lessons.expression import Compiler, NotEvaluated, Program
from kubelint_lessons.lessons.paths import Each, expand, fill, parse_path, parse_template, render
from kubelint_lessons.lessons.rule import Detector, Expression, FixSpec, Relate, RelatedSpec, Rule
from kubelint_lessons.manifests.relations import Link, Relation
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.finding import Problem, RelatedPlace
from kubelint_lessons.model.fix import Edit, Fix
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

CheckFunction = Callable[[Resource, Context], Iterator[Problem]]
Failed = Callable[[str], None]
"""Called with the reason when an expression could not be evaluated."""

Values = dict[str, Any]
"""What expressions may read, by name, as plain values; ``variables`` joins them when one reads it."""


class Runner(NamedTuple):
    """A rule block made ready to run.

    ``first`` and ``second`` are bits of words: a document that has none of either cannot make it fire.
    """

    rule: Rule
    detector: Detector
    inferred_from: str
    first: int
    second: int


class Evaluator:
    """Evaluates CEL detectors."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._variables: tuple[Resource, dict[str, Any]] | None = None
        self._read: dict[int, tuple[Detector, frozenset[str]]] = {}

    def run(self, runner: Runner, resource: Resource, context: Context, failed: Failed) -> Iterator[Problem]:
        """Yield the problems of ``resource``.

        A rule with relations is silent where one of them is unknown and none of its expressions reads that
        state, and on resources that are defined twice in the scope.
        """
        detector = runner.detector
        names = detector.relation_names
        relations: dict[str, Relation] = {}
        values = {"object": resource.data, "params": context.params, "platform": context.platform.facts}
        where = detector.where
        if where is not None and self._program(where, names).names.isdisjoint(_bound_by(names)):
            if not self._holds(where, values, resource, names, failed, default=True):
                return
            where = None  # said yes without the relations, which cost more than most expressions
        if detector.relate:
            needed = detector.needed_relations
            if needed and not self._may_hold(detector, context):
                return
            if context.relations.is_ambiguous(resource):
                return
            for relate in detector.relate:
                relation = self._related(relate, resource, context, values, names, failed)
                if relation.state == "unknown" and not relate.reads_state:
                    return
                if relate.name in needed and not relation.items:
                    return
                relations[relate.name] = relation
                is_read = relate.name in self._names_in(detector)
                values |= relation_bindings(relate.name, relation, relate.fields, with_items=is_read)
        if not self._holds(where, values, resource, names, failed, default=True):
            return
        items = embedded_items(resource, detector.embedded, detector.each) if detector.embedded else None
        for item in items or items_of(resource, detector.each):
            if not item.is_whole:
                values["item"] = item.value
            verdict = self._evaluate(detector.expression, values, resource, names)
            if isinstance(verdict, NotEvaluated):
                failed(verdict.reason)
            elif verdict == (detector.kind == "forbid"):
                scope = {
                    "object": resource,
                    "item": item.value,
                    "params": context.params,
                    "platform": context.platform.facts,
                    "variables": variables_of(resource),
                    **relations,
                }
                if not _may_change(resource, item, detector.at):
                    yield self._problem(runner, resource, item, scope, relations, values, failed)

    @staticmethod
    def _may_hold(detector: Detector, context: Context) -> bool:
        """Return whether the scope has objects of the kinds without which the block cannot fire."""
        return all(
            context.relations.may_hold(relate.kinds)
            for relate in detector.relate
            if relate.name in detector.needed_relations
        )

    def _related(
        self,
        relate: Relate,
        resource: Resource,
        context: Context,
        values: Values,
        names: tuple[str, ...],
        failed: Failed,
    ) -> Relation:
        relation = context.relations.related(resource, relate.relation, kinds=relate.kinds, by=relate.by)
        if relate.where is None:
            return relation
        kept = self._filter(relate.where, relation, values, resource, names, failed)
        if kept or not relation.items:
            return relation._replace(items=kept, places=_links_to(relation, kept))
        state = "absent" if relation.state == "found" else relation.state
        return relation._replace(items=(), places=(), state=state)

    def _filter(
        self,
        where: Expression,
        relation: Relation,
        values: Values,
        resource: Resource,
        names: tuple[str, ...],
        failed: Failed,
    ) -> tuple[Resource, ...]:
        return tuple(
            item
            for item in relation.items
            if self._holds(where, {**values, "item": item.data}, resource, names, failed, default=False)
        )

    def _holds(
        self,
        expression: Expression | None,
        values: Values,
        resource: Resource,
        names: tuple[str, ...],
        failed: Failed,
        *,
        default: bool,
    ) -> bool:
        if expression is None:
            return default
        verdict = self._evaluate(expression, values, resource, names)
        if isinstance(verdict, NotEvaluated):
            failed(verdict.reason)
            return False
        return verdict

    def _evaluate(
        self, expression: Expression | None, values: Values, resource: Resource, names: tuple[str, ...]
    ) -> bool | NotEvaluated:
        assert expression is not None
        program = self._program(expression, names)
        parameters = program.parameters
        if "variables" in parameters and "variables" not in values:
            values["variables"] = self._variables_of(resource)
        try:
            arguments = [values[name] for name in parameters]
        except KeyError:  # such as item, where there is none
            return program.evaluate(values)
        return program.call(*arguments)

    def _names_in(self, detector: Detector) -> frozenset[str]:
        """Return the variables that any expression of the detector reads."""
        found = self._read.get(id(detector))
        if found is None:
            wheres = [relate.where for relate in detector.relate] + [related.where for related in detector.related]
            expressions = [kept for kept in (detector.where, detector.expression, *wheres) if kept is not None]
            programs = [self._program(kept, detector.relation_names) for kept in expressions]
            found = detector, frozenset().union(*(program.names for program in programs))
            self._read[id(detector)] = found
        return found[1]

    def _variables_of(self, resource: Resource) -> dict[str, Any]:
        """Return what all rules share on one resource."""
        if self._variables is None or self._variables[0] is not resource:
            self._variables = resource, variables_of(resource)
        return self._variables[1]

    def _program(self, expression: Expression, names: tuple[str, ...]) -> Program:
        return self._compiler.restore(expression.program, names)

    def _problem(
        self,
        runner: Runner,
        resource: Resource,
        item: Item,
        scope: dict[str, Any],
        relations: dict[str, Relation],
        values: Values,
        failed: Failed,
    ) -> Problem:
        detector = runner.detector
        links = [
            (spec, link)
            for spec in detector.related
            for link in self._links(spec, relations, values, resource, detector.relation_names, failed)
        ]
        route = _route(resource, item, detector.at) if detector.at else ()
        if links and item.is_whole and links[0][1].path[: len(route)] == route:
            route = links[0][1].path  # of a selector the matching label pair is the place
        related = tuple(RelatedPlace(link.item.place(*link.far), spec.label) for spec, link in links[:_MOST_RELATED])
        return Problem(
            message=render(parse_template(detector.message), scope),
            place=item.place(resource, route),
            label=render(parse_template(detector.label), scope) if detector.label else "",
            related=related,
            fix=_fix(detector.fix, resource, item, scope),
            note=render(parse_template(detector.note), scope) if detector.note else "",
        )

    def _links(
        self,
        spec: RelatedSpec,
        relations: dict[str, Relation],
        values: Values,
        resource: Resource,
        names: tuple[str, ...],
        failed: Failed,
    ) -> tuple[Link, ...]:
        relation = relations[spec.name]
        if spec.where is None:
            return relation.places
        kept = self._filter(spec.where, relation, values, resource, names, failed)
        return _links_to(relation, kept)


def _bound_by(names: tuple[str, ...]) -> frozenset[str]:
    """Return the variables that ``relate:`` binds."""
    return frozenset(name + suffix for name in names for suffix in ("", "Count", "State"))


_MOST_RELATED = 5
"""More related places than this would hide the finding."""


def _links_to(relation: Relation, kept: tuple[Resource, ...]) -> tuple[Link, ...]:
    wanted = {id(resource) for resource in kept}
    return tuple(link for link in relation.places if id(link.item) in wanted)


def _may_change(resource: Resource, item: Item, at: str) -> bool:
    """Return whether a patch of the scope touches what the rule judges: then nobody knows what is applied."""
    return bool(at) and item.inside is None and resource.may_be_patched(*item.path, *_route(resource, item, at))


def _route(resource: Resource, item: Item, at: str) -> FieldPath:
    """Return the first route that ``at`` leads to, or as far as it says where nothing is there."""
    path = parse_path(at)
    for route, _ in expand(resource.data if item.is_whole else item.value, path):
        return route
    return tuple(step for step in path if not isinstance(step, Each))


def _fix(spec: FixSpec | None, resource: Resource, item: Item, scope: dict[str, Any]) -> Fix | None:
    if spec is None:
        return None
    edits = []
    try:
        for edit in spec.edits:
            route = _route(resource, item, edit.path) if edit.path else ()
            value, old = _filled(edit.value, scope), _filled(edit.old, scope)
            edits.append(Edit(edit.operation, item.place(resource, route), value, None if old is None else str(old)))
    except LookupError:  # a value that the fix needs is not there
        return None
    return Fix(spec.title, tuple(edits), spec.applicability)


def _filled(value: Any, scope: dict[str, Any]) -> Any:
    if isinstance(value, str):
        return fill(parse_template(value), scope)
    if isinstance(value, dict):
        return {key: _filled(entry, scope) for key, entry in value.items()}
    if isinstance(value, list):
        return [_filled(entry, scope) for entry in value]
    return value
