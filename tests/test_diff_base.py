"""Only what a change brings along is reported, and the rules that judge it are those of the base."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from git_helpers import NEEDS_GIT, commit, git, write
from known_findings import BACKEND, HEAD, LATEST, LESSONS, ONLY_OURS, PROJECT, Done, kubelint, lesson, service, web

pytestmark = NEEDS_GIT

_CI = (
    "CI", "GITHUB_ACTIONS", "GITHUB_REF", "GITHUB_SHA", "GITHUB_BASE_REF", "GITHUB_WORKSPACE", "GITHUB_EVENT_NAME",
    "CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
)  # fmt: skip


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests independent of the CI that runs them."""
    for name in _CI:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    commit(root, PROJECT)
    return root


def lint(directory: Path, *arguments: str, base: str = "HEAD", **environment: str) -> Done:
    return kubelint(directory, "lint", "--output-format", "concise", "--diff-base", base, *arguments, **environment)


def shown(done: Done) -> list[str]:
    return [line.partition(":")[0] for line in done.out.splitlines() if ": warning[" in line or ": error[" in line]


def as_json(directory: Path, base: str = "HEAD") -> Any:
    return json.loads(kubelint(directory, "lint", "--output-format", "json", "--diff-base", base).out)


def test_an_unchanged_tree_has_nothing_new(project: Path) -> None:
    done = lint(project)
    assert done.status == 0
    assert done.out.startswith("No new findings.\n")
    assert done.compared == "compared: 0 new, 0 fixed, 2 existing hidden (--diff-base HEAD)"


def test_new_fixed_and_existing_are_counted(project: Path) -> None:
    write(project, {"k8s/web.yaml": web(tag="1"), "k8s/more.yaml": web("more") + "---\n" + web("most")})
    done = lint(project)
    assert done.status == 1
    assert shown(done) == ["k8s/more.yaml", "k8s/more.yaml"]
    assert done.compared == "compared: 2 new, 1 fixed, 1 existing hidden (--diff-base HEAD)"
    compared = as_json(project)["compared"]
    assert [item["file"] for item in compared.pop("fixed")] == ["k8s/web.yaml"]
    assert compared == {"base": "HEAD", "new": 2, "existing": 1, "of_new_rules": {}}


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"k8s/web.yaml": "# one\n# two\n" + web()}, id="lines"),
        pytest.param({"k8s/web.yaml": None, "apps/web.yaml": web()}, id="renamed"),
        pytest.param({"k8s/web.yaml": None, "k8s/service.yaml": web() + "---\n" + service()}, id="joined"),
    ],
)
def test_what_only_moved_is_not_new(project: Path, files: dict[str, str | None]) -> None:
    write(project, files)
    assert lint(project).compared == "compared: 0 new, 0 fixed, 2 existing hidden (--diff-base HEAD)"
    git(project, "add", "-A")
    assert lint(project).compared == "compared: 0 new, 0 fixed, 2 existing hidden (--diff-base HEAD)"
    commit(project, {})
    assert lint(project, base="HEAD~1").compared == "compared: 0 new, 0 fixed, 2 existing hidden (--diff-base HEAD~1)"


def test_what_a_change_breaks_elsewhere_is_new(project: Path) -> None:
    write(project, {"k8s/web.yaml": web().replace("        app: web", "        app: site")})
    done = lint(project)
    assert done.status == 1
    assert shown(done) == ["k8s/service.yaml"]
    commit(project, {})
    assert shown(lint(project, base="HEAD^")) == ["k8s/service.yaml"]


def test_a_copy_is_new_where_it_stands(project: Path) -> None:
    write(project, {"a/web.yaml": web()})
    assert shown(lint(project)) == ["a/web.yaml"]


def test_the_checkout_is_left_alone(project: Path) -> None:
    write(project, {"k8s/web.yaml": web(tag="1"), "k8s/untracked.yaml": web("u")})
    before = git(project, "status", "--porcelain"), git(project, "rev-parse", "HEAD")
    lint(project, base="HEAD")
    assert (git(project, "status", "--porcelain"), git(project, "rev-parse", "HEAD")) == before


