"""Regular expressions of CEL that only the data knows: the latest stay compiled."""

from __future__ import annotations

from functools import lru_cache

from kubelint_lessons.lessons.patterns import compile_pattern

_compiled = lru_cache(256)(compile_pattern)


def search(text: str, pattern: str) -> bool:
    """Return whether ``pattern`` matches somewhere in ``text``; raises ``PatternError``."""
    return _compiled(pattern).search(text) is not None
