"""Rule blocks meet objects: which is asked, with what beside the object, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any

from kubelint_lessons.engine.context import Context
from kubelint_lessons.engine.detect import CelBlock, Failed, Shared
from kubelint_lessons.engine.dispatch import Chosen, Dispatcher
from kubelint_lessons.engine.judging import Group
from kubelint_lessons.engine.locate import Stamper
from kubelint_lessons.engine.overrides import Overrides
from kubelint_lessons.engine.parts import Key, Part
from kubelint_lessons.engine.result import RunError
from kubelint_lessons.engine.runner import Runner
from kubelint_lessons.engine.schemas import RunSchemas
from kubelint_lessons.engine.timing import Timing, add_to, clock
from kubelint_lessons.lessons.checks import CheckError
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import Scope
from kubelint_lessons.model.finding import Problem, Severity
from kubelint_lessons.model.records import NamedTuple

CheckFunction = Callable[[Resource, Context], Iterable[Problem]]
Ready = tuple[CheckFunction, dict[str, Any], dict[Hashable, Any]]
"""How a block finds problems, its parameters, and what it keeps throughout the run."""

Entered = dict[Runner, tuple[CheckFunction, Context]]
"""The blocks that have looked at an object of a scope, with what they are given beside the objects there."""


class Surroundings(NamedTuple):
    """What judging needs beside objects and rules; ``params`` overrides a rule's parameters by id."""

    compiler: Compiler
    load_check: Callable[[str], CheckFunction]
    platform: Platform
    schemas: RunSchemas
    params: Mapping[str, dict[str, object]]
    overrides: Overrides | None
    timing: Timing | None


