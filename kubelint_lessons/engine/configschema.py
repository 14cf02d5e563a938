"""The JSON Schema of ``.kubelint.yaml``, for editors; made from the same table as the reader."""

from __future__ import annotations

from typing import Any

from kubelint_lessons.engine.configkeys import FAIL_ON, KEYS, OVERRIDE_KEYS, SUPPRESS_KEYS, VERSION, Key
from kubelint_lessons.model.finding import SEVERITIES

_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_FORMS: dict[str, dict[str, Any]] = {
    "path": _TEXT,
    "paths": _TEXTS,
    "globs": _TEXTS,
    "names": _TEXTS,
    "patterns": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    "choice": {"enum": list(FAIL_ON)},
    "version": {"type": "string", "pattern": f"^{VERSION}$"},
    "severities": {"type": "object", "additionalProperties": {"enum": list(SEVERITIES)}},
    "parameters": {"type": "object", "additionalProperties": {"type": "object"}},
    "text": _TEXT,
    "date": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "format": "date"},
}


def config_schema() -> dict[str, Any]:
    """Return the schema as plain values, in the order of the table."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": ".kubelint.yaml",
        "description": "Which files, rules, severities and parameters hold in a project, for kubelint.",
        **_map(KEYS),
    }


def _map(keys: tuple[Key, ...]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {key.name: {"description": key.help, **_form(key)} for key in keys},
    }
    required = [key.name for key in keys if key.is_required]
    return {**schema, "required": required} if required else schema


def _form(key: Key) -> dict[str, Any]:
    if key.form in ("suppress", "overrides"):
        return {"type": "array", "items": _map(SUPPRESS_KEYS if key.form == "suppress" else OVERRIDE_KEYS)}
    return _FORMS[key.form]
