"""Several processes read what one reads: documents, errors, and what is remembered."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from git_helpers import write

from kubelint_lessons.engine import facts as facts_module
from kubelint_lessons.engine import jobs, reading
from kubelint_lessons.engine.collect import Collected, collect
from kubelint_lessons.engine.readings import Readings
from kubelint_lessons.lessons.blobs import Blobs
from kubelint_lessons.manifests.documents import Document, documents_of
from kubelint_lessons.manifests.inputs import Project, find_inputs
from kubelint_lessons.manifests.load import ANY_DOCUMENT
from kubelint_lessons.manifests.source import Source

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

PARENT = os.getpid()
BITS = {"image": ANY_DOCUMENT << 1, "selector": ANY_DOCUMENT << 2}
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p%d}\nspec:\n  containers: [{name: a, image: b}]\n"
FILES: dict[str, str | None] = {
    **{f"pods/{number:02}.yaml": POD % number for number in range(12)},
    "broken.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a\n",
    "chart/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n",
    "chart/templates/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .x }}}\n",
    "deep.yaml": "a: " + "[" * 3000 + "]" * 3000 + "\n",
    "list.yaml": "apiVersion: v1\nkind: List\nitems: [&x {apiVersion: v1, kind: ConfigMap, metadata: {name: x}}, *x]\n",
    "many.yaml": "\n---\n".join(POD % number for number in range(20, 25)),
    "marked.yaml": "# kubelint: ignore-file[unpinned-image] known\n" + POD % 30,
    "patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: 2}\n",
    "twice.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b, a: c}\n",
}


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(jobs, "_can_fork", lambda: True)
    monkeypatch.setattr(reading, "_FILES_IN_PIECE", 2)
    write(tmp_path / "project", FILES)
    (tmp_path / "project" / "latin.yaml").write_bytes(b"# caf\xe9\napiVersion: v1\nkind: Pod\n")
    (tmp_path / "project" / "huge.yaml").write_bytes(b"a: 1\n" * 4_000_000)
    monkeypatch.chdir(tmp_path / "project")


@pytest.fixture
def by_child(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of files that came from another process; this one reads only when the other has begun."""
    names: list[str] = []
    known = reading.Reader.known

    def noted(self: Any, file: Any, found: Any) -> reading.ReadFile:
        names.append(file.inside)
        return known(self, file, found)

    numbers = jobs._numbers

    def later(queue: int) -> Iterator[int]:
        if os.getpid() == PARENT:
            time.sleep(0.2)
        yield from numbers(queue)

    monkeypatch.setattr(reading.Reader, "known", noted)
    monkeypatch.setattr(jobs, "_numbers", later)
    return names


def project() -> Project:
    (found,) = find_inputs(["."]).projects
    return found


def plain(collected: Collected) -> tuple[Any, ...]:
    files = [
        (
            read.file.inside,
            read.is_marked,
            read.source.problems,
            read.source.text,
            [
                (
                    (document.index, document.start, document.end, document.first_line, document.document_class),
                    (document.words, document.has_alias, document.has_null, document.problems),
                    [(resource.id, resource.prefix) for resource in document.resources],
                    repr(document.data),
                )
                for document in read.documents
            ],
        )
        for read in collected.files
    ]
    return files, collected.errors


def test_several_processes_read_what_one_reads(by_child: list[str]) -> None:
    alone = plain(collect(project(), frozenset(), BITS))
    assert by_child == []
    assert plain(collect(project(), frozenset(), BITS, jobs=2)) == alone
    assert {"pods/00.yaml", "many.yaml", "marked.yaml", "patch.yaml", "list.yaml"} <= set(by_child)
    assert {"broken.yaml", "twice.yaml", "latin.yaml", "huge.yaml"}.isdisjoint(
        by_child
    )  # more to say than plain values


def test_errors_keep_the_order_of_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    read = reading._read

    def refuse(path: str) -> bytes:
        if path.endswith(("01.yaml", "many.yaml")):
            raise PermissionError(13, "Permission denied")
        if path.endswith("02.yaml"):
            raise FileNotFoundError(2, "No such file or directory")
        return read(path)

    monkeypatch.setattr(reading, "_read", refuse)
    for processes in (1, 2):
        collected = collect(project(), frozenset(), BITS, jobs=processes)
        assert [error.path for error in collected.errors] == ["huge.yaml", "many.yaml", "pods/01.yaml"]
        assert "pods/02.yaml" not in {read.file.inside for read in collected.files}


def test_a_child_that_dies_loses_nothing(monkeypatch: pytest.MonkeyPatch, by_child: list[str]) -> None:
    alone = plain(collect(project(), frozenset(), BITS))
    read = reading._read

    def die(path: str) -> bytes:
        if os.getpid() != PARENT and path.endswith("03.yaml"):
            os.kill(os.getpid(), signal.SIGKILL)
        return read(path)

    monkeypatch.setattr(reading, "_read", die)
    assert plain(collect(project(), frozenset(), BITS, jobs=2)) == alone
    assert "pods/03.yaml" not in by_child


def test_what_several_processes_read_is_remembered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by_child: list[str]
) -> None:
    monkeypatch.setattr(facts_module, "FEWEST_FILES", 1)
    monkeypatch.setattr("kubelint_lessons.engine.filestates.SETTLED", -(10**18))
    monkeypatch.setattr("kubelint_lessons.lessons.blobs.installation_key", lambda: "this")
    blobs = Blobs(str(tmp_path / "cache"))
    first = Readings(blobs)
    alone = plain(collect(project(), frozenset(), BITS, first, jobs=2))
    assert by_child
    parsed: list[str] = []

    def parse(source: Source, *rest: Any) -> tuple[Document, ...]:
        parsed.append(source.path)
        return documents_of(source, *rest)

    monkeypatch.setattr(reading, "documents_of", parse)
    second = Readings(blobs)
    assert plain(collect(project(), frozenset(), BITS, second, jobs=2)) == alone
    assert sorted(parsed) == ["broken.yaml", "deep.yaml", "huge.yaml", "latin.yaml", "twice.yaml"]
    assert first.files == second.files


def test_few_small_files_are_read_by_one_process(by_child: list[str]) -> None:
    (Path.cwd() / "huge.yaml").unlink()
    collect(project(), frozenset(), BITS, jobs=0)
    assert by_child == []
