"""Turn published JSON schemas of Kubernetes into the data file of this package; never part of a lint.

    python -m kubelint_lessons.manifests.schema.build FOLDER

FOLDER is ``kubernetes-json-schema`` of an unpacked kubernetes-validate wheel: ``v1.34.0-local/_definitions.json`` and
so on, one for each minor version (data/ORIGIN says more). The result is text, one line for a kind or a definition, so
that a new Kubernetes version is a diff that people can read. The format is described in ``store.py``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kubelint_lessons.manifests.schema.store import FORMAT, KINDS_FILE, data_file
from kubelint_lessons.model.regexes import regex

Definition = dict[str, Any]
Release = Mapping[str, Definition]

_SCALARS = {
    "api.resource.Quantity": "q",
    "util.intstr.IntOrString": "x",
    "meta.v1.Time": "t",
    "meta.v1.MicroTime": "t",
    "meta.v1.FieldsV1": "*",
    "meta.v1.Patch": "*",
    "pkg.runtime.RawExtension": "*",
    "apiextensions.v1.JSON": "*",
    "apiextensions.v1.JSONSchemaPropsOrArray": "*",
    "apiextensions.v1.JSONSchemaPropsOrBool": "*",
    "apiextensions.v1.JSONSchemaPropsOrStringArray": "*",
}
"""Definitions that are no objects on the wire; their Go types have decoders of their own."""

_TYPES = {
    ("string", ""): "s", ("string", "byte"): "y", ("string", "date-time"): "t", ("boolean", ""): "b",
    ("integer", "int32"): "i", ("integer", "int64"): "l", ("number", "double"): "n",
}  # fmt: skip

_NO_MANIFEST = frozenset(
    ("APIGroup", "APIGroupList", "APIResourceList", "APIVersions", "DeleteOptions", "Status", "WatchEvent")
)
"""Kinds of the API's own protocol."""

_STABLE = regex(r"\.v\d+$")


def short_name(name: str) -> str:
    """Return ``core.v1.Pod`` for ``io.k8s.api.core.v1.Pod``: the last package, its version, the type."""
    return ".".join(name.split(".")[-3:])


def read_releases(folder: Path) -> dict[int, Release]:
    """Return the definitions of each minor version, by short name. Raises ValueError where two names collide."""
    releases: dict[int, Release] = {}
    for file in folder.glob("v1.*-local/_definitions.json"):
        minor = int(file.parent.name.split(".")[1])
        definitions = json.loads(file.read_text(encoding="utf-8"))["$defs"]
        releases[minor] = {short_name(name): body for name, body in definitions.items()}
        if len(releases[minor]) != len(definitions):
            raise ValueError(f"{file}: two definitions have the same last three parts of their name")
    if not releases:
        raise ValueError(f"{folder} has no v1.*-local/_definitions.json")
    minors = sorted(releases)
    if minors != list(range(minors[0], minors[-1] + 1)):
        raise ValueError(f"{folder} has the minor versions {minors}, which leave a gap")
    return {minor: releases[minor] for minor in minors}


def read_table(name: str) -> dict[str, str]:
    """Return a table of two columns that people keep by hand: ``core.v1.Sysctl.value`` → the rest of its line."""
    table: dict[str, str] = {}
    for line in data_file(name).splitlines():
        if line and not line.startswith("#"):
            key, _, rest = line.partition("\t")
            table[key] = rest
    return table


