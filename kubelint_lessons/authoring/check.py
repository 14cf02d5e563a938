"""Checking a lessons database: everything that is wrong in it, each at its place in the Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.authoring.advice import Advice
from kubelint_lessons.authoring.examples import check_example, run_example
from kubelint_lessons.authoring.fieldcheck import check_fields
from kubelint_lessons.authoring.fixproof import check_fixes
from kubelint_lessons.authoring.overlap import find_overlaps
from kubelint_lessons.authoring.textcheck import check_text
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.lessons.lesson import Lesson
from kubelint_lessons.lessons.packs import RuleSet
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.schema.lookup import Schemas
from kubelint_lessons.model.records import NamedTuple


class Checked(NamedTuple):
    """What is wrong, what could be better, and how much was looked at."""

    errors: tuple[Advice, ...]
    warnings: tuple[Advice, ...]
    lessons: int
    notes: int
    examples: int


def check_lessons(
    rule_set: RuleSet,
    texts: dict[str, str],
    toolbox: Toolbox,
    schemas: Schemas | None = None,
) -> Checked:
    """Return the problems of the lessons in ``texts`` (path → Markdown), examples included.

    ``rule_set`` holds them beside all others that they may repeat or contradict. A built-in lesson's good examples must
    be silent for every built-in rule of severity error; what other rules say of a team's examples is a warning.
    """
    known = schemas or Schemas()
    found = [
        Advice(*problem[:4], problem.message, problem.hint) for problem in rule_set.problems if problem.path in texts
    ]
    lessons = [lesson for lesson in rule_set.lessons if lesson.words.path in texts]
    notes = [note for note in rule_set.notes if note.words.path in texts]
    strict = {name: rule for name, rule in rule_set.rules.items() if rule.origin == "builtin" and _is_error(rule)}
    examples = 0
    for lesson in lessons:
        rule = rule_set.rules.get(lesson.id)
        if rule is not None:
            examples += len(lesson.examples)
            found += _of_examples(lesson, rule, strict, rule_set.rules, toolbox)
            found += check_fields(lesson, rule, known, toolbox.compiler)
    for path, text in texts.items():
        found += check_text(path, text, lessons, notes)
    found += find_overlaps(lessons, notes, rule_set)
    found = sorted(dict.fromkeys(found), key=lambda item: (item.path, item.line, item.column, item.message))
    return Checked(
        tuple(item for item in found if not item.is_warning),
        tuple(item for item in found if item.is_warning),
        len(lessons),
        len(notes),
        examples,
    )


def _of_examples(
    lesson: Lesson, rule: Rule, strict: dict[str, Rule], rules: dict[str, Rule], toolbox: Toolbox
) -> Iterator[Advice]:
    path = lesson.words.path
    labels = {example.label for example in lesson.examples}
    for label, purpose in (
        ("bad", "that the rule finds what it is for"),
        ("good", "that it leaves alone what is fine"),
    ):
        if label not in labels:
            message = f"{lesson.id}: there is no {label} example"
            hint = f"add a fence such as ```yaml {label}: it proves {purpose}"
            yield Advice(path, lesson.line, lesson.column, lesson.end_column, message, hint, is_warning=True)
    for example in lesson.examples:
        failures = check_example(example, rule, toolbox, rules)
        if example.label == "bad" and not failures:
            failures = check_fixes(example, rule, toolbox)
        for failure in failures:
            yield Advice(path, failure.line, 1, 2, f"{rule.id}: {failure.message}", failure.hint)
        if example.label != "good":
            continue
        found = run_example(example, strict, toolbox)
        for finding in () if isinstance(found, str) else found:
            if finding.severity == "error" and finding.rule != rule.id:
                message = f"{rule.id}: the good example breaks {finding.rule}: {finding.message}"
                yield Advice(path, example.line, 1, 2, message, "mend the example", rule.origin != "builtin")


def _is_error(rule: Rule) -> bool:
    return rule.enabled and any(detector.severity == "error" for detector in rule.detectors)
