"""Which files a command line means."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from kubelint_lessons.manifests import listing
from kubelint_lessons.manifests.git import Running
from kubelint_lessons.manifests.inputs import STDIN_NAME, Inputs, StandardInput, find_inputs, project_root
from kubelint_lessons.manifests.stamps import stamp_of


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a: 1\n", encoding="utf-8")


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


def reported(inputs: Inputs) -> list[str]:
    return [file.path for project in inputs.projects for file in project.files if file.is_reported]


def context(inputs: Inputs) -> list[str]:
    return [file.path for project in inputs.projects for file in project.files]


def test_the_context_is_the_whole_project_and_the_report_what_was_given(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, "k8s/a.yaml", "k8s/b.yaml", "other/c.yaml")
    found = find_inputs(["k8s/a.yaml"], start=str(tmp_path))
    assert reported(found) == ["k8s/a.yaml"]
    assert context(found) == ["k8s/a.yaml", "k8s/b.yaml", "other/c.yaml"]


def test_files_know_where_they_are(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "team/.kubelint.yaml", "team/k8s/b.yaml", "team/k8s/c.yaml")
    stdin = StandardInput(b"a: 2\n", "team/k8s/c.yaml")
    found = find_inputs([".", "team/k8s/b.yaml"], start=str(tmp_path), stdin=stdin)
    places = {file.path: file.absolute for project in found.projects for file in project.files}
    assert places == {path: str(tmp_path / path) for path in places}
    assert set(places) == {"a.yaml", "team/.kubelint.yaml", "team/k8s/b.yaml", "team/k8s/c.yaml"}
    (unnamed,) = find_inputs([], start=str(tmp_path), stdin=StandardInput(b"")).projects
    assert [file.absolute for file in unnamed.files] == [STDIN_NAME]


def test_ignored_files_are_left_out_unless_given(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, "a.yaml", "build/b.yaml", "secret.yaml")
    (tmp_path / ".gitignore").write_text("build/\nsecret.yaml\n", encoding="utf-8")
    assert "secret.yaml" not in context(find_inputs(["."], start=str(tmp_path)))
    assert "secret.yaml" in reported(find_inputs(["secret.yaml"], start=str(tmp_path)))
    assert reported(find_inputs(["build"], start=str(tmp_path))) == ["build/b.yaml"]


def test_a_commit_hook_sees_tracked_files_and_the_given_ones(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, "tracked.yaml", "untracked.yaml", "given.yaml")
    git(tmp_path, "add", "tracked.yaml")
    found = find_inputs(["given.yaml"], start=str(tmp_path), tracked_only=True)
    assert context(found) == ["given.yaml", "tracked.yaml"]


def test_what_git_tells_its_hooks_leads_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a linked work tree git sets GIT_DIR for a hook, and then any directory would be the top of the repository."""
    main, linked = tmp_path / "main", tmp_path / "linked"
    write(main, "apps/.kubelint.yaml", "apps/a.yaml", "apps/b.yaml")
    git(main, "init", "-q")
    git(main, "add", ".")
    git(main, "commit", "-qm", "all")
    git(main, "worktree", "add", "-q", str(linked))
    monkeypatch.setenv("GIT_DIR", str(main / ".git" / "worktrees" / "linked"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(main / ".git" / "worktrees" / "linked" / "index"))
    monkeypatch.chdir(linked)
    found = find_inputs(["apps/a.yaml"], tracked_only=True)
    assert context(found) == ["apps/.kubelint.yaml", "apps/a.yaml", "apps/b.yaml"]
    other = find_inputs([str(main / "apps" / "a.yaml")], start=str(main), tracked_only=True)
    assert context(other) == ["apps/.kubelint.yaml", "apps/a.yaml", "apps/b.yaml"]


def test_the_index_of_a_commit_of_some_files_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, "a.yaml", "staged.yaml")
    git(tmp_path, "add", "a.yaml")
    (tmp_path / ".git" / "next-index").write_bytes((tmp_path / ".git" / "index").read_bytes())
    git(tmp_path, "add", "staged.yaml")
    monkeypatch.chdir(tmp_path)
    assert context(find_inputs(["a.yaml"], tracked_only=True)) == ["a.yaml", "staged.yaml"]
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index")
    assert context(find_inputs(["a.yaml"], tracked_only=True)) == ["a.yaml"]


