"""Reads the data file: kinds and definitions of the Kubernetes API, of every minor version that it covers.

The file is text (``build.py`` writes it). Its first line names the format and the first and last minor version. Then::

    apps/v1/Deployment apps.v1.Deployment 25-37
                                                              (an empty line)
    apps.v1.DeploymentSpec~25-37 minReadySeconds=i paused=b selector=@meta.v1.LabelSelector! …

A field is ``name=type``, then ``#keys`` of a list, ``(A|B)`` for the only values, ``!`` for required, ``~33-37`` for
the minor versions that know it so, where they are not all of the definition's. Types: ``s`` string, ``i`` and ``l``
integer of 32 and 64 bits, ``n`` number, ``b`` boolean, ``q`` quantity, ``x`` integer or string, ``t`` time, ``y``
base64, ``*`` anything, ``[T`` list, ``{T`` map, ``@name`` object (``@.Name`` in the same package).
"""

from __future__ import annotations

import os

from kubelint_lessons.manifests.schema.shapes import Field, FieldType, ObjectType
from kubelint_lessons.model.regexes import regex

FORMAT = "kubelint-schema-1"
KINDS_FILE = "kubernetes.txt"

_SCALARS: dict[str, FieldType] = {
    "s": FieldType("string"),
    "i": FieldType("integer", bits=32),
    "l": FieldType("integer"),
    "n": FieldType("number"),
    "b": FieldType("boolean"),
    "q": FieldType("quantity"),
    "x": FieldType("int-or-string", bits=32),
    "t": FieldType("time"),
    "y": FieldType("bytes"),
    "*": FieldType("any"),
}
_FIELD = regex(
    r"(?P<name>[^=]+)=(?P<type>[^#(!~]+)(?:#(?P<keys>[^(!~]+))?(?:\((?P<values>[^)]*)\))?(?P<required>!?)"
    r"(?:~(?P<first>\d+)-(?P<last>\d+))?"
)


def data_file(name: str) -> str:
    """Return the text of a file that this package ships."""
    with open(os.path.join(os.path.dirname(__file__), "data", name), encoding="utf-8") as file:
        return file.read()


class Served:
    """The minor versions of Kubernetes that serve one kind in one API version, and the name of its definition."""

    __slots__ = ("first", "last", "ref")

    def __init__(self, ref: str, first: int, last: int) -> None:
        self.ref = ref
        self.first = first
        self.last = last


class Store:
    """The parsed file as seen by one minor version, or with None by all of them together. Decodes what is asked."""

    def __init__(self, minor: int | None = None) -> None:
        header, _, rest = data_file(KINDS_FILE).partition("\n")
        word, first, last = header.split(" ")
        if word != FORMAT:
            raise ValueError(f"{KINDS_FILE} is of the format {word}, not {FORMAT}: build it again")
        self.first, self.last = int(first), int(last)
        self.minor = None if minor is None else min(max(minor, self.first), self.last)
        kinds, _, definitions = rest.partition("\n\n")
        self.kinds = {key: Served(ref, int(a), int(b)) for key, ref, a, b in map(_kind, kinds.split("\n"))}
        self._lines = {line[: line.index("~")]: line for line in definitions.split("\n") if line}
        self._objects: dict[str, ObjectType] = {}
        self._renamed: dict[str, dict[str, tuple[str, str]]] | None = None

    def object(self, ref: str) -> ObjectType:
        """Return the fields of a definition. Raises KeyError for a name that the file does not have."""
        found = self._objects.get(ref)
        if found is None:
            found = self._objects[ref] = self._decode(ref)
        return found

    def _decode(self, ref: str) -> ObjectType:
        package, _, name = ref.rpartition(".")
        fields: dict[str, Field] = {}
        others: dict[str, tuple[int, int]] = {}
        for text in self._lines[ref].split(" ")[1:]:
            part = _FIELD.fullmatch(text)
            if part is None:
                raise ValueError(f"{KINDS_FILE}: {ref}: {text} is no field")
            field = part["name"]
            first, last = int(part["first"] or self.first), int(part["last"] or self.last)
            if self.minor is not None and not first <= self.minor <= last:
                known = others.get(field, (first, last))
                others[field] = min(first, known[0]), max(last, known[1])
                continue
            required = bool(part["required"])
            if field in fields:  # known in several forms, oldest first: the newest holds, required if all say so
                required = required and fields[field].required
            fields[field] = Field(field, _type(part["type"], package, part["keys"], part["values"]), required)
        other_versions = {
            field: (None if first == self.first else first, None if last == self.last else last)
            for field, (first, last) in others.items()
            if field not in fields
        }
        return ObjectType(name, fields, other_versions, self._renamed_in(ref))

    def _renamed_in(self, ref: str) -> dict[str, tuple[str, str]]:
        if self._renamed is None:
            self._renamed = {}
            for line in data_file("renamed.tsv").splitlines():
                if not line.startswith("#"):
                    key, right, note = line.split("\t")
                    definition, _, field = key.rpartition(".")
                    self._renamed.setdefault(definition, {})[field] = "" if right == "-" else right, note
        return self._renamed.get(ref, {})


def _kind(line: str) -> tuple[str, str, str, str]:
    key, ref, minors = line.split(" ")
    first, _, last = minors.partition("-")
    return key, ref, first, last


def _type(text: str, package: str, keys: str | None, values: str | None) -> FieldType:
    if text[0] == "[":
        allowed = _type(text[1:], package, None, values)
        return FieldType("list", allowed, keys=tuple(keys.split(",")) if keys else ())
    if text[0] == "{":
        return FieldType("map", _type(text[1:], package, None, values))
    if text[0] == "@":
        return FieldType("object", ref=f"{package}{text[1:]}" if text[1] == "." else text[1:])
    scalar = _SCALARS[text]
    return scalar._replace(values=tuple(values.split("|"))) if values else scalar
