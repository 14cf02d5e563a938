"""docs/github-actions.md and docs/ci.md: every recipe is read by other programs, and run."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from action_jobs import BASE, CHANGE, LESSONS, RULE, Job, installed, job, manifest
from action_runner import ACTION
from test_action_metadata import run, tool

ROOT = Path(__file__).resolve().parents[1]
ACTIONS = (ROOT / "docs" / "github-actions.md").read_text(encoding="utf-8")
CI = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
WORKFLOWS = ("minimal", "new-only", "sarif", "matcher-workflow")

__all__ = ["installed", "job"]  # fixtures


def recipes(page: str) -> dict[str, str]:
    return dict(re.findall(r"<!-- recipe: ([\w-]+) -->\n```\w+\n(.*?)```", page, re.DOTALL))


RECIPES = {**recipes(ACTIONS), **recipes(CI)}


def steps(name: str) -> list[dict[str, Any]]:
    """Return the steps of a workflow, every value as the text that it is for GitHub."""
    workflow = yaml.load(RECIPES[name], Loader=yaml.BaseLoader)
    (job,) = workflow["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found


def inputs(name: str, **expressions: str) -> dict[str, str]:
    """Return the inputs that a recipe gives the action, as keywords of Runner.run."""
    (step,) = [step for step in steps(name) if step.get("uses", "").startswith("OWNER/")]
    found = {}
    for key, value in step.get("with", {}).items():
        assert key in ACTION["inputs"], key
        for expression, text in expressions.items():
            value = value.replace(f"${{{{ {expression.replace('_', '.')} }}}}", text)
        found[key.replace("-", "_")] = value
    return found


def kubelint(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    words = shlex.split(line)
    assert words[0] == "kubelint"
    command = [sys.executable, "-m", "kubelint_lessons", *words[1:]]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=dict(os.environ))


def lines_with_kubelint(recipe: str) -> list[str]:
    return [line.split("kubelint lint", 1)[1] for line in recipe.splitlines() if "kubelint lint" in line]


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    for name, text in BASE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text or "", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", WORKFLOWS)
def test_other_programs_like_the_workflows(name: str, tmp_path: Path) -> None:
    path = tmp_path / ".github" / "workflows" / f"{name}.yml"
    path.parent.mkdir(parents=True)
    path.write_text(RECIPES[name].replace("OWNER", "octo").replace("COMMIT", "0123456789" * 4), encoding="utf-8")
    run(tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(path))
    run(tool("actionlint"), str(path))
    run(tool("zizmor"), "--offline", "--no-progress", str(path))


def test_all_recipes_are_known() -> None:
    others = {"matcher", "gitlab", "gitlab-new", "azure", "jenkins", "reviewdog"}
    assert set(RECIPES) == {*WORKFLOWS, *others}


def test_pins_are_those_of_our_own_workflows() -> None:
    ours = "".join(path.read_text(encoding="utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml"))
    for line in re.findall(r"uses: (actions/.*?@.{40} # v[\d.]+)", ACTIONS):
        assert line in ours


def test_the_minimal_recipe(job: Job) -> None:
    step = job.pull_request().run(**inputs("minimal"))
    assert step.findings() == {(RULE, "k8s/old.yaml"), (RULE, "k8s/new.yaml")}


def test_the_recipe_for_new_findings(job: Job) -> None:
    runner = job.pull_request({**BASE, "charts/readme.txt": "none yet\n"}, {**CHANGE, "docs/ai-lessons.md": "# None\n"})
    step = runner.run(**inputs("new-only"))
    assert step.status == 1
    assert step.findings() == {(RULE, "k8s/new.yaml")}
    assert "weakens the rules" in step.log


def test_the_recipe_for_code_scanning(job: Job) -> None:
    where = str(job.folder)
    step = job.pull_request().run(**inputs("sarif", runner_temp=where))
    assert step.outputs["sarif-file"] == f"{where}/kubelint.sarif"
    assert step.annotations() == []
    results = json.loads(Path(where, "kubelint.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    assert len(results) == 2
    upload = steps("sarif")[-1]
    assert upload["continue-on-error"] == "true"
    assert "always()" in upload["if"]
    assert "head.repo.full_name == github.repository" in upload["if"]


def test_the_tables_list_every_input_and_output() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \|", ACTIONS, re.MULTILINE)
    assert sorted(rows) == sorted([*ACTION["inputs"], *ACTION["outputs"]])


def test_defaults_in_the_table_are_those_of_the_action() -> None:
    for name, default in re.findall(r"^\| `([\w-]+)` \| `([\w.]+)` \|", ACTIONS, re.MULTILINE):
        assert ACTION["inputs"][name]["default"] == default


@pytest.mark.parametrize("colour", ["never", "always"])
def test_the_problem_matcher_reads_the_concise_form(cluster: Path, colour: str) -> None:
    lessons = LESSONS + LESSONS.replace("web-called", "shop-called").replace('"web"', '"shop"').replace("error", "info")
    lessons = lessons.replace("name: web #", "name: shop #", 2).replace("name: shop #", "name: web #", 1)
    (cluster / "docs" / "ai-lessons.md").write_text(lessons, encoding="utf-8")
    (cluster / "k8s" / "fine é.yaml").write_text(manifest("shop", "fine"), encoding="utf-8")
    workflow_line = next(line.strip() for line in RECIPES["matcher-workflow"].splitlines() if " lint " in line)
    output = kubelint(f"{workflow_line} --color {colour}", cluster).stdout
    seen = []
    for matcher in json.loads(RECIPES["matcher"])["problemMatcher"]:
        (pattern,) = matcher["pattern"]
        for line in output.splitlines():
            found = re.fullmatch(pattern["regexp"], line)
            if found:
                severity = found[pattern["severity"]] if "severity" in pattern else matcher["severity"]
                names = ("file", "line", "column", "code")
                seen.append((severity, *(found[pattern[name]] for name in names)))
    assert ("error", "k8s/old.yaml", "5", "3", RULE) in seen
    assert ("notice", "k8s/fine é.yaml", "5", "3", "shop-called-web") in seen
    assert len(seen) == output.count("[web-called-web]") + output.count("[shop-called-web]")


@pytest.mark.parametrize("name", ["gitlab", "azure", "jenkins"])
def test_the_commands_of_other_systems_write_their_reports(cluster: Path, name: str) -> None:
    (rest,) = lines_with_kubelint(RECIPES[name])
    line = "kubelint lint" + rest.rstrip("'")
    done = kubelint(line, cluster)
    assert done.returncode == 1
    assert "Found 2 errors" in done.stdout
    written = re.findall(r"=([\w.]+)", line)
    assert written
    for file in written:
        assert RULE in (cluster / file).read_text(encoding="utf-8")
        assert RECIPES[name].count(file) >= 2  # and something picks it up


SCHEMAS = {"gitlab": "vendor.gitlab-ci", "azure": "vendor.azure-pipelines"}


@pytest.mark.parametrize("name", SCHEMAS)
def test_other_systems_read_their_recipes(name: str, tmp_path: Path) -> None:
    path = tmp_path / "pipeline.yml"
    path.write_text(RECIPES[name], encoding="utf-8")
    options = ["--data-transform", "azure-pipelines" if name == "azure" else "gitlab-ci"]
    run(tool("check-jsonschema"), *options, "--builtin-schema", SCHEMAS[name], str(path))


def test_gitlab_compares_with_the_base_of_a_merge_request(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = job.pull_request()
    event: Any = runner.event
    base = event["pull_request"]["base"]["sha"]
    monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", base)
    for name in [name for name in os.environ if name.startswith("GITHUB_")]:
        monkeypatch.delenv(name)
    line = RECIPES["gitlab-new"].replace("$CI_MERGE_REQUEST_DIFF_BASE_SHA", base)
    done = kubelint(line, runner.workspace)
    assert "1 new, 1 fixed, 1 existing hidden" in done.stdout


def test_reviewdog_gets_sarif(cluster: Path) -> None:
    (line,) = RECIPES["reviewdog"].splitlines()
    before, _, after = line.partition(" | ")
    assert "-f=sarif" in after
    assert json.loads(kubelint(before, cluster).stdout)["version"] == "2.1.0"
