"""What is taken without a closer look is what a closer look finds nothing wrong with."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubelint_lessons.manifests.documents import documents_of
from kubelint_lessons.manifests.schema.accept import Acceptor
from kubelint_lessons.manifests.schema.lookup import Schemas
from kubelint_lessons.manifests.schema.validate import Validator
from kubelint_lessons.manifests.source import read_source

WORDS = (None, True, 0, 3.5, 2**40, "", "x", "512mi", "${VAR}")
ODD: tuple[Any, ...] = (*WORDS, [], {}, [None], {"a": None}, {"b": 1}, ["x"])


def spoiled(data: Any, chance: random.Random) -> Any:
    """Return a copy of plain values in which one of them, or a name, is something else."""
    data = copy.deepcopy(data)
    holder, key = data, None
    for _ in range(chance.randint(1, 8)):
        child = holder if key is None else holder[key]
        if not child or not isinstance(child, dict | list):
            break
        holder, key = child, chance.choice(list(child)) if isinstance(child, dict) else chance.randrange(len(child))
    if isinstance(holder, dict) and key is not None and chance.random() < 0.3:
        holder[f"{key}x"] = holder.pop(key)
    elif key is not None:
        holder[key] = chance.choice(ODD)
    return data


def objects(folder: Path) -> Iterator[Any]:
    for path in sorted(folder.rglob("*.yaml"))[::3]:
        for document in documents_of(read_source(path.name, path.read_bytes())):
            yield from (resource.data for resource in document.resources)


def test_real_and_spoiled_objects(shared: Path) -> None:
    schemas = Schemas("1.34")
    chance = random.Random(6)
    taken = looked_at = 0
    for data in objects(shared / "corpus" / "clean"):
        group, _, version = data["apiVersion"].rpartition("/")
        kind = schemas.kind(group, version, data["kind"])
        if kind is None:
            continue
        for value in (data, *(spoiled(data, chance) for _ in range(8))):
            looked_at += 1
            if Acceptor(kind.definitions).accepts(value, kind.type):
                taken += 1
                assert Validator(kind).problems(value) == []
            if Acceptor(kind.definitions, partial=True).accepts(value, kind.type):
                assert Validator(kind, partial=True).problems(value) == []
    assert looked_at > 2000
    assert 0.2 * looked_at < taken < 0.8 * looked_at


@pytest.mark.parametrize("data", ODD)
def test_nothing_odd_is_taken_for_a_pod(data: Any) -> None:
    kind = Schemas("1.34").kind("", "v1", "Pod")
    assert kind is not None
    if Acceptor(kind.definitions).accepts(data, kind.type):
        assert Validator(kind).problems(data) == []


def test_depth_beyond_the_interpreter_is_left_to_the_closer_look() -> None:
    kind = Schemas("1.34").kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
    assert kind is not None
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(3000):
        schema = {"type": "object", "properties": {"a": schema}}
    data = {"spec": {"versions": [{"schema": {"openAPIV3Schema": schema}}]}}
    assert not Acceptor(kind.definitions).accepts(data, kind.type)
