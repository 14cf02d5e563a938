"""The data file: what it covers, how it is built, and that it agrees with the tables kept by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kubelint_lessons.manifests.schema.build import Encoder, main, read_releases
from kubelint_lessons.manifests.schema.store import Store, data_file

DATA = Path(__file__).resolve().parents[1] / "kubelint_lessons" / "manifests" / "schema" / "data"


def table(name: str) -> list[list[str]]:
    return [line.split("\t") for line in data_file(name).splitlines() if not line.startswith("#")]


def test_the_data_are_small_and_say_where_they_come_from() -> None:
    assert sum(file.stat().st_size for file in DATA.iterdir()) < 500_000
    origin = (DATA / "ORIGIN").read_text(encoding="utf-8")
    assert "kubernetes-validate" in origin
    assert "Apache License" in (DATA / "LICENSE").read_text(encoding="utf-8")


def test_every_definition_can_be_decoded_and_leads_to_others_that_exist() -> None:
    store = Store()
    names = {served.ref for served in store.kinds.values()}
    seen: set[str] = set()
    while names - seen:
        ref = (names - seen).pop()
        seen.add(ref)
        for field in store.object(ref).fields.values():
            of = field.type
            while of.item is not None:
                of = of.item
            if of.ref:
                names.add(of.ref)
    assert len(seen) > 700


def test_removals_that_both_know_are_the_same() -> None:
    store = Store()
    both = 0
    for api_version, kind, removed, _, _ in table("removed.tsv"):
        group, _, version = api_version.rpartition("/")
        served = store.kinds.get(f"{group}/{version}/{kind}")
        if served is not None:
            both += 1
            assert served.last + 1 == int(removed), f"{api_version} {kind}"
        else:
            assert int(removed) <= store.first, f"{api_version} {kind}"
    assert both >= 8


def test_every_replacement_is_served() -> None:
    store = Store()
    for _, kind, _, replacement, since in table("removed.tsv"):
        if replacement not in ("-", "policy/v1beta1"):  # which is gone itself by now
            served = store.kinds[f"{replacement}/{kind}"]
            assert served.last == store.last
            assert int(since) <= served.first or served.first == store.first


def test_renamed_fields_are_unknown_and_their_new_names_known() -> None:
    store = Store()
    for key, right, note in table("renamed.tsv"):
        definition, _, field = key.rpartition(".")
        fields = store.object(definition).fields
        assert field not in fields
        assert right == "-" or right in fields
        assert note


def release(properties: dict[str, Any], required: list[str], package: str = "v1") -> dict[str, Any]:
    kind = [{"group": "example", "version": package, "kind": "Thing"}]
    return {
        "$defs": {
            f"io.k8s.api.example.{package}.Thing": {
                "properties": properties, "required": required, "x-kubernetes-group-version-kind": kind,
            },
            "io.k8s.apimachinery.pkg.api.resource.Quantity": {},
        }
    }  # fmt: skip


def write(folder: Path, releases: dict[int, dict[str, Any]]) -> Path:
    for minor, content in releases.items():
        place = folder / f"v1.{minor}.0-local"
        place.mkdir(parents=True)
        (place / "_definitions.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


STRING = {"type": ["string", "null"]}
NUMBER = {"type": "integer", "format": "int32"}
QUANTITY = {"$ref": "#/$defs/io.k8s.apimachinery.pkg.api.resource.Quantity"}


def encode(folder: Path, *, optional: dict[str, str] | None = None, values: dict[str, str] | None = None) -> str:
    return list(Encoder(read_releases(folder), optional or {}, values or {}).lines())[-1]


def test_a_definition_is_one_line_with_the_versions_of_its_fields(tmp_path: Path) -> None:
    items = {"type": "array", "items": STRING, "x-kubernetes-list-map-keys": ["a", "b"]}
    write(tmp_path, {
        30: release({"name": STRING, "size": NUMBER}, ["name"]),
        31: release({"name": STRING, "size": STRING, "items": items, "limits": {
            "type": "object", "additionalProperties": QUANTITY}}, ["name", "size"]),
    })  # fmt: skip
    assert encode(tmp_path, optional={"example.v1.Thing.name": "why"}, values={"example.v1.Thing.name": "A B"}) == (
        "example.v1.Thing~30-31 items=[s#a,b~31-31 limits={q~31-31 name=s(A|B) size=i!~30-30 size=s!~31-31"
    )


def test_what_the_newest_says_of_a_stable_api_holds_for_all(tmp_path: Path) -> None:
    write(
        tmp_path / "stable",
        {1: release({"a": STRING, "b": STRING}, ["a"]), 2: release({"a": STRING, "b": STRING}, ["b"])},
    )
    assert encode(tmp_path / "stable") == "example.v1.Thing~1-2 a=s b=s!"


def test_a_beta_requires_what_all_later_versions_require(tmp_path: Path) -> None:
    fields = {"a": STRING, "b": STRING}
    write(tmp_path, {1: release(fields, ["a"], "v1beta1"), 2: release(fields, ["b"], "v1beta1")})
    assert encode(tmp_path) == "example.v1beta1.Thing~1-2 a=s b=s~1-1 b=s!~2-2"


def test_what_the_tool_does_not_understand_it_refuses(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has no v1\.\*-local"):
        read_releases(tmp_path)
    write(tmp_path, {1: release({"a": {"type": "tuple"}}, [])})
    with pytest.raises(ValueError, match="does not know"):
        encode(tmp_path)
    write(tmp_path, {3: release({}, [])})
    with pytest.raises(ValueError, match="leave a gap"):
        read_releases(tmp_path)


def test_a_table_that_names_no_field_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {1: release({"a": STRING}, [])})
    with pytest.raises(ValueError, match=r"example\.v1\.Thing\.b"):
        encode(tmp_path, values={"example.v1.Thing.b": "X"})


def test_without_a_folder_the_tool_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "FOLDER" in capsys.readouterr().err
