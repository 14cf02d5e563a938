"""Names in lessons: the form of rule ids, ids made from a symptom, and "did you mean"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kubelint_lessons.model.regexes import regex

_ID = regex(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_MAX_SLUG = 60


def is_rule_id(text: str) -> bool:
    """Return whether ``text`` is kebab-case."""
    return _ID.fullmatch(text) is not None


def slug(text: str) -> str:
    """Return ``text`` in kebab-case, at most 60 characters, accents removed; ``note`` where nothing is left."""
    if not text.isascii():
        import unicodedata

        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    words = re.sub(r"[^\w]+|_+", "-", text.lower().replace("'", "").replace("’", "")).strip("-")
    if len(words) > _MAX_SLUG:
        words = words[: _MAX_SLUG + 1].rpartition("-")[0] or words[:_MAX_SLUG]
    return words or "note"


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that ``name`` almost is, or None."""
    import difflib

    by_lower = {other.lower(): other for other in known}
    found = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def which_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """Return a hint: up to three known names that are close, the closest first, or ``otherwise``."""
    import difflib

    close = " or ".join(f'"{other}"' for other in difflib.get_close_matches(name, list(known), n=3, cutoff=0.6))
    return f"did you mean {close}?" if close else otherwise


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """Return a hint: the closest known name, or ``otherwise``."""
    found = closest(name, known)
    return f'did you mean "{found}"?' if found else otherwise
