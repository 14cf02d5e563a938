"""What the pages say is true: outputs, commands, lessons, and the paths they name."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kubelint_lessons.authoring.check import check_lessons
from kubelint_lessons.cli.pages import pages
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import load_rules

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], key=lambda path: path.relative_to(ROOT).as_posix())
HOMELAB = ROOT / "fixtures" / "homelab"


def kubelint(*arguments: str, cwd: Path = HOMELAB) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kubelint_lessons", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=dict(os.environ))


def test_the_output_in_the_readme_is_what_the_program_prints() -> None:
    found = re.search(
        r"<!-- output of: kubelint ([^,]*), in fixtures/homelab -->\n```text\n(.*?)```", README, re.DOTALL
    )
    assert found is not None
    assert kubelint(*shlex.split(found[1])).stdout == found[2]


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("kubelint ")]


@pytest.mark.parametrize("line", commands())
def test_every_command_of_the_readme_runs(line: str, tmp_path: Path) -> None:
    project = tmp_path / "homelab"
    shutil.copytree(HOMELAB, project)
    done = kubelint(*shlex.split(line)[1:], cwd=project)
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout


def test_there_are_commands_in_the_readme() -> None:
    assert len(commands()) >= 5


def lessons_in(page: str) -> list[str]:
    return re.findall(r"^````markdown\n(.*?)^````$", page, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_lessons_shown_on_a_page_load_and_their_examples_hold(page: Path) -> None:
    for number, text in enumerate(lessons_in(page.read_text(encoding="utf-8"))):
        name = f"{page.name}-{number}.md"
        rule_set = load_rules([(name, f"# Lessons\n\n## Kubernetes\n\n{text}")], cache=Cache(cache_folder()))
        checked = check_lessons(rule_set, {name: f"# Lessons\n\n## Kubernetes\n\n{text}"}, Toolbox(Compiler()))
        assert [f"{error.line}: {error.message}" for error in checked.errors] == []
        assert checked.lessons >= 1


def test_the_readme_shows_a_lesson() -> None:
    assert len(lessons_in(README)) == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_paths_of_the_repository_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"`((?:kubelint_lessons|rules|tests|fixtures|docs)/[\w./-]+)`", text):
        if name not in ("docs/ai-lessons.md", "docs/platform-reference.md"):  # the user's own
            assert (ROOT / name).exists(), name
            assert "__pycache__" not in name, f"{name}: a clean clone has none"


def test_the_walk_from_an_incident_to_a_rule_works(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "writing-lessons.md").read_text(encoding="utf-8")
    walk = page.partition("## Writing one by hand")[0]
    before, after = re.findall(r"```yaml\n(.*?)```", walk, re.DOTALL)
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    (tmp_path / "k8s").mkdir()
    for text, message in ((before, "Add the agent"), (after, "Let the agent resolve the names of Services")):
        (tmp_path / "k8s" / "agent.yaml").write_text(text, encoding="utf-8")
        for command in (["init", "-q"], ["add", "."], ["commit", "-qm", message]):
            subprocess.run([*git, *command], cwd=tmp_path, check=True)
    for line in "".join(re.findall(r"```sh\n(.*?)```", walk, re.DOTALL)).splitlines():
        command = [sys.executable, "-m", "kubelint_lessons", *shlex.split(line)[1:]]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    lessons = (tmp_path / "docs" / "ai-lessons.md").read_text(encoding="utf-8")
    assert "### host-network-without-service-names" in lessons
    (tmp_path / "k8s" / "agent.yaml").write_text(before, encoding="utf-8")
    command = [sys.executable, "-m", "kubelint_lessons", "lint", "k8s"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "error[host-network-without-service-names]" in done.stdout


def test_the_pages_of_the_rules_are_up_to_date() -> None:
    folder = ROOT / "docs" / "rules"
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    assert found == pages(), "run make docs"


def test_no_page_and_no_module_names_a_place_of_this_machine_or_a_registry() -> None:
    forbidden = re.compile(
        r"/work/(?:main|shared)|pypi\.org|files\.pythonhosted|registry\.npmjs|proxy\.golang\.org|crates\.io"
    )
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    for name in (os.fsdecode(entry) for entry in tracked if entry):
        path = ROOT / name
        if (
            path.suffix in (".py", ".md", ".toml", ".yaml", ".yml", "")
            and path.is_file()
            and name != "tests/test_docs.py"
        ):
            found = forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
            assert found is None, f"{name}: {found[0] if found else ''}"
