"""The examples of a team's lessons, run once per content: a rule whose examples do not hold is an error."""

from __future__ import annotations

from kubelint_lessons.engine.result import RunError
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.lessons.cache import Cache
from kubelint_lessons.lessons.packs import RuleSet


def prove(rule_set: RuleSet, toolbox: Toolbox, cache: Cache) -> tuple[RunError, ...]:
    """Return an error for every example of a team's lesson that does not hold.

    What was found is remembered under the content of the lessons, so that unchanged ones cost nothing. Rules that do
    not run this time are proved too: the answer is about the lessons, not about one run.
    """
    lessons = [lesson for lesson in rule_set.team_lessons if lesson.examples and lesson.id in rule_set.rules]
    if not lessons:
        return ()
    known = cache.get("proofs", rule_set.key)
    if isinstance(known, list):
        return tuple(RunError(*entry) for entry in known)
    from kubelint_lessons.authoring.examples import check_example

    errors = []
    for lesson in lessons:
        rule = rule_set.rules[lesson.id]
        for example in lesson.examples:
            for failure in check_example(example, rule, toolbox):
                message = f"{failure.rule}: {failure.message}"
                errors.append(RunError("lesson", message, lesson.words.path, failure.line, 1, failure.hint))
    cache.put("proofs", rule_set.key, [list(error) for error in errors])
    return tuple(errors)
