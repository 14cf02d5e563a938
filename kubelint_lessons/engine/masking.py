"""Values that must not leave the files they stand in, whatever the report's format: how they look in text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from kubelint_lessons.model.regexes import regex

MASK = "***"

SECRET_NAME = r"(?:pass(?:word|wd|phrase)?|secret|token|api[-_]?key|private[-_]?key|credential|access[-_]?key)"
_NO_VALUE = r"(?![\w.\-]*(?:[-_.]?(?:file|path|name|dir|ref|url|uri|class|seconds)s?\b))"
"""After a secret name: what names a secret's place instead of the secret."""

_VARIABLE = rf"(?:[\w.\-]*{SECRET_NAME}[\w.\-]*|(?:[\w.\-]*[-_.])?(?:key|pat|pwd|auth)(?:[-_.]?\d+)?)"
_VARIABLE_NAME = regex(rf"(?i){_VARIABLE}")
_ENTRY = regex(
    rf"(?i)^(\s*(?:-\s+)?[\"']?[\w.\-]*{SECRET_NAME}[\w.\-]*[\"']?\s*[:=]\s*)(?=\S)(?!&|\*|[|>][-+\d]*\s*$).+$"
)
_FLOW_ENTRY = regex(rf"(?i)([{{,]\s*[\"']?[\w.\-]*{SECRET_NAME}[\w.\-]*[\"']?\s*:\s*)(?![&*{{\[])[^,}}\]]+")
_NAMED = regex(rf"(?i)name:\s*[\"']?{_VARIABLE}[\"']?\s*[,}}]?\s*(?:#.*)?$")
_VALUE = regex(r"^(\s*(?:-\s+)?[\"']?value[\"']?:\s*)\S.*$")
_FLOW_VALUE = regex(rf"(?i)(name:\s*[\"']?{_VARIABLE}[\"']?\s*,\s*[\"']?value[\"']?:\s*)[^,}}]+")
_LONE_OPTION = regex(rf"(?i)^\s*-\s+[\"']?--?[\w\-]*{SECRET_NAME}{_NO_VALUE}[\w\-]*[\"']?\s*$")
_ITEM = regex(r"^(\s*-\s+)(?!--)\S.*$")
_SECRET_DATA = regex(r"^(\s*[^\s#][^:]*:\s*)\S.*$")
_REFERENCE = regex(
    r"(?i)(secretName|secretKeyRef|secretRef|imagePullSecrets|tokenSecret|existingSecret|serviceAccountToken)"
)
_PLAIN = r"(?![$<{*])"
"""Not the start of ``$VARIABLE``, ``<placeholder>``, ``{{ template }}`` or of a mask."""

_ALWAYS = (
    regex(r"(\w[\w+.\-]*://[^\s:/@]*:)([^\s/@]+)(?=@)"),
    regex(r"(\b[\w.\-]+:)([^\s:@/]+)(?=@(?:tcp|unix)\()"),
    regex(r"(-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----)(.+?)(?=-----END|\Z)", re.DOTALL),
    regex(r"(\bENC\[)([^\]\s]+)"),
    regex(r"(?i)(\b(?:bearer|basic)\s+)([A-Za-z0-9+/=._~\-]{16,})"),
    regex(
        r"()((?<!\w)(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,}"
        r"|glpat-[A-Za-z0-9_\-]{20,}|xox[abprs]-[A-Za-z0-9\-]{10,}|AIza[0-9A-Za-z_\-]{35}|AGE-SECRET-KEY-1[0-9A-Z]{50,}"
        r"|eyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{10,}|K10[0-9a-f]{64}::\S+))"
    ),
)
"""Prefix and secret: what is a secret wherever it stands, also in the words of a message."""

_IN_LINES = (
    regex(rf"(?i)((?<![\w\-])--?[\w\-]*{SECRET_NAME}{_NO_VALUE}[\w\-]*[= ][\"']?){_PLAIN}([^\s\"',\]]+)"),
    regex(rf"(?i)([\"']--?[\w\-]*{SECRET_NAME}{_NO_VALUE}[\w\-]*[\"']\s*,\s*[\"']){_PLAIN}([^\"']+)"),
    regex(rf"(?i)(\b[\w.\-]*{SECRET_NAME}{_NO_VALUE}[\w\-]*=[\"']?){_PLAIN}([^\s\"';&|,)]+)"),
)
"""Prefix and secret: an option or an assignment in a line of a file."""

