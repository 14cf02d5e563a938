"""A lesson becomes a rule: every block validated, its CEL compiled, every path, pattern and template read once."""

from __future__ import annotations

from collections.abc import Collection

from kubelint_lessons.lessons.detectors import find_more, read_detector, read_extension
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.fields import Fields, Tools
from kubelint_lessons.lessons.lesson import Lesson, LessonProblem
from kubelint_lessons.lessons.rule import Detector, Extension, Origin, Rule
from kubelint_lessons.lessons.schemafile import load_schema
from kubelint_lessons.lessons.validate import Validator


def make_tools(checks: Collection[str]) -> Tools:
    """Return the validator and the CEL compiler, ready for use; ``checks`` are the modules that lessons may name."""
    return Tools(Validator("rule-block"), Compiler(), frozenset(checks), load_schema("platform"))


def compile_lesson(
    lesson: Lesson, path: str, origin: Origin, tools: Tools
) -> tuple[Rule | None, tuple[LessonProblem, ...]]:
    """Return the rule of a lesson, or None and what keeps it from loading, at the place in the Markdown.

    A rule with ``extends:`` comes without detectors, with ``extension``: ``ruleset`` completes it.
    """
    problems: list[LessonProblem] = []
    detectors: list[Detector] = []
    extensions: list[Extension] = []
    presets: dict[str, None] = {}
    aliases: dict[str, None] = {}
    is_enabled = True
    for block in lesson.blocks:
        found, wrong = tools.validator.read(block, path)
        problems += wrong
        if found is None:
            continue
        fields = Fields(found, block, lesson, tools)
        if wrong:
            problems += find_more(fields, wrong)
            continue
        if "extends" in found.data:
            extensions.append(read_extension(fields))
        else:
            detector = read_detector(fields)
            detectors += [detector] if detector else []
        problems += fields.problems
        presets |= dict.fromkeys(found.data.get("presets", ()))
        aliases |= dict.fromkeys(found.data.get("aliases", ()))
        is_enabled = is_enabled and found.data.get("default", True)
    if extensions and (detectors or len(extensions) > 1):
        first = extensions[0]
        message = "a lesson that extends a rule has one block"
        hint = "move the other blocks to a lesson of their own"
        end_column = first.column + len(first.base)
        problems.append(LessonProblem(path, first.line, first.column, end_column, message, hint, "extends"))
    if problems:
        return None, tuple(problems)
    rule = Rule(lesson.id, lesson.words, tuple(detectors), origin, is_enabled, tuple(presets), tuple(aliases))
    return rule._replace(extension=extensions[0] if extensions else None), ()
