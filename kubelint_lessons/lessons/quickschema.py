"""Says quickly that values are valid by our JSON Schemas; jsonschema, which says what is wrong, imports slowly."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]

_MEANS_NOTHING = frozenset({"$schema", "$defs", "title", "description", "examples"})
_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
"""Exact classes: true is no number. A float that is whole is an integer for jsonschema, which may say so."""


def accepts(schema: Schema, value: Any, root: Schema | None = None) -> bool:
    """Return whether plain values are valid for certain; False says nothing. ``root`` holds the ``$defs``.

    Semantics: JSON Schema, draft 2020-12. A schema with a keyword that is not known here accepts nothing.
    """
    root = schema if root is None else root
    for keyword, wanted in schema.items():
        if keyword not in _MEANS_NOTHING:
            check = _CHECKS.get(keyword)
            if check is None or not check(wanted, value, schema, root):
                return False
    return True


def _has_type(wanted: Any, value: Any, schema: Schema, root: Schema) -> bool:
    return wanted.__class__ is str and value.__class__ in _TYPES.get(wanted, ())


def _is_named(wanted: Any, value: Any, schema: Schema, root: Schema) -> bool:
    return value.__class__ is str and value in wanted


def _matches(wanted: Any, value: Any, schema: Schema, root: Schema) -> bool:
    return value.__class__ is not str or re.search(wanted, value) is not None


def _is_long_enough(wanted: Any, value: Any, schema: Schema, root: Schema) -> bool:
    return value.__class__ is not str or len(value) >= wanted


def _is_large_enough(wanted: Any, value: Any, schema: Schema, root: Schema) -> bool:
    return value.__class__ not in (int, float) or bool(value >= wanted)


def _has_items_enough(wanted: Any, value: Any, schema: Schema, root: Schema) -> bool:
    return value.__class__ is not list or len(value) >= wanted


def _has_valid_items(wanted: Any, value: Any, schema: Schema, root: Schema) -> bool:
    return value.__class__ is not list or all(accepts(wanted, item, root) for item in value)


def _has_keys(wanted: Any, value: Any, schema: Schema, root: Schema) -> bool:
    return value.__class__ is not dict or all(key in value for key in wanted)


def _has_valid_entries(wanted: Any, value: Any, schema: Schema, root: Schema) -> bool:
    if value.__class__ is not dict:
        return True
    return all(accepts(inner, value[key], root) for key, inner in wanted.items() if key in value)


def _has_valid_others(wanted: Any, value: Any, schema: Schema, root: Schema) -> bool:
    if value.__class__ is not dict or wanted is True:
        return True
    others = [item for key, item in value.items() if key not in schema.get("properties", ())]
    return not others if wanted is False else all(accepts(wanted, item, root) for item in others)


def _fits_one(wanted: Any, value: Any, schema: Schema, root: Schema) -> bool:
    return any(accepts(inner, value, root) for inner in wanted)


def _is_defined(wanted: Any, value: Any, schema: Schema, root: Schema) -> bool:
    start, _, name = wanted.rpartition("/")
    return start == "#/$defs" and accepts(root["$defs"][name], value, root)


_CHECKS: Mapping[str, Callable[[Any, Any, Schema, Schema], bool]] = {
    "type": _has_type,
    "enum": _is_named,
    "pattern": _matches,
    "minLength": _is_long_enough,
    "minimum": _is_large_enough,
    "minItems": _has_items_enough,
    "items": _has_valid_items,
    "required": _has_keys,
    "properties": _has_valid_entries,
    "additionalProperties": _has_valid_others,
    "anyOf": _fits_one,
    "$ref": _is_defined,
}