def test_files_deleted_in_the_work_tree_are_gone(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, "a.yaml", "b.yaml")
    git(tmp_path, "add", ".")
    (tmp_path / "b.yaml").unlink()
    assert context(find_inputs(["."], start=str(tmp_path))) == ["a.yaml"]


@pytest.mark.parametrize("marker", [".kubelint.yaml", "ai-lessons.md", "docs/ai-lessons.md"])
def test_a_marker_makes_a_project_of_its_own(tmp_path: Path, marker: str) -> None:
    write(tmp_path, f"inner/{marker}", "inner/k8s/a.yaml", "outer.yaml")
    assert project_root(str(tmp_path / "inner" / "k8s")) == str(tmp_path / "inner")
    found = find_inputs(["."], start=str(tmp_path))
    assert [project.shown_root for project in found.projects] == [".", "inner"]
    assert "inner/k8s/a.yaml" not in [file.path for file in found.projects[0].files]


def test_a_project_inside_another_is_not_read_for_its_sake(tmp_path: Path) -> None:
    write(tmp_path, ".kubelint.yaml", "k8s/a.yaml", "vendor/.kubelint.yaml", "vendor/b.yaml")
    found = find_inputs(["k8s"], start=str(tmp_path))
    assert [project.shown_root for project in found.projects] == ["."]
    assert not [path for path in context(found) if path.startswith("vendor")]


def test_excluded_files_are_gone(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "gen/b.yaml", "deep/gen/c.yaml")
    assert context(find_inputs(["."], start=str(tmp_path), exclude=("gen/",))) == ["a.yaml"]


def test_a_given_file_is_excluded_only_by_force(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "gen/b.yaml")
    found = find_inputs(["gen/b.yaml"], start=str(tmp_path), exclude=("gen/",))
    assert (reported(found), found.excluded) == (["gen/b.yaml"], ())
    found = find_inputs(["gen/b.yaml"], start=str(tmp_path), exclude=("gen/",), force_exclude=True)
    assert (reported(found), found.excluded) == ([], ("gen/b.yaml",))
    stdin = StandardInput(b"x: 1\n", "gen/b.yaml")
    found = find_inputs([], start=str(tmp_path), exclude=("gen/",), stdin=stdin, force_exclude=True)
    assert (context(found), found.excluded) == ([], ("gen/b.yaml",))


