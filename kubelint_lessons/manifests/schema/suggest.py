"""Which of the known names a misspelt one was meant to be."""

from __future__ import annotations

from collections.abc import Iterable

_NOT_LETTERS = str.maketrans("", "", "-_. ")


def closest(name: str, known: Iterable[str], most: int = 2) -> tuple[str, ...]:
    """Return at most ``most`` names that ``name`` may stand for, best first; none where nothing is close.

    Other case, other separators and a missing plural are nearest; else at most one slip in four letters, where two
    letters that changed places are one slip.
    """
    folded = _fold(name)
    ranked: list[tuple[int, int, str]] = []
    for order, candidate in enumerate(known):
        other = _fold(candidate)
        if other == folded:
            ranked.append((0, order, candidate))
        elif is_same_word(name, candidate):
            ranked.append((1, order, candidate))
        else:
            allowed = min(len(folded), len(other), 12) // 4 + (len(folded) > 2)
            distance = _slips(folded, other, allowed)
            if distance <= allowed:
                ranked.append((1 + distance, order, candidate))
    ranked.sort()
    best = ranked[0][0] if ranked else 0
    return tuple(candidate for rank, _, candidate in ranked[:most] if rank <= best + 1 and (best > 0 or rank == 0))


def is_same_word(one: str, other: str) -> bool:
    """Return whether two names differ in case, separators and an ending for the plural only."""
    short, long = sorted((_fold(one), _fold(other)), key=len)
    return long in (short, f"{short}s", f"{short}es")


def _fold(name: str) -> str:
    return name.translate(_NOT_LETTERS).lower()


def _slips(one: str, other: str, most: int) -> int:
    """Return the optimal string alignment distance, or ``most + 1`` where it is larger."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
