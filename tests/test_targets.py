"""What is reported on once the config is known: everything where the rules changed, less where it excludes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubelint_lessons.authoring.linter import Linted, Options, lint
from kubelint_lessons.manifests.inputs import find_inputs
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.text import full, show_files

BAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {key: 1}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {
        ".kubelint.yaml": "exclude: [legacy/, docs/]\n",
        "docs/ai-lessons.md": "# Lessons\n",
        "k8s/a.yaml": BAD,
        "k8s/b.yaml": BAD.replace("web", "shop"),
        "legacy/c.yaml": BAD.replace("web", "old"),
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def linted(project: Path, *paths: str, force_exclude: bool = False, exclude: tuple[str, ...] = ()) -> Linted:
    inputs = find_inputs(paths, start=str(project), exclude=exclude, force_exclude=force_exclude)
    return lint(inputs, Options(force_exclude=force_exclude))


def files_of(found: Linted) -> list[str]:
    return sorted({finding.location.path for finding in found.result.findings})


@pytest.mark.parametrize("force_exclude", [False, True])
@pytest.mark.parametrize("decider", ["docs/ai-lessons.md", ".kubelint.yaml"])
def test_a_given_file_that_decides_reports_the_whole_project(project: Path, decider: str, force_exclude: bool) -> None:
    found = linted(project, "k8s/a.yaml", decider, force_exclude=force_exclude)
    assert files_of(found) == ["k8s/a.yaml", "k8s/b.yaml"]
    assert found.result.deciding == (decider,)
    line = f"  reported: the whole project, as {decider} decides what the rules say"
    assert line in full(found.result, Style(False)).splitlines()


def test_files_that_the_config_names_decide_and_the_usual_ones_no_longer(project: Path) -> None:
    (project / ".kubelint.yaml").write_text("lessons: [team/rules.md]\nplatform: team/cluster.md\n", encoding="utf-8")
    (project / "team").mkdir()
    (project / "team" / "rules.md").write_text("# Lessons\n", encoding="utf-8")
    (project / "team" / "cluster.md").write_text("# Cluster\n", encoding="utf-8")
    assert linted(project, "team/rules.md").result.deciding == ("team/rules.md",)
    assert linted(project, "team/cluster.md").result.deciding == ("team/cluster.md",)
    assert linted(project, "docs/ai-lessons.md").result.deciding == ()


def test_a_changed_baseline_reports_the_whole_project(project: Path) -> None:
    (project / ".kubelint-baseline.json").write_text('{"version": 1, "findings": []}\n', encoding="utf-8")
    assert files_of(linted(project, ".kubelint-baseline.json")) == ["k8s/a.yaml", "k8s/b.yaml"]


def test_a_directory_that_holds_the_lessons_is_no_question_about_them(project: Path) -> None:
    found = linted(project, "docs", "k8s/a.yaml")
    assert files_of(found) == ["k8s/a.yaml"]
    assert found.result.deciding == ()


def test_the_rules_of_one_project_say_nothing_of_another(project: Path) -> None:
    inner = project / "inner"
    inner.mkdir()
    (inner / ".kubelint.yaml").write_text("", encoding="utf-8")
    (inner / "d.yaml").write_text(BAD, encoding="utf-8")
    (inner / "e.yaml").write_text(BAD, encoding="utf-8")
    assert files_of(linted(project, ".kubelint.yaml", "inner/d.yaml")) == ["inner/d.yaml", "k8s/a.yaml", "k8s/b.yaml"]


def test_an_excluded_file_is_linted_if_given_unless_by_force(project: Path) -> None:
    assert files_of(linted(project, "legacy")) == []
    assert files_of(linted(project, "legacy/c.yaml")) == ["legacy/c.yaml"]
    found = linted(project, "legacy/c.yaml", force_exclude=True)
    assert (files_of(found), found.status) == ([], 0)
    assert found.result.counts.not_checked == {"excluded": 1}
    assert show_files(found.result).splitlines() == ["excluded  legacy/c.yaml"]


def test_excludes_of_the_command_line_and_of_the_config_are_counted_alike(project: Path) -> None:
    found = linted(project, "legacy/c.yaml", "k8s/a.yaml", "k8s/b.yaml", force_exclude=True, exclude=("a.yaml",))
    assert files_of(found) == ["k8s/b.yaml"]
    assert found.result.counts.not_checked == {"excluded": 2}
    found = linted(project, "k8s/a.yaml", force_exclude=True, exclude=("k8s/",))
    assert (found.status, found.result.counts.not_checked) == (0, {"excluded": 1})


@pytest.mark.parametrize("text", ["{\n", "a: [\n", "\tb: 1\n"])
def test_by_force_a_given_file_that_is_no_manifest_need_not_parse(project: Path, text: str) -> None:
    """A commit hook passes every changed file; that somebody named it says nothing."""
    (project / "settings.json").write_text(text, encoding="utf-8")
    assert linted(project, "settings.json").status == 1
    assert linted(project, "settings.json", force_exclude=True).status == 0
