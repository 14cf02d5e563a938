"""Finds values of Secrets that are not what was meant: text under ``data``, a newline at the end of a password."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, Resource, alone, as_dict, needs_words, regex

_BASE64 = regex(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_LATER = regex(r"[${}<>]|^ENC\[|^(?:ref\+|vault:|op://|avp:)")
"""Values that a tool replaces before anything is applied."""
_TEMPLATE = regex(r"[._-](?:example|sample|template|tmpl|tpl|dist)(?:\.|$)", re.IGNORECASE)
_TEXT_KEY = regex(r"(?i)(?:.*[-_.])?(?:pass(?:word|wd)?|user(?:name)?|url|uri|dsn|host(?:name)?|database|db)")
_ONE_LINE_KEY = regex(
    r"(?i)[\w-]*(?:token|password|passwd|secret|api[-_]?key|access[-_]?key|user(?:name)?|dsn|client[-_]?id)[\w-]*"
)
_CONTROL = regex(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@alone
@needs_words("data")
def check(secret: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each value under ``data`` that is no base64, or decodes to no text where text is meant."""
    for key, value in _values(secret, "data"):
        text = _without_breaks(value)
        place = secret.place("data", key)
        if not _BASE64.fullmatch(text):
            message = f'the value of "{key}" in Secret "{secret.name}" is not base64'
            yield Problem(message, place, "illegal base64 data, says the API server", fix=_moved(secret, key, value))
        elif _TEXT_KEY.fullmatch(key) and 0 < len(text) <= 64 and not _is_text(text):
            message = f'the value of "{key}" in Secret "{secret.name}" decodes to bytes that are no text'
            fix = _moved(secret, key, value)
            yield Problem(message, place, "plain text that looks like base64?", fix=fix, at_most="warning")


def _moved(secret: Resource, key: str, value: str) -> Fix:
    edits = (Edit("remove", secret.place("data", key)), Edit("set", secret.place("stringData", key), value))
    return Fix("move it to stringData", edits, "unsafe")


@alone
@needs_words(("data", "stringData"))
def check_newlines(secret: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each password, token or name of one line that ends with a newline."""
    for field in ("data", "stringData"):
        for key, value in _values(secret, field):
            if (field == "stringData" and not value.endswith("\n")) or not _ONE_LINE_KEY.fullmatch(key):
                continue
            text = _decode(value) if field == "data" else value
            if text is None or not text.endswith("\n"):
                continue
            line = text.rstrip("\r\n")
            if not line.strip() or "\n" in line or _LATER.search(line):
                continue
            meant = base64.b64encode(line.encode()).decode() if field == "data" else line
            place = secret.place(field, key)
            yield Problem(
                f'the value of "{key}" in Secret "{secret.name}" ends with a newline',
                place,
                "the newline is part of the value",
                fix=Fix("leave out the newline", (Edit("set", place, meant),), "unsafe"),
            )


def _values(secret: Resource, field: str) -> Iterator[tuple[str, str]]:
    """Yield the entries of a field that are applied as they are written."""
    if secret.is_patch or secret.document.is_encrypted or _TEMPLATE.search(secret.document.source.path):
        return
    for key, value in as_dict(secret.get(field)).items():
        is_final = isinstance(value, str) and not _LATER.search(value)
        if isinstance(key, str) and is_final and not secret.may_be_patched(field, key):
            yield key, value


def _decode(value: str) -> str | None:
    """Return the text behind base64, None where there is none."""
    try:
        return base64.b64decode(_without_breaks(value), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _without_breaks(value: str) -> str:
    return value.replace("\n", "").replace("\r", "")


def _is_text(value: str) -> bool:
    text = _decode(value)
    return text is not None and _CONTROL.search(text) is None
