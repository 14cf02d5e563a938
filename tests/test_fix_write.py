"""Writing files: whole or not at all, with the rights and links that they had; diffs that git takes."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from kubelint_lessons.fixes.diff import diff_files, unified_diff
from kubelint_lessons.fixes.write import Change, WriteError, write_files

OLD, NEW = b"a: 1\n", b"a: 2\n"


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_files_are_written(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.yaml", "b.yaml")]
    for path in paths:
        path.write_bytes(OLD)
    write_files({str(path): Change(OLD, NEW) for path in paths})
    assert [path.read_bytes() for path in paths] == [NEW, NEW]
    assert names(tmp_path) == ["a.yaml", "b.yaml"]


@pytest.mark.skipif(os.name == "nt", reason="modes and links are POSIX")
def test_mode_and_links_stay(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "a.yaml"
    real.write_bytes(OLD)
    real.chmod(0o754)
    link = tmp_path / "link.yaml"
    link.symlink_to("real/a.yaml")
    write_files({str(link): Change(OLD, NEW)})
    assert link.is_symlink()
    assert os.readlink(link) == "real/a.yaml"
    assert real.read_bytes() == NEW
    assert stat.S_IMODE(real.stat().st_mode) == 0o754
    assert names(tmp_path / "real") == ["a.yaml"]


@pytest.mark.skipif(os.name == "nt", reason="links are POSIX")
def test_two_links_to_one_file_are_one_change(tmp_path: Path) -> None:
    real, link = tmp_path / "a.yaml", tmp_path / "b.yaml"
    real.write_bytes(OLD)
    link.symlink_to("a.yaml")
    with pytest.raises(WriteError, match="is the same file as"):
        write_files({str(real): Change(OLD, NEW), str(link): Change(OLD, b"a: 3\n")})
    assert real.read_bytes() == OLD
    write_files({str(real): Change(OLD, NEW), str(link): Change(OLD, NEW)})
    assert real.read_bytes() == NEW


def test_a_file_that_changed_on_disk_keeps_all_from_being_written(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_bytes(OLD)
    second.write_bytes(b"a: somebody else\n")
    with pytest.raises(WriteError, match="has changed since it was read"):
        write_files({str(first): Change(OLD, NEW), str(second): Change(OLD, NEW)})
    assert first.read_bytes() == OLD
    assert names(tmp_path) == ["a.yaml", "b.yaml"]


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="cannot be read: No such file"):
        write_files({str(tmp_path / "a.yaml"): Change(OLD, NEW)})


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_bytes(OLD)
    second.write_bytes(OLD)
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match="cannot be written: No space left on device"):
        write_files({str(first): Change(OLD, NEW), str(second): Change(OLD, NEW)})
    assert (first.read_bytes(), second.read_bytes()) == (OLD, OLD)
    assert names(tmp_path) == ["a.yaml", "b.yaml"]


def test_what_was_replaced_is_taken_back_when_the_next_file_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_bytes(OLD)
    second.write_bytes(OLD)
    replace = os.replace

    def refuse(source: str, target: str) -> None:
        if target == str(second):
            raise PermissionError(13, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(WriteError, match="cannot be replaced: Permission denied"):
        write_files({str(first): Change(OLD, NEW), str(second): Change(OLD, NEW)})
    assert (first.read_bytes(), second.read_bytes()) == (OLD, OLD)
    assert names(tmp_path) == ["a.yaml", "b.yaml"]


KILLED = """
import os, signal, sys
from kubelint_lessons.fixes.write import Change, write_files

step, paths = int(sys.argv[1]), sys.argv[2:]
count = 0

def counted(call):
    def run(*args):
        global count
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args)
    return run

os.fsync, os.replace, os.chmod = counted(os.fsync), counted(os.replace), counted(os.chmod)
write_files({path: Change(b"a: 1\\n", b"a: 2\\n" * 5000) for path in paths})
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.parametrize("step", range(1, 8))
def test_a_killed_process_leaves_whole_files(tmp_path: Path, step: int) -> None:
    paths = [tmp_path / name for name in ("a.yaml", "b.yaml")]
    for path in paths:
        path.write_bytes(OLD)
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED), str(step), *map(str, paths)], check=False)
    contents = [path.read_bytes() for path in paths]
    assert set(contents) <= {OLD, b"a: 2\n" * 5000}
    if run.returncode == -signal.SIGKILL and step <= 5:  # two times chmod and fsync, then the first replace
        assert contents == [OLD, OLD]
    assert all(path.suffix != ".yaml" for path in tmp_path.iterdir() if path not in paths)


def test_the_diff_shows_what_may_be_shown() -> None:
    def show(path: str, text: str) -> list[str]:
        assert path == "a.yaml"
        return [line.replace("hunter2", "***") for line in text.split("\n")]

    diff = unified_diff("a.yaml", "password: hunter2\na: 1\n", "password: hunter2\na: 2\n", show)
    assert diff == "--- a/a.yaml\n+++ b/a.yaml\n@@ -1,2 +1,2 @@\n password: ***\n-a: 1\n+a: 2\n"


def test_no_difference_is_no_text() -> None:
    assert unified_diff("a.yaml", "a: 1\n", "a: 1\n") == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1\nb: 2\n", "a: 1\nb: 3\n"),
        ("a: 1\r\nb: 2\r\n", "a: 1\r\nb: 3\r\n"),
        ("a: 1\nb: 2", "a: 1\nb: 3"),
        ("a: 1\nb: 2", "a: 1\nb: 2\n"),
        ("a: ü\n\n\n", "\n\n"),
        ("a: one\u2028two\x0c\n", "a: one\u2028three\x0c\n"),
    ],
)
def test_git_takes_the_diff(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "k8s" / "a.yaml"
    path.parent.mkdir()
    path.write_bytes(before.encode())
    diff = diff_files({"k8s/a.yaml": before.encode()}, {"k8s/a.yaml": after.encode()})
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(command, input=diff.encode(), cwd=tmp_path, check=True, capture_output=True)
    assert path.read_bytes() == after.encode()
