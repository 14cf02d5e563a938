"""Checking a lessons database: everything that is wrong in it, each at its place in the Markdown."""

from __future__ import annotations

from typing import NamedTuple

from kubelint_lessons.authoring.examples import check_example, run_example
from kubelint_lessons.authoring.fixproof import check_fixes
from kubelint_lessons.authoring.linter import lesson_error
from kubelint_lessons.engine.result import RunError
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.lessons.lesson import Lesson
from kubelint_lessons.lessons.packs import RuleSet
from kubelint_lessons.lessons.rule import Rule


class Checked(NamedTuple):
    """What is wrong, and how much was looked at."""

    errors: tuple[RunError, ...]
    lessons: int
    notes: int
    examples: int


def check_lessons(rule_set: RuleSet, paths: frozenset[str] | None, toolbox: Toolbox) -> Checked:
    """Return the problems of the lessons in ``paths`` (None: all files of the rule set), examples included.

    A built-in lesson's good examples must be silent for every built-in rule of severity error too.
    """
    errors = [lesson_error(problem) for problem in rule_set.problems if paths is None or problem.path in paths]
    lessons = [lesson for lesson in rule_set.lessons if paths is None or lesson.words.path in paths]
    notes = [note for note in rule_set.notes if paths is None or note.words.path in paths]
    strict = {name: rule for name, rule in rule_set.rules.items() if rule.origin == "builtin" and _is_error(rule)}
    examples = 0
    for lesson in lessons:
        rule = rule_set.rules.get(lesson.id)
        if rule is None:
            continue
        examples += len(lesson.examples)
        errors += _of_examples(lesson, rule, strict if rule.origin == "builtin" else {}, toolbox)
    errors.sort(key=lambda error: (error.path, error.line, error.column, error.message))
    return Checked(tuple(errors), len(lessons), len(notes), examples)


def _of_examples(lesson: Lesson, rule: Rule, strict: dict[str, Rule], toolbox: Toolbox) -> list[RunError]:
    path = lesson.words.path
    errors = []
    for example in lesson.examples:
        failures = check_example(example, rule, toolbox)
        if example.label == "bad" and not failures:
            failures = check_fixes(example, rule, toolbox)
        for failure in failures:
            errors.append(RunError("lesson", f"{rule.id}: {failure.message}", path, failure.line, 1, failure.hint))
        if strict and example.label == "good":
            found = run_example(example, strict, toolbox)
            for finding in () if isinstance(found, str) else found:
                if finding.severity == "error" and finding.rule != rule.id:
                    message = f"{rule.id}: the good example breaks {finding.rule}: {finding.message}"
                    errors.append(RunError("lesson", message, path, example.line, 1, "mend the example"))
    return errors


def _is_error(rule: Rule) -> bool:
    return any(detector.severity == "error" for detector in rule.detectors)
