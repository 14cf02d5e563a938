"""Values that must not leave the files they stand in, whatever the report's format."""

from __future__ import annotations

import re

MASK = "***"

SECRET_NAME = r"(?:pass(?:word|wd|phrase)?|secret|token|api[-_]?key|private[-_]?key|credential|access[-_]?key)"
_ENTRY = re.compile(
    rf"(?i)^(\s*(?:-\s+)?[\"']?[\w.\-]*{SECRET_NAME}[\w.\-]*[\"']?\s*[:=]\s*)(?=\S)(?!&|\*|[|>][-+\d]*\s*$).+$"
)
_NAMED = re.compile(rf"(?i)name:\s*[\"']?[\w.\-]*{SECRET_NAME}[\w.\-]*[\"']?\s*[,}}]?\s*(?:#.*)?$")
_VALUE = re.compile(r"^(\s*(?:-\s+)?[\"']?value[\"']?:\s*)\S.*$")
_FLOW_VALUE = re.compile(rf"(?i)(name:\s*[\"']?[\w.\-]*{SECRET_NAME}[^,}}]*,\s*[\"']?value[\"']?:\s*)[^,}}]+")
_URL = re.compile(r"(\w[\w+.\-]*://[^\s:/@]*:)[^\s/@]+(@)")
_SECRET_DATA = re.compile(r"^(\s*[^\s#][^:]*:\s*)\S.*$")
_REFERENCE = re.compile(
    r"(?i)(secretName|secretKeyRef|secretRef|imagePullSecrets|tokenSecret|existingSecret|serviceAccountToken)"
)


def mask_text(text: str) -> str:
    """Return ``text`` with the password part of every URL masked."""
    return _URL.sub(rf"\1{MASK}\2", text) if "://" in text else text


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
    line = _FLOW_VALUE.sub(rf"\1{MASK}", line)
    if not _REFERENCE.search(line):
        line = _ENTRY.sub(rf"\1{MASK}", line)
    return mask_text(line)
