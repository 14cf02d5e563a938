"""The GitHub Action, run for real: action.sh with a runner's variables and files, in repositories as checked out."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from action_jobs import BASE, CHANGE, HOSTILE, LESSONS, RULE, Installed, Job, installed, job, manifest
from action_runner import BASH, Runner, check_out
from git_helpers import NEEDS_GIT, commit, git, write

from kubelint_lessons import __version__

__all__ = ["installed", "job"]  # fixtures

pytestmark = [
    NEEDS_GIT,
    pytest.mark.skipif(BASH is None, reason="bash is missing"),
    pytest.mark.skipif(os.name == "nt", reason="the fake runner is a POSIX one"),
]


def test_the_checkout_is_never_run_imported_or_obeyed(installed: Installed) -> None:
    _, temporary, folder, step = installed
    assert not (folder / "canary").exists(), (folder / "canary").read_text(encoding="utf-8")
    assert step.status == 1
    assert step.findings() == {(RULE, "k8s/old.yaml"), (RULE, "k8s/mended.yaml")}
    assert not list(temporary.glob("kubelint.*"))  # what a run wrote for itself is gone


def test_with_uv_the_checkout_is_not_obeyed_either(installed: Installed, tmp_path: Path) -> None:
    beside = shutil.which("uv", path=f"{Path(os.sys.executable).parent}{os.pathsep}{os.environ['PATH']}")  # type: ignore[attr-defined]
    if beside is None:
        pytest.skip("uv is missing")
    source, *_ = installed
    workspace = tmp_path / "workspace"
    commit(workspace, {**BASE, **HOSTILE})
    (tmp_path / "temp").mkdir()
    runner = Runner(source, tmp_path / "temp", workspace, tmp_path / "files")
    path = f"{Path(beside).parent}{os.pathsep}{os.environ['PATH']}"
    runner.environment = {"CANARY": str(tmp_path / "canary"), "PYTHONPATH": str(workspace), "PATH": path}
    assert runner.run().findings() == {(RULE, "k8s/old.yaml"), (RULE, "k8s/mended.yaml")}
    assert not (tmp_path / "canary").exists()


def test_a_push_reports_everything(job: Job) -> None:
    step = job.push(BASE).run()
    assert step.status == 1
    assert step.findings() == {(RULE, "k8s/old.yaml"), (RULE, "k8s/mended.yaml")}
    assert step.outputs == {"exit-code": "1", "findings": "2", "sarif-file": ""}
    assert "Nobody knows which web is meant." in step.summary
    assert "Install kubelint" not in step.log  # an earlier step of the job has


def test_new_only_on_a_push_reports_everything_and_says_so(job: Job) -> None:
    step = job.push(BASE).run(new_only="true")
    assert step.outputs["findings"] == "2"
    assert "this is no pull request" in step.log


def test_a_clean_push_passes(job: Job) -> None:
    step = job.push({"docs/ai-lessons.md": LESSONS, "k8s/fine.yaml": manifest("shop")}).run()
    assert step.status == 0
    assert step.outputs == {"exit-code": "0", "findings": "0", "sarif-file": ""}
    assert step.annotations() == []


def test_a_pull_request_is_judged_whole(job: Job) -> None:
    step = job.pull_request().run()
    assert step.status == 1
    assert step.findings() == {(RULE, "k8s/old.yaml"), (RULE, "k8s/new.yaml")}
    assert not [item for item in step.annotations() if "weakens" in item.message]


@pytest.mark.parametrize("depth", [2, 50])
def test_new_only_hides_what_the_base_has(job: Job, depth: int) -> None:
    step = job.pull_request(depth=depth).run(new_only="true")
    assert step.status == 1
    assert step.findings() == {(RULE, "k8s/new.yaml")}
    assert step.outputs["findings"] == "1"
    for text in (step.log, step.summary):
        assert "1 new, 1 fixed, 1 existing hidden" in text


def test_new_only_passes_where_nothing_is_new(job: Job) -> None:
    step = job.pull_request(change={"k8s/mended.yaml": manifest("shop", "mended")}).run(new_only="true")
    assert step.status == 0
    assert step.annotations("error", "warning") == []
    assert "0 new, 1 fixed, 1 existing hidden" in step.log


def workload(name: str) -> str:
    return (
        f"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: {name}}}\nspec:\n  serviceName: {name}\n"
        "  selector: {matchLabels: {app: shop}}\n  template:\n    metadata: {labels: {app: shop}}\n"
        f"    spec: {{containers: [{{name: {name}, image: 'example.com/{name}:1.0'}}]}}\n"
    )


def test_a_finding_on_an_untouched_line_is_new_where_the_change_caused_it(job: Job) -> None:
    service = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {selector: {app: shop}, ports: [port: 80]}\n"
    )
    base: dict[str, str | None] = {"k8s/service.yaml": service, "k8s/web.yaml": workload("web")}
    step = job.pull_request(base, {"k8s/database.yaml": workload("database")}).run(new_only="true")
    assert ("shared-service-selector", "k8s/service.yaml") in step.findings()


WEAKER: dict[str, str | None] = {
    "docs/ai-lessons.md": "# Lessons\n\nNothing any more.\n",
    ".kubelint.yaml": "exclude: [k8s/new.yaml]\n",
    "k8s/old.yaml": manifest("web # kubelint: ignore[web-called-web] we like it", "old"),
}


def test_a_change_is_judged_by_the_rules_of_its_base_and_told_how_it_weakens_them(job: Job) -> None:
    step = job.pull_request(change={**CHANGE, **WEAKER}).run()
    assert step.status == 1
    assert (RULE, "k8s/new.yaml") in step.findings()
    (told,) = [item for item in step.annotations("warning") if "weakens the rules" in item.properties["title"]]
    for words in (
        'removes the lesson "web-called-web" (docs/ai-lessons.md)',
        'excludes "k8s/new.yaml" (.kubelint.yaml:1)',
        'ignores "web-called-web" here: we like it (k8s/old.yaml:5)',
    ):
        assert words in told.message
    assert "### This change weakens the rules" in step.summary


def test_lessons_from_head_lets_the_change_judge_itself_and_new_only_still_tells(job: Job) -> None:
    change = {**CHANGE, ".kubelint.yaml": WEAKER[".kubelint.yaml"]}
    step = job.pull_request(change=change).run(lessons_from="head", new_only="true")
    assert step.status == 0
    assert "weakens the rules" in step.annotations("warning")[0].properties["title"]


def test_a_lesson_that_the_change_breaks_is_an_error_before_it_holds(job: Job) -> None:
    broken = LESSONS.replace('object.metadata.name == "web"', "object.metadata.name ==")
    step = job.pull_request(change={"docs/ai-lessons.md": broken}).run(new_only="true")
    assert step.status == 2
    assert "docs/ai-lessons.md" in {item.properties.get("file") for item in step.annotations("error")}


def test_a_change_may_mend_a_broken_lesson(job: Job) -> None:
    broken = LESSONS.replace('object.metadata.name == "web"', "object.metadata.name ==")
    step = job.pull_request({**BASE, "docs/ai-lessons.md": broken}, {"docs/ai-lessons.md": LESSONS}).run()
    assert step.status == 0
    assert "mended here" in step.log


def test_only_a_merge_commit_of_github_tells_the_base(job: Job) -> None:
    """Whoever writes the change chooses the parents of its commits: they are not where the rules come from."""
    runner = job.pull_request()
    origin = job.folder / "origin"
    git(origin, "checkout", "-q", "--orphan", "planted")
    commit(origin, {**BASE, "docs/ai-lessons.md": "# Nothing\n"}, "Planted")
    git(origin, "merge", "-q", "--no-ff", "--allow-unrelated-histories", "-s", "ours", "-m", "Merge", "feature")
    write(origin, {**CHANGE, "docs/ai-lessons.md": "# Nothing\n"})
    planted = commit(origin, {}, "Change")
    git(origin, "reset", "-q", "--soft", "HEAD~1")
    git(origin, "commit", "-q", "--amend", "-m", "Merge")
    planted = git(origin, "rev-parse", "HEAD")
    git(origin, "checkout", "-q", "-B", "main", "main")
    workspace = job.folder / "head"
    check_out(origin, planted, workspace, 10)
    git(workspace, "fetch", "-q", f"file://{origin}", "main")
    step_runner = job.runner(workspace)
    step_runner.sha, step_runner.event_name, step_runner.event = runner.sha, "pull_request", runner.event
    step = step_runner.run()
    assert (RULE, "k8s/new.yaml") in step.findings()
    assert 'removes the lesson "web-called-web"' in step.log


@pytest.mark.parametrize("event_name", ["pull_request_target", "merge_group"])
def test_other_events_name_their_base(job: Job, event_name: str) -> None:
    runner = job.pull_request()
    runner.event_name = event_name
    if event_name == "merge_group":
        runner.event = {"merge_group": {"base_sha": git(runner.workspace, "rev-parse", "HEAD^1")}}
    assert runner.run(new_only="true").findings() == {(RULE, "k8s/new.yaml")}


@pytest.mark.parametrize("sha", ["--upload-pack=touch pwned", "HEAD", "", None, 7, "f" * 40])
def test_an_event_that_names_no_base_of_this_clone_gives_a_notice(job: Job, sha: object) -> None:
    runner = job.pull_request(depth=1)
    runner.event = {"pull_request": {"base": {"sha": sha}}}
    step = runner.run(new_only="true")
    assert step.outputs["findings"] == "2"
    assert [item for item in step.annotations("notice") if "fetch-depth: 2" in item.message]
    assert not (runner.workspace / "pwned").exists()


def test_without_the_base_everything_is_reported_and_the_way_out_is_named(job: Job) -> None:
    step = job.pull_request(depth=1).run(new_only="true")
    assert step.outputs["findings"] == "2"
    (told,) = [item for item in step.annotations("notice") if "fetch-depth: 2" in item.message]
    assert "every finding is reported" in told.message


def test_lessons_from_base_insists_on_the_base(job: Job) -> None:
    step = job.pull_request(depth=1).run(lessons_from="base")
    assert step.status == 2
    assert step.outputs == {"exit-code": "2", "findings": "0", "sarif-file": ""}
    assert "fetch-depth: 2" in step.annotations("error")[0].message


def test_lessons_from_head_needs_no_base(job: Job) -> None:
    step = job.pull_request(depth=1).run(lessons_from="head")
    assert step.outputs["findings"] == "2"
    assert not [item for item in step.annotations("notice") if "base" in item.message]


def test_a_checkout_of_another_user_is_explained(job: Job) -> None:
    runner = job.pull_request()
    runner.environment["GIT_TEST_ASSUME_DIFFERENT_OWNER"] = "1"
    runner.environment["GIT_CONFIG_GLOBAL"] = os.devnull
    step = runner.run(new_only="true")
    assert 'chown -R "$(id -u)" "$GITHUB_WORKSPACE"' in step.log
    assert step.outputs["findings"] == "2"
    assert "safe.directory" not in git(runner.workspace, "config", "--list")


@pytest.mark.parametrize(
    "inputs",
    [
        {"version": "1; touch pwned"},
        {"version": "$(touch pwned)"},
        {"version": "0.1.0\n0.2.0"},
        {"version": "--index-url=http://127.0.0.1:9"},
        {"fail_on": "sometimes::error::x"},
        {"new_only": "yes"},
        {"lessons_from": "HEAD"},
        {"annotations": "\n::error::x"},
        {"sarif": "a\nb"},
        {"sarif": "../outside.sarif"},
        {"sarif": "k8s"},
    ],
    ids=str,
)
def test_an_input_that_cannot_be_is_refused_in_one_message(job: Job, inputs: dict[str, str]) -> None:
    runner = job.push(BASE)
    step = runner.run(**inputs)
    assert step.status == 2
    assert step.outputs == {"exit-code": "2", "findings": "0", "sarif-file": ""}
    (told,) = step.annotations()
    assert told.name == "error"
    assert next(iter(inputs)).replace("_", "-") in told.message
    assert not (runner.workspace / "pwned").exists()
    assert git(runner.workspace, "status", "--porcelain") == ""


def test_the_own_version_is_the_source_of_the_action(job: Job) -> None:
    step = job.push(BASE).run(version=__version__)
    assert step.status == 1
    assert "Install kubelint" not in step.log


PATHS = ("k8s/with space.yaml", "-dash.yaml", "k8s/a;touch pwned.yaml", "k8s/$(touch pwned).yaml", "k8s/'\"`.yaml")


def test_paths_are_data(job: Job) -> None:
    runner = job.push(
        {"docs/ai-lessons.md": LESSONS, **{name: manifest("web", f"n{i}") for i, name in enumerate(PATHS)}}
    )
    step = runner.run(paths="\r\n".join(PATHS) + "\n\n", annotations="true")
    assert {file.removeprefix("./") for _, file in step.findings()} == set(PATHS)
    assert not (runner.workspace / "pwned").exists()


def test_a_path_narrows_what_is_reported(job: Job) -> None:
    assert job.push(BASE).run(paths="k8s/old.yaml").findings() == {(RULE, "k8s/old.yaml")}


@pytest.mark.parametrize("paths", ["", "\n", "\r\n\n"])
def test_no_path_at_all_means_the_checkout(job: Job, paths: str) -> None:
    assert job.push(BASE).run(paths=paths).outputs["findings"] == "2"


def test_a_lone_dash_is_a_file_and_not_standard_input(job: Job) -> None:
    step = job.push({**BASE, "-": manifest("web")}).run(paths="-")
    assert step.status in (0, 1)
    assert "<stdin>" not in step.log + step.summary


def test_a_path_that_does_not_exist_is_an_error(job: Job) -> None:
    step = job.push(BASE).run(paths="k8s\ntypo")
    assert step.status == 2
    assert step.outputs["exit-code"] == "2"
    assert step.outputs["findings"] == "2"  # what could be checked was
    assert [item.properties["file"] for item in step.annotations("error") if "no such file" in item.message] == ["typo"]


def test_args_are_one_argument_a_line(job: Job) -> None:
    runner = job.push({**BASE, 'k8s/it\'s "new".yaml': manifest("web", "quoted")})
    step = runner.run(args="--exclude\nk8s/it's \"*.yaml\n\n--select=web-called-web\n")
    assert step.findings() == {(RULE, "k8s/old.yaml"), (RULE, "k8s/mended.yaml")}
    assert runner.run(args="--exclude k8s/old.yaml").status == 2  # one argument, and no option of that name


def test_an_unknown_option_is_annotated(job: Job) -> None:
    step = job.push(BASE).run(args="--nonsense")
    assert step.status == 2
    assert "--nonsense" in step.log
    assert [item.message for item in step.annotations("error")] == [
        "kubelint could not run; the log of this step says why"
    ]


def test_fail_on_decides_the_status(job: Job) -> None:
    step = job.push(BASE).run(fail_on="never")
    assert step.status == 0
    assert step.outputs == {"exit-code": "0", "findings": "2", "sarif-file": ""}
    assert len(step.findings()) == 2


def test_a_lesson_that_does_not_load_fails_the_step_at_its_place(job: Job) -> None:
    broken = LESSONS.replace('object.metadata.name == "web"', "object.metadata.name ==")
    step = job.push({**BASE, "docs/ai-lessons.md": broken}).run()
    assert step.status == 2
    assert "docs/ai-lessons.md" in {item.properties.get("file") for item in step.annotations("error")}


def test_annotations_and_summary_can_be_turned_off(job: Job) -> None:
    step = job.push(BASE).run(annotations="false", summary="false")
    assert step.annotations() == []
    assert "= symptom: Nobody knows which web is meant." in step.log
    assert step.summary == ""
    assert step.outputs["findings"] == "2"


def test_many_findings_stay_within_ten_annotations_a_level(job: Job) -> None:
    files = {f"k8s/web-{i:02}.yaml": manifest("web", f"n{i}") for i in range(30)}
    step = job.pull_request({"docs/ai-lessons.md": LESSONS}, dict(files), depth=1).run(new_only="true")
    assert step.outputs["findings"] == "30"
    for level in ("error", "warning", "notice"):
        assert len(step.annotations(level)) <= 10
    assert "20 more findings" in step.log


def test_the_summary_links_to_the_commit(job: Job) -> None:
    runner = job.push(BASE)
    runner.sha = git(runner.workspace, "rev-parse", "HEAD")
    step = runner.run()
    assert f"https://github.com/octo/cluster/blob/{runner.sha}/k8s/old.yaml#L5" in step.summary
    assert f"https://github.com/octo/cluster/blob/{runner.sha}/docs/ai-lessons.md#L5" in step.summary


EXPECTED_COMMANDS = {"error", "warning", "notice", "group", "endgroup"}
HOSTILE_NAME = "k8s/a\n::error file=x::pwned\n##[error]pwned\n::stop-commands::x.yaml"


def test_names_and_values_give_no_commands_and_no_outputs(job: Job) -> None:
    lessons = LESSONS.replace("Nobody knows", "Nobody ##[error]pwned knows").replace('== "web"', '!= "shop"')
    value = '"::error::pwned\\n##[error]pwned"'
    runner = job.push({"docs/ai-lessons.md": lessons, HOSTILE_NAME: manifest("web", value)})
    for inputs in ({}, {"annotations": "false"}):
        step = runner.run(**inputs)
        assert step.status == 1
        assert "pwned" in step.log
        assert {command.name for command in step.commands} <= EXPECTED_COMMANDS
        assert all(command.message != "pwned" for command in step.commands)
        assert set(step.outputs) == {"exit-code", "findings", "sarif-file"}


def test_sarif_goes_where_it_was_asked_for(job: Job) -> None:
    runner = job.push(BASE)
    step = runner.run(sarif="reports/kubelint.sarif")
    assert step.outputs["sarif-file"] == "reports/kubelint.sarif"
    assert '"2.1.0"' in (runner.workspace / "reports/kubelint.sarif").read_text(encoding="utf-8")
    absolute = str(job.folder / "elsewhere.sarif")
    assert runner.run(sarif=absolute).outputs["sarif-file"] == absolute


def test_sarif_is_not_written_through_links_of_the_checkout(job: Job) -> None:
    runner = job.push(BASE)
    target = job.folder / "precious"
    target.write_text("mine", encoding="utf-8")
    (runner.workspace / "kubelint.sarif").symlink_to(target)
    (runner.workspace / "out").symlink_to(job.folder)
    assert runner.run(sarif="kubelint.sarif").outputs["sarif-file"] == "kubelint.sarif"
    assert target.read_text(encoding="utf-8") == "mine"
    assert not (runner.workspace / "kubelint.sarif").is_symlink()
    assert runner.run(sarif="out/precious").status == 2
    assert target.read_text(encoding="utf-8") == "mine"


def test_a_failed_run_names_no_sarif_file(job: Job) -> None:
    step = job.push(BASE).run(sarif="kubelint.sarif", args="--nonsense")
    assert step.outputs == {"exit-code": "2", "findings": "0", "sarif-file": ""}


def test_it_runs_in_a_checkout_that_is_no_repository(job: Job) -> None:
    workspace = job.folder / "workspace"
    write(workspace, BASE)
    runner = job.runner(workspace)
    runner.event_name = "pull_request"
    step = runner.run()
    assert step.outputs["findings"] == "2"
    assert "no git repository" in step.log


def test_a_runner_without_a_supported_python_is_told_what_to_add(job: Job, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    needed = "bash cat cksum dirname env grep head mkdir mktemp mv od rm sed tr"
    for name in needed.split():
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    runner = job.push(BASE)
    runner.temporary = tmp_path / "temp"
    runner.temporary.mkdir()
    runner.environment["PATH"] = str(tools)
    step = runner.run()
    assert step.status == 2
    assert "actions/setup-python" in step.annotations("error")[0].message
