"""The hooks as prek runs them: the same config, other ways of installing, stashing and passing files."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hook_fixtures import (
    BAD_SERVICE,
    CONFIG_MAP,
    LESSON,
    SERVICE,
    Release,
    Repository,
    deployment,
    installed_or_skip,
    tool,
)


@pytest.fixture(scope="module")
def installed(
    hook_release: Release, hook_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Release:
    """Let prek install the hooks once; every repository that names this release shares them."""
    tool("uv")
    first = Repository(tmp_path_factory.mktemp("install") / "first", hook_environment)
    first.add(".pre-commit-config.yaml", hook_release.config("kubelint", "kubelint-all", "kubelint-lessons"))
    installed_or_skip(first.run(tool("prek"), "install-hooks"), "prek")
    return hook_release


@pytest.fixture
def repository(new_repository: Callable[[str], Repository], installed: Release) -> Repository:
    made = new_repository("cluster")
    made.write(".pre-commit-config.yaml", installed.config("kubelint", "kubelint-all", "kubelint-lessons"))
    made.write("k8s/service.yaml", SERVICE)
    made.write("k8s/web.yaml", deployment("web"))
    made.write("k8s/config.yaml", CONFIG_MAP)
    made.write("docs/ai-lessons.md", LESSON)
    made.commit_unchecked()
    assert made.run(tool("prek"), "install").status == 0
    return made


def test_a_bad_manifest_is_blocked_and_a_good_one_passes(repository: Repository) -> None:
    repository.add("k8s/my box.yaml", BAD_SERVICE)
    done = repository.commit()
    assert done.status == 1
    assert "--> k8s/my box.yaml:3:12" in done.output
    assert "Nobody finds the Service of the month." in done.output
    repository.add("k8s/my box.yaml", BAD_SERVICE.replace("cardboard", "parcels"))
    done = repository.commit()
    assert done.status == 0, done.output


def test_both_ends_are_shown_and_untracked_files_are_not_read(repository: Repository) -> None:
    repository.write("k8s/untracked.yaml", deployment("other", label="web"))
    repository.add("k8s/cache.yaml", deployment("cache", label="web"))
    done = repository.commit()
    assert done.status == 1
    assert "--> k8s/service.yaml:6:5" in done.output
    assert "::: k8s/cache.yaml:9:9" in done.output
    assert "untracked.yaml" not in done.output


def test_only_what_is_staged_counts(repository: Repository) -> None:
    repository.add("k8s/parcels.yaml", BAD_SERVICE.replace("cardboard", "parcels"))
    repository.write("k8s/parcels.yaml", BAD_SERVICE)
    done = repository.commit()
    assert done.status == 0, done.output


def test_a_commit_that_only_deletes_is_skipped(repository: Repository) -> None:
    repository.git("rm", "-q", "k8s/config.yaml")
    done = repository.commit()
    assert done.status == 0
    assert "Skipped" in done.output


def test_a_broken_lesson_is_blocked(repository: Repository) -> None:
    repository.add("docs/ai-lessons.md", LESSON.replace("match: Service", "mtach: Service"))
    done = repository.commit()
    assert done.status == 1
    assert "docs/ai-lessons.md:15:" in done.output


def test_three_thousand_files_say_what_one_call_says(repository: Repository) -> None:
    for index in range(3000):
        text = BAD_SERVICE if index % 100 == 0 else CONFIG_MAP
        text = text.replace("metadata: {", f"metadata: {{namespace: n{index}, ")
        repository.write(f"k8s/a-folder-with-a-long-name/and-another-one-below-it/{index:04}.yaml", text)
    repository.git("add", "-A")
    done = repository.run(tool("prek"), "run", "kubelint")
    assert done.status == 1
    one = repository.run(repository.kubelint, "lint", "--output-format", "concise", "-q", PRE_COMMIT="1")
    expected = {line.partition(": ")[0] for line in one.output.splitlines()}
    assert len(expected) == 30
    shown = {line.partition("--> ")[2] for line in done.output.splitlines() if "--> " in line}
    assert shown == expected
