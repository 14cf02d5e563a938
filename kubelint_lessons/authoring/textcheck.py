"""What a lessons file should not hold: text that looks like a secret, entries that nobody reads to the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kubelint_lessons.authoring.advice import Advice
from kubelint_lessons.lessons.lesson import Lesson, Note
from kubelint_lessons.model.regexes import regex

LONGEST_SYMPTOM = 200
LONGEST_WORDS = 900
"""Characters; the built-in lessons stay far below both."""

_PLACEHOLDER = regex(
    r"(?i)^(?:\*+|x+|\.+|<[^>]*>|\$.*|\{.*|changeme|change-me|example|secret|password|hunter2|redacted"
    r"|your[-_ ].*|none|null|true|false|test|dummy|placeholder|todo|value|\.\.\.|.*example.*)$"
)
_TOKENS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a private key", regex(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("an AWS access key", regex(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a GitHub token", regex(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})")),
    ("a GitLab token", regex(r"\bglpat-[A-Za-z0-9_-]{20,}")),
    ("a Slack token", regex(r"\bxox[abprs]-[A-Za-z0-9-]{10,}")),
    ("a Slack webhook", regex(r"https://hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{16,}")),
    ("a JSON web token", regex(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")),
    ("a Google API key", regex(r"\bAIza[0-9A-Za-z_-]{35}\b")),
    ("a k3s node token", regex(r"\bK10[0-9a-f]{64}::")),
    ("an age secret key", regex(r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}")),
)
_ASSIGNED = regex(
    r"(?i)(?:^|[\s\"'`_-])(?:password|passwd|passphrase|secret|token|api[-_]?key|access[-_]?key|client[-_]?secret)"
    r"[\"'`]?\s*[:=]\s*[\"'`]?(?P<value>[^\s\"'`,;]{8,})"
)
_URL = regex(r"\w[\w+.-]*://[^\s:/@]+:(?P<value>[^\s/@]{3,})@")


def check_text(path: str, text: str, lessons: Sequence[Lesson], notes: Sequence[Note]) -> Iterator[Advice]:
    """Yield an error for each secret (its text is not repeated), a warning for each entry that is too long."""
    for number, line in enumerate(text.splitlines(), 1):
        for name, start, end in _secrets(line):
            message = f"this looks like {name}, and a lessons file lies in git for ever"
            hint = "replace it by a placeholder such as <token>, and revoke it: it has been seen"
            yield Advice(path, number, start + 1, end + 1, message, hint)
    entries: list[Lesson | Note] = [*lessons, *notes]
    for entry in entries:
        words = entry.words
        if words.path != path:
            continue
        if len(words.symptom) > LONGEST_SYMPTOM:
            message = f"the symptom has {len(words.symptom)} characters, and is read as a headline"
            yield _long(path, words.line, message, "say in one short sentence what one sees")
        elif len(words.cause) + len(words.fix) > LONGEST_WORDS:
            message = f"cause and fix have {len(words.cause) + len(words.fix)} characters"
            yield _long(path, words.line, message, "keep what the next one needs; link to the rest")


def _long(path: str, line: int, message: str, hint: str) -> Advice:
    return Advice(path, line, 1, 2, message, hint, is_warning=True)


def _secrets(line: str) -> Iterator[tuple[str, int, int]]:
    found = [(name, match.span()) for name, pattern in _TOKENS for match in pattern.finditer(line)]
    for pattern, name in ((_ASSIGNED, "a password or a token"), (_URL, "a password in a URL")):
        for match in pattern.finditer(line):
            if _is_random(match["value"]):
                found.append((name, match.span("value")))
    taken: list[tuple[int, int]] = []
    for name, (start, end) in found:
        if not any(start < other_end and other_start < end for other_start, other_end in taken):
            taken.append((start, end))
            yield name, start, end


def _is_random(value: str) -> bool:
    """Return whether a value looks made up by a machine or a careful person, and is no placeholder or reference."""
    if _PLACEHOLDER.match(value) or "/" in value or "(" in value:
        return False
    kinds = sum(bool(re.search(kind, value)) for kind in ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]"))
    return kinds >= 3 or (kinds >= 2 and len(value) >= 16 and bool(re.search("[0-9]", value)))