class Encoder:
    """Writes definitions as lines; knows which fields are required in truth, and which values people listed."""

    def __init__(self, releases: Mapping[int, Release], optional: Mapping[str, str], values: Mapping[str, str]) -> None:
        self.releases = releases
        self.optional = optional
        self.values = values
        self.used: set[str] = set()

    def lines(self) -> Iterator[str]:
        """Yield the whole file, line by line."""
        minors = list(self.releases)
        yield f"{FORMAT} {minors[0]} {minors[-1]}"
        yield from sorted(self._kinds())
        yield ""
        names = sorted({name for release in self.releases.values() for name in release if name not in _SCALARS})
        for name in names:
            yield self._definition(name)
        unknown = {*self.optional, *self.values} - self.used
        if unknown:
            raise ValueError(f"the tables name fields that do not exist or need no entry: {', '.join(sorted(unknown))}")

    def _kinds(self) -> Iterator[str]:
        served: dict[tuple[str, str], list[int]] = {}
        for minor, release in self.releases.items():
            for name, body in release.items():
                for kind in body.get("x-kubernetes-group-version-kind", ()):
                    if kind["kind"] not in _NO_MANIFEST:
                        key = f"{kind['group']}/{kind['version']}/{kind['kind']}"
                        served.setdefault((key, name), []).append(minor)
        for (key, name), minors in served.items():
            yield f"{key} {name} {_range(minors)}"

    def _definition(self, name: str) -> str:
        present = [minor for minor, release in self.releases.items() if name in release]
        fields: dict[str, dict[str, list[int]]] = {}
        for minor in present:
            body = self.releases[minor][name]
            for field, schema in body.get("properties", {}).items():
                if schema is not True:
                    encoded = self._field(name, field, schema, minor)
                    fields.setdefault(field, {}).setdefault(encoded, []).append(minor)
        parts = [f"{name}~{_range(present)}"]
        for field, versions in sorted(fields.items()):
            for encoded, minors in versions.items():
                for run in _runs(minors):
                    parts.append(f"{field}={encoded}" + ("" if run == present else f"~{_range(run)}"))
        return " ".join(parts)

    def _field(self, name: str, field: str, schema: Definition, minor: int) -> str:
        key = f"{name}.{field}"
        keys = schema.get("x-kubernetes-list-map-keys") or [schema.get("x-kubernetes-patch-merge-key")]
        encoded = self._type(name.rpartition(".")[0], schema)
        if encoded.startswith("[") and keys[0]:
            encoded += "#" + ",".join(keys)
        if key in self.values:
            self.used.add(key)
            encoded += f"({self.values[key].replace(' ', '|')})"
        if self._is_required(name, field, minor):
            if key not in self.optional:
                return f"{encoded}!"
            self.used.add(key)
        return encoded

    def _is_required(self, name: str, field: str, minor: int) -> bool:
        """Return whether the API server refuses an object without the field.

        Kubernetes corrects what its schema calls required, and a stable API cannot begin to refuse what it took
        before: the newest word is the truth for all versions. Of a beta API the strictest reading is not safe.
        """
        present = [m for m, release in self.releases.items() if field in release.get(name, {}).get("properties", {})]
        says = {m: field in self.releases[m][name].get("required", ()) for m in present}
        if _STABLE.search(name.rpartition(".")[0]):
            return says[present[-1]]
        return all(says[m] for m in present if m >= minor)

    def _type(self, package: str, schema: Definition) -> str:
        if "$ref" in schema:
            name = short_name(schema["$ref"].rpartition("/")[2])
            if name in _SCALARS:
                return _SCALARS[name]
            return f"@{name.removeprefix(package)}"
        declared = schema.get("type")
        words = declared if isinstance(declared, list) else [declared]
        types = [str(word) for word in words if word != "null"]
        if types == ["array"]:
            return "[" + self._type(package, schema["items"])
        if types == ["object"]:
            rest = schema.get("additionalProperties")
            return "{" + (self._type(package, rest) if isinstance(rest, dict) else "*")
        if len(types) == 1 and (types[0], schema.get("format", "")) in _TYPES:
            return _TYPES[types[0], schema.get("format", "")]
        raise ValueError(f"a type that this tool does not know: {json.dumps(schema)[:200]}")


def _range(minors: list[int]) -> str:
    return f"{minors[0]}-{minors[-1]}"


def _runs(minors: list[int]) -> list[list[int]]:
    """Return the unbroken runs of ascending numbers."""
    runs: list[list[int]] = []
    for minor in minors:
        if runs and runs[-1][-1] == minor - 1:
            runs[-1].append(minor)
        else:
            runs.append([minor])
    return runs


def main(arguments: list[str]) -> int:
    """Write the data file from the folder that is named."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    encoder = Encoder(read_releases(Path(arguments[0])), read_table("optional.tsv"), read_table("values.tsv"))
    target = Path(__file__).with_name("data") / KINDS_FILE
    lines = list(encoder.lines())
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{target.name}: {len(lines)} lines, {target.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
