"""``--stdin-filename PATH -``: what an editor holds stands for the file, amid everything else of its project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli import kubelint
from test_cli_fix import AFTER, BEFORE, LESSON, write_project

from kubelint_lessons.authoring.linter import Options, lint
from kubelint_lessons.manifests.inputs import find_inputs

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector:
    app: web
  ports: [{port: 80}]
"""

WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  selector: {matchLabels: {app: LABEL}}
  template:
    metadata:
      labels:
        app: LABEL
    spec:
      containers: [{name: NAME, image: "NAME:16.4"}]
"""

WEB, POSTGRES, POSTGRES_AS_WEB = (
    WORKLOAD.replace("NAME", name).replace("LABEL", label)
    for name, label in (("web", "web"), ("postgres", "postgres"), ("postgres", "web"))
)

ANOTHER = POSTGRES_AS_WEB.replace("metadata: {name: postgres}", "metadata: {name: another}")

SHARED = "k8s/service.yaml:6:5: error[shared-service-selector] Service "


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "k8s").mkdir(parents=True)
    (root / ".kubelint.yaml").write_text("select: [shared-service-selector]\n", encoding="utf-8")
    (root / "k8s" / "service.yaml").write_text(SERVICE, encoding="utf-8")
    (root / "k8s" / "web.yaml").write_text(WEB, encoding="utf-8")
    (root / "k8s" / "postgres.yaml").write_text(POSTGRES, encoding="utf-8")
    return root


def lint_buffer(cwd: Path, name: str, text: str, *options: str) -> tuple[str, int]:
    arguments = ("lint", "-q", "--output-format", "concise", *options, "--stdin-filename", name, "-")
    done = kubelint(cwd, *arguments, stdin=text)
    assert done.stderr == ""
    return done.stdout, done.returncode


@pytest.mark.parametrize("name", ["k8s/postgres.yaml", "ABSOLUTE", "k8s/../k8s/./postgres.yaml"])
def test_it_takes_the_place_of_the_file_among_its_siblings(project: Path, name: str) -> None:
    name = str(project / "k8s" / "postgres.yaml") if name == "ABSOLUTE" else name
    assert lint_buffer(project, name, POSTGRES) == ("", 0)
    output, status = lint_buffer(project, name, POSTGRES_AS_WEB)
    assert (output.startswith(SHARED), output.count("\n"), status) == (True, 1, 1)


def test_a_buffer_mends_what_the_file_on_disk_breaks(project: Path) -> None:
    (project / "k8s" / "postgres.yaml").write_text(POSTGRES_AS_WEB, encoding="utf-8")
    assert kubelint(project, "lint").returncode == 1
    assert lint_buffer(project, "k8s/postgres.yaml", POSTGRES) == ("", 0)
    assert lint_buffer(project, "k8s/service.yaml", SERVICE.replace("app: web", "app: other")) == ("", 0)


def test_findings_between_other_files_are_not_reported(project: Path) -> None:
    (project / "k8s" / "postgres.yaml").write_text(POSTGRES_AS_WEB, encoding="utf-8")
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n"
    assert lint_buffer(project, "k8s/other.yaml", other) == ("", 0)
    assert lint_buffer(project, "k8s/service.yaml", SERVICE)[0].startswith(SHARED)


@pytest.mark.parametrize("name", ["k8s/new.yaml", "k8s/deep/er/new.yaml"])
def test_a_file_that_does_not_exist_yet(project: Path, name: str) -> None:
    output, status = lint_buffer(project, name, ANOTHER)
    assert (output.startswith(SHARED), status) == (True, 1)
    assert not (project / name).parent.joinpath("new.yaml").exists()


def test_a_file_that_does_not_exist_yet_outside_every_project(tmp_path: Path) -> None:
    for name in ("new.yaml", "a/b/new.yaml", str(tmp_path / "c" / "new.yaml")):
        output, status = lint_buffer(tmp_path, name, "a: [")
        assert (output.partition(":")[0], status) == (os.path.relpath(tmp_path / name, tmp_path), 1)


def test_paths_are_shown_from_the_current_directory(project: Path) -> None:
    output, _ = lint_buffer(project / "k8s", "postgres.yaml", POSTGRES_AS_WEB)
    assert output.startswith("service.yaml:6:5: ")
    (project / "elsewhere").mkdir()
    output, _ = lint_buffer(project / "elsewhere", str(project / "k8s" / "postgres.yaml"), POSTGRES_AS_WEB)
    assert output.startswith("../k8s/service.yaml:6:5: ")


def test_the_config_and_the_siblings_are_those_of_the_file(project: Path, tmp_path: Path) -> None:
    output, status = lint_buffer(tmp_path, "project/k8s/postgres.yaml", POSTGRES_AS_WEB)
    assert (output.startswith("project/" + SHARED), output.count("\n"), status) == (True, 1, 1)
    (project / ".kubelint.yaml").write_text("ignore: [all]\n", encoding="utf-8")
    assert lint_buffer(tmp_path, "project/k8s/postgres.yaml", POSTGRES_AS_WEB, "--ignore", "all")[0] == ""


def test_a_project_inside_a_project_is_its_own(project: Path) -> None:
    inner = project / "inner"
    inner.mkdir()
    (inner / ".kubelint.yaml").write_text("select: [shared-service-selector]\n", encoding="utf-8")
    assert lint_buffer(project, "inner/postgres.yaml", POSTGRES_AS_WEB) == ("", 0)
    (inner / "web.yaml").write_text(WEB, encoding="utf-8")
    output, status = lint_buffer(project, "inner/service.yaml", SERVICE)
    assert (output, status) == ("", 0)
    (inner / "postgres.yaml").write_text(POSTGRES_AS_WEB, encoding="utf-8")
    output, status = lint_buffer(project, "inner/service.yaml", SERVICE)
    assert (output.startswith("inner/service.yaml:6:5: "), status) == (True, 1)


def test_an_excluded_file_stays_silent_when_excludes_are_forced(project: Path) -> None:
    (project / ".kubelint.yaml").write_text("select: [yaml-syntax]\nexclude: [k8s/broken.yaml]\n", encoding="utf-8")
    assert lint_buffer(project, "k8s/broken.yaml", SERVICE + "a: [", "--force-exclude") == ("", 0)
    assert lint_buffer(project, "k8s/other.yaml", SERVICE + "a: [", "--force-exclude")[1] == 1


def test_a_link_stands_for_the_file_that_it_leads_to(project: Path) -> None:
    """Not for a second file beside it: every object would be there twice, and nothing could be joined."""
    (project / "k8s" / "link.yaml").symlink_to("postgres.yaml")
    output, status = lint_buffer(project, "k8s/link.yaml", POSTGRES_AS_WEB)
    assert (output.startswith(SHARED), status) == (True, 1)
    (project / "linked").symlink_to("k8s")
    output, status = lint_buffer(project, "linked/service.yaml", SERVICE.replace("app: web", "app: other"))
    assert (output, status) == ("", 0)
    output, status = lint_buffer(project, "linked/postgres.yaml", POSTGRES_AS_WEB)
    assert (output.startswith(SHARED), status) == (True, 1)


def test_a_link_out_of_the_project_stands_for_itself(project: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("secret: content\n", encoding="utf-8")
    (project / "k8s" / "link.yaml").symlink_to("../../outside.yaml")
    output, status = lint_buffer(project, "k8s/link.yaml", ANOTHER)
    assert (output.startswith(SHARED), status) == (True, 1)


def test_an_editor_that_knows_the_directory_by_a_link(project: Path, tmp_path: Path) -> None:
    (tmp_path / "by-link").symlink_to("project")
    name = str(tmp_path / "by-link" / "k8s" / "postgres.yaml")
    output, status = lint_buffer(project, name, POSTGRES_AS_WEB)
    assert (output.startswith(SHARED), status) == (True, 1)


def test_the_files_of_other_formats_are_the_same(project: Path) -> None:
    name = str(project / "k8s" / "postgres.yaml")
    done = kubelint(project, "lint", "--output-format", "json", "--stdin-filename", name, "-", stdin=POSTGRES_AS_WEB)
    (finding,) = json.loads(done.stdout)["findings"]
    places = {finding["location"]["path"], *(related["location"]["path"] for related in finding["related"])}
    assert places == {"k8s/service.yaml", "k8s/postgres.yaml"}


def test_fixing_standard_input_writes_the_fixed_text(tmp_path: Path) -> None:
    manifest = write_project(tmp_path, "safe")
    done = kubelint(tmp_path, "lint", "--fix", "--stdin-filename", "web.yaml", "-", stdin=BEFORE)
    assert done.stdout.encode() == AFTER
    assert done.returncode == 0
    assert "fixed web.yaml:6:3 [replicas-of-one] run two" in done.stderr
    assert "No findings." in done.stderr
    assert manifest.read_bytes() == BEFORE
    unnamed = kubelint(tmp_path, "lint", "--fix", "-q", "-", stdin=BEFORE)
    assert (unnamed.stdout.encode(), unnamed.returncode) == (AFTER, 0)


@pytest.mark.parametrize(
    ("text", "options", "status"),
    [
        (BEFORE, (), 1),
        (b"a: [\n", (), 1),
        (b"\xef\xbb\xbfa: \xc3\xa9\r\n\r\n", (), 0),
        (b"\xff\x00\xfe not text", (), 2),
        (b"", (), 0),
        (BEFORE, ("--ignore", "all"), 0),
        (b"a: [\n", ("--exclude", "web.yaml", "--force-exclude"), 0),
    ],
    ids=["nothing-safe", "syntax", "bom-crlf", "no-text", "empty", "nothing-found", "excluded"],
)
def test_what_cannot_be_fixed_comes_back_as_it_was(
    tmp_path: Path, text: bytes, options: tuple[str, ...], status: int
) -> None:
    """An editor puts standard output where its text was: it must never lose any."""
    write_project(tmp_path, "unsafe")
    command = [sys.executable, "-m", "kubelint_lessons", "lint", "--fix", *options, "--stdin-filename", "web.yaml", "-"]
    done = subprocess.run(command, cwd=tmp_path, input=text, capture_output=True, check=False)
    assert done.stdout == text
    assert done.returncode == status, done.stderr


def test_a_broken_lesson_does_not_cost_the_text(tmp_path: Path) -> None:
    write_project(tmp_path, "safe")
    broken = LESSON.replace("APPLICABILITY", "safe").replace("severity: warning", "severity: [")
    (tmp_path / "docs" / "ai-lessons.md").write_text(broken, encoding="utf-8")
    done = kubelint(tmp_path, "lint", "--fix", "--stdin-filename", "web.yaml", "-", stdin=BEFORE)
    assert done.stdout.encode() == BEFORE
    assert done.returncode == 2
    assert "docs/ai-lessons.md:" in done.stderr


def test_fixing_standard_input_leaves_other_files_alone(tmp_path: Path) -> None:
    write_project(tmp_path, "safe")
    done = kubelint(tmp_path, "lint", "--fix", "-", "web.yaml", stdin=BEFORE)
    assert done.returncode == 2
    assert "give no other PATH" in done.stderr
    assert done.stdout == ""


def test_a_file_that_vanishes_between_listing_and_reading_was_never_there(project: Path) -> None:
    (project / "k8s" / "gone.yaml").write_text(POSTGRES_AS_WEB, encoding="utf-8")
    inputs = find_inputs([str(project)])
    (project / "k8s" / "gone.yaml").unlink()
    result = lint(inputs, Options()).result
    assert (result.findings, result.errors) == ((), ())
    given = find_inputs([str(project / "k8s" / "web.yaml")])
    (project / "k8s" / "web.yaml").unlink()
    (error,) = lint(given, Options()).result.errors
    assert error.message == "vanished while it was to be read"
