"""Both sides of a repair from a commit: real repositories, hostile ones among them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from repairs import config, container, service, workload

from kubelint_lessons.authoring.drafts.commits import Commit, read_commit
from kubelint_lessons.authoring.drafts.drafting import draft_rules
from kubelint_lessons.authoring.drafts.sides import SidesError
from kubelint_lessons.authoring.newlesson import Answers, commit_answers
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.manifests.schema.lookup import Schemas

BAD = workload("      hostIPC: true\n" + container(""))
FIXED = workload(container(""))
PORTS = "  ports: [{port: 80}]\n"


class Repository:
    """A git repository in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, **environment: str) -> str:
        own = {
            "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": "2026-02-11T23:30:00+0200",
            "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_COMMITTER_DATE": "2026-02-12T01:00:00+0000", "GIT_CONFIG_NOSYSTEM": "1",
        }  # fmt: skip
        done = subprocess.run(
            ["git", "-C", str(self.root), *arguments],
            capture_output=True, text=True, check=True, env={**os.environ, **own, **environment},
        )  # fmt: skip
        return done.stdout.strip()

    def commit(self, message: str, **files: str | None) -> str:
        for name, content in files.items():
            self.write(name, content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def write(self, name: str, content: str | bytes | None) -> None:
        path = self.root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def read(self, revision: str = "HEAD", path: str = "") -> Commit:
        return read_commit(str(self.root), revision, path)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    found = Repository(tmp_path / "repo")
    found.commit("begin", **{"k8s__web.yaml": BAD, "k8s__other.yaml": config("a = 1"), "notes.txt": "x"})
    return found


def drafts(commit: Commit) -> list[str]:
    drafted = draft_rules(commit.sides, "", Schemas(), Toolbox(Compiler()))
    return [item.draft.title for item in drafted.proven if not item.draft.narrowed]


def test_a_commit_brings_both_sides_and_its_words(repository: Repository) -> None:
    name = repository.commit(
        "fix(web): pods were evicted\n\nThey shared the IPC namespace\nof the host.\n\nSigned-off-by: A <a@b.org>",
        **{"k8s__web.yaml": FIXED},
    )
    commit = repository.read()
    assert [(file.path, file.data.decode()) for file in commit.sides.bad] == [("k8s/web.yaml", BAD)]
    assert [(file.path, file.data.decode()) for file in commit.sides.fixed] == [("k8s/web.yaml", FIXED)]
    assert [file.path for file in commit.sides.context] == ["k8s/other.yaml"]
    assert drafts(commit) == ["a workload that sets hostIPC to true"]
    answers = commit_answers(Answers(), commit.subject, commit.body, commit.date, commit.name)
    assert answers.symptom == "Pods were evicted"
    assert answers.cause == "They shared the IPC namespace of the host."
    assert answers.seen == (f"2026-02-11 (mended in {name[:10]})",)


def test_what_the_author_says_is_kept(repository: Repository) -> None:
    commit = repository.commit("x", **{"k8s__web.yaml": FIXED})
    del commit
    read = repository.read()
    answers = commit_answers(Answers("Mine", "why"), read.subject, read.body, read.date, read.name)
    assert (answers.symptom, answers.cause) == ("Mine", "why")


@pytest.mark.parametrize("revision", ["HEAD", "main", "HEAD~0", "v1", "HEAD@{0}"])
def test_every_way_to_name_a_commit_works(revision: str, repository: Repository) -> None:
    repository.commit("mend", **{"k8s__web.yaml": FIXED})
    repository.git("tag", "-a", "v1", "-m", "v1")
    assert repository.read(revision).subject == "mend"


@pytest.mark.parametrize(
    "revision", ["--output=/tmp/x", "-p", "", "no-such", "HEAD\n--all", "HEAD:k8s/web.yaml", "\0", "a" * 300]
)
def test_what_names_no_commit_is_refused(revision: str, repository: Repository) -> None:
    with pytest.raises(SidesError) as error:
        repository.read(revision)
    assert "commit" in error.value.message
    assert error.value.hint


def test_the_first_commit_has_nothing_before_it(repository: Repository) -> None:
    with pytest.raises(SidesError, match="first commit"):
        repository.read()


def test_outside_git_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(SidesError):
        read_commit(str(tmp_path), "HEAD")


def test_renamed_files_are_followed(repository: Repository) -> None:
    repository.git("mv", "k8s/web.yaml", "k8s/tunes.yaml")
    repository.commit("move and mend", **{"k8s__tunes.yaml": FIXED})
    commit = repository.read()
    assert [file.key for file in (*commit.sides.bad, *commit.sides.fixed)] == ["k8s/tunes.yaml"] * 2
    assert drafts(commit) == ["a workload that sets hostIPC to true"]


def test_of_a_merge_the_first_parent_is_the_bad_side(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "repair")
    repository.commit("mend", **{"k8s__web.yaml": FIXED})
    repository.git("checkout", "-q", "main")
    repository.commit("meanwhile", **{"notes.txt": "y"})
    repository.git("merge", "-q", "--no-ff", "-m", "merge the repair", "repair")
    commit = repository.read()
    assert [file.path for file in commit.sides.bad] == ["k8s/web.yaml"]
    assert commit.subject == "merge the repair"


def test_a_path_narrows_the_commit(repository: Repository) -> None:
    repository.commit("much", **{"k8s__web.yaml": FIXED, "k8s__other.yaml": config("a = 2"), "ci__x.sh": "true\n"})
    assert [file.path for file in repository.read(path="k8s/web.yaml").sides.bad] == ["k8s/web.yaml"]
    assert [file.path for file in repository.read(path="ci").sides.fixed] == ["ci/x.sh"]
    with pytest.raises(SidesError, match="changes no file below docs"):
        repository.read(path="docs")
    with pytest.raises(SidesError):
        repository.read(path=":(exclude)k8s")


def test_only_files_of_the_project_count(repository: Repository) -> None:
    repository.commit("begin", **{"team__.kubelint.yaml": "", "team__web.yaml": BAD})
    repository.commit("mend", **{"team__web.yaml": FIXED, "k8s__web.yaml": FIXED})
    commit = read_commit(str(repository.root / "team"), "HEAD")
    assert [file.path for file in commit.sides.bad] == ["web.yaml"]
    assert [file.path for file in commit.sides.context] == [".kubelint.yaml"]


def test_files_that_came_or_went_stand_on_one_side(repository: Repository) -> None:
    repository.commit("swap", **{"k8s__web.yaml": None, "k8s__new.yaml": "apiVersion: v1\nkind: Namespace\n"})
    commit = repository.read()
    assert ([f.path for f in commit.sides.bad], [f.path for f in commit.sides.fixed]) == (
        ["k8s/web.yaml"], ["k8s/new.yaml"],
    )  # fmt: skip


def test_the_unchanged_half_of_a_join_is_read_too(repository: Repository) -> None:
    repository.commit("service", **{"k8s__service.yaml": service("  selector: {app: tune}\n" + PORTS)})
    repository.commit("mend", **{"k8s__service.yaml": service("  selector: {app: tunes}\n" + PORTS)})
    assert drafts(repository.read())[0] == "a Service that selects no workload"


def test_links_submodules_and_binaries_are_no_sides(repository: Repository) -> None:
    (repository.root / "link.yaml").symlink_to("/etc/passwd")
    repository.write("logo.png", b"\0\1")
    repository.commit("odd", **{"k8s__web.yaml": FIXED})
    (repository.root / "link.yaml").unlink()
    (repository.root / "link.yaml").symlink_to("/etc/hostname")
    repository.write("logo.png", b"\0\2")
    repository.commit("odder", **{"k8s__web.yaml": BAD})
    commit = repository.read()
    assert [file.path for file in commit.sides.bad] == ["k8s/web.yaml", "logo.png"]
    assert commit.skipped == ("link.yaml",)


@pytest.mark.parametrize(
    "name", ["k8s/-rf.yaml", "k8s/a b\"'.yaml", "k8s/ünï\u202e.yaml", "k8s/new\nline.yaml", "k8s/$(id).yaml"]
)
def test_odd_names_are_read(name: str, repository: Repository) -> None:
    repository.write(name, BAD)
    repository.commit("bad")
    repository.write(name, FIXED)
    repository.commit("mend")
    commit = repository.read()
    assert [file.path for file in commit.sides.bad] == [name]
    assert len(drafts(commit)) == 1


def test_large_files_are_skipped_and_named(repository: Repository) -> None:
    repository.commit("big", **{"k8s__big.yaml": "# x\n" * 10, "k8s__web.yaml": BAD})
    repository.commit("bigger", **{"k8s__big.yaml": "# x\n" * 600_000, "k8s__web.yaml": FIXED})
    commit = repository.read()
    assert commit.skipped == ("k8s/big.yaml",)
    assert [file.path for file in commit.sides.fixed] == ["k8s/web.yaml"]


def test_nothing_of_the_repository_is_run(repository: Repository, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\necho ran >> {trace}\nexit 0\n", encoding="utf-8")
    script.chmod(0o755)
    hooks = repository.root / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    repository.commit("mend", **{"k8s__web.yaml": FIXED, ".gitattributes": "*.yaml diff=evil filter=evil\n"})
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"):
        (hooks / hook).write_bytes(script.read_bytes())
        (hooks / hook).chmod(0o755)
    for key in (
        "core.fsmonitor", "diff.external", "diff.evil.textconv", "diff.evil.command", "filter.evil.smudge",
        "filter.evil.clean", "core.pager", "core.editor", "core.sshCommand", "pager.diff-tree", "alias.diff-tree",
    ):  # fmt: skip
        repository.git("config", key, str(script))
    assert drafts(repository.read()) == ["a workload that sets hostIPC to true"]
    assert not trace.exists()


def test_the_index_and_the_refs_stay_as_they_were(repository: Repository) -> None:
    repository.commit("mend", **{"k8s__web.yaml": FIXED})
    before = {path: path.read_bytes() for path in (repository.root / ".git").rglob("*") if path.is_file()}
    repository.read()
    after = {path: path.read_bytes() for path in (repository.root / ".git").rglob("*") if path.is_file()}
    assert before == after


def test_a_shallow_clone_says_what_is_missing(repository: Repository, tmp_path: Path) -> None:
    repository.commit("mend", **{"k8s__web.yaml": FIXED})
    clone = tmp_path / "clone"
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.root}", str(clone))
    with pytest.raises(SidesError) as error:
        read_commit(str(clone), "HEAD")
    assert "shallow" in f"{error.value.message} {error.value.hint}"


def test_a_hash_of_another_format_works(tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    subprocess.run(["git", "init", "-q", "--object-format=sha256", str(tmp_path / "repo")], check=True)
    repository = Repository(tmp_path / "repo")
    repository.commit("begin", **{"k8s__web.yaml": BAD})
    repository.commit("mend", **{"k8s__web.yaml": FIXED, "k8s__new.yaml": "a: 1\n"})
    assert drafts(repository.read()) == ["a workload that sets hostIPC to true"]


@pytest.mark.parametrize(
    "message", ["", "\x1b[31m", "<!-- rule: x -->\n\n# a", "é" * 5000, "fix:", "\u202e\n\nFixes: #1"]
)
def test_any_message_gives_words(message: str, repository: Repository) -> None:
    repository.write("k8s/web.yaml", FIXED)
    repository.git("add", "-A")
    repository.git("commit", "-q", "--allow-empty-message", "-m", message)
    commit = repository.read()
    answers = commit_answers(Answers(), commit.subject, commit.body, commit.date, commit.name)
    assert len(answers.symptom) <= 200
    assert answers.symptom.isprintable()
    assert answers.cause.isprintable()
