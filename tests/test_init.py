"""``kubelint init``: it adds what is asked for, changes nothing that is there, and may run again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hook_fixtures import tool
from test_cli import kubelint

from kubelint_lessons.authoring.jsonc import read_jsonc
from kubelint_lessons.authoring.starting import VSCODE_TASKS, start_hook, start_tasks

EVERYTHING = ("init", "--editor", "vscode", "--pre-commit", "--github")
FILES = ("docs/ai-lessons.md", ".vscode/tasks.json", ".pre-commit-config.yaml", ".github/kubelint-matcher.json")

TASKS = """\
{
    // See https://go.microsoft.com/fwlink/?LinkId=733558
    "version": "2.0.0",
    "tasks": [
        {
            "label": "build", // ours
            "type": "shell",
            "command": "make",
        },
    ],
}
"""

HOOKS = """\
# what we run
repos:
- repo: https://github.com/pre-commit/pre-commit-hooks
  rev: v5.0.0
  hooks:
  - id: end-of-file-fixer   # always

# settings
fail_fast: false
"""


def test_a_project_starts_with_a_lessons_file(tmp_path: Path) -> None:
    done = kubelint(tmp_path, "init")
    assert done.returncode == 0
    assert done.stdout == (
        "created      docs/ai-lessons.md\n"
        "\n"
        "next: lint the project: kubelint lint; record what failed: kubelint lessons new\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["docs"]
    assert kubelint(tmp_path, "lessons", "check").returncode == 0
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", encoding="utf-8")
    assert kubelint(tmp_path, "lint").returncode == 0


def test_the_lessons_file_takes_its_first_lesson(tmp_path: Path) -> None:
    kubelint(tmp_path, "init")
    start = (tmp_path / "docs" / "ai-lessons.md").read_text(encoding="utf-8")
    words = ("--symptom", "Pods restart.", "--cause", "No memory.", "--fix", "Give them some.")
    done = kubelint(tmp_path, "lessons", "new", "--note", "--write", "--category", "Kubernetes", *words)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "docs" / "ai-lessons.md").read_text(encoding="utf-8")
    assert text.startswith(start)
    assert "Pods restart." in text


def test_lessons_elsewhere_are_found(tmp_path: Path) -> None:
    (tmp_path / "ai-lessons.md").write_text("# Lessons\n", encoding="utf-8")
    assert kubelint(tmp_path, "init").stdout.startswith("kept         ai-lessons.md\n")
    assert not (tmp_path / "docs").exists()


def test_everything_at_once_and_again(tmp_path: Path) -> None:
    first = kubelint(tmp_path, *EVERYTHING)
    assert first.returncode == 0
    assert [line.split() for line in first.stdout.splitlines()[:4]] == [["created", name] for name in FILES]
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    again = kubelint(tmp_path, *EVERYTHING)
    assert again.returncode == 0
    assert [line.split() for line in again.stdout.splitlines()[:4]] == [["kept", name] for name in FILES]
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == before


def test_it_starts_the_project_of_the_current_directory(tmp_path: Path) -> None:
    (tmp_path / ".kubelint.yaml").write_text("", encoding="utf-8")
    (tmp_path / "k8s").mkdir()
    assert "created      ../docs/ai-lessons.md" in kubelint(tmp_path / "k8s", "init").stdout
    assert (tmp_path / "docs" / "ai-lessons.md").is_file()


def test_tasks_are_added_to_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / ".vscode").mkdir()
    tasks = tmp_path / ".vscode" / "tasks.json"
    tasks.write_bytes(TASKS.replace("\n", "\r\n").encode())
    assert "added to     .vscode/tasks.json" in kubelint(tmp_path, *EVERYTHING).stdout
    after = tasks.read_bytes().decode()
    head, _, tail = TASKS.replace("\n", "\r\n").rpartition("    ],")
    assert after.startswith(head)
    assert after.endswith("    ]," + tail)
    assert after.count("\n") == after.count("\r\n")
    node = read_jsonc(after)
    assert node is not None
    assert [task["label"] for task in node.value["tasks"]] == ["build", "kubelint: watch", "kubelint: file"]
    assert node.value["tasks"][1:] == VSCODE_TASKS


def test_a_task_that_somebody_changed_stays_so() -> None:
    own = start_tasks(None).text.replace('"folderOpen"', '"default"')
    start = start_tasks(own)
    assert (start.state, start.text, start.reason) == ("kept", own, "kubelint: watch stays as you have it")


@pytest.mark.parametrize(
    "text",
    ["", "// ours\n", "{}", '{\n\t"version": "2.0.0"\n}\n', '{"tasks": []}', '{"version": "2.0.0", "tasks": [],}'],
)
def test_a_tasks_file_without_tasks(text: str) -> None:
    start = start_tasks(text)
    assert start.state == "extended"
    node = read_jsonc(start.text)
    assert node is not None
    assert node.value == {"version": "2.0.0", "tasks": VSCODE_TASKS}
    assert start.text.startswith(text.rstrip("}] ,\n"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{\n  "tasks": [}\n}', "line 2 cannot be read: a value is missing here"),
        ("[]", "it holds no object"),
        ('{"version": "0.1.0", "tasks": []}', 'its version is "0.1.0"'),
        ('{"version": "2.0.0", "tasks": {}}', '"tasks" is no list'),
    ],
)
def test_what_cannot_be_added_to_is_printed(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode" / "tasks.json").write_text(text, encoding="utf-8")
    done = kubelint(tmp_path, "init", "--editor", "vscode")
    assert done.returncode == 2
    assert f"not changed  .vscode/tasks.json: {reason}" in done.stdout
    assert '        "label": "kubelint: watch",' in done.stdout
    assert (tmp_path / ".vscode" / "tasks.json").read_text(encoding="utf-8") == text


def test_hooks_are_added_to_those_that_are_there() -> None:
    start = start_hook(HOOKS)
    assert start.state == "extended"
    head, tail = HOOKS.split("\n# settings")
    assert start.text.startswith(head)
    assert start.text.endswith("\n# settings" + tail)
    assert "\n- repo: local\n  hooks:\n    - id: kubelint\n" in start.text
    assert start_hook(start.text).state == "kept"


@pytest.mark.parametrize(
    "text", ["repos: []\n", "repos: [{repo: meta, hooks: [{id: identity}]}]\n", "a: 1\n", "repos:\n", "- a\n", "a: [\n"]
)
def test_hooks_that_cannot_be_added_are_printed(text: str) -> None:
    start = start_hook(text)
    assert start.state == "refused"
    assert "- repo: local" in start.text


def test_pre_commit_takes_what_is_written(tmp_path: Path) -> None:
    program = tool("pre-commit")
    for text in (start_hook(None).text, start_hook(HOOKS).text):
        (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
        done = subprocess.run([program, "validate-config", "config.yaml"], cwd=tmp_path, check=False)
        assert done.returncode == 0


def test_the_hooks_are_those_that_we_publish() -> None:
    """One place says how a hook runs: init's copies differ in where the program comes from."""
    from kubelint_lessons.manifests.documents import documents_of
    from kubelint_lessons.manifests.source import read_source

    def hooks(text: str) -> dict[str, dict[str, object]]:
        (document,) = documents_of(read_source("x.yaml", text.encode()))
        listed = document.data["repos"][-1]["hooks"] if isinstance(document.data, dict) else document.data
        return {hook["id"]: hook for hook in listed}

    published = hooks((Path(__file__).parents[1] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    for name, hook in hooks(start_hook(None).text).items():
        hook.pop("additional_dependencies")
        assert {key: published[name][key] for key in hook} == hook


def test_a_matcher_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "kubelint-matcher.json").write_text("{}", encoding="utf-8")
    done = kubelint(tmp_path, "init", "--github")
    assert "kept         .github/kubelint-matcher.json: it is not what this version would write" in done.stdout
    assert json.loads((tmp_path / ".github" / "kubelint-matcher.json").read_text(encoding="utf-8")) == {}


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / ".vscode").write_text("a file", encoding="utf-8")
    done = kubelint(tmp_path, "init", "--editor", "vscode")
    assert done.returncode == 2
    assert "not changed  .vscode/tasks.json: " in done.stdout
