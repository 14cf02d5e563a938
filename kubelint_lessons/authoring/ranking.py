"""Ranking of short texts against words, after BM25F (Robertson and Zaragoza, 2009): rare words count more, a word in
a weighty field counts more, a second occurrence counts less, a long text does not win by its length."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from kubelint_lessons.authoring.words import Term, pairs, terms
from kubelint_lessons.model.records import NamedTuple

_SATURATION = 1.2
_LENGTH = 0.6
_PAIR = 0.6
"""How much a pair of neighbours counts beside its two words."""

_GUESS = 0.7
"""How much a word counts that was found for a misspelt or unfinished one."""

_LONG_QUERY = 24
"""A query of more words is a pasted text: there, unknown words are names, not slips of the finger."""


class Entry(NamedTuple):
    """What is ranked: ``fields`` are texts with their weights."""

    key: str
    fields: tuple[tuple[str, float], ...]


class Ranked(NamedTuple):
    """A score above 0, and the words of the query that were found, weightiest first."""

    key: str
    score: float
    words: tuple[str, ...]


class Index:
    """The terms of all entries; built once, then asked any number of times."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Read ``entries``; their order decides between equal scores."""
        self.keys: list[str] = []
        self._lengths: list[float] = []
        self._postings: dict[str, dict[int, float]] = {}
        for number, entry in enumerate(entries):
            self.keys.append(entry.key)
            length = 0.0
            for text, weight in entry.fields:
                found = terms(text)
                length += weight * len(found)
                for term in (*(term.text for term in found), *pairs(found)):
                    posting = self._postings.setdefault(term, {})
                    posting[number] = posting.get(number, 0.0) + weight
            self._lengths.append(length)
        self._average = sum(self._lengths) / max(1, len(self._lengths)) or 1.0

    def rarity(self, term: str) -> float:
        """Return the weight of a term: about 0 where every entry has it, most where one has it."""
        holders = len(self._postings.get(term, ()))
        return math.log(1 + (len(self.keys) - holders + 0.5) / (holders + 0.5))

    def rank(self, query: str) -> list[Ranked]:
        """Return the entries that share a term with ``query``, best first."""
        asked = self._asked(terms(query))
        scores: dict[int, float] = {}
        masses: dict[int, float] = {}
        words: dict[int, dict[str, float]] = {}
        total = 0.0
        for term, (word, share) in asked.items():
            rarity = self.rarity(term) * share
            total += rarity if word else 0.0
            for number, frequency in self._postings.get(term, {}).items():
                norm = 1 - _LENGTH + _LENGTH * self._lengths[number] / self._average
                gain = rarity * frequency * (_SATURATION + 1) / (frequency + _SATURATION * norm)
                scores[number] = scores.get(number, 0.0) + gain
                if word:
                    masses[number] = masses.get(number, 0.0) + rarity
                    found = words.setdefault(number, {})
                    found[word] = max(found.get(word, 0.0), gain)
        ranked = [
            Ranked(self.keys[number], score * (0.5 + 0.5 * masses[number] / total), _by_weight(words[number]))
            for number, score in scores.items()
            if number in masses
        ]
        order = {key: number for number, key in enumerate(self.keys)}
        return sorted(ranked, key=lambda item: (-round(item.score, 9), order[item.key]))

    def _asked(self, found: Sequence[Term]) -> dict[str, tuple[str, float]]:
        """Return term → the word of the query that it stands for ("" for a pair) and its share."""
        asked: dict[str, tuple[str, float]] = {}
        parts = Counter(term.word for term in found if not term.is_whole)
        wholes = {term.word for term in found if term.is_whole}
        for term in found:
            share = 1.0 if term.is_whole or term.word not in wholes else parts[term.word] ** -0.5
            asked.setdefault(term.text, (term.word, share))
        for pair in pairs(found):
            asked.setdefault(pair, ("", _PAIR))
        if len(asked) <= _LONG_QUERY * 2:
            for term in found:
                if term.text not in self._postings and not term.is_whole and len(term.text) >= 4:
                    for guess in self._guesses(term.text):
                        asked.setdefault(guess, (term.word, _GUESS))
        return asked

    def _guesses(self, text: str) -> list[str]:
        """Return known terms that ``text`` begins, or that it almost is."""
        import difflib

        known = [term for term in self._postings if " " not in term]
        longer = sorted((term for term in known if term.startswith(text)), key=lambda term: (len(term), term))[:3]
        return longer or difflib.get_close_matches(text, sorted(known), n=1, cutoff=0.8)


def _by_weight(found: dict[str, float]) -> tuple[str, ...]:
    return tuple(sorted(found, key=lambda word: (-round(found[word], 9), word)))
