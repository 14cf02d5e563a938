"""``kubelint cache`` and ``kubelint cache clean``: what is ours goes, nothing else does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kubelint_lessons.cli.app import app
from kubelint_lessons.lessons.cache import Cache

ENTRY = "0123456789abcdef0123456789abcdef01234567"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links and owners are POSIX's")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "kept"
    monkeypatch.setenv("KUBELINT_CACHE_DIR", str(path))
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["cache", *arguments])


def test_an_absent_folder_is_an_empty_cache(folder: Path) -> None:
    shown, cleaned = run(), run("clean")
    assert (shown.exit_code, cleaned.exit_code) == (0, 0)
    assert shown.output == f"{folder}\n0 files, 0 B\n"
    assert cleaned.output == f"{folder}: nothing to delete\n"
    assert not folder.exists()


def test_the_entries_of_each_kind_are_counted_and_deleted(folder: Path) -> None:
    cache = Cache(str(folder))
    cache.put("rules", "a", [1])
    cache.put("rules", "b", [2])
    cache.put("proofs", "a", {})
    (folder / "results").mkdir()
    (folder / "results" / f"{ENTRY}.bin").write_bytes(b"x" * 3000)
    (folder / "results" / f"{ENTRY}.bin.77.tmp").write_bytes(b"x")
    shown = run().output
    assert "  rules       2 files       " in shown
    assert "  proofs       1 file" in shown
    assert "  results     2 files    2.9 KiB\n" in shown
    assert "5 files," in shown
    cleaned = run("clean")
    assert cleaned.exit_code == 0
    assert cleaned.output.startswith(f"{folder}: deleted 5 files, 3.")
    assert not folder.exists()


def test_what_kubelint_has_not_written_is_left_alone(folder: Path) -> None:
    Cache(str(folder)).put("rules", "a", [1])
    kept = [folder / "notes.txt", folder / "rules" / "notes.json", folder / "rules" / f"{ENTRY}.json.bak"]
    for path in kept:
        path.write_text("mine", encoding="utf-8")
    (folder / "deep" / "er").mkdir(parents=True)
    done = run("clean")
    assert done.exit_code == 0
    assert "deleted 1 file" in done.output
    assert "left alone: 4 items that kubelint has not written" in done.output
    assert all(path.read_text(encoding="utf-8") == "mine" for path in kept)
    assert (folder / "deep" / "er").is_dir()


def test_a_linked_folder_is_refused(tmp_path: Path, folder: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    Cache(str(elsewhere)).put("rules", "a", [1])
    folder.symlink_to(elsewhere)
    before = sorted(elsewhere.rglob("*"))
    for arguments in ((), ("clean",)):
        done = run(*arguments)
        assert done.exit_code == 1
        assert f"{folder} is left alone, because it is a link to {elsewhere}" in done.output
    assert sorted(elsewhere.rglob("*")) == before


def test_links_inside_the_folder_are_not_followed(tmp_path: Path, folder: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / f"{ENTRY}.json").write_text("mine", encoding="utf-8")
    Cache(str(folder)).put("rules", "a", [1])
    (folder / "linked").symlink_to(elsewhere)
    (folder / "rules" / f"{ENTRY}.json").symlink_to(elsewhere / f"{ENTRY}.json")
    assert "left alone: 2 items" in run("clean").output
    assert (elsewhere / f"{ENTRY}.json").read_text(encoding="utf-8") == "mine"
    assert (folder / "linked").is_symlink()


def test_a_folder_of_somebody_else_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Cache(str(folder)).put("rules", "a", [1])
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    done = run("clean")
    assert done.exit_code == 1
    assert "belongs to another user" in done.output
    assert len(list((folder / "rules").iterdir())) == 1


def test_a_file_in_place_of_the_folder_is_refused(folder: Path) -> None:
    folder.write_text("mine", encoding="utf-8")
    assert "it is no folder" in run("clean").output
    assert folder.read_text(encoding="utf-8") == "mine"


def test_a_checkout_has_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("KUBELINT_CACHE_DIR", str(tmp_path / "cache"))
    done = run("clean")
    assert done.exit_code == 1
    assert "there is no cache" in done.output


def test_a_run_after_cleaning_fills_the_cache_again(folder: Path) -> None:
    Cache(str(folder)).put("rules", "a", [1])
    run("clean")
    cache = Cache(str(folder))
    assert cache.get("rules", "a") is None
    cache.put("rules", "a", [2])
    assert cache.get("rules", "a") == [2]
