"""What the API server would refuse in an object: fields it does not know, values it cannot decode, fields that lack.

The measure is ``kubectl apply`` against a server of that version: strict decoding (unknown fields; names are
case-sensitive) and the decoder of each Go type, or for custom resources the structural schema. Null counts as absent
everywhere. Values that a tool fills in before the apply (``${VAR}``) are not judged. Codes:

- ``unknown-field``: no Kubernetes version knows the field there · ``field-of-other-version``: another version does
- ``wrong-type``: the value cannot be decoded · ``wrong-format``: its text cannot (quantity, base64, time, width)
- ``unsupported-value``: not one of the few values that are allowed · ``missing-required``: the field must be there
- ``unknown-kind``, ``unserved-api``: said by ``Schemas.validate`` of the object as a whole
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.manifests.schema.fields import elsewhere, only_in, written
from kubelint_lessons.manifests.schema.formats import is_base64, is_filled_in_later, is_quantity, is_time
from kubelint_lessons.manifests.schema.shapes import Field, FieldType, KindSchema, ObjectType
from kubelint_lessons.manifests.schema.suggest import closest, is_same_word
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_NEEDED = {
    "string": "a string", "integer": "an integer", "number": "a number", "boolean": "true or false",
    "quantity": "a quantity", "int-or-string": "an integer or a string", "time": "a time", "bytes": "base64 text",
    "object": "a map", "list": "a list", "map": "a map",
}  # fmt: skip
_INTEGER = regex(r"-?(?:[1-9][0-9]{0,17}|0[0-7]{0,4})")
_LONGEST = 40
"""Characters of a value that a message shows."""


class SchemaProblem(NamedTuple):
    """One thing that the API server would refuse.

    ``path`` leads to the field (for ``missing-required``: the absent one). ``suggestion`` is what to write instead: the
    right name of a field or the right value, as text; empty where there is none, and where the text as it stands needs
    quotes, because data do not tell how it was written (``1.10``, ``0777``, ``on``). ``note`` is the next step. None
    holds a value of a Secret, or one of a field that takes any text.
    """

    path: FieldPath
    code: str
    message: str
    suggestion: str = ""
    note: str = ""


class Validator:
    """Validates objects of one kind."""

    __slots__ = ("_kind", "_partial", "_secret")

    def __init__(self, kind: KindSchema, partial: bool = False) -> None:
        self._kind = kind
        self._partial = partial
        self._secret = kind.kind == "Secret" and not kind.group

    def problems(self, data: Any) -> list[SchemaProblem]:
        """Return the problems of an object, in the order of its fields; what lacks comes after what is there."""
        return list(self._value(data, self._kind.type, ()))

    def _value(self, value: Any, of: FieldType, path: FieldPath) -> Iterator[SchemaProblem]:
        if value is None or of.word == "any" or (isinstance(value, str) and is_filled_in_later(value)):
            return
        if of.word == "object":
            yield from self._object(value, self._kind.definitions.object(of.ref), path)
        elif of.word == "map" and isinstance(value, dict):
            for key, item in value.items():
                if not (self._partial and key.startswith("$")):
                    yield from self._value(item, of.item or of, (*path, key))
        elif of.word == "list" and isinstance(value, list):
            for index, item in enumerate(value):
                if not (self._partial and isinstance(item, dict) and "$patch" in item):
                    yield from self._value(item, of.item or of, (*path, index))
        elif not _has_type(value, of):
            yield self._wrong_type(value, of, path)
        else:
            yield from self._text(value, of, path)

    def _object(self, value: Any, fields: ObjectType, path: FieldPath) -> Iterator[SchemaProblem]:
        if not isinstance(value, dict):
            yield self._wrong_type(value, FieldType("object"), path)
            return
        for name, item in value.items():
            field = fields.fields.get(name)
            if field is not None:
                yield from self._value(item, field.type, (*path, name))
            elif fields.is_open:
                if fields.rest is not None:
                    yield from self._value(item, fields.rest, (*path, name))
            elif not self._is_for_a_tool(name, path):
                yield self._unknown(name, value, fields, path)
        if not self._partial and path[:1] != ("status",):
            for field in fields.fields.values():
                if field.required and value.get(field.name) is None:
                    yield self._lacking(field, path)

    def _is_for_a_tool(self, name: str, path: FieldPath) -> bool:
        """Return whether something takes the field away before the apply: SOPS its metadata, a patch its ``$patch``."""
        if self._partial and name.startswith("$"):
            return True
        return is_filled_in_later(name) or (name == "sops" and not path)

    def _unknown(self, name: str, parent: dict[str, Any], fields: ObjectType, path: FieldPath) -> SchemaProblem:
        where = written(path) or self._kind.kind
        here = (*path, name)
        message = f"{where} has no field {name}"
        if name in fields.renamed:
            right, note = fields.renamed[name]
            return SchemaProblem(here, "unknown-field", message, right, note)
        if name in fields.other_versions:
            when = only_in(*fields.other_versions[name])
            message = f"{where} has the field {name} only {when}"
            return SchemaProblem(here, "field-of-other-version", message, "", "remove it, or set the target version")
        near = closest(name, (known for known in fields.fields if known not in ("apiVersion", "kind")), most=1)
        if near and (is_same_word(name, near[0]) or _fits(parent[name], fields.fields[near[0]].type)):
            return _misspelt(here, message, near[0], parent)
        places = elsewhere(self._kind, path, name)
        if places:
            return SchemaProblem(here, "unknown-field", message, "", f"it belongs to {_parents(places)}: move it")
        if near:
            return _misspelt(here, message, near[0], parent)
        if len(fields.fields) <= 8:
            return SchemaProblem(
                here, "unknown-field", message, "", f"known there: {', '.join(fields.fields) or 'none'}"
            )
        command = ".".join(str(step) for step in path if isinstance(step, str))
        of = f"{self._kind.kind.lower()}.{command}" if command else self._kind.kind.lower()
        return SchemaProblem(here, "unknown-field", message, "", f"remove it, or see kubectl explain {of}")

    def _lacking(self, field: Field, path: FieldPath) -> SchemaProblem:
        where = written(path) or self._kind.kind
        allowed = f": one of {_listed(field.type.values)}" if field.type.values else ""
        note = f"add {field.name}, {_NEEDED.get(field.type.word, 'a value')}{allowed}"
        return SchemaProblem((*path, field.name), "missing-required", f"{where} lacks the field {field.name}", "", note)

    def _wrong_type(self, value: Any, of: FieldType, path: FieldPath) -> SchemaProblem:
        needed = _NEEDED[of.word]
        message = f"{written(path) or self._kind.kind} is {_said(value)} where {needed} is needed"
        right = _converted(value, of)
        if right:
            note = f"write it without quotes: {right}"
        elif of.word in ("string", "bytes", "time") and not isinstance(value, dict | list):
            note = "put it in quotes"
        elif of.word == "list":
            note = "write it as a list, each item after a dash"
        elif of.word in ("object", "map") and isinstance(value, list):
            note = "remove the dash: one map is needed"
        else:
            note = f"write {needed}"
        return SchemaProblem(path, "wrong-type", message, right, note)

    def _text(self, value: Any, of: FieldType, path: FieldPath) -> Iterator[SchemaProblem]:
        if not of.values and of.word not in _WORDS_WITH_A_FORM:
            return
        where = written(path)
        shown = "it" if self._secret else _quoted(value)
        if of.values and value not in of.values and value != "":
            near = closest(str(value), (str(known) for known in of.values), most=1)
            note = f"did you mean {near[0]}?" if near else f"allowed are {_listed(of.values)}"
            message = f"{where} is {shown}, which is none of {_listed(of.values)}"
            yield SchemaProblem(path, "unsupported-value", message, near[0] if near else "", note)
        elif of.word == "integer" and of.bits == 32 and not -(2**31) <= value < 2**31:
            message = f"{where} is {shown}, which does not fit into 32 bits"
            yield SchemaProblem(path, "wrong-format", message, "", "write an integer below 2147483648")
        elif of.word == "quantity" and isinstance(value, str) and not is_quantity(value):
            right = _mended_quantity(value)
            note = f"did you mean {right}?" if right else "write a number with a suffix such as m, Ki, Mi, Gi"
            yield SchemaProblem(path, "wrong-format", f"{where} is {shown}, which is no quantity", right, note)
        elif of.word == "time" and not is_time(value):
            note = "write a time such as 2026-01-31T12:00:00Z"
            yield SchemaProblem(
                path, "wrong-format", f"{where} is {shown}, which is no time as RFC 3339 has it", "", note
            )
        elif of.word == "bytes" and not is_base64(value):
            note = "encode the value with base64"
            if self._secret:
                note += ", or write it as it is under stringData"
            yield SchemaProblem(path, "wrong-format", f"{where} is not base64", "", note)


_WORDS_WITH_A_FORM = frozenset({"integer", "quantity", "time", "bytes"})
"""Types whose values can have the right type and the wrong form; most scalars are of others."""


def _misspelt(path: FieldPath, message: str, right: str, parent: dict[str, Any]) -> SchemaProblem:
    note = f"did you mean {right}?"
    if right in parent:
        return SchemaProblem(path, "unknown-field", message, "", f"{note} It is there as well")
    return SchemaProblem(path, "unknown-field", message, right, note)


def _has_type(value: Any, of: FieldType) -> bool:
    word = of.word
    if word in ("string", "time", "bytes"):
        return isinstance(value, str)
    if word == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if word == "integer":
        return isinstance(value, int)
    if word == "number":
        return isinstance(value, int | float)
    if word == "quantity":
        return isinstance(value, int | float | str)
    if word == "int-or-string":
        return isinstance(value, int | str)
    return False


def _fits(value: Any, of: FieldType) -> bool:
    """Return whether a value could be meant for a field of this type: a map for a map, a list for a list."""
    if value is None or of.word == "any":
        return True
    if isinstance(value, dict):
        return of.word in ("object", "map")
    if isinstance(value, list):
        return of.word == "list"
    return of.word not in ("object", "map", "list")


def _converted(value: Any, of: FieldType) -> str:
    """Return a quoted number or boolean without its quotes; empty where it is none. ``0644`` stays octal."""
    text = value.strip() if isinstance(value, str) else ""
    if of.word == "integer" and _INTEGER.fullmatch(text):
        return text
    return text.lower() if of.word == "boolean" and text.lower() in ("true", "false") else ""


_UNITS = {
    "b": "", "k": "Ki", "kb": "k", "kib": "Ki", "ki": "Ki", "mb": "M", "mib": "Mi", "mi": "Mi",
    "g": "G", "gb": "G", "gib": "Gi", "gi": "Gi", "t": "T", "tb": "T", "tib": "Ti", "ti": "Ti",
}  # fmt: skip
"""Units as people write them, in lower case, and the suffix of the quantity that they mean."""


def _mended_quantity(text: str) -> str:
    """Return the quantity that was meant, such as ``512Mi`` for ``512 MB`` and ``512mi``; empty where it is unclear."""
    joined = "".join(text.split())
    number = joined.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    unit = joined[len(number) :]
    right = number + _UNITS.get(unit.lower(), unit)
    return right if is_quantity(right) else ""


def _said(value: Any) -> str:
    """Return the type of a value in words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    return "a string" if isinstance(value, str) else "a number"


def _quoted(value: Any) -> str:
    text = str(value)
    return f'"{text[: _LONGEST - 1]}…"' if len(text) > _LONGEST else f'"{text}"' if isinstance(value, str) else text


def _listed(values: tuple[Any, ...]) -> str:
    return ", ".join(map(str, values[:12])) + (", …" if len(values) > 12 else "")


def _parents(places: tuple[tuple[str, ...], ...]) -> str:
    return " or ".join(written(place[:-1]) or "the top of the object" for place in places)
