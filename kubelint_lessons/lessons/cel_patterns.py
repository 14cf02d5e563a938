"""Regular expressions that only the data knows, such as a parameter of a rule: the latest stay compiled."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from kubelint_lessons.lessons.cel_regex import quick
from kubelint_lessons.lessons.cel_texts import matcher


def search(text: str, pattern: str) -> bool:
    """Return whether ``pattern`` matches somewhere in ``text``; raises ``PatternError`` for none."""
    return _matcher(pattern)(text)


@lru_cache(256)
def _matcher(pattern: str) -> Callable[[Any], bool]:
    found = quick(pattern)
    if found is None or found.longest < 0:  # RE2 may refuse it, which words alone would not show
        return matcher(pattern)
    return matcher(pattern, *found)
