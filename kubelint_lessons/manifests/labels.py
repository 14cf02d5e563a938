"""Labels that the API server takes for certain, and maps that hold nothing but text: nearly all are such.

The rules, from the documentation of labels: a value has at most 63 characters, letters, digits, ``-``, ``_`` and ``.``,
and begins and ends with a letter or digit. A key is such a name, with an optional DNS prefix before a slash.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from kubelint_lessons.model.regexes import regex

_NAME = regex(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
_PREFIX = regex(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
MOST_IN_LABEL = 63
MOST_IN_LABEL_PREFIX = 253


def are_labels(value: Any) -> bool:
    """Return whether a map holds nothing but labels; what is no map holds none."""
    if value.__class__ is dict:
        for key, text in value.items():
            if key.__class__ is not str or text.__class__ is not str or not is_label(key, text):
                return False
    return True


def are_texts(value: Any) -> bool:
    """Return whether the values of a map are strings; what is no map has none."""
    if value.__class__ is dict:
        for text in value.values():
            if text.__class__ is not str:
                return False
    return True


@lru_cache(maxsize=512)
def is_label(key: str, value: str) -> bool:
    """Return whether a key and a value are a label; the same come again in an object and beside it."""
    return is_label_key(key) and is_label_value(value)


def is_label_key(key: str) -> bool:
    """Return whether a label may have this key."""
    prefix, slash, name = key.rpartition("/")
    if slash and (len(prefix) > MOST_IN_LABEL_PREFIX or not _PREFIX.fullmatch(prefix)):
        return False
    return len(name) <= MOST_IN_LABEL and _NAME.fullmatch(name) is not None


def is_label_value(value: str) -> bool:
    """Return whether a label may have this value."""
    return len(value) <= MOST_IN_LABEL and (not value or _NAME.fullmatch(value) is not None)
