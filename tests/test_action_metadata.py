"""action.yml, action.sh and our workflows, as independent readers see them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from action_runner import ACTION

from kubelint_lessons.model.finding import SEVERITIES

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = (ROOT / "action.sh").read_text(encoding="utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
IDS = [path.name for path in WORKFLOWS]

PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def tool(name: str) -> str:
    """Return a program beside the Python of this environment, or on the path; skip without it."""
    places = (str(Path(sys.executable).parent), os.environ.get("PATH", ""))
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        pytest.skip(f"{name} is missing")
    return found


def run(*command: str) -> None:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path, "GITHUB_ACTIONS": ""},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return document


def test_zizmor_finds_nothing() -> None:
    run(tool("zizmor"), "--offline", "--no-progress", "action.yml", ".github/workflows")


def test_shellcheck_finds_nothing() -> None:
    run(tool("shellcheck"), "action.sh")


def test_actionlint_finds_nothing() -> None:
    run(tool("actionlint"), *(str(path) for path in WORKFLOWS))


def test_they_fit_the_published_schemas() -> None:
    check = tool("check-jsonschema")
    run(check, "--builtin-schema", "vendor.github-actions", "action.yml")
    run(check, "--builtin-schema", "vendor.github-workflows", *(str(path) for path in WORKFLOWS))


def test_inputs_reach_the_script_through_variables_only() -> None:
    (step,) = ACTION["runs"]["steps"]
    assert "${{" not in step["run"]
    assert set(step["env"].values()) == {f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]}
    assert set(step["env"]) == set(re.findall(r"LINT_[A-Z_]+", SCRIPT))


def test_outputs_are_those_that_the_script_sets() -> None:
    names = set(re.findall(r"^  output ([\w-]+) ", SCRIPT, re.MULTILINE))
    assert set(ACTION["outputs"]) == names
    assert {spec["value"] for spec in ACTION["outputs"].values()} == {
        f"${{{{ steps.run.outputs.{name} }}}}" for name in names
    }


def test_the_severities_are_ours() -> None:
    (line,) = re.findall(r'choice fail-on "\$LINT_FAIL_ON" "" (.*)', SCRIPT)
    assert line.split() == [*SEVERITIES, "never"]


def test_the_script_keeps_to_the_bash_of_macos() -> None:
    for word in (
        r"\bmapfile\b",
        r"\breadarray\b",
        r"\$\{\w+,,",
        r"\$\{\w+\^\^",
        r"\blocal -n\b",
        r"\bdeclare -A\b",
        r"&>>",
    ):
        code = "\n".join(line for line in SCRIPT.splitlines() if not line.lstrip().startswith("#"))
        assert not re.search(word, code), word


def test_there_are_workflows() -> None:
    assert {"test.yml", "action.yml", "release.yml"} <= set(IDS)


@pytest.mark.parametrize("path", WORKFLOWS, ids=IDS)
def test_every_action_of_a_workflow_is_pinned_with_its_version(path: Path) -> None:
    for line in re.findall(r"uses: (.*)", path.read_text(encoding="utf-8")):
        action, _, comment = line.partition(" # ")
        assert action == "./" or (PINNED.fullmatch(action) and re.fullmatch(r"v\d+\.\d+\.\d+", comment)), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=IDS)
def test_a_workflow_may_do_nothing_unless_a_job_says_so(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert "timeout-minutes" in job, name
        writes = {scope for scope, access in job.get("permissions", {}).items() if access == "write"}
        assert writes <= ({"id-token"} if (path.name, name) == ("release.yml", "publish") else set())
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] == "false"


@pytest.mark.parametrize("path", WORKFLOWS, ids=IDS)
def test_a_workflow_calls_targets_that_the_makefile_has(path: Path) -> None:
    targets = re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for job in load(path)["jobs"].values():
        for step in job["steps"]:
            assert set(re.findall(r"^make (\w+)", step.get("run", ""), re.MULTILINE)) <= set(targets)


def test_every_supported_python_is_tested() -> None:
    versions = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert load(ROOT / ".github/workflows/test.yml")["jobs"]["test"]["strategy"]["matrix"]["python"] == versions