class Judge:
    """Collects what rule blocks say of objects; ``part`` is where it goes."""

    def __init__(self, around: Surroundings, stamper: Stamper) -> None:
        self.part = Part()
        self._around = around
        self._stamper = stamper
        self._shared = Shared()
        self._checks: dict[str, CheckFunction | RunError] = {}
        self._ready: dict[Runner, Ready] = {}
        self._scope: Scope | None = None
        self._entered: Entered = {}
        self._changed: dict[tuple[Runner, str], Context] = {}
        self._lasting: dict[tuple[Runner, str], dict[Hashable, Any]] = {}

    def part_of(self, groups: Sequence[Group], dispatcher: Dispatcher, reported: Collection[str]) -> Part:
        """Return what ``objects`` finds, apart from what was found before."""
        before, self.part = self.part, Part()
        self.objects(groups, dispatcher, reported)
        found, self.part = self.part, before
        return found

    def objects(self, groups: Sequence[Group], dispatcher: Dispatcher, reported: Collection[str]) -> None:
        """Let every rule block look at every object about which it could say something that is reported."""
        timing = self._around.timing
        is_measured = timing.measures_next if timing is not None else bool
        for scope, resources in groups:
            self._enter(scope)
            for resource in resources:
                chosen = dispatcher.runners_for(resource, scope, resource.document.source.path in reported)
                if is_measured():
                    self._timed(chosen, resource)
                else:
                    self._look(chosen, resource)

    def close(self) -> None:
        """Let go of the last scope, and of what blocks kept: they lead back here and to all documents."""
        self._enter(None)
        self._ready = {}
        self._lasting = {}

    def add(self, rule: Rule, severity: Severity, problem: Problem, resource: Resource | None) -> None:
        """Take a problem as a finding, unless the same was found before."""
        key = Key(rule.id, problem.place, problem.message)
        if key not in self.part.findings:
            finding = self.part.findings[key] = self._stamper.stamp(rule, severity, problem, resource)
            self._stamper.quote(finding, self.part.lines)

    def _enter(self, scope: Scope | None) -> None:
        """Go on to the objects of ``scope``: what was kept for those of another one is dropped."""
        if self._scope is scope:
            return
        if self._scope is not None:
            self._scope.close()
        self._scope = scope
        self._entered = {}
        self._changed = {}

    def _timed(self, chosen: Chosen, resource: Resource) -> None:
        since = clock()
        for runner in chosen:
            self._look((runner,), resource)
            now = clock()
            add_to(self.part.spent, runner.rule.id, now - since)
            since = now

    def _look(self, chosen: Chosen, resource: Resource) -> None:
        """Let blocks look at an object; this runs for every object, and finds nothing nearly every time."""
        entered = self._entered
        is_overridden = self._around.overrides is not None
        for runner in chosen:
            try:
                found = entered.get(runner)
                if found is None:
                    found = entered[runner] = self._begin(runner)
                find, context = found
                if is_overridden:
                    context = self._overridden(context, runner, resource)
                for problem in [*find(resource, context)]:
                    problem = _weigh(problem, runner.inferred_from)
                    self.add(runner.rule, runner.detector.severity, problem, resource)
            except Exception as error:
                self.part.errors.append(_bug(runner.rule, resource, error))

    def _begin(self, runner: Runner) -> tuple[CheckFunction, Context]:
        """Return a block with what it is given beside the objects of this scope."""
        assert self._scope is not None
        ready = self._ready.get(runner)
        if ready is None:
            ready = self._ready[runner] = self._made_ready(runner)
        find, params, lasting = ready
        return find, Context(params, self._around.platform, self._scope, self._around.schemas, {}, lasting)

    def _made_ready(self, runner: Runner) -> Ready:
        params = {**runner.detector.params, **self._around.params.get(runner.rule.id, {})}
        if not runner.detector.check:
            block = CelBlock(runner.detector, self._around.compiler, self._shared, self._not_evaluated(runner.rule))
            return block.find, params, {}
        return self._check(runner), params, {}

    def _overridden(self, context: Context, runner: Runner, resource: Resource) -> Context:
        """Return the context with the parameters of the resource's file, the same one for the same parameters."""
        assert self._around.overrides is not None
        changed = self._around.overrides.parameters(runner.rule.id, resource.document.source.path)
        if not changed:
            return context
        key = (runner, repr(changed))
        if key not in self._changed:
            lasting = self._lasting.setdefault(key, {})
            self._changed[key] = context._replace(params={**context.params, **changed}, kept={}, lasting=lasting)
        return self._changed[key]

    def _check(self, runner: Runner) -> CheckFunction:
        """Return the function of a check, loaded when it is first needed; where it does not load, one that says so."""
        name = runner.detector.check
        found = self._checks.get(name)
        if found is None:
            try:
                found = self._around.load_check(name)
            except CheckError as error:
                message = f'the check of rule "{runner.rule.id}" does not load: {error.message}'
                place = (runner.rule.lesson.path, runner.detector.line)
                found = RunError("lesson", message, *place, hint=error.hint)
            self._checks[name] = found
        return self._complaint(found) if isinstance(found, RunError) else found

    def _complaint(self, error: RunError) -> CheckFunction:
        def complain(resource: Resource, context: Context) -> Iterable[Problem]:
            if error not in self.part.errors:
                self.part.errors.append(error)
            return ()

        return complain

    def _not_evaluated(self, rule: Rule) -> Failed:
        def failed(reason: str) -> None:
            self.part.not_evaluated[rule.id, reason] += 1

        return failed


def _weigh(problem: Problem, inferred_from: str) -> Problem:
    """Return a problem that rests on inferred facts as a warning at most, with their source (DESIGN §4)."""
    if not inferred_from:
        return problem
    source = f"this rests on facts {inferred_from}; state them in docs/platform-reference.md"
    limit: Severity = "info" if problem.at_most == "info" else "warning"
    return problem._replace(at_most=limit, note=f"{problem.note} ({source})" if problem.note else source)


def _bug(rule: Rule, resource: Resource, error: Exception) -> RunError:
    """Return the report of a check that raised: rule, object, and where in its code."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else ""
    message = f'rule "{rule.id}" failed on {resource.id}: {type(error).__name__}: {error}{where}'
    hint = "report this as a bug of the rule; all other rules went on"
    return RunError("bug", message, resource.document.source.path, resource.document.first_line, hint=hint)