def test_of_a_part_nobody_knows_what_was_fixed(project: Path) -> None:
    write(project, {"k8s/web.yaml": web(tag="1"), "apps/more.yaml": web("more")})
    done = lint(project, "k8s")
    assert (done.status, done.compared) == (0, "compared: 0 new, 0 existing hidden (--diff-base HEAD)")
    assert json.loads(
        kubelint(project, "lint", "k8s", "--output-format", "json", "--diff-base", "HEAD").out
    )["compared"]["fixed"] is None  # fmt: skip
    done = lint(project, "apps/more.yaml")
    assert shown(done) == ["apps/more.yaml"]


def test_silenced_is_not_fixed(project: Path) -> None:
    text = web().replace("          image:", "          # kubelint: ignore[latest-tag] on purpose\n          image:")
    write(project, {"k8s/web.yaml": text})
    assert lint(project).compared == "compared: 0 new, 0 fixed, 1 existing hidden (--diff-base HEAD)"


def test_a_suppression_that_is_gone_shows_what_it_hid(project: Path) -> None:
    text = web().replace("          image:", "          # kubelint: ignore[latest-tag] on purpose\n          image:")
    commit(project, {"k8s/web.yaml": text})
    write(project, {"k8s/web.yaml": web()})
    assert shown(lint(project)) == ["k8s/web.yaml"]


def test_a_new_lesson_does_not_flood_the_change_that_brings_it(project: Path) -> None:
    further = lesson("any-service", "match: Service\nforbid: 'true'")
    config = ONLY_OURS.replace("[", "[any-service, ")
    write(project, {"docs/ai-lessons.md": LESSONS + further, ".kubelint.yaml": config, "k8s/new.yaml": web("new")})
    done = lint(project)
    assert shown(done) == ["k8s/new.yaml"]
    assert "of rules that are new here: 1 existing finding, not shown: any-service (1)" in done.out
    assert as_json(project)["compared"]["of_new_rules"] == {"any-service": 1}


def test_baseline_and_base_are_counted_apart(project: Path) -> None:
    kubelint(project, "baseline", "create", "--select", "own-runner")
    commit(project, {})
    write(project, {"k8s/more.yaml": web("more")})
    done = lint(project)
    assert "hidden: 1 existing finding by .kubelint-baseline.json" in done.out
    assert done.compared == "compared: 1 new, 0 fixed, 1 existing hidden (--diff-base HEAD)"
    assert lint(project, "--no-baseline").compared == "compared: 1 new, 0 fixed, 2 existing hidden (--diff-base HEAD)"


def test_excludes_hold_on_both_sides(project: Path) -> None:
    assert (
        lint(project, "--exclude", "k8s").compared == "compared: 0 new, 0 fixed, 1 existing hidden (--diff-base HEAD)"
    )
    write(project, {".kubelint.yaml": ONLY_OURS + "exclude: [k8s]\n"})
    assert lint(project).compared == "compared: 0 new, 0 fixed, 1 existing hidden (--diff-base HEAD)"


def test_fixes_are_for_what_is_new(project: Path) -> None:
    fixable = LESSONS.replace(
        "at: image\n", "at: image\nfix: {set: image, value: 'example/x:1', applicability: safe}\n"
    )
    commit(project, {"docs/ai-lessons.md": fixable})
    write(project, {"k8s/more.yaml": web("more")})
    kubelint(project, "lint", "--fix", "--diff-base", "HEAD")
    assert (project / "k8s" / "web.yaml").read_text(encoding="utf-8") == web()
    assert "example/x:1" in (project / "k8s" / "more.yaml").read_text(encoding="utf-8")


