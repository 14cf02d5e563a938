"""A quick yes for objects that the API server would take as they are: most of them.

``Acceptor`` turns the fields of objects into nested functions once, and then says whether one is certainly fine.
Whatever is not certain (an unknown field, a value that a tool fills in later, a type that does not fit) is a no, and
``validate`` finds out what is wrong, if anything is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubelint_lessons.manifests.schema.formats import is_base64, is_quantity, is_time
from kubelint_lessons.manifests.schema.shapes import Definitions, FieldType

_Test = Callable[[Any], bool]


class Acceptor:
    """Says of objects whether they are certainly fine; ``definitions`` are those that their types refer to."""

    __slots__ = ("_definitions", "_objects")

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._objects: dict[str, _Test] = {}

    def accepts(self, data: Any, of: FieldType) -> bool:
        """Return whether the API server would take ``data`` for a type; false also where that is not certain."""
        test = self._test_of(of)
        try:
            return data is not None and (test is None or test(data))
        except RecursionError:
            return False

    def _test_of(self, of: FieldType) -> _Test | None:
        """Return the test for values of a type, which never sees None; None where every value is fine."""
        if of.word == "any":
            return None
        if of.word == "object":
            return self._object(of.ref)
        if of.word == "list":
            return _list(self._test_of(of.item)) if of.item is not None else _never
        if of.word == "map":
            return _map(self._test_of(of.item)) if of.item is not None else _never
        if of.values:
            return _one_of(of)
        return _narrow if of.word == "integer" and of.bits == 32 else _SCALARS.get(of.word, _never)

    def _object(self, ref: str) -> _Test:
        known = self._objects.get(ref)
        if known is not None:
            return known
        fields: dict[str, _Test | None] = {}
        required: list[str] = []

        def test(value: Any) -> bool:
            if value.__class__ is not dict:
                return False
            for name, item in value.items():
                try:
                    inner = fields[name]
                except KeyError:
                    if fields:
                        return False
                    self._fill(ref, fields, required)
                    return test(value)
                if inner is not None and item is not None and not inner(item):
                    return False
            for name in required:
                if value.get(name) is None:
                    return False
            return bool(fields)

        self._objects[ref] = test
        return test

    def _fill(self, ref: str, fields: dict[str, _Test | None], required: list[str]) -> None:
        """Look up the fields of an object, when the first value for it is seen."""
        fields[""] = _never
        for name, field in self._definitions.object(ref).fields.items():
            fields[name] = self._test_of(field.type)
            if field.required:
                required.append(name)


def _list(item: _Test | None) -> _Test:
    if item is None:
        return lambda value: value.__class__ is list
    return lambda value: value.__class__ is list and all(entry is None or item(entry) for entry in value)


def _map(item: _Test | None) -> _Test:
    if item is None:
        return lambda value: value.__class__ is dict
    return lambda value: value.__class__ is dict and all(entry is None or item(entry) for entry in value.values())


def _one_of(of: FieldType) -> _Test:
    values = frozenset((value.__class__, value) for value in of.values)
    return lambda value: value.__class__ in (str, int) and (value.__class__, value) in values


def _never(value: Any) -> bool:
    del value
    return False


def _string(value: Any) -> bool:
    return value.__class__ is str


def _boolean(value: Any) -> bool:
    return value is True or value is False


def _integer(value: Any) -> bool:
    return value.__class__ is int


def _narrow(value: Any) -> bool:
    return value.__class__ is int and -(2**31) <= value < 2**31


def _number(value: Any) -> bool:
    return value.__class__ in (int, float)


def _quantity(value: Any) -> bool:
    return value.__class__ in (int, float) or (value.__class__ is str and is_quantity(value))


def _port(value: Any) -> bool:
    return value.__class__ in (int, str)


def _time(value: Any) -> bool:
    return value.__class__ is str and is_time(value)


def _bytes(value: Any) -> bool:
    return value.__class__ is str and is_base64(value)


_SCALARS: dict[str, _Test] = {
    "string": _string,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "quantity": _quantity,
    "int-or-string": _port,
    "time": _time,
    "bytes": _bytes,
}
