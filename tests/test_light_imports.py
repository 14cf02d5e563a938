"""A lint of plain files with unchanged lessons imports nothing that it does not need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FORBIDDEN = {
    "kubernetes", "jinja2", "jsonschema", "markdown_it", "pygls", "mcp", "rich",
    "importlib.metadata", "tomllib", "logging",
}  # fmt: skip

PROGRAM = """
import sys
from kubelint_lessons.cli.app import app
try:
    app.main(args=sys.argv[1:], prog_name="kubelint")
except SystemExit as exit:
    assert exit.code == 0, exit.code
print(*sorted(sys.modules), file=sys.stderr)
"""


def modules_of_a_lint(tmp_path: Path) -> set[str]:
    environment = {**os.environ, "KUBELINT_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-c", PROGRAM, "lint", "k8s"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stderr.splitlines()[-1].split())


def test_a_lint_with_unchanged_lessons_is_light(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "k8s").mkdir()
    lesson = (
        "# Lessons\n\n## Kubernetes\n\n### host-network-pod\n\n**Ports clash.**\n\n**Root cause:** host network.\n\n"
        "**Fix:** remove it.\n\n```yaml rule\nseverity: error\nmatch: workloads\n"
        "forbid: has(variables.podSpec.hostNetwork) && variables.podSpec.hostNetwork == true\n```\n"
    )
    (tmp_path / "docs" / "ai-lessons.md").write_text(lesson, encoding="utf-8")
    (tmp_path / "k8s" / "a.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n", encoding="utf-8"
    )
    modules_of_a_lint(tmp_path)
    heavy = {name for name in modules_of_a_lint(tmp_path) if name in FORBIDDEN or name.partition(".")[0] in FORBIDDEN}
    assert heavy == set()
