"""The values that schema knowledge is made of: types of fields, objects, kinds, and what is missing in them."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

Word = Literal[
    "string", "integer", "number", "boolean", "quantity", "int-or-string", "time", "bytes",
    "any", "object", "list", "map",
]  # fmt: skip


class FieldType(NamedTuple):
    """The type of one value.

    ``item`` is the type of a list's items or a map's values, ``ref`` the name under which ``Definitions`` finds an
    object, ``values`` the only ones that are allowed (empty: all), ``keys`` the fields that tell items of a list apart,
    ``bits`` the width of an integer.
    """

    word: Word
    item: FieldType | None = None
    ref: str = ""
    values: tuple[Any, ...] = ()
    keys: tuple[str, ...] = ()
    bits: int = 64


class Field(NamedTuple):
    """One field of an object."""

    name: str
    type: FieldType
    required: bool


class ObjectType(NamedTuple):
    """The fields of an object.

    ``other_versions`` has the fields that only other Kubernetes minor versions know, with the first and the last of
    them (None: beyond the data), ``renamed`` those of older API versions, with their new name (or nothing) and advice.
    With ``is_open`` the API server keeps fields that are not listed; ``rest`` is their type where one is given.
    """

    name: str
    fields: dict[str, Field]
    other_versions: dict[str, tuple[int | None, int | None]]
    renamed: dict[str, tuple[str, str]]
    is_open: bool = False
    rest: FieldType | None = None


class Definitions(Protocol):
    """Where the objects that types refer to are found."""

    def object(self, ref: str) -> ObjectType:
        """Return the object of this name; only names from a FieldType of the same source are asked for."""
        ...


class KindSchema(NamedTuple):
    """One kind in one API version. ``is_custom``: it comes from a CustomResourceDefinition."""

    group: str
    version: str
    kind: str
    type: FieldType
    definitions: Definitions
    is_custom: bool = False

    @property
    def api_version(self) -> str:
        """Return ``apps/v1``, or ``v1`` in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def fields_of(self, of: FieldType) -> ObjectType | None:
        """Return the object that a type refers to; None where it is no object with known fields."""
        return self.definitions.object(of.ref) if of.ref else None


class Missing(NamedTuple):
    """A path that leads nowhere: its steps up to ``at_step`` (0-based) are fine, that one is not.

    ``did_you_mean`` are whole paths, written as in ``at:``, best first; ``message`` is one sentence.
    """

    path: FieldPath
    at_step: int
    message: str
    did_you_mean: tuple[str, ...] = ()
