"""The files of a project as a revision of git has them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from git_helpers import NEEDS_GIT, commit, git, write

from kubelint_lessons.engine.reading import is_manifest_name
from kubelint_lessons.manifests.git import Git, GitError, MissingError
from kubelint_lessons.manifests.gitbase import open_tree, project_at
from kubelint_lessons.manifests.inputs import Project, find_inputs

pytestmark = NEEDS_GIT


def project_of(directory: Path) -> Project:
    projects = find_inputs([str(directory)], start=str(directory)).projects
    return next(project for project in projects if project.root == str(directory))


def texts(directory: Path, revision: str = "HEAD") -> dict[str, str]:
    project = project_at(project_of(directory), revision, is_manifest_name)
    return {file.inside: (file.data or b"").decode() for file in project.files}


def test_files_are_as_they_were_whatever_the_work_tree_holds(tmp_path: Path) -> None:
    commit(tmp_path, {"a.yaml": "a: 1\n", "gone.yaml": "g: 1\n", "notes.txt": "no manifest"})
    write(tmp_path, {"a.yaml": "a: 2\n", "gone.yaml": None, "new.yaml": "n: 1\n"})
    before = git(tmp_path, "status", "--porcelain")
    assert texts(tmp_path) == {"a.yaml": "a: 1\n", "gone.yaml": "g: 1\n"}
    assert git(tmp_path, "status", "--porcelain") == before


def test_names_with_blanks_newlines_and_other_alphabets_come_through(tmp_path: Path) -> None:
    commit(tmp_path, {"ein ä\n.yaml": "a: 1\n", '"q".yaml': "b: 1\n"})
    assert texts(tmp_path) == {"ein ä\n.yaml": "a: 1\n", '"q".yaml': "b: 1\n"}


def test_every_file_is_reported_on_and_shown_as_now(tmp_path: Path) -> None:
    commit(tmp_path, {"k8s/a.yaml": "a: 1\n", "k8s/b.yaml": "b: 1\n"})
    (project,) = find_inputs(["k8s/a.yaml"], start=str(tmp_path)).projects
    then = project_at(project, "HEAD", is_manifest_name)
    assert [(file.path, file.is_reported, file.is_given) for file in then.files] == [
        ("k8s/a.yaml", True, True),
        ("k8s/b.yaml", True, False),
    ]
    (project,) = find_inputs(["../k8s/a.yaml"], start=str(tmp_path / "k8s")).projects
    assert [file.path for file in project_at(project, "HEAD", is_manifest_name).files] == [
        "../k8s/a.yaml",
        "../k8s/b.yaml",
    ]


def test_a_project_below_the_top_of_the_repository_sees_its_own_files_only(tmp_path: Path) -> None:
    commit(tmp_path, {"team/.kubelint.yaml": "", "team/a.yaml": "a: 1\n", "other/b.yaml": "b: 1\n"})
    assert texts(tmp_path / "team") == {".kubelint.yaml": "", "a.yaml": "a: 1\n"}
    assert texts(tmp_path) == {"other/b.yaml": "b: 1\n"}


def test_an_inner_project_that_is_gone_stays_apart(tmp_path: Path) -> None:
    commit(tmp_path, {"a.yaml": "a: 1\n", "old/docs/ai-lessons.md": "# L\n", "old/docs/x.yaml": "x: 1\n"})
    write(tmp_path, {"old/docs/ai-lessons.md": None, "old/docs/x.yaml": None})
    (tmp_path / "old" / "docs").rmdir()
    (tmp_path / "old").rmdir()
    assert texts(tmp_path) == {"a.yaml": "a: 1\n"}


def test_a_directory_that_becomes_a_project_is_one_then_as_well(tmp_path: Path) -> None:
    commit(tmp_path, {"a.yaml": "a: 1\n", "inner/b.yaml": "b: 1\n"})
    write(tmp_path, {"inner/.kubelint.yaml": ""})
    assert texts(tmp_path) == {"a.yaml": "a: 1\n"}
    assert texts(tmp_path / "inner") == {"b.yaml": "b: 1\n"}


def test_a_worktree_reads_its_own_repository(tmp_path: Path) -> None:
    main = tmp_path / "main"
    commit(main, {"a.yaml": "a: 1\n"})
    git(main, "worktree", "add", "-q", str(tmp_path / "tree"))
    write(tmp_path / "tree", {"a.yaml": "a: 2\n"})
    assert texts(tmp_path / "tree") == {"a.yaml": "a: 1\n"}


def test_what_git_sets_for_its_hooks_does_not_mislead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(tmp_path, {"team/.kubelint.yaml": "", "team/a.yaml": "a: 1\n", "a.yaml": "outer: 1\n"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    assert texts(tmp_path / "team")["a.yaml"] == "a: 1\n"


def test_links_and_submodules_are_left_out(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    commit(inner, {"c.yaml": "c: 1\n"})
    outer = tmp_path / "outer"
    commit(outer, {"a.yaml": "a: 1\n"})
    os.symlink("/etc/hostname", outer / "link.yaml")
    git(outer, "submodule", "--quiet", "add", str(inner), "sub")
    commit(outer, {})
    assert texts(outer) == {"a.yaml": "a: 1\n"}


def test_of_a_large_file_store_pointer_the_file_is_read_where_it_is_here(tmp_path: Path) -> None:
    data = b"kind: Big\n"
    oid = hashlib.sha256(data).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(data)}\n"
    commit(tmp_path, {"big.yaml": pointer, "lost.yaml": pointer.replace(oid, "0" * 64)})
    project = project_of(tmp_path)
    tree = open_tree(str(tmp_path), "HEAD")
    assert tree.project(project, is_manifest_name).files == ()
    assert tree.unreadable == ("big.yaml", "lost.yaml")
    write(tmp_path, {"big.yaml": data.decode()})
    assert texts(tmp_path) == {"big.yaml": "kind: Big\n"}
    write(tmp_path, {"big.yaml": "kind: Changed\n", f".git/lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}": data.decode()})
    assert texts(tmp_path) == {"big.yaml": "kind: Big\n"}


def test_a_shallow_clone_says_what_it_does_not_hold(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    commit(origin, {"a.yaml": "a: 1\n"})
    commit(origin, {"a.yaml": "a: 2\n"})
    git(tmp_path, "clone", "-q", "--depth=1", origin.as_uri(), "clone")
    with pytest.raises(MissingError, match='does not hold the commit "HEAD\\^1"') as error:
        open_tree(str(tmp_path / "clone"), "HEAD^1")
    assert "fetch-depth: 2" in error.value.hint


def test_a_clone_without_the_files_says_so_and_fetches_nothing(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    commit(origin, {"a.yaml": "a: 1\n"})
    commit(origin, {"a.yaml": "a: 2\n"})
    git(origin, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", origin.as_uri(), "clone")
    with pytest.raises(MissingError, match="1 of the files of"):
        texts(tmp_path / "clone", "HEAD^1")


@pytest.mark.parametrize("revision", ["nothing", "--help", "", "HEAD\n", "HEAD~9"])
def test_a_revision_that_does_not_exist_is_named(tmp_path: Path, revision: str) -> None:
    commit(tmp_path, {"a.yaml": "a: 1\n"})
    with pytest.raises(GitError, match="no commit") as error:
        open_tree(str(tmp_path), revision)
    assert not isinstance(error.value, MissingError)


def test_outside_git_the_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="no git repository"):
        open_tree(str(tmp_path), "HEAD")


def test_a_repository_of_another_user_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(tmp_path, {"a.yaml": "a: 1\n"})
    (tmp_path / "k8s").mkdir()
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "true")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    with pytest.raises(GitError, match="belongs to another user") as error:
        open_tree(str(tmp_path / "k8s"), "HEAD")
    assert error.value.hint.endswith(f"safe.directory {tmp_path}")


def test_git_runs_nothing_that_the_repository_brings_along(tmp_path: Path) -> None:
    commit(tmp_path, {"a.yaml": "a: 1\n", ".gitattributes": "*.yaml filter=evil diff=evil\n"})
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", encoding="utf-8")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "filter.evil.smudge", "diff.evil.textconv", "core.pager"):
        git(tmp_path, "config", key, str(script))
    (tmp_path / "ran").unlink(missing_ok=True)
    tree = open_tree(str(tmp_path), "HEAD")
    assert tree.read("a.yaml") == b"a: 1\n"
    assert tree.read("b.yaml") is None
    assert Git(str(tmp_path)).is_shallow() is False
    assert not (tmp_path / "ran").exists()