def test_paths_that_cannot_be_linted_are_errors_with_a_next_step(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    found = find_inputs(["missing.yaml", "empty", "dangling"], start=str(tmp_path))
    assert [error.path for error in found.errors] == ["missing.yaml", "dangling", "empty"]
    assert all(error.hint for error in found.errors)


def test_links_are_not_followed_out_of_the_project(tmp_path: Path) -> None:
    write(tmp_path, "outside/secret.yaml", "project/.kubelint.yaml", "project/a.yaml")
    (tmp_path / "project" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "project" / "link.yaml").symlink_to(tmp_path / "outside" / "secret.yaml")
    assert context(find_inputs(["."], start=str(tmp_path / "project"))) == [".kubelint.yaml", "a.yaml"]


def test_standard_input_stands_for_a_file_of_the_project(tmp_path: Path) -> None:
    write(tmp_path, ".kubelint.yaml", "k8s/a.yaml", "k8s/b.yaml")
    found = find_inputs([], start=str(tmp_path), stdin=StandardInput(b"x: 1\n", "k8s/a.yaml"))
    assert reported(found) == ["k8s/a.yaml"]
    assert context(found) == [".kubelint.yaml", "k8s/a.yaml", "k8s/b.yaml"]
    assert found.projects[0].files[1].data == b"x: 1\n"


def test_unnamed_standard_input_is_joined_with_nothing(tmp_path: Path) -> None:
    write(tmp_path, ".kubelint.yaml", "a.yaml")
    found = find_inputs([], start=str(tmp_path), stdin=StandardInput(b"x: 1\n"))
    assert context(found) == [STDIN_NAME]
    assert found.projects[0].root == str(tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom permissions hold back")
def test_a_directory_that_cannot_be_listed_is_said(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "locked/b.yaml")
    (tmp_path / "locked").chmod(0)
    try:
        found = find_inputs(["."], start=str(tmp_path))
    finally:
        (tmp_path / "locked").chmod(0o700)
    assert [error.path for error in found.errors] == ["locked"]


@pytest.mark.parametrize("command", [("add", "new.yaml"), ("rm", "-q", "--cached", "old.yaml")])
@pytest.mark.parametrize("late", [False, True])
def test_no_file_is_missed_that_git_is_told_of_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], late: bool
) -> None:
    """Tracked and untracked files are listed by two processes: what moves from one list to the other is in one."""
    git(tmp_path, "init", "-q")
    write(tmp_path, "a.yaml", "old.yaml")
    git(tmp_path, "add", "a.yaml", "old.yaml")
    write(tmp_path, "new.yaml")
    started: list[tuple[str, ...]] = []

    class Slow(Running):
        """Lets one list be read before, the other after git was told something."""

        def __init__(self, arguments: Sequence[str], environment: dict[str, str]) -> None:
            if late and len(started) == 1:
                git(tmp_path, *command)
            super().__init__(arguments, environment)
            started.append(tuple(arguments))
            if not late and len(started) == 1:
                self._kept = super().output()
                git(tmp_path, *command)

        def output(self) -> bytes | None:
            return self._kept if hasattr(self, "_kept") else super().output()

    monkeypatch.setattr(listing, "Running", Slow)
    assert context(find_inputs(["."], start=str(tmp_path))) == ["a.yaml", "new.yaml", "old.yaml"]
    assert len(started) == 3


def test_files_are_listed_with_their_stamps(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, "a.yaml", "k8s/b.yaml")
    git(tmp_path, "add", "a.yaml")
    before = time.time_ns()
    found = find_inputs(["."], start=str(tmp_path))
    assert [file.stamp for file in found.projects[0].files] == [
        stamp_of(str(tmp_path / name)) for name in ("a.yaml", "k8s/b.yaml")
    ]
    assert before <= found.since <= time.time_ns()
    (tmp_path / "a.yaml").write_text("a: 22\n", encoding="utf-8")
    assert find_inputs(["."], start=str(tmp_path)).projects[0].files[0].stamp != found.projects[0].files[0].stamp


def test_a_failing_git_leaves_a_walk(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, "a.yaml", "k8s/b.yaml")
    git(tmp_path, "add", "a.yaml")
    (tmp_path / ".git" / "index").write_bytes(b"broken")
    assert context(find_inputs(["."], start=str(tmp_path))) == ["a.yaml", "k8s/b.yaml"]


@pytest.mark.parametrize("marker", [".kubelint.yaml", "ai-lessons.md", "docs/ai-lessons.md", ".git/HEAD"])
def test_a_walk_finds_projects_in_a_project(tmp_path: Path, marker: str) -> None:
    write(tmp_path, ".kubelint.yaml", "a/x.yaml", "b/c/x.yaml", "b/docs/x.yaml", f"b/{marker}")
    found = find_inputs(["."], start=str(tmp_path))
    assert [project.shown_root for project in found.projects] == [".", "b"]
    inside = [file.inside for file in found.projects[1].files]
    assert inside == sorted({"c/x.yaml", "docs/x.yaml", *([] if marker.startswith(".git") else [marker])})
