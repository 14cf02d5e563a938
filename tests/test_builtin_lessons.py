"""Every example of every built-in lesson holds; good ones are silent for every rule of severity error."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubelint_lessons.authoring.check import check_lessons
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.lesson import Lesson
from kubelint_lessons.lessons.packs import load_rules, read_builtin_lessons

ROOT = Path(__file__).resolve().parents[1]
RULE_SET = load_rules()
LESSONS = read_builtin_lessons()


def test_every_lesson_loads() -> None:
    assert [f"{problem.path}:{problem.line}: {problem.message}" for problem in RULE_SET.problems] == []
    assert {lesson.id for lesson in LESSONS} == RULE_SET.rules.keys()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_its_examples_hold(lesson: Lesson) -> None:
    text = (ROOT / lesson.words.path).read_text(encoding="utf-8")
    checked = check_lessons(RULE_SET, {lesson.words.path: text}, Toolbox(Compiler()))
    assert [f"{item.path}:{item.line}: {item.message} ({item.hint})" for item in checked.errors] == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_it_has_words_sources_and_examples_of_both_kinds(lesson: Lesson) -> None:
    words = lesson.words
    assert words.symptom
    assert words.cause
    assert words.fix
    assert words.category
    assert words.sources
    assert all(source.startswith("https://") for source in words.sources)
    labels = {example.label for example in lesson.examples}
    assert {"bad", "good"} <= labels
