"""Regular expressions of lessons: google-re2, so that none takes more than linear time."""

from __future__ import annotations

from typing import Any

MOST_STEPS = 2_000
"""How large a compiled pattern may be: each character of a text costs up to this many steps ((a|b){1000} has 3,004)."""


class PatternError(ValueError):
    """A pattern that RE2 does not take, with its reason."""


def compile_pattern(text: str) -> Any:
    """Return a compiled pattern with the methods of ``re.Pattern``; raises PatternError. RE2 is imported now."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        pattern = re2.compile(text, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "not a regular expression"
        raise PatternError(reason.decode() if isinstance(reason, bytes) else str(reason)) from None
    if pattern.programsize > MOST_STEPS:
        raise PatternError(f"it is too large: {pattern.programsize} steps, at most {MOST_STEPS}")
    return pattern
