"""Finding lessons by symptom words, an error message, a pasted log line or alert, or an object."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from kubelint_lessons.authoring.ranking import Entry, Index, Ranked
from kubelint_lessons.lessons.lesson import Note
from kubelint_lessons.lessons.packs import RuleSet
from kubelint_lessons.lessons.rule import LessonWords, Rule
from kubelint_lessons.model.records import NamedTuple

VERSION = 1
"""Of the document; grows when a key changes its meaning or goes away."""

_ID, _SYMPTOM, _CAUSE, _FIX, _CATEGORY, _SOURCE, _DETECTOR = 1.0, 3.0, 1.2, 1.0, 0.7, 0.3, 0.3
"""How much a word counts by where it stands."""

_OWN = 1.15
"""How much more a team's own words count than those of a built-in lesson: they know the names here."""

_TAIL = 0.35
"""Hits below this share of the best score are not worth reading."""


class Hit(NamedTuple):
    """A lesson that was found. ``kind`` is lesson (a team's, with a rule of its own), note or builtin.

    ``rules`` are the rules that enforce it in this project, ``off`` those that would and do not run; ``matches`` are
    the words of the query that it holds, weightiest first; ``also`` names other lessons on the same rule.
    """

    id: str
    kind: str
    words: LessonWords
    rules: tuple[str, ...]
    off: tuple[str, ...]
    score: float
    matches: tuple[str, ...]
    also: tuple[str, ...]


class Found(NamedTuple):
    """The best hits, how many there are in all, and among how many lessons was looked."""

    hits: tuple[Hit, ...]
    total: int
    searched: int


class _Candidate(NamedTuple):
    id: str
    kind: str
    words: LessonWords
    bound: tuple[str, ...]
    more: tuple[tuple[str, float], ...]


class LessonIndex:
    """All lessons of a rule set, read once, searched any number of times."""

    def __init__(self, rule_set: RuleSet, chosen: Collection[str]) -> None:
        """Read the team's lessons, its notes and the built-in lessons; ``chosen`` are the ids of rules that run."""
        self._chosen = frozenset(chosen)
        self._candidates = {f"{item.kind} {item.id} {item.words.path}": item for item in _candidates(rule_set)}
        self._index = Index(_entry(key, item) for key, item in self._candidates.items())

    def search(self, query: str, limit: int) -> Found:
        """Return the lessons that tell about ``query``, best first.

        A team's note speaks for the rule that it is bound to: both are one hit.
        """
        groups: dict[str, list[Hit]] = {}
        ranked = [(self._score(entry), entry) for entry in self._index.rank(query)]
        ranked.sort(key=lambda pair: -round(pair[0], 9))
        for score, entry in ranked:
            if score < ranked[0][0] * _TAIL:
                break
            item = self._candidates[entry.key]
            on = tuple(name for name in item.bound if name in self._chosen)
            off = tuple(name for name in item.bound if name not in self._chosen)
            hit = Hit(item.id, item.kind, item.words, on, off, score, entry.words, ())
            groups.setdefault(item.bound[0] if item.bound else entry.key, []).append(hit)
        hits = [_spokesman(group) for group in groups.values()]
        return Found(tuple(hits[:limit]), len(hits), len(self._candidates))

    def _score(self, entry: Ranked) -> float:
        return entry.score * (1.0 if self._candidates[entry.key].kind == "builtin" else _OWN)


def search(rule_set: RuleSet, chosen: Collection[str], query: str, limit: int) -> Found:
    """Return the lessons that tell about ``query``, best first."""
    return LessonIndex(rule_set, chosen).search(query, limit)


def found_document(query: str, found: Found) -> dict[str, Any]:
    """Return what was found as plain values, for JSON and for people alike."""
    return {
        "version": VERSION,
        "query": query,
        "searched": found.searched,
        "total": found.total,
        "hits": [_plain(hit) for hit in found.hits],
    }


def _plain(hit: Hit) -> dict[str, Any]:
    words = hit.words
    return {
        "id": hit.id,
        "kind": hit.kind,
        "symptom": words.symptom,
        "cause": words.cause,
        "fix": words.fix,
        "category": words.category,
        "seen": list(words.seen),
        "path": words.path,
        "line": words.line,
        "enforced": bool(hit.rules),
        "rules": list(hit.rules),
        "off": list(hit.off),
        "score": round(hit.score, 3),
        "matches": list(hit.matches),
        "also": list(hit.also),
    }


def _spokesman(group: list[Hit]) -> Hit:
    """Return the hit that is shown for all lessons about one rule: the best one in the team's words."""
    first = next((hit for hit in group if hit.kind != "builtin"), group[0])
    others = tuple(dict.fromkeys(hit.id for hit in group if hit.id != first.id))
    return first._replace(score=group[0].score, also=others)


def _candidates(rule_set: RuleSet) -> Iterator[_Candidate]:
    for note in rule_set.notes:
        yield _Candidate(note.id, "note", note.words, bound_rules(note, rule_set), ((note.markdown, _SOURCE),))
    for rule in rule_set.rules.values():
        kind = "builtin" if rule.origin == "builtin" else "lesson"
        yield _Candidate(rule.id, kind, own_words(rule), (rule.id,), ((detector_text(rule), _DETECTOR),))


def bound_rules(note: Note, rule_set: RuleSet) -> tuple[str, ...]:
    """Return the rules, each once and by its present id, that the marks of a note bind and that exist."""
    names = (rule_set.aliases.get(binding.rule, binding.rule) for binding in note.bindings)
    return tuple(dict.fromkeys(name for name in names if name in rule_set.rules))


def own_words(rule: Rule) -> LessonWords:
    """Return what the rule's own lesson says, also where a team's note speaks for it."""
    return rule.builtin_lesson if rule.origin == "builtin" and rule.builtin_lesson else rule.lesson


def detector_text(rule: Rule) -> str:
    """Return what the rule's blocks hold for a search: kinds, paths, expressions, patterns, messages."""
    parts: list[str] = []
    for detector in rule.detectors:
        parts += [pattern.kind for pattern in detector.match]
        parts += [detector.at, detector.pattern, detector.message, detector.label, detector.note]
        parts += [item.text for item in (detector.where, detector.expression) if item is not None]
    return "\n".join(dict.fromkeys(filter(None, parts)))


def _entry(key: str, item: _Candidate) -> Entry:
    words = item.words
    fields = (
        (item.id, _ID),
        (words.symptom, _SYMPTOM),
        (words.cause, _CAUSE),
        (words.fix, _FIX),
        (words.category, _CATEGORY),
        *item.more,
    )
    return Entry(key, fields)
