"""kubelint lint --diff-base and --lessons-from tell how the work tree weakens what held at that revision."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from git_helpers import NEEDS_GIT, commit, git, write

pytestmark = NEEDS_GIT

LESSONS = """\
# Lessons

## Kubernetes

### web-called-web

**Nobody knows which web is meant.**

**Root cause:** The name says nothing.

**Fix:** Name it after what it serves.

```yaml rule
severity: error
match: ConfigMap
forbid: object.metadata.name == "web"
at: metadata.name
message: '{object.name} says nothing'
```
"""
WEB = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata: {key: value}\n"
BASE: dict[str, str | None] = {"docs/ai-lessons.md": LESSONS, "k8s/web.yaml": WEB}


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    commit(tmp_path / "cluster", BASE)
    return tmp_path / "cluster"


def kubelint(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kubelint_lessons", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert "Traceback" not in done.stderr
    return done


def lint(cwd: Path, *options: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(kubelint(cwd, "lint", "--output-format", "json", *options).stdout)
    return data


def ways(data: dict[str, Any]) -> list[str]:
    return [f"{item['text']} @ {item['path']}:{item['line']}" for item in data["weakened"]]


BOTH = [("--diff-base", "HEAD"), ("--lessons-from", "HEAD")]


@pytest.mark.parametrize("options", BOTH, ids=["diff-base", "lessons-from"])
def test_nothing_is_said_where_nothing_is_weaker(cluster: Path, options: tuple[str, str]) -> None:
    write(cluster, {"k8s/shop.yaml": WEB.replace("web", "shop"), "docs/ai-lessons.md": LESSONS.replace("meant", "it")})
    assert ways(lint(cluster, *options)) == []


@pytest.mark.parametrize("options", BOTH, ids=["diff-base", "lessons-from"])
def test_every_source_of_rules_is_compared(cluster: Path, options: tuple[str, str]) -> None:
    change: dict[str, str | None] = {
        "docs/ai-lessons.md": LESSONS.replace("severity: error", "severity: info"),
        ".kubelint.yaml": "exclude: [k8s/legacy/**]\n",
        "k8s/web.yaml": WEB.replace("web", "web # kubelint: ignore[web-called-web] ours", 1),
        "k8s/legacy/.kubelint.yaml": "ignore: [all]\n",
        "k8s/legacy/web.yaml": WEB,
    }
    write(cluster, change)
    found = ways(lint(cluster, *options))
    assert found[:3] == [
        'lowers "web-called-web" from error to info @ docs/ai-lessons.md:5',
        'excludes "k8s/legacy/**" @ .kubelint.yaml:1',
        'ignores "web-called-web" here: ours @ k8s/web.yaml:4',
    ]
    assert found[3].startswith('makes "k8s/legacy" a project of its own')


def test_a_grown_baseline_is_told(cluster: Path) -> None:
    assert kubelint(cluster, "baseline", "create").returncode == 0
    assert ways(lint(cluster, "--diff-base", "HEAD")) == ["adds 1 finding to the baseline @ .kubelint-baseline.json:0"]


def test_facts_that_are_gone_are_told(cluster: Path) -> None:
    facts = "# Platform\n\n```yaml platform\ndistribution: k3s\n```\n"
    commit(cluster, {"docs/platform-reference.md": facts})
    write(cluster, {"docs/platform-reference.md": None})
    assert ways(lint(cluster, "--diff-base", "HEAD")) == [
        'removes the fact "distribution" @ docs/platform-reference.md:0'
    ]


def test_files_and_suppressions_that_move_together_are_no_news(cluster: Path) -> None:
    quiet = WEB.replace("web", "web # kubelint: ignore[web-called-web] ours", 1)
    commit(cluster, {"k8s/web.yaml": quiet})
    write(cluster, {"k8s/web.yaml": None, "apps/web.yaml": f"# moved\n{quiet}"})
    assert ways(lint(cluster, "--diff-base", "HEAD")) == []


def test_what_the_command_line_selects_is_no_weakening(cluster: Path) -> None:
    assert ways(lint(cluster, "--diff-base", "HEAD", "--ignore", "web-called-web", "--select", "duplicate-key")) == []


def test_a_project_below_the_root_of_the_repository(cluster: Path) -> None:
    commit(
        cluster, {"clusters/a/.kubelint.yaml": "", "clusters/a/web.yaml": WEB, "clusters/a/docs/ai-lessons.md": LESSONS}
    )
    write(cluster, {"clusters/a/docs/ai-lessons.md": "# None\n", "docs/ai-lessons.md": "# None\n"})
    found = ways(lint(cluster / "clusters" / "a", "--lessons-from", "HEAD"))
    assert found == ['removes the lesson "web-called-web" @ docs/ai-lessons.md:0']
    both = ways(lint(cluster, ".", "clusters/a", "--diff-base", "HEAD"))
    assert sorted(both) == [
        'removes the lesson "web-called-web" @ clusters/a/docs/ai-lessons.md:0',
        'removes the lesson "web-called-web" @ docs/ai-lessons.md:0',
    ]


def test_lessons_of_the_work_tree_are_checked_before_they_hold(cluster: Path) -> None:
    write(cluster, {"docs/ai-lessons.md": LESSONS.replace('== "web"', "==")})
    data = lint(cluster, "--lessons-from", "HEAD")
    assert [(error["kind"], error["path"]) for error in data["errors"]] == [("lesson", "docs/ai-lessons.md")]
    assert data["summary"]["error"] == 1  # and the rule of the base still found it
    assert ways(data) == ['breaks the lesson "web-called-web", so that its rule does not run @ docs/ai-lessons.md:5']


def test_an_error_that_the_work_tree_mends_is_a_note(cluster: Path) -> None:
    commit(cluster, {"docs/ai-lessons.md": LESSONS.replace('== "web"', "==")})
    write(cluster, {"docs/ai-lessons.md": LESSONS})
    done = kubelint(cluster, "lint", "--lessons-from", "HEAD")
    assert done.returncode == 0
    assert "mended here" in done.stdout
    assert "those of HEAD were used" in done.stdout


def test_a_revision_that_git_does_not_know_is_one_error(cluster: Path) -> None:
    data = lint(cluster, "--lessons-from", "nowhere")
    assert len(data["errors"]) == 1
    assert data["weakened"] == []


def test_without_a_revision_nothing_is_compared(cluster: Path) -> None:
    write(cluster, {"docs/ai-lessons.md": "# None\n"})
    assert lint(cluster)["weakened"] == []
    assert git(cluster, "status", "--porcelain") == "M docs/ai-lessons.md"
