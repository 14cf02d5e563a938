"""CustomResourceDefinitions of the tree as schemas of their objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kubelint_lessons.manifests.schema.shapes import Definitions, Field, FieldType, KindSchema, ObjectType

_WORDS: dict[str, FieldType] = {
    "string": FieldType("string"),
    "integer": FieldType("integer"),
    "number": FieldType("number"),
    "boolean": FieldType("boolean"),
}
_ANY = FieldType("any")
_INT_OR_STRING = FieldType("int-or-string")
_STRING = FieldType("string")
_METADATA = FieldType("object", ref="meta.v1.ObjectMeta")
_KEEPS_UNKNOWN = "x-kubernetes-preserve-unknown-fields"
_HOLDS_OBJECT = "x-kubernetes-embedded-resource"


class CustomDefinitions:
    """The objects of one schema, by their path in it. Names of built-in definitions lead to ``builtin``.

    The rules are those of structural schemas: what ``properties`` does not list is pruned (and refused by strict
    decoding) unless the object preserves unknown fields or gives ``additionalProperties``.
    """

    __slots__ = ("_builtin", "_keeps_all", "_objects", "_schemas")

    def __init__(self, builtin: Definitions, keeps_all: bool) -> None:
        self._builtin = builtin
        self._keeps_all = keeps_all
        self._schemas: dict[str, dict[str, Any]] = {}
        self._objects: dict[str, ObjectType] = {}

    def object(self, ref: str) -> ObjectType:
        """Return the object of this name, decoded when first asked for."""
        if not ref.startswith("crd:"):
            return self._builtin.object(ref)
        found = self._objects.get(ref)
        if found is None:
            found = self._objects[ref] = self._decode(ref)
        return found

    def type_of(self, schema: Any, ref: str, is_root: bool = False) -> FieldType:
        """Return the type that a schema describes; ``any`` for what is no schema at all."""
        if not isinstance(schema, dict):
            return _ANY
        if schema.get("x-kubernetes-int-or-string") is True or schema.get("format") == "int-or-string":
            return _INT_OR_STRING
        word = schema.get("type")
        values = schema.get("enum")
        if isinstance(word, str) and word in _WORDS:
            allowed = tuple(values) if isinstance(values, list) else ()
            return _WORDS[word]._replace(values=allowed) if allowed else _WORDS[word]
        if word == "array":
            keys = schema.get("x-kubernetes-list-map-keys")
            item = self.type_of(schema.get("items"), f"{ref}[*]")
            return FieldType("list", item, keys=tuple(map(str, keys)) if isinstance(keys, list) else ())
        holds_object = schema.get(_HOLDS_OBJECT) is True
        if word != "object" and not isinstance(schema.get("properties"), dict) and not holds_object and not is_root:
            return _ANY
        rest = schema.get("additionalProperties")
        if isinstance(rest, dict) and not schema.get("properties") and not is_root:
            return FieldType("map", self.type_of(rest, f"{ref}[*]"))
        self._schemas[ref] = {**schema, _HOLDS_OBJECT: holds_object or is_root}
        return FieldType("object", ref=ref)

    def _decode(self, ref: str) -> ObjectType:
        schema = self._schemas[ref]
        properties = schema.get("properties")
        required = schema.get("required")
        names = frozenset(name for name in required if isinstance(name, str)) if isinstance(required, list) else ()
        fields: dict[str, Field] = {}
        if schema[_HOLDS_OBJECT]:
            for name, of in (("apiVersion", _STRING), ("kind", _STRING), ("metadata", _METADATA)):
                fields[name] = Field(name, of, False)
        for name, inner in properties.items() if isinstance(properties, dict) else ():
            if isinstance(name, str) and name not in fields:
                fields[name] = Field(name, self.type_of(inner, f"{ref}.{name}"), name in names)
        rest = schema.get("additionalProperties")
        has_rest = rest is True or isinstance(rest, dict)
        is_open = has_rest or schema.get(_KEEPS_UNKNOWN) is True or self._keeps_all
        of_rest = self.type_of(rest, f"{ref}[*]") if isinstance(rest, dict) else None
        return ObjectType(ref.rpartition(".")[2].removeprefix("crd:"), fields, {}, {}, is_open, of_rest)


def kinds_of_crds(crds: Iterable[Any], builtin: Definitions) -> dict[tuple[str, str, str], KindSchema]:
    """Return the kinds that CustomResourceDefinitions define, by group, version and kind.

    A kind that is defined twice, and not in the same way, is left out: nobody knows which of them the cluster has.
    """
    found: dict[tuple[str, str, str], KindSchema] = {}
    schemas: dict[tuple[str, str, str], Any] = {}
    for crd in crds:
        for kind, schema in _kinds_of(crd, builtin):
            key = kind.group, kind.version, kind.kind
            if key not in schemas:
                found[key], schemas[key] = kind, schema
            elif schemas[key] != schema:
                found.pop(key, None)
    return found


def _kinds_of(crd: Any, builtin: Definitions) -> Iterator[tuple[KindSchema, Any]]:
    """Yield a kind and its schema for each version that a definition has one for; none from broken data."""
    spec = crd.get("spec") if isinstance(crd, dict) and crd.get("kind") == "CustomResourceDefinition" else None
    names = spec.get("names") if isinstance(spec, dict) else None
    kind = names.get("kind") if isinstance(names, dict) else None
    if not isinstance(spec, dict) or not isinstance(kind, str) or not isinstance(spec.get("group"), str):
        return
    is_old = crd.get("apiVersion") == "apiextensions.k8s.io/v1beta1"
    keeps_all = spec.get("preserveUnknownFields", is_old) is True
    versions = spec.get("versions")
    listed = [version for version in versions if isinstance(version, dict)] if isinstance(versions, list) else []
    if not listed and isinstance(spec.get("version"), str):
        listed = [{"name": spec["version"]}]
    for version in listed:
        name = version.get("name")
        holder = version.get("schema") or spec.get("validation")
        schema = holder.get("openAPIV3Schema") if isinstance(holder, dict) else None
        if isinstance(name, str) and isinstance(schema, dict) and version.get("served") is not False:
            definitions = CustomDefinitions(builtin, keeps_all)
            root = definitions.type_of(schema, f"crd:{kind}", is_root=True)
            yield KindSchema(spec["group"], name, kind, root, definitions, is_custom=True), (schema, keeps_all)
