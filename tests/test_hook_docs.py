"""docs/pre-commit.md: every snippet is used as it stands there, with our tree as the repository that it names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

import pytest
import yaml
from hook_fixtures import (
    BAD_SERVICE,
    CONFIG_MAP,
    LESSON,
    ROOT,
    SERVICE,
    Release,
    Repository,
    deployment,
    installed_or_skip,
    tool,
)

PAGE = (ROOT / "docs" / "pre-commit.md").read_text(encoding="utf-8")
NAMED = ("https://github.com/OWNER/kubelint-lessons", "v0.1.0")


def fences(language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", PAGE, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


CONFIGS = [text for text in fences("yaml") if text.startswith("repos:")]
LEFTHOOK = [text for text in fences("yaml") if text.startswith("pre-commit:")]
COMMANDS = [line for text in fences("sh") for line in text.splitlines()]


@pytest.fixture
def repository(new_repository: Callable[[str], Repository]) -> Repository:
    made = new_repository("cluster")
    made.write("k8s/service.yaml", SERVICE)
    made.write("k8s/web.yaml", deployment("web"))
    made.write("k8s/config.yaml", CONFIG_MAP)
    made.write("docs/ai-lessons.md", LESSON)
    made.write("vendor/box.yaml", BAD_SERVICE)
    made.write("generated/box.yaml", BAD_SERVICE)
    made.commit_unchecked()
    return made


def with_release(text: str, release: Release) -> str:
    for named, real in zip(NAMED, release, strict=True):
        text = text.replace(named, real)
    return text


def test_every_snippet_is_used_here() -> None:
    assert (len(CONFIGS), len(LEFTHOOK)) == (2, 1)
    assert len(fences("yaml")) == 3
    known = {"pre-commit install", "prek install", "lefthook install", "pre-commit try-repo", "pre-commit run"}
    assert {" ".join(shlex.split(line)[:2]) for line in COMMANDS} == known | {"kubelint lint"}
    assert len(re.findall(r"^ *```", PAGE, re.MULTILINE)) == 2 * (len(fences("yaml")) + len(fences("sh")))


@pytest.mark.parametrize("runner", ["pre-commit", "prek"])
def test_the_first_config_blocks_commits_and_pushes(repository: Repository, hook_release: Release, runner: str) -> None:
    repository.add(".pre-commit-config.yaml", with_release(CONFIGS[0], hook_release))
    installed_or_skip(repository.run(tool(runner), "install-hooks"), runner)
    install = next(line for line in COMMANDS if line.startswith(f"{runner} install"))
    assert repository.run(*shlex.split(install)).status == 0
    repository.add("k8s/box.yaml", BAD_SERVICE)
    done = repository.commit()
    assert done.status == 1
    assert "--> k8s/box.yaml:3:12" in done.output
    assert "vendor" not in done.output
    assert repository.run("git", "commit", "-qm", "x", SKIP="kubelint").status == 0
    repository.git("init", "-q", "--bare", "../remote.git")
    done = repository.run("git", "push", "-q", "../remote.git", "main")
    assert done.status == 1
    assert re.search(r"kubelint \(whole project\)\.+Failed", done.output)
    assert "--> vendor/box.yaml:3:12" in done.output


def test_the_options_of_the_second_config_hold(repository: Repository, hook_release: Release) -> None:
    repository.add(".pre-commit-config.yaml", with_release(CONFIGS[1], hook_release))
    installed_or_skip(repository.run(tool("pre-commit"), "install-hooks"), "pre-commit")
    repository.add("vendor/box.yaml", BAD_SERVICE + "# changed\n")
    repository.add("generated/box.yaml", BAD_SERVICE + "# changed\n")
    repository.add("k8s/pod.yaml", POD)
    assert "Found 1 warning" in repository.run(repository.kubelint, "lint", "k8s/pod.yaml").output
    done = repository.run(tool("pre-commit"), "run", "--verbose")
    assert done.status == 0, done.output
    assert "Found 1 warning in 1 file." in done.output
    assert "1 (excluded)" in done.output
    repository.add("docs/ai-lessons.md", LESSON.partition("```yaml good")[0])
    done = repository.run(tool("pre-commit"), "run", "kubelint-lessons")
    assert done.status == 1
    assert "there is no good example" in done.output


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith(("pre-commit try", "pre-commit run"))])
def test_hooks_run_by_hand_as_shown(repository: Repository, hook_release: Release, line: str) -> None:
    repository.add(".pre-commit-config.yaml", with_release(CONFIGS[0], hook_release))
    installed_or_skip(repository.run(tool("pre-commit"), "install-hooks"), "pre-commit")
    command = with_release(line, hook_release)
    done = repository.run(*shlex.split(command))
    assert done.status == 1
    assert "--> vendor/box.yaml:3:12" in done.output


def test_the_change_can_be_looked_at_as_shown(repository: Repository) -> None:
    repository.write("k8s/cache.yaml", deployment("cache", label="web"))
    done = repository.run(*shlex.split(next(line for line in COMMANDS if line.startswith("kubelint lint"))))
    assert done.status == 0
    assert "+    tier: web" in done.output


def test_the_comment_that_ignores_a_finding_does(repository: Repository) -> None:
    comment = re.search(r"`(# kubelint: ignore\[[^`]*)`", PAGE)
    assert comment is not None
    repository.write("k8s/cache.yaml", deployment("cache", label="web"))
    repository.write("k8s/service.yaml", SERVICE.replace("app: web", f"app: web {comment[1]}"))
    done = repository.run(repository.kubelint, "lint", "k8s")
    assert done.status == 0, done.output


def test_the_hook_fixes_if_it_is_told_to(repository: Repository, hook_release: Release) -> None:
    assert "`args: [--fix]`" in PAGE
    repository.add(".pre-commit-config.yaml", hook_release.config("{id: kubelint, args: [--fix]}"))
    installed_or_skip(repository.run(tool("pre-commit"), "install-hooks"), "pre-commit")
    repository.add("k8s/runner.yaml", RUNNER)
    done = repository.run(tool("pre-commit"), "run", "kubelint")
    assert done.status == 1
    assert "files were modified by this hook" in done.output
    text = (repository.root / "k8s" / "runner.yaml").read_text(encoding="utf-8")
    assert text == RUNNER.replace("summerwind.net", "summerwind.dev")


POD = """\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec: {containers: [{name: shop, image: 'example/shop:1', env: [{name: DB_PASSWORD, value: abc123}]}]}
"""
RUNNER = """\
apiVersion: actions.summerwind.net/v1alpha1
kind: RunnerDeployment
metadata: {name: runner}
spec: {replicas: 1, template: {spec: {repository: example/app}}}
"""


class TestLefthook:
    """The one config for lefthook, which runs the kubelint that is installed."""

    @pytest.fixture
    def hooked(self, repository: Repository) -> Repository:
        tool("lefthook")
        repository.write("lefthook.yml", LEFTHOOK[0])
        repository.commit_unchecked()
        assert repository.run(*shlex.split("lefthook install")).status == 0
        return repository

    def test_it_is_well_formed(self) -> None:
        jobs = [job for hook in yaml.safe_load(LEFTHOOK[0]).values() for job in hook["jobs"]]
        hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
        assert {job["name"] for job in jobs} == {hook["id"] for hook in hooks}
        for job in jobs:
            entry = next(hook["entry"] for hook in hooks if hook["id"] == job["name"])
            assert job["run"].startswith(entry)

    @pytest.mark.parametrize("name", ["top box.yaml", "k8s/deep/down/böx.yml", "it's.json"])
    def test_a_bad_manifest_is_blocked_wherever_it_lies(self, hooked: Repository, name: str) -> None:
        text = BAD_SERVICE
        if name.endswith(".json"):
            text = '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "cardboard"}, "spec": {}}\n'
        hooked.add(name, text)
        done = hooked.commit()
        assert done.status == 1
        assert f"--> {name}:" in done.output
        assert hooked.run("git", "commit", "-qm", "x", LEFTHOOK_EXCLUDE="kubelint").status == 0

    def test_a_good_manifest_passes(self, hooked: Repository) -> None:
        hooked.add("k8s/box.yaml", BAD_SERVICE.replace("cardboard", "parcels"))
        assert hooked.commit().status == 0

    def test_both_ends_are_shown_and_untracked_files_are_not_read(self, hooked: Repository) -> None:
        hooked.write("k8s/untracked.yaml", deployment("other", label="web"))
        hooked.add("k8s/cache.yaml", deployment("cache", label="web"))
        done = hooked.commit()
        assert done.status == 1
        assert "::: k8s/cache.yaml:9:9" in done.output
        assert "untracked.yaml" not in done.output

    def test_only_what_is_staged_counts(self, hooked: Repository) -> None:
        hooked.add("k8s/parcels.yaml", BAD_SERVICE.replace("cardboard", "parcels"))
        hooked.write("k8s/parcels.yaml", BAD_SERVICE)
        done = hooked.commit()
        assert done.status == 0, done.output

    def test_a_commit_that_only_deletes_passes(self, hooked: Repository) -> None:
        hooked.git("rm", "-q", "k8s/config.yaml")
        assert hooked.commit().status == 0

    def test_changed_lessons_report_the_whole_project(self, hooked: Repository) -> None:
        hooked.add("docs/ai-lessons.md", LESSON.replace("of the month", "of the year"))
        done = hooked.commit()
        assert done.status == 1
        assert "--> vendor/box.yaml:3:12" in done.output
        hooked.add("docs/ai-lessons.md", LESSON.replace("name: cardboard # finding", "name: box # finding"))
        assert "2 examples: 1 error" in hooked.commit().output

    def test_a_push_checks_everything(self, hooked: Repository) -> None:
        hooked.git("init", "-q", "--bare", "../remote.git")
        done = hooked.run("git", "push", "-q", "../remote.git", "main")
        assert done.status != 0
        assert "--> vendor/box.yaml:3:12" in done.output


def test_the_page_names_what_there_is() -> None:
    ids = re.findall(r"^\| `(kubelint[\w-]*)` \|", PAGE, re.MULTILINE)
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert sorted(ids) == sorted(hook["id"] for hook in hooks)
