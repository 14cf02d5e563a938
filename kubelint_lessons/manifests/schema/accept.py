"""A quick yes for objects that the API server would take as they are: most of them.

``Acceptor`` turns the fields of objects into nested functions once, and then says whether one is certainly fine.
Whatever is not certain (an unknown field, a value that a tool fills in later, a type that does not fit) is a no, and
``validate`` finds out what is wrong, if anything is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kubelint_lessons.manifests.schema.formats import is_base64, is_quantity, is_time
from kubelint_lessons.manifests.schema.shapes import Definitions, FieldType

Test = Callable[[Any], bool]


class Acceptor:
    """Says of objects whether they are certainly fine; ``definitions`` are those that their types refer to.

    ``partial``: of patches, in which fields may be absent.
    """

    __slots__ = ("_definitions", "_objects", "_partial")

    def __init__(self, definitions: Definitions, partial: bool = False) -> None:
        self._definitions = definitions
        self._partial = partial
        self._objects: dict[str, Test] = {}

    def accepts(self, data: Any, of: FieldType) -> bool:
        """Return whether the API server would take ``data`` for a type; false also where that is not certain."""
        return self.test_for(of)(data)

    def test_for(self, of: FieldType) -> Test:
        """Return what says of data whether the API server would take them for a type, as ``accepts`` does."""
        inner = self._test_of(of)

        def test(data: Any) -> bool:
            try:
                return data is not None and (inner is None or inner(data))
            except RecursionError:
                return False

        return test

    def _test_of(self, of: FieldType) -> Test | None:
        """Return the test for values of a type, which never sees None; None where every value is fine."""
        if of.word == "any":
            return None
        if of.word == "object":
            return self._object(of.ref)
        if of.word in ("list", "map"):
            if of.item is None:
                return _never
            kind, only = (list if of.word == "list" else dict), _class_of(of.item)
            return _each(kind, self._test_of(of.item)) if only is None else _each_of(kind, only)
        if of.values:
            return _one_of(of)
        return _narrow if of.word == "integer" and of.bits == 32 else _SCALARS.get(of.word, _never)

    def _object(self, ref: str) -> Test:
        known = self._objects.get(ref)
        if known is not None:
            return known
        classes: dict[str, type] = {}
        fields: dict[str, Test | None] = {}
        required: list[str] = []

        def test(value: Any) -> bool:
            if value.__class__ is not dict:
                return False
            for name, item in value.items():
                if item.__class__ is classes.get(name):
                    continue
                try:
                    inner = fields[name]
                except KeyError:
                    if fields:
                        return False
                    self._fill(ref, classes, fields, required)
                    return test(value)
                if inner is not None and item is not None and not inner(item):
                    return False
            for name in required:
                if value.get(name) is None:
                    return False
            return bool(fields)

        self._objects[ref] = test
        return test

    def _fill(self, ref: str, classes: dict[str, type], fields: dict[str, Test | None], required: list[str]) -> None:
        """Look up the fields of an object, when the first value for it is seen."""
        fields[""] = _never
        for name, field in self._definitions.object(ref).fields.items():
            fields[name] = self._test_of(field.type)
            only = _class_of(field.type)
            if only is not None:
                classes[name] = only
            if field.required and not self._partial:
                required.append(name)


def _class_of(of: FieldType) -> type | None:
    """Return the class of which every value is fine, whatever it says; None where it takes more to tell."""
    if of.values or (of.word == "integer" and of.bits == 32):
        return None
    return _CLASSES.get(of.word)


def _each(kind: type, item: Test | None) -> Test:
    """Return the test of a list, or map, of values that are fine if ``item`` says so."""
    if item is None:
        return lambda value: value.__class__ is kind

    def test(value: Any) -> bool:
        found = value.__class__
        if found is not kind:
            return False
        entries: Iterable[Any] = value.values() if found is dict else value
        for entry in entries:  # noqa: SIM110 (a generator costs more than what it asks)
            if entry is not None and not item(entry):
                return False
        return True

    return test


def _each_of(kind: type, only: type) -> Test:
    """Return the test of a list, or map, of values that are fine if they are of one class."""

    def test(value: Any) -> bool:
        found = value.__class__
        if found is not kind:
            return False
        entries: Iterable[Any] = value.values() if found is dict else value
        for entry in entries:  # noqa: SIM110
            if entry.__class__ is not only and entry is not None:
                return False
        return True

    return test


def _one_of(of: FieldType) -> Test:
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


_CLASSES: dict[str, type] = {"string": str, "boolean": bool, "integer": int}

_SCALARS: dict[str, Test] = {
    "string": _string,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "quantity": _quantity,
    "int-or-string": _port,
    "time": _time,
    "bytes": _bytes,
}
