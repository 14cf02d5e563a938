"""What is put away comes back, wherever it lies: waiting, in the file, or in memory because there can be no file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_shelf import pod

from kubelint_lessons.manifests.shelf import Shelf
from kubelint_lessons.manifests.source import Source
from kubelint_lessons.manifests.spill import Spill

needs_files = pytest.mark.skipif(not hasattr(os, "pread"), reason="nothing is written here")


@given(st.lists(st.binary(max_size=40), max_size=30), st.integers(1, 100))
def test_everything_comes_back(items: list[bytes], block: int) -> None:
    spill = Spill(block)
    tickets = [spill.put(item) for item in items]
    assert [spill.get(ticket) for ticket in tickets] == items
    assert [bool(ticket & 0xFFFFFFFF) for ticket in tickets] == [bool(item) for item in items]


@needs_files
def test_the_file_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    spill = Spill(4)
    tickets = [spill.put(b"abc"), spill.put(b"def"), spill.put(b"g")]
    assert spill._file >= 0
    assert not list(tmp_path.iterdir())
    assert [spill.get(ticket) for ticket in tickets] == [b"abc", b"def", b"g"]


@needs_files
def test_the_file_goes_with_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    spill = Spill(1)
    spill.put(b"abc")
    handle = spill._file
    del spill
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(handle)


def test_without_a_folder_for_files_all_stays_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    spill = Spill(2)
    assert [spill.get(spill.put(item)) for item in (b"abc", b"def")] == [b"abc", b"def"]


@needs_files
def test_a_disk_that_fills_keeps_what_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    spill = Spill(4)
    first = spill.put(b"first")
    monkeypatch.setattr(os, "pwrite", lambda handle, data, start: len(data) - 1)
    second = spill.put(b"second")
    monkeypatch.undo()
    third = spill.put(b"third")
    assert [spill.get(ticket) for ticket in (first, second, third)] == [b"first", b"second", b"third"]


@needs_files
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes share a file here")
def test_a_child_reads_what_was_there_and_writes_nothing() -> None:
    spill = Spill(4)
    first = spill.put(b"first")
    child = os.fork()
    if not child:
        second = spill.put(b"of the child")
        is_right = spill.get(first) == b"first" and spill.get(second) == b"of the child"
        os._exit(0 if is_right else 1)
    assert os.waitpid(child, 0)[1] == 0
    second = spill.put(b"second")
    assert spill.get(first) == b"first"
    assert spill.get(second) == b"second"


@needs_files
def test_values_that_the_disk_lost_are_read_from_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    document = pod()
    document.shelve(Shelf())
    before = document.data
    shelf = document._shelf
    assert shelf is not None
    shelf.packed = Spill(1)
    document.close()
    monkeypatch.setattr(os, "pread", lambda handle, length, start: b"")
    assert document.pack() is None
    assert document.data == before


def test_a_file_is_remembered_with_the_values_that_were_put_away() -> None:
    document = pod()
    packed = document.pack()
    document.shelve(Shelf())
    document.close()
    assert document.pack() == packed
    assert packed is not None
    again = type(document).unpack(Source("pod.yaml", document.source.text), *packed)
    assert again.data == document.data


@needs_files
def test_what_another_process_read_is_put_away_as_well() -> None:
    document = pod()
    packed = document.pack()
    assert packed is not None
    again = type(document).unpack(document.source, *packed)
    again.shelve(Shelf())
    assert isinstance(again._packed, int)
    assert again.pack() == packed
    assert again.data == document.data
