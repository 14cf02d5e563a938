"""The hooks as pre-commit runs them: installed from a clone, on commits as people make them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hook_fixtures import (
    AUTOSCALER,
    BAD_SERVICE,
    CONFIG_MAP,
    LESSON,
    ROOT,
    SERVICE,
    Ran,
    Release,
    Repository,
    deployment,
    installed_or_skip,
    tool,
)

NewRepository = Callable[[str], Repository]


@pytest.fixture(scope="module")
def installed(
    hook_release: Release, hook_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Release:
    """Let pre-commit install the hooks once; every repository that names this release shares them."""
    first = Repository(tmp_path_factory.mktemp("install") / "first", hook_environment)
    first.add(".pre-commit-config.yaml", hook_release.config("kubelint", "kubelint-all", "kubelint-lessons"))
    installed_or_skip(first.run(tool("pre-commit"), "install-hooks"), "pre-commit")
    return hook_release


@pytest.fixture
def repository(new_repository: NewRepository, installed: Release) -> Repository:
    """Return a repository with one commit: a Service, its Deployment, what belongs to it, and the hooks."""
    made = new_repository("cluster")
    made.write(".pre-commit-config.yaml", installed.config("kubelint", "kubelint-all", "kubelint-lessons"))
    made.write("k8s/service.yaml", SERVICE)
    made.write("k8s/web.yaml", deployment("web"))
    made.write("k8s/config.yaml", CONFIG_MAP)
    made.write("k8s/autoscaler.yaml", AUTOSCALER)
    made.write("docs/ai-lessons.md", LESSON)
    made.commit_unchecked()
    assert made.run(tool("pre-commit"), "install").status == 0
    return made


def hooks(repository: Repository, *arguments: str) -> Ran:
    return repository.run(tool("pre-commit"), "run", "--color", "never", *arguments)


def test_the_manifest_is_one_that_pre_commit_accepts(new_repository: NewRepository) -> None:
    done = new_repository("any").run(tool("pre-commit"), "validate-manifest", ROOT / ".pre-commit-hooks.yaml")
    assert done == (0, "")


def test_a_bad_manifest_is_blocked_with_the_words_of_the_lesson(repository: Repository) -> None:
    repository.add("k8s/cardboard.yaml", BAD_SERVICE)
    done = repository.commit()
    assert done.status == 1
    assert "error[service-called-cardboard]: Service " in done.output
    assert "--> k8s/cardboard.yaml:3:12" in done.output
    assert "Nobody finds the Service of the month." in done.output
    assert "docs/ai-lessons.md:5" in done.output
    assert "Found 1 error in 1 file." in done.output


def test_a_good_manifest_passes(repository: Repository) -> None:
    repository.add("k8s/cardboard.yaml", BAD_SERVICE.replace("cardboard", "parcels"))
    done = repository.commit()
    assert done.status == 0, done.output
    assert re.search(r"kubelint \(changed manifests\)\.+Passed", done.output)


def test_a_mistake_whose_other_end_nobody_touched_shows_both_ends(repository: Repository) -> None:
    repository.add("k8s/cache.yaml", deployment("cache", label="web"))
    done = repository.commit()
    assert done.status == 1
    assert 'Service "web" also selects Deployment "cache"' in done.output
    assert "--> k8s/service.yaml:6:5" in done.output
    assert "::: k8s/cache.yaml:9:9" in done.output


def test_old_findings_elsewhere_block_nobody(repository: Repository) -> None:
    repository.write("k8s/cardboard.yaml", BAD_SERVICE)
    repository.commit_unchecked()
    repository.add("k8s/web.yaml", deployment("web").replace(":1", ":2"))
    assert repository.commit().status == 0
    done = hooks(repository, "--hook-stage", "manual", "kubelint-all")
    assert done.status == 1
    assert "k8s/cardboard.yaml:3:12" in done.output


def test_what_a_deleted_file_breaks_is_seen_by_the_hook_for_the_whole_project(repository: Repository) -> None:
    repository.git("rm", "-q", "k8s/web.yaml")
    done = repository.commit()
    assert done.status == 0
    assert re.search(r"kubelint \(changed manifests\)\.+\(no files to check\)Skipped", done.output)
    done = hooks(repository, "--hook-stage", "manual", "kubelint-all")
    assert done.status == 1
    assert "warning[autoscaler-without-target]" in done.output
    assert "--> k8s/autoscaler.yaml:6:" in done.output


def test_only_what_is_staged_counts(repository: Repository) -> None:
    repository.add("k8s/parcels.yaml", BAD_SERVICE.replace("cardboard", "parcels"))
    repository.write("k8s/parcels.yaml", BAD_SERVICE)
    done = repository.commit()
    assert done.status == 0, done.output
    assert (repository.root / "k8s" / "parcels.yaml").read_text(encoding="utf-8") == BAD_SERVICE


def test_what_is_mended_in_the_work_tree_only_is_still_blocked(repository: Repository) -> None:
    repository.add("k8s/parcels.yaml", BAD_SERVICE)
    repository.write("k8s/parcels.yaml", BAD_SERVICE.replace("cardboard", "parcels"))
    assert "service-called-cardboard" in repository.commit().output


def test_an_unstaged_change_of_the_other_end_does_not_count(repository: Repository) -> None:
    repository.write("k8s/service.yaml", SERVICE.replace("app: web", "app: web\n    tier: web"))
    repository.add("k8s/cache.yaml", deployment("cache", label="web"))
    assert "error[shared-service-selector]" in repository.commit().output


def test_an_untracked_sibling_changes_nothing(repository: Repository) -> None:
    repository.write("k8s/cache.yaml", deployment("cache", label="web"))
    repository.add("k8s/service.yaml", SERVICE.replace("80", "8080"))
    assert "shared-service-selector" in repository.run(repository.kubelint, "lint", "k8s/service.yaml").output
    assert repository.commit().status == 0


@pytest.mark.parametrize(
    "name", ["k8s/my service.yaml", "k8s/dienst-süß-😀.yaml", 'k8s/it\'s "quoted".yaml', "top.json"]
)
def test_odd_file_names_are_checked_like_others(repository: Repository, name: str) -> None:
    text = BAD_SERVICE
    if name.endswith(".json"):
        text = '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "cardboard"}, "spec": {}}\n'
    repository.add(name, text)
    done = repository.commit()
    assert done.status == 1
    assert f"--> {name}:" in done.output


@pytest.mark.parametrize("name", ["-x.yaml", "--exclude=k8s.yaml", "--output-format=json=k8s.yaml"])
def test_a_file_name_that_reads_like_an_option_is_refused(repository: Repository, name: str) -> None:
    repository.add(name, SERVICE)
    repository.add("k8s/cardboard.yaml", BAD_SERVICE)
    done = repository.commit()
    assert done.status == 1
    assert "- exit code: 2" in done.output
    assert f'"{name}" is a file here but reads like an option' in done.output


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".vscode/settings.json", '{\n  // comments are fine here\n  "a": 1,\n}\n'),
        ("tsconfig.json", "{\n"),
        ("ansible/task.yaml", "{{ not }}: [yaml\n"),
        ("chart/values.yaml", "replicas: 1\n"),
        ("docs/platform-reference.md.yaml", ""),
        (".github/workflows/ci.yml", "on: push\njobs: {}\n"),
    ],
)
def test_files_that_are_no_manifests_pass(repository: Repository, name: str, text: str) -> None:
    repository.add(name, text)
    done = repository.commit()
    assert done.status == 0, done.output


def test_a_manifest_that_does_not_parse_is_blocked(repository: Repository) -> None:
    repository.add("k8s/broken.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: [\n")
    done = repository.commit()
    assert done.status == 1
    assert "yaml-syntax" in done.output


def test_an_excluded_file_passes_and_is_counted(repository: Repository) -> None:
    repository.write(".kubelint.yaml", "exclude: [legacy/]\n")
    repository.commit_unchecked()
    repository.add("legacy/cardboard.yaml", BAD_SERVICE)
    done = hooks(repository, "--verbose", "kubelint")
    assert done.status == 0
    assert "not checked: 1 (excluded)" in done.output


def test_if_the_lessons_change_the_whole_project_is_reported(repository: Repository) -> None:
    repository.add("docs/ai-lessons.md", LESSON.replace("cardboard", "web").replace("{name: web}", "{name: parcels}"))
    done = repository.commit()
    assert done.status == 1
    assert "--> k8s/service.yaml:3:12" in done.output
    assert "reported: the whole project, as docs/ai-lessons.md decides what the rules say" in done.output


@pytest.mark.parametrize("name", [".kubelint.yaml", "docs/platform-reference.md"])
def test_config_and_platform_count_like_the_lessons(repository: Repository, name: str) -> None:
    repository.write("k8s/cardboard.yaml", BAD_SERVICE)
    repository.commit_unchecked()
    repository.add(name, "# nothing yet\n")
    done = repository.commit()
    assert done.status == 1
    assert "--> k8s/cardboard.yaml:3:12" in done.output


def test_a_lesson_that_does_not_load_is_blocked_at_its_place(repository: Repository) -> None:
    repository.add("docs/ai-lessons.md", LESSON.replace("match: Service", "mtach: Service"))
    done = repository.commit()
    assert done.status == 1
    assert "- exit code: 2" in done.output
    assert re.search(r"docs/ai-lessons\.md:15:\d+: ", done.output)
    assert done.output.count("Failed") == 2, done.output  # both hooks say so


def test_a_lesson_whose_example_does_not_hold_is_blocked(repository: Repository) -> None:
    repository.add("docs/ai-lessons.md", LESSON.replace("name: cardboard # finding", "name: box # finding"))
    done = hooks(repository, "kubelint-lessons")
    assert done.status == 1
    assert "docs/ai-lessons.md:" in done.output
    assert "1 lesson, 0 notes, 2 examples: 1 error" in done.output


def test_lessons_that_are_well_pass(repository: Repository) -> None:
    repository.add("docs/ai-lessons.md", LESSON.replace("of the month", "of the year"))
    assert repository.commit().status == 0


def test_arguments_of_the_user_are_added(repository: Repository, installed: Release) -> None:
    repository.add(".pre-commit-config.yaml", installed.config("{id: kubelint, args: [--output-format, concise, -q]}"))
    repository.add("k8s/cardboard.yaml", BAD_SERVICE)
    done = repository.commit()
    lines = [line for line in done.output.splitlines() if "error[" in line]
    assert len(lines) == 1
    assert lines[0].startswith("k8s/cardboard.yaml:3:12: error[service-called-cardboard] ")
    assert "= symptom" not in done.output


def test_on_a_terminal_there_is_colour_and_no_progress(repository: Repository) -> None:
    repository.add("k8s/cardboard.yaml", BAD_SERVICE)
    done = repository.run(tool("pre-commit"), "run", "--color", "always", "kubelint", TERM="xterm")
    assert done.status == 1
    assert re.search(r"\x1b\[[\d;]*m.*service-called-cardboard", done.output)
    assert "linting for" not in done.output


def test_the_order_of_the_files_does_not_matter(repository: Repository) -> None:
    names = [f"k8s/{index}.yaml" for index in range(40)]
    for index, name in enumerate(names):
        repository.write(name, BAD_SERVICE.replace("metadata: {", f"metadata: {{namespace: n{index}, "))
    repository.commit_unchecked()
    shuffled = random.Random(1).sample(names, len(names))
    command: list[str | Path] = [repository.kubelint, "lint", "--force-exclude", "--no-progress"]
    first = repository.run(*command, *names, PRE_COMMIT="1")
    assert first.status == 1
    assert first == repository.run(*command, *shuffled, PRE_COMMIT="1")
    positions = [int(found) for found in re.findall(r"--> k8s/(\d+)\.yaml", first.output)]
    assert positions == sorted(range(40), key=str)


def test_three_thousand_files_in_several_calls_say_what_one_call_says(
    repository: Repository, installed: Release
) -> None:
    """pre-commit splits long lists of files, also for hooks that run one at a time."""
    folder = "k8s/a-folder-with-a-long-name/and-another-one-below-it"
    for index in range(3000):
        name = "cardboard" if index % 100 == 0 else f"config-{index}"
        kind = "Service" if index % 100 == 0 else "ConfigMap"
        text = f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: n{index}\n"
        repository.write(f"{folder}/{index:04}.yaml", text)
    repository.git("add", "-A")
    repository.add(".pre-commit-config.yaml", installed.config("{id: kubelint, args: [--output-format, concise]}"))
    done = hooks(repository, "kubelint")
    assert done.status == 1
    assert done.output.count("  checked: ") > 1
    one = repository.run(repository.kubelint, "lint", "--output-format", "concise", "-q", PRE_COMMIT="1")
    expected = one.output.splitlines()
    assert len(expected) >= 30
    assert sorted({line for line in done.output.splitlines() if ".yaml:" in line}) == sorted(expected)


def test_no_option_that_must_hold_can_be_lost() -> None:
    """``args:`` of a user replace those of a hook, so there are none."""
    assert "args:" not in re.sub(r"#.*", "", (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def test_the_fixtures_are_what_they_seem(tmp_path: Path, hook_environment: dict[str, str]) -> None:
    made = Repository(tmp_path / "plain", hook_environment)
    for name, text in (
        ("s.yaml", SERVICE),
        ("w.yaml", deployment("web")),
        ("c.yaml", CONFIG_MAP),
        ("a.yaml", AUTOSCALER),
    ):
        made.add(name, text)
    done = made.run(made.kubelint, "lint")
    assert done.status == 0, done.output
