"""What a lesson must not repeat: values of Secrets, of variables that look secret, and what looks like a key itself."""

from __future__ import annotations

from typing import Any

from kubelint_lessons.engine.masking import MASK, mask_line, mask_text
from kubelint_lessons.manifests.podtemplates import as_text
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.regexes import regex

_MASK_IN_BASE64 = "Kioq"
_SECRET_DATA = ("data", "stringData")
_TOKEN = regex(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}"
    r"|\bxox[abprs]-[\w-]{10,}|\bglpat-[\w-]{16,}|\beyJ[\w-]{10,}\.[\w-]{10,}\.|\bsk-[A-Za-z0-9_-]{20,}"
)
_SCALARS = (str, int, float)


def masked(data: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of an object for an example, with every value masked that is or looks secret."""
    found = _masked(data, "")
    if data.get("kind") == "Secret":
        for field in _SECRET_DATA:
            if isinstance(found.get(field), dict):
                value = _MASK_IN_BASE64 if field == "data" else MASK
                found[field] = dict.fromkeys(found[field], value)
    return found  # type: ignore[no-any-return]


def is_secret(data: dict[str, Any], path: FieldPath) -> bool:
    """Return whether the value at ``path`` of an object is masked in an example, or anything below it.

    Of a text of several lines single lines may be masked: that does not make all of it secret.
    """
    before: Any = data
    after: Any = masked(data)
    for step in path:
        try:
            before, after = before[step], after[step]
        except (KeyError, IndexError, TypeError):
            return False
    if isinstance(before, str) and "\n" in before:
        return bool(before.count("\n") != after.count("\n"))
    return bool(before != after)


def is_secret_text(text: str) -> bool:
    """Return whether a text that is no manifest holds something that looks secret."""
    return _TOKEN.search(text) is not None or mask_line(text, "", False) != text


def _masked(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        found = {name: _masked(part, name) for name, part in value.items()}
        name = as_text(value.get("name"))
        if isinstance(value.get("value"), _SCALARS) and name and _is_secret_name(name):
            found["value"] = MASK
        return found
    if isinstance(value, list):
        return [_masked(item, key) for item in value]
    if isinstance(value, str):
        if _TOKEN.search(value) or (key and _is_secret_name(key)):
            return MASK
        return "\n".join(mask_line(line, "", False) for line in value.split("\n")) if "\n" in value else _option(value)
    return value


def _option(value: str) -> str:
    """Return an argument such as ``--password=x`` without its value."""
    if value.startswith("-") and "=" in value:
        name = value.partition("=")[0]
        if _is_secret_name(name.lstrip("-")):
            return f"{name}={MASK}"
    return mask_text(value)


def _is_secret_name(name: str) -> bool:
    line = f"{name}: x"
    return mask_line(line, "", False) != line
