"""Which rule a note describes: the evidence for it, from identifiers, kinds, field names and wording."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from kubelint_lessons.authoring.ranking import Entry, Index
from kubelint_lessons.authoring.search import detector_text, own_words
from kubelint_lessons.authoring.words import Term, terms
from kubelint_lessons.lessons.lesson import Note
from kubelint_lessons.lessons.rule import LessonWords, Rule
from kubelint_lessons.model.records import NamedTuple

CERTAIN = 0.65
"""The least score at which a rule is proposed."""

_CANDIDATES = 4
_WORDS_SHOWN = 6

_BIAS = -6.6
_COVERED, _DISTINCT, _NAMED, _SYMPTOM, _FIX = 3.8, 3.0, 2.3, 1.9, 0.8
"""How much each kind of evidence weighs in the logistic score: found by regression on the tuning half of
tests/data/adopt-labelled.md, against its whole library of rules, thirds of it, and without the rule that is right;
then rounded. No rule and no word is treated in a way of its own."""

_FULL_COVER = 6.7
_MOST_COVERED = 1.5
"""A note's score is measured against the root of its weight: a long note says more that no rule knows."""


class Evidence(NamedTuple):
    """Why a note describes a rule, or does not. All but ``words`` are between 0 and 1.

    ``score`` sums it up. ``covered``: how well the rule's lesson answers the note's words · ``distinct``: how far the
    next rule is behind · ``named``: how much of the rule's id the note says · ``symptom``, ``fix``: how much of that
    part of the note the same part of the rule's lesson says. ``words`` are the weightiest common words, as written
    in the note.
    """

    rule: str
    score: float
    covered: float
    distinct: float
    named: float
    symptom: float
    fix: float
    words: tuple[str, ...]


class _RuleTerms(NamedTuple):
    name: frozenset[str]
    symptom: frozenset[str]
    fix: frozenset[str]
    all: frozenset[str]


class Matcher:
    """The lessons of all rules, read once, compared with any number of notes."""

    def __init__(self, rules: Iterable[Rule], notes: Sequence[Note]) -> None:
        """Read ``rules``; ``notes`` tell which words are common in this team's file."""
        self._rules: dict[str, _RuleTerms] = {}
        entries = []
        for rule in rules:
            fields = _fields(rule)
            entries.append(Entry(rule.id, fields))
            self._rules[rule.id] = _rule_terms(rule.id, own_words(rule), fields)
        background = (Entry(f"note {note.id}", ((_said(note.words), 1.0),)) for note in notes)
        self._index = Index([*entries, *background])

    def compare(self, words: LessonWords) -> list[Evidence]:
        """Return what speaks for the likeliest rules, best first; empty where nothing is in common."""
        said = _said(words)
        found = terms(said)
        distinct = {term.text: term for term in reversed(found)}
        mass = sum(self._index.rarity(text) for text in distinct) or 1.0
        ranked = [entry for entry in self._index.rank(said) if entry.key in self._rules]
        scores = [entry.score for entry in ranked[: _CANDIDATES + 1]]
        evidence = []
        for place, entry in enumerate(ranked[:_CANDIDATES]):
            rest = max([*scores[:place], *scores[place + 1 :]], default=0.0)
            covered = min(entry.score / (_FULL_COVER * math.sqrt(mass)), _MOST_COVERED)
            ahead = (entry.score - rest) / max(entry.score, rest)
            evidence.append(self._weigh(entry.key, words, distinct, covered, ahead))
        return sorted(evidence, key=lambda item: (-item.score, item.rule))

    def _weigh(self, rule: str, words: LessonWords, said: dict[str, Term], covered: float, ahead: float) -> Evidence:
        known = self._rules[rule]
        named = self._part(known.name, said.keys())
        symptom = self._part(_texts(words.symptom), known.symptom)
        fix = self._part(_texts(words.fix), known.fix) if words.fix else symptom
        total = _COVERED * covered + _DISTINCT * ahead + _NAMED * named + _SYMPTOM * symptom + _FIX * fix
        score = 1 / (1 + math.exp(-_BIAS - total))
        common = sorted(known.all & said.keys(), key=lambda text: (-self._index.rarity(text), text))
        shown = _shown([said[text].word for text in common])
        return Evidence(rule, score, covered / _MOST_COVERED, max(0.0, ahead), named, symptom, fix, shown)

    def _part(self, wanted: Iterable[str], there: Iterable[str]) -> float:
        present = set(there)
        weights = {text: self._index.rarity(text) for text in wanted}
        return sum(weights[text] for text in weights if text in present) / (sum(weights.values()) or 1.0)


def _fields(rule: Rule) -> tuple[tuple[str, float], ...]:
    words = own_words(rule)
    return (
        (rule.id.replace("-", " "), 1.0),
        (words.symptom, 2.0),
        (words.cause, 1.5),
        (words.fix, 1.5),
        (detector_text(rule), 0.3),
    )


def _rule_terms(rule: str, words: LessonWords, fields: tuple[tuple[str, float], ...]) -> _RuleTerms:
    name = _texts(rule.replace("-", " "))
    everything = frozenset(text for field, _ in fields for text in _texts(field))
    return _RuleTerms(name, name | _texts(words.symptom), name | _texts(words.fix), everything)


def _texts(text: str) -> frozenset[str]:
    return frozenset(term.text for term in terms(text))


def _said(words: LessonWords) -> str:
    return " . ".join(filter(None, (words.symptom, words.cause, words.fix)))


def _shown(words: Iterable[str]) -> tuple[str, ...]:
    """Return the first words; none that is a part of another."""
    shown: list[str] = []
    for word in words:
        if not any(word.lower() in other.lower() for other in shown):
            shown = [other for other in shown if other.lower() not in word.lower()] + [word]
        if len(shown) == _WORDS_SHOWN:
            break
    return tuple(shown)
