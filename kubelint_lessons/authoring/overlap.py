"""Lessons that say the same twice, or the opposite of each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubelint_lessons.authoring.advice import Advice
from kubelint_lessons.lessons.lesson import Lesson, Note
from kubelint_lessons.lessons.packs import RuleSet
from kubelint_lessons.lessons.rule import Detector
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_NEAR = 0.75
"""Two entries that share this part of their words are the same incident told twice."""

_WORD = regex(r"[a-z0-9]{3,}")
_COMMON = frozenset(["the", "and", "are", "not", "with", "that", "for", "from", "this", "was", "has", "its", "but"])


class _Entry(NamedTuple):
    name: str
    path: str
    line: int
    symptom: frozenset[str]
    words: frozenset[str]
    rules: frozenset[str]


def find_overlaps(lessons: Sequence[Lesson], notes: Sequence[Note], rule_set: RuleSet) -> Iterator[Advice]:
    """Yield a warning for each entry that repeats an earlier one, an error for rules that contradict each other.

    Entries that are bound to the same rule may repeat each other: that is what seen-counts are for.
    """
    yield from _repeated(lessons, notes)
    yield from _contradicting(lessons, rule_set)


def _repeated(lessons: Sequence[Lesson], notes: Sequence[Note]) -> Iterator[Advice]:
    entries = [_entry(lesson.id, lesson, frozenset({lesson.id})) for lesson in lessons]
    entries += [_entry(note.id, note, frozenset(binding.rule for binding in note.bindings)) for note in notes]
    entries.sort(key=lambda entry: (entry.path, entry.line))
    for index, entry in enumerate(entries):
        for earlier in entries[:index]:
            if entry.rules & earlier.rules or not entry.symptom:
                continue
            if _likeness(entry.words, earlier.words) >= _NEAR or entry.symptom == earlier.symptom:
                message = f'"{entry.name}" says what "{earlier.name}" says at {earlier.path}:{earlier.line}'
                hint = "merge the two, and count the incident under **Seen:**"
                yield Advice(entry.path, entry.line, 1, 2, message, hint, is_warning=True)
                break


def _entry(name: str, entry: Lesson | Note, rules: frozenset[str]) -> _Entry:
    words = entry.words
    symptom = _words(words.symptom)
    return _Entry(name, words.path, words.line, symptom, symptom | _words(words.cause) | _words(words.fix), rules)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower())) - _COMMON


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if len(one) > 4 and len(other) > 4 else 0.0


def _contradicting(lessons: Sequence[Lesson], rule_set: RuleSet) -> Iterator[Advice]:
    blocks = [(rule, detector) for rule in rule_set.rules.values() for detector in rule.detectors]
    wanted = {lesson.id: lesson for lesson in lessons}
    for rule, detector in blocks:
        lesson = wanted.get(rule.id)
        if lesson is None:
            continue
        for other, opposite in blocks:
            if other.id != rule.id and _contradict(detector, opposite):
                where = f"{other.lesson.path}:{other.lesson.line}"
                message = f"{rule.id} contradicts {other.id} ({where}): {_why(detector, opposite)}"
                yield Advice(lesson.words.path, detector.line, 1, 2, message, "keep one, or narrow both with where:")
                break


def _contradict(one: Detector, other: Detector) -> bool:
    if not set(one.match) & set(other.match) or one.each != other.each or _text(one.where) != _text(other.where):
        return False
    same = one.expression is not None and _text(one.expression) == _text(other.expression)
    return same and {one.kind, other.kind} == {"require", "forbid"}


def _why(one: Detector, other: Detector) -> str:
    return f"what {one.kind} says here, {other.kind} says there"


def _text(expression: object) -> str:
    text = getattr(expression, "text", "") or ""
    return " ".join(str(text).split())