def test_a_project_below_the_top_of_its_repository(project: Path) -> None:
    commit(project, {f"team/{name}": text for name, text in PROJECT.items()})
    write(project, {"team/k8s/more.yaml": web("more")})
    assert lint(project / "team").compared == "compared: 1 new, 0 fixed, 2 existing hidden (--diff-base HEAD)"
    assert lint(project / "team" / "k8s", ".").compared == "compared: 1 new, 1 existing hidden (--diff-base HEAD)"
    done = lint(project)
    assert shown(done) == ["team/k8s/more.yaml"]
    assert done.compared == "compared: 1 new, 0 fixed, 4 existing hidden (--diff-base HEAD)"


def test_a_linked_work_tree(project: Path, tmp_path: Path) -> None:
    git(project, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    write(tmp_path / "tree", {"k8s/more.yaml": web("more")})
    assert lint(tmp_path / "tree").compared == "compared: 1 new, 0 fixed, 2 existing hidden (--diff-base HEAD)"


def test_links_are_looked_through_on_neither_side(project: Path) -> None:
    os.symlink("web.yaml", project / "k8s" / "link.yaml")
    commit(project, {})
    assert lint(project).compared == "compared: 0 new, 0 fixed, 2 existing hidden (--diff-base HEAD)"


def test_a_shallow_clone_says_so_and_shows_everything(project: Path, tmp_path: Path) -> None:
    commit(project, {"k8s/more.yaml": web("more")})
    git(tmp_path, "clone", "-q", "--depth=1", project.as_uri(), "clone")
    for base in ("HEAD^1", "HEAD~7", "0123456789012345678901234567890123456789"):
        done = lint(tmp_path / "clone", base=base)
        assert done.status == 1
        assert shown(done) == [".github/workflows/ci.yml", "k8s/more.yaml", "k8s/web.yaml"]
        assert f"note: --diff-base {base}: the clone is shallow and does not hold the commit" in done.out
        assert "all findings are shown" in done.out
        assert "fetch-depth: 2" in done.out
        assert "compared" not in done.out
    assert as_json(tmp_path / "clone", "HEAD^1")["notices"]
    git(tmp_path / "clone", "fetch", "-q", "--deepen=1")
    assert lint(tmp_path / "clone", base="HEAD^1").compared.startswith("compared: 1 new, 0 fixed, 2 existing")


@pytest.mark.parametrize("base", ["no-such-branch", "HEAD~7", "--output", ""])
def test_a_revision_that_does_not_exist_is_an_error(project: Path, base: str) -> None:
    done = kubelint(project, "lint", "--output-format", "concise", f"--diff-base={base}")
    assert done.status == 2
    assert "no commit" in done.out
    assert shown(done) == [".github/workflows/ci.yml", "k8s/web.yaml"]


@pytest.mark.parametrize("option", ["--diff-base", "--lessons-from"])
@pytest.mark.parametrize("revision", ["HEAD", "auto"])
def test_outside_git_it_is_an_error(tmp_path: Path, option: str, revision: str) -> None:
    write(tmp_path, PROJECT)
    done = kubelint(tmp_path, "lint", option, revision)
    assert done.status == 2
    assert "this is no git repository" in done.out


def test_a_repository_of_another_user_is_explained(project: Path) -> None:
    done = lint(project, GIT_TEST_ASSUME_DIFFERENT_OWNER="true", GIT_CONFIG_GLOBAL=os.devnull)
    assert done.status == 2
    assert "belongs to another user" in done.out
    assert f"safe.directory {project}" in done.out


# What auto is.


def branch_off(project: Path) -> None:
    git(project, "checkout", "-q", "-b", "change")
    commit(project, {"k8s/more.yaml": web("more")})


def test_auto_is_where_the_branch_left_main(project: Path) -> None:
    base = git(project, "rev-parse", "HEAD")
    branch_off(project)
    git(project, "checkout", "-q", "main")
    commit(project, {"k8s/main.yaml": web("late")})
    git(project, "checkout", "-q", "change")
    done = lint(project, base="auto")
    assert shown(done) == ["k8s/more.yaml"]
    assert done.compared == f"compared: 1 new, 0 fixed, 2 existing hidden (--diff-base auto: {base[:10]})"


def test_auto_on_main_is_the_last_commit(project: Path) -> None:
    write(project, {"k8s/more.yaml": web("more")})
    assert shown(lint(project, base="auto")) == ["k8s/more.yaml"]


def test_auto_in_ci_on_main_hides_nothing(project: Path) -> None:
    done = lint(project, base="auto", CI="true")
    assert done.status == 1
    assert len(shown(done)) == 2
    assert "HEAD is on main already" in done.out


def merged(project: Path) -> str:
    """Check out what GitHub does for a pull request: a merge commit of the base branch and the head."""
    branch_off(project)
    git(project, "checkout", "-q", "main")
    commit(project, {"k8s/main.yaml": web("late")})
    git(project, "checkout", "-q", "--detach")
    git(project, "merge", "-q", "--no-ff", "-m", "Merge", "change")
    return git(project, "rev-parse", "HEAD")


def test_auto_on_a_pull_request_is_the_base_of_the_merge(project: Path, tmp_path: Path) -> None:
    head = merged(project)
    ci = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_SHA": head}
    done = lint(project, base="auto", GITHUB_BASE_REF="main", **ci)
    assert shown(done) == ["k8s/more.yaml"]
    assert done.compared.startswith("compared: 1 new, 0 fixed, 3 existing hidden (--diff-base auto: ")
    git(project, "branch", "-q", "merged", head)
    for depth, status in (("1", "shallow"), ("2", "compared: 1 new")):
        clone = tmp_path / f"clone{depth}"
        git(tmp_path, "clone", "-q", f"--depth={depth}", "-b", "merged", project.as_uri(), str(clone))
        assert status in lint(clone, base="auto", GITHUB_BASE_REF="main", **ci).out


def test_auto_on_the_head_of_a_pull_request_is_where_it_left_the_target(project: Path, tmp_path: Path) -> None:
    git(project, "checkout", "-q", "-b", "release")
    commit(project, {"k8s/release.yaml": web("release")})
    branch_off(project)
    git(tmp_path, "clone", "-q", "-b", "change", project.as_uri(), "clone")
    ci = {"CI": "true", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_SHA": "0" * 40}
    assert shown(lint(tmp_path / "clone", base="auto", GITHUB_BASE_REF="release", **ci)) == ["k8s/more.yaml"]
    done = lint(tmp_path / "clone", base="auto", GITHUB_BASE_REF="gone", **ci)
    assert (done.status, len(shown(done))) == (1, 4)
    assert 'not the branch "gone" that this change is for' in done.out


def test_auto_on_gitlab_is_what_gitlab_says(project: Path) -> None:
    base = git(project, "rev-parse", "HEAD")
    branch_off(project)
    done = lint(project, base="auto", CI="true", CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert shown(done) == ["k8s/more.yaml"]
    target = commit(project, {"k8s/target.yaml": web("target")})
    write(project, {"k8s/latest.yaml": web("last")})
    both = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": target}
    assert shown(lint(project, base="auto", CI="true", **both)) == ["k8s/latest.yaml"]


def test_auto_in_a_merge_queue_is_the_commit_in_the_name(project: Path) -> None:
    base = git(project, "rev-parse", "HEAD")
    branch_off(project)
    ref = f"refs/heads/gh-readonly-queue/main/pr-7-{base}"
    assert shown(lint(project, base="auto", CI="true", GITHUB_REF=ref)) == ["k8s/more.yaml"]


def test_auto_without_a_main_branch_says_so(project: Path) -> None:
    git(project, "branch", "-q", "-m", "main", "trunk")
    done = lint(project, base="auto")
    assert (done.status, len(shown(done))) == (1, 2)
    assert "the clone holds no main branch" in done.out


# Whose rules judge.


def test_without_it_the_rules_are_those_of_the_work_tree(project: Path) -> None:
    write(project, {"docs/ai-lessons.md": HEAD + BACKEND})
    assert kubelint(project, "lint").status == 2  # the config selects lessons that are gone


LOOSER: dict[str, dict[str, str | None]] = {
    "lessons dropped": {"docs/ai-lessons.md": HEAD + BACKEND, ".kubelint.yaml": "select: [lost-selector]\n"},
    "rules ignored": {".kubelint.yaml": ONLY_OURS + "ignore: [latest-tag]\n"},
    "severity lowered": {".kubelint.yaml": ONLY_OURS + "severity: {latest-tag: info}\nfail-on: error\n"},
    "files excluded": {".kubelint.yaml": ONLY_OURS + "exclude: ['k8s']\n"},
    "config elsewhere": {".kubelint.yaml": None, "k8s/.kubelint.yaml": "ignore: [all]\n"},
    "project split": {"k8s/.kubelint.yaml": ONLY_OURS},
    "project with lessons": {"k8s/docs/ai-lessons.md": HEAD + LATEST.replace("endsWith(':latest')", "endsWith(':x')")},
    "facts invented": {"docs/platform-reference.md": "# P\n\n```yaml platform\nnonsense: 1\n```\n"},
}


@pytest.mark.parametrize("files", LOOSER.values(), ids=LOOSER.keys())
def test_a_change_cannot_loosen_its_own_judge(project: Path, files: dict[str, str | None]) -> None:
    write(project, {**files, "k8s/more.yaml": web("more")})
    done = kubelint(project, "lint", "--output-format", "concise", "--lessons-from", "HEAD")
    assert done.status in (1, 2)
    assert [name for name in shown(done) if name != "docs/ai-lessons.md"] == [
        ".github/workflows/ci.yml", "k8s/more.yaml", "k8s/web.yaml",
    ]  # fmt: skip
    done = kubelint(
        project, "lint", "k8s", "--output-format", "concise", "--lessons-from", "HEAD", "--diff-base", "HEAD"
    )
    assert shown(done) == ["k8s/more.yaml"]


def test_the_baseline_is_that_of_the_revision_as_well(project: Path) -> None:
    kubelint(project, "baseline", "create")
    commit(project, {})
    write(project, {"k8s/more.yaml": web("more")})
    kubelint(project, "baseline", "update")
    assert kubelint(project, "lint").status == 0
    done = kubelint(project, "lint", "--output-format", "concise", "--lessons-from", "HEAD")
    assert (done.status, shown(done)) == (1, ["k8s/more.yaml"])
    done = kubelint(
        project, "lint", "--output-format", "concise", "--lessons-from", "HEAD", "--baseline", ".kubelint-baseline.json"
    )
    assert shown(done) == ["k8s/more.yaml"]


def test_a_revision_without_rules_of_its_own_has_the_built_in_ones(project: Path) -> None:
    write(project, {"docs/ai-lessons.md": None, ".kubelint.yaml": None})
    empty = commit(project, {})
    commit(project, PROJECT)
    done = kubelint(project, "lint", "--output-format", "json", "--lessons-from", empty)
    assert {"latest-tag", "own-runner"}.isdisjoint(item["rule"] for item in json.loads(done.out)["findings"])


def test_rules_that_cannot_be_read_are_never_clean(project: Path, tmp_path: Path) -> None:
    commit(project, {"k8s/web.yaml": web(tag="1"), ".github/workflows/ci.yml": "jobs: {}\n"})
    assert kubelint(project, "lint").status == 0
    assert kubelint(project, "lint", "--lessons-from", "no-such").status == 2
    git(tmp_path, "clone", "-q", "--depth=1", project.as_uri(), "clone")
    done = kubelint(tmp_path / "clone", "lint", "--lessons-from", "HEAD^1")
    assert done.status == 2
    assert "the clone is shallow" in done.out


def test_lessons_behind_a_link_are_found(project: Path) -> None:
    write(project, {"docs/ai-lessons.md": None, "AGENTS.md": LESSONS})
    os.symlink("../AGENTS.md", project / "docs" / "ai-lessons.md")
    commit(project, {})
    write(project, {"AGENTS.md": HEAD})
    done = kubelint(project, "lint", "--output-format", "concise", "--lessons-from", "HEAD")
    assert shown(done) == [".github/workflows/ci.yml", "k8s/web.yaml"]
