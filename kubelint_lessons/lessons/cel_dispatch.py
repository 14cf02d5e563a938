"""Kubernetes' CEL functions called from Python made from CEL, by the kinds of their arguments as the engine does."""

from __future__ import annotations

from functools import cache
from typing import Any

from kubelint_lessons.lessons.cel_functions import by_kind
from kubelint_lessons.lessons.cel_runtime import Doubt, clean, int64
from kubelint_lessons.lessons.cel_values import prepare

_table = cache(by_kind)

_KINDS = {str: "string", int: "int", float: "double", bool: "bool", type(None): "null", list: "list", dict: "map"}


def call(name: str, is_method: bool, arguments: tuple[Any, ...]) -> Any:
    """Return what the function makes of ``arguments``; raises where there is none for them, or as it does."""
    values = tuple(clean(value) if type(value) is str else prepare(value) for value in arguments)
    try:
        kinds = tuple(_KINDS[type(value)] for value in values)
        implementation = _table()[name, is_method][kinds]
    except KeyError:
        raise Doubt from None
    result = implementation(*values)
    return int64(result) if type(result) is int else result