_HINT_OF_ALWAYS = (
    r"://(?=[^\s:/@]*:[^\s/@]+@)|@(?:tcp|unix)\(|private key|enc\[|b(?:earer|asic)\s+[a-z0-9+/=._~\-]{16}"
    r"|a[ks]ia[0-9a-z]{16}|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|aiza|age-secret|eyj|k10[0-9a-f]{64}"
)
_HINT_OF_NAME = r"(?:pass|secret|token|a(?:pi|ccess)[-_]?key|private[-_]?key|credential)[\w.\-]*[\s\"'=:]"
_ALWAYS_HINT = regex(_HINT_OF_ALWAYS)
_HINT = regex(f"{_HINT_OF_NAME}|{_HINT_OF_ALWAYS}")
_STRING_HINT = regex(rf"{_HINT_OF_NAME}|{_HINT_OF_ALWAYS}|kind[\"']?\s*:\s*[\"']?secret")
"""What is in a text wherever something is masked, or found secret: asked of folded text, which is searched faster.

The last is for strings, in which a whole Secret may stand. No match goes beyond a NUL.
"""

_HINT_WORDS = (
    "secret", "token", "key", "pass", "://", "bearer", "basic", "credential", "@tcp(", "@unix(", "enc[", "akia", "asia",
    "hp_", "ho_", "hu_", "hs_", "hr_", "github_pat_", "glpat-", "xox", "aiza", "eyj", "k10",
)  # fmt: skip
"""One of these is in each text that has a hint: they are sought quicker than it."""

_FOLDED = {0x130: "i", 0x131: "i", 0x17F: "s", 0x212A: "k"}
"""What ``(?i)`` takes for ASCII letters."""


def mask_text(text: str) -> str:
    """Return words with everything masked that is a secret wherever it stands, such as a password in a URL."""
    return _masked(text, _ALWAYS) if _ALWAYS_HINT.search(_folded(text)) else text


def mask_line(line: str, previous: str, in_secret_data: bool) -> str:
    """Return one line of a manifest for display, values masked that are or look secret.

    ``previous`` is the line above: the value of an env entry is judged by the name there. ``in_secret_data`` says
    that the line lies in the data of a Secret, where every value is secret.
    """
    if in_secret_data:
        masked = _SECRET_DATA.sub(rf"\1{MASK}", line)
        return masked if masked != line or line.lstrip().startswith("#") else re.sub(r"\S.*", MASK, line)
    if _VALUE.match(line) and _NAMED.search(previous):
        return _VALUE.sub(rf"\1{MASK}", line)
    if _ITEM.match(line) and _LONE_OPTION.match(previous):
        return _ITEM.sub(rf"\1{MASK}", line)
    folded = _folded(line)
    if "value" in folded:
        line = _FLOW_VALUE.sub(rf"\1{MASK}", line)
    if not _HINT.search(folded):
        return line
    if not _REFERENCE.search(line):
        line = _FLOW_ENTRY.sub(rf"\1{MASK}", _ENTRY.sub(rf"\1{MASK}", line))
    return _masked(_masked(line, _IN_LINES), _ALWAYS)


@lru_cache(maxsize=4096)
def is_secret_variable(name: str) -> bool:
    """Return whether the value of an environment variable of that name is secret."""
    return _VARIABLE_NAME.fullmatch(name) is not None


def suspicious(strings: list[str]) -> Iterator[str]:
    """Yield those of some strings in which ``secrets_in`` may find anything, or which may hold a Secret."""
    joined = "\0".join(strings)
    if joined.count("\0") != len(strings) - 1:
        yield from strings
        return
    folded = _folded(joined)
    for word in _HINT_WORDS:
        if word in folded:
            break
    else:
        return
    end = -1
    for match in _STRING_HINT.finditer(folded):
        if match.start() > end:
            end = joined.find("\0", match.start())
            end = len(joined) if end < 0 else end
            yield joined[joined.rfind("\0", 0, match.start()) + 1 : end]


def secrets_in(text: str) -> Iterator[str]:
    """Yield the secrets that stand inside a string of a document: in its URLs, options, assignments and keys."""
    for pattern in (*_ALWAYS, *_IN_LINES):
        yield from (match[2] for match in pattern.finditer(text) if match[2][0] not in "$<{*")
    for line in text.split("\n") if "\n" in text else ():
        entry = None if _REFERENCE.search(line) else _ENTRY.match(line)
        if entry is not None and line[entry.end(1)] not in "$<{*":
            yield line[entry.end(1) :].strip("\"' ,")


def _folded(text: str) -> str:
    """Return a text of the same length in which lower case stands for all that ``(?i)`` takes for the same."""
    return text.lower() if text.isascii() else text.translate(_FOLDED).lower()


def _masked(text: str, patterns: tuple[re.Pattern[str], ...]) -> str:
    for pattern in patterns:
        text = pattern.sub(rf"\1{MASK}", text)
    return text
