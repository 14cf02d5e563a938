"""Text that something fills in later: ``${VAR}``, ``$(VAR)``, ``{{ value }}``, ``<your-name>``, encrypted values."""

from __future__ import annotations

import re

from kubelint_lessons.model.regexes import regex

_FILLED_IN_LATER = regex(r"[$<>{}%@\[\]]")


def is_placeholder(text: str) -> bool:
    """Return whether a name, namespace or label value cannot be applied as it stands.

    None of these characters is legal in a name or in a label value, so text that holds one is a template, a
    variable, or broken: in each case what it will be is unknown.
    """
    return _FILLED_IN_LATER.search(text) is not None


def could_become(pattern: str, name: str) -> bool:
    """Return whether ``pattern``, with its variables filled in, could be ``name``.

    >>> could_become("${APP}-secret", "web-secret"), could_become("${APP}-secret", "web-config")
    (True, False)
    """
    literal_start = _FILLED_IN_LATER.split(pattern, maxsplit=1)[0]
    literal_end = re.split(r"[)}>\]]", pattern)[-1] if re.search(r"[)}>\]]", pattern) else ""
    if _FILLED_IN_LATER.search(literal_end):
        literal_end = ""
    return name.startswith(literal_start) and name.endswith(literal_end)
