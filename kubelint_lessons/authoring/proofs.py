"""The examples of a team's lessons, run once per content: a rule whose examples do not hold is an error."""

from __future__ import annotations

from kubelint_lessons.authoring.examples import check_example
from kubelint_lessons.engine.result import RunError
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.lessons.cache import Cache
from kubelint_lessons.lessons.packs import RuleSet
from kubelint_lessons.lessons.rule import Rule


def prove(rule_set: RuleSet, chosen: dict[str, Rule], toolbox: Toolbox, cache: Cache) -> tuple[RunError, ...]:
    """Return an error for every example of a team's lesson that does not hold.

    What was found is remembered under the content of the lessons, so that unchanged ones cost nothing. Examples of
    rules that were not chosen count too: the answer is about the lessons, not about this run.
    """
    del chosen
    lessons = [lesson for lesson in rule_set.lessons if lesson.examples and _is_team(rule_set, lesson.id)]
    if not lessons:
        return ()
    known = cache.get("proofs", rule_set.key)
    if isinstance(known, list):
        return tuple(RunError(*entry) for entry in known)
    errors = []
    for lesson in lessons:
        rule = rule_set.rules[lesson.id]
        for example in lesson.examples:
            for failure in check_example(example, rule, toolbox):
                message = f"{failure.rule}: {failure.message}"
                errors.append(RunError("lesson", message, lesson.words.path, failure.line, 1, failure.hint))
    cache.put("proofs", rule_set.key, [list(error) for error in errors])
    return tuple(errors)


def _is_team(rule_set: RuleSet, rule: str) -> bool:
    return rule in rule_set.rules and rule_set.rules[rule].origin == "team"
