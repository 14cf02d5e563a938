"""Numbers about a team's lessons: how many are enforced, what keeps coming back, what fires and what never does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from kubelint_lessons.authoring.search import bound_rules
from kubelint_lessons.lessons.packs import RuleSet
from kubelint_lessons.lessons.rule import LessonWords
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.records import NamedTuple

VERSION = 1
"""Of the document; grows when a key changes its meaning or goes away."""


class TeamLesson(NamedTuple):
    """A lesson or note of the team. ``rules`` are those that detect it, ``running`` those of them that run here,
    ``findings`` what they found in this tree."""

    id: str
    kind: str
    words: LessonWords
    rules: tuple[str, ...]
    running: tuple[str, ...]
    findings: int


class Stats(NamedTuple):
    """What is known of a project's lessons. ``lessons`` are in order of their files; ``fired`` counts findings by
    rule; ``builtin`` and ``builtin_running`` count the built-in rules."""

    lessons: tuple[TeamLesson, ...]
    fired: dict[str, int]
    builtin: int
    builtin_running: int

    @property
    def enforced(self) -> int:
        """Return how many lessons have a rule that runs."""
        return sum(bool(lesson.running) for lesson in self.lessons)


def measure(rule_set: RuleSet, chosen: Collection[str], findings: Sequence[Finding]) -> Stats:
    """Return the numbers of a project; ``chosen`` are the ids of the rules that run, ``findings`` what they found."""
    fired = Counter(finding.rule for finding in findings)
    lessons: list[TeamLesson] = []
    known = {(lesson.words.path, lesson.id) for lesson in rule_set.team_lessons}
    for lesson in rule_set.team_lessons:
        rules = (lesson.id,) if lesson.id in rule_set.rules else ()
        lessons.append(_team_lesson(lesson.id, "lesson", lesson.words, rules, chosen, fired))
    for note in rule_set.notes:
        if (note.words.path, note.id) not in known:
            lessons.append(_team_lesson(note.id, "note", note.words, bound_rules(note, rule_set), chosen, fired))
    order = {path: number for number, path in enumerate(dict.fromkeys(lesson.words.path for lesson in lessons))}
    lessons.sort(key=lambda lesson: (order[lesson.words.path], lesson.words.line))
    builtin = [rule.id for rule in rule_set.rules.values() if rule.origin == "builtin"]
    running = sum(name in chosen for name in builtin)
    return Stats(tuple(lessons), dict(sorted(fired.items())), len(builtin), running)


def _team_lesson(
    name: str, kind: str, words: LessonWords, rules: tuple[str, ...], chosen: Collection[str], fired: Counter[str]
) -> TeamLesson:
    running = tuple(rule for rule in rules if rule in chosen)
    return TeamLesson(name, kind, words, rules, running, sum(fired[rule] for rule in running))


def stats_document(stats: Stats) -> dict[str, Any]:
    """Return the numbers as plain values, for JSON and for people alike."""
    lessons = stats.lessons
    recurring = sorted((lesson for lesson in lessons if lesson.words.seen), key=lambda lesson: -len(lesson.words.seen))
    team_rules = {rule for lesson in lessons for rule in lesson.running}
    return {
        "version": VERSION,
        "lessons": len(lessons),
        "enforced": stats.enforced,
        "rules": {"builtin": stats.builtin, "builtin_running": stats.builtin_running, "team": len(team_rules)},
        "categories": _categories(lessons),
        "recurring": [_plain(lesson) for lesson in recurring],
        "fired": [
            {"rule": rule, "findings": number, "has_lesson": rule in team_rules}
            for rule, number in sorted(stats.fired.items(), key=lambda item: (-item[1], item[0]))
        ],
        "never_fired": [_plain(lesson) for lesson in lessons if lesson.running and not lesson.findings],
        "off": [_plain(lesson) for lesson in lessons if lesson.rules and not lesson.running],
        "without_rule": [_plain(lesson) for lesson in lessons if not lesson.rules],
    }


def _categories(lessons: Sequence[TeamLesson]) -> list[dict[str, Any]]:
    """Return one entry a category, in order of the files."""
    found: dict[str, list[TeamLesson]] = {}
    for lesson in lessons:
        found.setdefault(lesson.words.category, []).append(lesson)
    return [
        {
            "category": category,
            "lessons": len(members),
            "enforced": sum(bool(member.running) for member in members),
            "seen": sum(len(member.words.seen) for member in members),
        }
        for category, members in found.items()
    ]


def _plain(lesson: TeamLesson) -> dict[str, Any]:
    return {
        "id": lesson.id,
        "kind": lesson.kind,
        "symptom": lesson.words.symptom,
        "category": lesson.words.category,
        "seen": list(lesson.words.seen),
        "rules": list(lesson.rules),
        "enforced": bool(lesson.running),
        "findings": lesson.findings,
        "path": lesson.words.path,
        "line": lesson.words.line,
    }
