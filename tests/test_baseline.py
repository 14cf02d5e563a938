"""The baseline: findings that a project lives with are hidden and counted, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from git_helpers import NEEDS_GIT, commit, git, write
from known_findings import PROJECT, Done, kubelint, service, web

from kubelint_lessons.engine.baseline import read_baseline, render_baseline
from kubelint_lessons.engine.known import Known, pair

NAME = ".kubelint-baseline.json"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, PROJECT)
    return tmp_path


@pytest.fixture
def settled(project: Path) -> Path:
    assert kubelint(project, "baseline", "create").status == 0
    return project


def lint(directory: Path, *arguments: str) -> Done:
    return kubelint(directory, "lint", "--output-format", "concise", *arguments)


def shown(done: Done) -> list[str]:
    return [line.partition(": ")[0].partition(":")[0] for line in done.out.splitlines() if "[" in line.split(" ")[1]]


def as_json(directory: Path, *arguments: str) -> Any:
    return json.loads(kubelint(directory, "lint", "--output-format", "json", *arguments).out)


def entries(directory: Path) -> list[Known]:
    return list(read_baseline(NAME, (directory / NAME).read_bytes()).entries)


def test_what_was_recorded_is_hidden_and_counted(project: Path) -> None:
    assert lint(project).status == 1
    done = kubelint(project, "baseline", "create")
    assert done == Done(0, f"{NAME}: 2 findings recorded, which kubelint lint hides from now on\n", "")
    done = lint(project)
    assert done.status == 0
    assert done.out.startswith("No new findings.\n")
    assert f"  hidden: 2 existing findings by {NAME} (--no-baseline shows them)\n" in done.out
    assert "stale" not in done.out


def test_everything_can_be_seen_all_the_same(settled: Path) -> None:
    done = lint(settled, "--no-baseline")
    assert done.status == 1
    assert shown(done) == [".github/workflows/ci.yml", "k8s/web.yaml"]
    assert "hidden" not in done.out


def test_a_new_finding_is_shown_alone(settled: Path) -> None:
    write(settled, {"k8s/more.yaml": service("more")})
    done = lint(settled)
    assert done.status == 1
    assert shown(done) == ["k8s/more.yaml"]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"k8s/web.yaml": "# above\n\n\n" + web() + "# below\n"}, id="lines above"),
        pytest.param({"k8s/web.yaml": None, "apps/web/deployment.yaml": web()}, id="file moved"),
        pytest.param({"k8s/web.yaml": None, "k8s/service.yaml": service() + "---\n" + web()}, id="object moved"),
        pytest.param({"k8s/web.yaml": web().replace("      app: web\n", "      app: web\n      a: b\n")}, id="edited"),
        pytest.param({".github/workflows/ci.yml": "jobs:\n\n  build: # all\n      runs-on: own\n"}, id="text"),
    ],
)
def test_what_moves_stays_hidden(settled: Path, files: dict[str, str | None]) -> None:
    write(settled, files)
    done = lint(settled)
    assert (done.status, shown(done)) == (0, [])
    assert "hidden: 2" in done.out
    assert "stale" not in done.out


def test_an_entry_hides_one_finding_and_the_old_one(settled: Path) -> None:
    write(settled, {"a/web.yaml": web(), "z/web.yaml": web()})
    assert shown(lint(settled)) == ["a/web.yaml", "z/web.yaml"]
    assert shown(lint(settled, "a")) == ["a/web.yaml"]
    assert shown(lint(settled, "k8s")) == []


def test_of_equal_findings_each_has_an_entry(project: Path) -> None:
    write(project, {"a/web.yaml": web(), "z/web.yaml": web() + "---\n" + web()})
    kubelint(project, "baseline", "create")
    assert len(entries(project)) == 5
    assert lint(project).status == 0
    before = (project / NAME).read_text(encoding="utf-8")
    write(project, {"a/web.yaml": None})
    kubelint(project, "baseline", "prune")
    left = (project / NAME).read_text(encoding="utf-8").splitlines()
    assert [line.rstrip(",") for line in before.splitlines() if "a/web.yaml" not in line] == [
        line.rstrip(",") for line in left
    ]


def test_gone_findings_are_named_and_pruned(settled: Path) -> None:
    write(settled, {"k8s/web.yaml": web(tag="1")})
    done = lint(settled)
    assert f"  stale: 1 entry of {NAME} whose finding is gone (kubelint baseline prune drops them)\n" in done.out
    assert as_json(settled)["baselines"][0]["stale"][0]["file"] == "k8s/web.yaml"
    write(settled, {"k8s/more.yaml": service("more")})
    assert kubelint(settled, "baseline", "prune").out == f"{NAME}: 1 dropped, 1 finding recorded\n"
    assert shown(lint(settled)) == ["k8s/more.yaml"]
    assert "stale" not in lint(settled).out


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["k8s/service.yaml"], id="other file"),
        pytest.param(["k8s"], id="part of the project"),
        pytest.param(["--ignore", "latest-tag"], id="rule left out"),
        pytest.param(["--select", "own-runner"], id="other rules"),
        pytest.param(["--exclude", "k8s"], id="file left out"),
    ],
)
def test_nothing_is_stale_that_was_not_looked_at(settled: Path, arguments: list[str]) -> None:
    write(settled, {"k8s/web.yaml": web(tag="1")})
    assert "stale" not in lint(settled, *arguments).out
    write(settled, {"k8s/web.yaml": None})
    if arguments != ["--exclude", "k8s"]:
        assert "stale" not in lint(settled, *arguments).out


def test_nothing_is_stale_when_something_failed(settled: Path) -> None:
    write(settled, {"k8s/web.yaml": web(tag="1"), ".kubelint.yaml": str(PROJECT[".kubelint.yaml"]) + "nonsense: 1\n"})
    done = lint(settled)
    assert done.status == 2
    assert "stale" not in done.out


def test_entries_of_a_rule_that_is_gone_are_stale(settled: Path) -> None:
    lessons = str(PROJECT["docs/ai-lessons.md"]).replace("own-runner", "other-runner")
    write(settled, {"docs/ai-lessons.md": lessons, ".kubelint.yaml": "select: [latest-tag]\n"})
    assert [item["rule"] for item in as_json(settled)["baselines"][0]["stale"]] == ["own-runner"]


def test_a_rule_under_a_new_id_keeps_its_entries(settled: Path) -> None:
    lessons = str(PROJECT["docs/ai-lessons.md"])
    renamed = lessons.replace("### latest-tag", "### moving-tag").replace(
        "match: workloads", "aliases: [latest-tag]\nmatch: workloads"
    )
    write(settled, {"docs/ai-lessons.md": renamed})
    done = lint(settled)
    assert (done.status, "stale" in done.out) == (0, False)


def test_update_adds_what_is_new_and_drops_what_is_gone(settled: Path) -> None:
    write(settled, {"k8s/web.yaml": web(tag="1"), "k8s/more.yaml": service("more")})
    assert kubelint(settled, "baseline", "update").out == f"{NAME}: 1 added, 1 dropped, 2 findings recorded\n"
    assert [item.file for item in entries(settled)] == [".github/workflows/ci.yml", "k8s/more.yaml"]
    before = (settled / NAME).read_bytes()
    assert kubelint(settled, "baseline", "update").out == f"{NAME}: nothing to change, 2 findings recorded\n"
    assert (settled / NAME).read_bytes() == before


def test_update_keeps_what_it_did_not_look_for(settled: Path) -> None:
    kubelint(settled, "baseline", "update", "--select", "latest-tag")
    assert len(entries(settled)) == 2


def test_update_notes_where_findings_moved(settled: Path) -> None:
    write(settled, {"k8s/web.yaml": None, "apps/web.yaml": web()})
    assert kubelint(settled, "baseline", "update").out == f"{NAME}: places brought up to date, 2 findings recorded\n"
    assert "apps/web.yaml" in {item.file for item in entries(settled)}


def test_create_leaves_an_existing_baseline_alone(settled: Path) -> None:
    before = (settled / NAME).read_bytes()
    write(settled, {"k8s/more.yaml": service("more")})
    done = kubelint(settled, "baseline", "create")
    assert done.status == 2
    assert "there is a baseline already" in done.err
    assert "kubelint baseline update" in done.err
    assert (settled / NAME).read_bytes() == before


@pytest.mark.parametrize("action", ["update", "prune"])
def test_without_a_baseline_there_is_nothing_to_change(project: Path, action: str) -> None:
    done = kubelint(project, "baseline", action)
    assert (done.status, (project / NAME).exists()) == (2, False)
    assert "kubelint baseline create" in done.err


def test_nothing_is_recorded_where_nothing_is_found(project: Path) -> None:
    write(project, {"k8s/web.yaml": web(tag="1"), ".github/workflows/ci.yml": "jobs: {}\n"})
    assert kubelint(project, "baseline", "create") == Done(0, "No findings: there is nothing to record.\n", "")
    assert not (project / NAME).exists()


def test_nothing_is_recorded_by_a_run_that_failed(project: Path) -> None:
    write(project, {"docs/ai-lessons.md": str(PROJECT["docs/ai-lessons.md"]).replace("match: Service", "match: 1")})
    done = kubelint(project, "baseline", "create")
    assert done.status == 2
    assert "docs/ai-lessons.md:" in done.err
    assert "No baseline was written." in done.err
    assert not (project / NAME).exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", r"is no JSON"),
        ("[]", 'it has no "version"'),
        ('{"version": 2, "findings": []}', "version 2; this kubelint reads version 1"),
        ('{"version": true, "findings": []}', "reads version 1"),
        ('{"version": 1, "findings": {}}', '"findings" is no list'),
        ('{"version": 1, "findings": [{"rule": "x"}]}', 'finding 1 has no text called "fingerprint"'),
        ('{"version": 1, "findings": [7]}', "finding 1 is no map"),
        ("[" * 100_000, "is no"),
        ("\ufffe\x00", "is no JSON"),
    ],
)
def test_a_broken_baseline_is_never_clean(settled: Path, text: str, said: str) -> None:
    (settled / NAME).write_text(text, encoding="utf-8")
    done = lint(settled)
    assert done.status == 2
    assert shown(done)[:2] == [".github/workflows/ci.yml", "k8s/web.yaml"]
    assert NAME in done.out
    assert said in done.out
    assert "kubelint baseline create" in done.out
    done = kubelint(settled, "baseline", "update")
    assert (done.status, (settled / NAME).read_text(encoding="utf-8")) == (2, text)
    assert lint(settled, "--no-baseline").status == 1


def test_the_place_of_a_merge_conflict_is_named(settled: Path) -> None:
    lines = (settled / NAME).read_text(encoding="utf-8").splitlines()
    text = "\n".join([*lines[:4], "<<<<<<< HEAD", lines[4], "=======", lines[5], ">>>>>>> other", *lines[6:]])
    (settled / NAME).write_text(text, encoding="utf-8")
    done = lint(settled)
    assert done.status == 2
    assert f"{NAME}:5:1" in done.out
    assert "solve the merge conflict" in done.out


def test_another_file_may_hold_it(project: Path) -> None:
    assert kubelint(project, "baseline", "create", "--baseline", "ci/known.json").status == 2
    (project / "ci").mkdir()
    assert kubelint(project, "baseline", "create", "--baseline", "ci/known.json").status == 0
    assert lint(project).status == 1
    done = lint(project, "--baseline", "ci/known.json")
    assert (done.status, "hidden: 2 existing findings by ci/known.json" in done.out) == (0, True)
    assert lint(project / "k8s", "--baseline", "../ci/known.json").status == 0
    done = lint(project, "--baseline", "ci/lost.json")
    assert (done.status, "no such baseline" in done.out) == (2, True)
    assert lint(project, "--baseline", "ci/known.json", "--no-baseline").status == 2


def test_the_config_may_name_it(project: Path) -> None:
    write(project, {".kubelint.yaml": str(PROJECT[".kubelint.yaml"]) + "baseline: ci/known.json\n", "ci/keep": ""})
    assert lint(project).status == 2
    assert kubelint(project, "baseline", "create").status == 0
    assert (project / "ci" / "known.json").exists()
    assert lint(project).status == 0


def test_each_project_has_its_own(project: Path) -> None:
    write(project, {f"team/{name}": text for name, text in PROJECT.items()})
    done = kubelint(project, "baseline", "create")
    assert [line.partition(":")[0] for line in done.out.splitlines()] == [NAME, f"team/{NAME}"]
    write(project, {"team/k8s/more.yaml": web("more"), "k8s/other.yaml": web("other")})
    done = lint(project)
    assert shown(done) == ["k8s/other.yaml", "team/k8s/more.yaml"]
    assert done.out.count("hidden: 2") == 2
    (project / "team" / NAME).unlink()
    assert len(shown(lint(project))) == 4
    assert shown(lint(project, "--baseline", NAME)) == shown(lint(project))
    assert len(kubelint(project, "baseline", "prune", "--baseline", NAME).out.splitlines()) == 1
    write(project.parent, {"elsewhere.json": (project / NAME).read_text(encoding="utf-8")})
    done = lint(project, "--baseline", "../elsewhere.json")
    assert (done.status, "lies in none of 2 projects" in done.out) == (2, True)


def test_objects_from_elsewhere_are_not_compared(settled: Path) -> None:
    done = kubelint(settled, "lint", "--stdin-filename", "k8s/web.yaml", "-")
    assert done.status != 1


def test_fixes_are_for_what_is_shown(project: Path) -> None:
    fixable = str(PROJECT["docs/ai-lessons.md"]).replace(
        "match: workloads\n", "match: workloads\nfix: {set: image, value: 'example/x:1', applicability: safe}\n"
    )
    write(project, {"docs/ai-lessons.md": fixable})
    assert kubelint(project, "baseline", "create").status == 0
    write(project, {"k8s/more.yaml": web("more")})
    kubelint(project, "lint", "--fix")
    assert (project / "k8s" / "web.yaml").read_text(encoding="utf-8") == web()
    assert "example/x:1" in (project / "k8s" / "more.yaml").read_text(encoding="utf-8")


@NEEDS_GIT
def test_two_branches_that_update_it_merge(settled: Path) -> None:
    commit(settled, {"k8s/m.yaml": web("m")})
    kubelint(settled, "baseline", "update")
    commit(settled, {})
    for branch, name in (("left", "a"), ("right", "z")):
        git(settled, "checkout", "-q", "-b", branch, "main")
        write(settled, {f"{name}/{name}.yaml": web(name)})
        kubelint(settled, "baseline", "update")
        commit(settled, {})
    git(settled, "merge", "-q", "-m", "both", "left")
    assert lint(settled).status == 0
    assert [item.file for item in entries(settled)] == sorted(item.file for item in entries(settled))


def test_secrets_and_controls_stay_out_of_the_file(project: Path) -> None:
    write(project, {"k8s/odd.yaml": web("odd").replace("main", '"ma\\u202ein"')})
    kubelint(project, "baseline", "create")
    assert (project / NAME).read_bytes().isascii()


def known(name: str, file: str, message: str = "m") -> Known:
    return Known(name, "r", file, "", message)


def test_a_baseline_reads_as_it_was_written() -> None:
    findings = [known("b", "z"), known("a.2", "a", "1"), known("a", "a", "2"), known("a.3", "b")]
    text = render_baseline(findings)
    read = read_baseline("x", text.encode())
    assert read.error is None
    assert [(item.fingerprint, item.file) for item in read.entries] == [
        ("a", "a"), ("a.2", "a"), ("a", "b"), ("b", "z"),
    ]  # fmt: skip
    assert render_baseline(read.entries) == text
    assert render_baseline(reversed(findings)) == text


def test_a_line_that_a_merge_doubled_counts_once() -> None:
    text = render_baseline([known("a", "a")])
    line = text.splitlines()[4]
    assert len(read_baseline("x", text.replace(line, f"{line},\n{line}").encode()).entries) == 1


@pytest.mark.parametrize(
    ("entries", "found", "expected"),
    [
        pytest.param([("a", "x")], [("a", "x")], {0: 0}, id="the same"),
        pytest.param([("a", "x")], [("b", "x")], {}, id="another"),
        pytest.param([("a", "x")], [("a", "y"), ("a", "x")], {1: 0}, id="own file first"),
        pytest.param([("a", "gone")], [("a", "y"), ("a.2", "z")], {0: 0}, id="moved, once"),
        pytest.param([("a", "gone/f")], [("a", "copy"), ("a.2", "new/f")], {1: 0}, id="moved, beside a copy"),
        pytest.param([("a", "unseen")], [("a", "y")], {}, id="still there, unseen"),
        pytest.param([("a", "x", "1"), ("a.2", "x", "2")], [("a", "x", "2")], {0: 1}, id="same words first"),
        pytest.param([("a", "x", "old")], [("a", "x", "new"), ("a.2", "x", "old")], {1: 0}, id="new words are new"),
    ],
)
def test_known_findings_are_paired(
    entries: list[tuple[str, ...]], found: list[tuple[str, ...]], expected: dict[int, int]
) -> None:
    pairs = pair([known(*item) for item in entries], [known(*item) for item in found], lambda file: file != "unseen")
    assert pairs == expected
