"""Plugins: installed packages with lessons and checks, which only the command line can name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kubelint_lessons.lessons.plugins import PluginError, find_plugin

ROOT = Path(__file__).resolve().parents[1]
LESSON = """\
# Lessons

## Ours

### name-with-{word}

**It breaks.**

**Root cause:** the name.

**Fix:** another one.

```yaml rule
severity: error
match: ConfigMap
{detector}
```
"""
CHECK = """\
from our_rules.words import WORD

from kubelint_lessons.plugin import Context, Problem, Resource


def check(resource: Resource, context: Context):
    if WORD in resource.name:
        yield Problem(f"{resource.id} holds {WORD}", resource.place("metadata", "name"))
"""
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: beta-alpha\n"


def write_package(folder: Path) -> None:
    """Write the package ``our_rules``: a lesson in CEL, and one with a check that imports from its package."""
    package = folder / "our_rules"
    (package / "rules").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "words.py").write_text('WORD = "beta"\n')
    alpha = LESSON.format(word="alpha", detector='forbid: object.metadata.name.contains("alpha")\nat: metadata.name')
    (package / "rules" / "name_with_alpha.md").write_text(alpha)
    (package / "rules" / "name_with_beta.md").write_text(LESSON.format(word="beta", detector="check: name_with_beta"))
    (package / "rules" / "name_with_beta.py").write_text(CHECK)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which pip has installed a wheel of the package."""
    source = tmp_path_factory.mktemp("source")
    write_package(source)
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
        '[project]\nname = "our-rules"\nversion = "1"\n\n[tool.hatch.build.targets.wheel]\npackages = ["our_rules"]\n'
    )
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps",
               "--disable-pip-version-check", "--no-index", "--target", str(target), str(source)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".kubelint.yaml").write_text("select: [all]\n")
    (tmp_path / "a.yaml").write_text(CONFIG_MAP)
    return tmp_path


def kubelint(project: Path, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(path) if path else ""}
    command = [sys.executable, "-m", "kubelint_lessons", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, env=environment)


def test_an_installed_plugin_is_loaded_when_the_command_line_names_it(installed: Path, project: Path) -> None:
    done = kubelint(project, "lint", "--plugin", "our-rules", "--output-format", "json", path=installed)
    assert done.returncode == 1, done.stderr
    found = {item["rule"]: item for item in json.loads(done.stdout)["findings"]}
    assert found.keys() == {"name-with-alpha", "name-with-beta"}
    assert found["name-with-beta"]["message"] == 'ConfigMap "beta-alpha" holds beta'
    assert found["name-with-beta"]["lesson"]["path"] == "our_rules:rules/name_with_beta.md"
    again = kubelint(project, "lint", "--plugin", "our-rules", "--output-format", "json", path=installed)
    assert again.stdout == done.stdout
    without = kubelint(project, "lint", path=installed)
    assert (without.returncode, "No findings" in without.stdout) == (0, True)


def test_rules_of_a_plugin_can_be_named_and_silenced(installed: Path, project: Path) -> None:
    text = CONFIG_MAP.replace("beta-alpha", "beta-alpha # kubelint: ignore[name-with-alpha, name-with-beta] a reason")
    (project / "a.yaml").write_text(text)
    done = kubelint(project, "lint", "--plugin", "our_rules", path=installed)
    assert (done.returncode, "suppressed: 2 findings" in done.stdout) == (0, True), done.stdout
    assert (
        kubelint(project, "lint", "--plugin", "our_rules", "--select", "name-with-alpha", path=installed).returncode
        == 0
    )
    assert kubelint(project, "lint", "--select", "name-with-alpha", path=installed).returncode == 2


def test_what_lies_in_the_project_is_no_plugin(project: Path) -> None:
    write_package(project)
    (project / "our_rules" / "__init__.py").write_text("raise SystemExit('it ran')\n")
    for path in (None, project):
        done = kubelint(project, "lint", "--plugin", "our_rules", path=path)
        assert done.returncode == 2
        assert 'no package called "our_rules" is installed' in done.stdout + done.stderr
        assert "it ran" not in done.stdout + done.stderr


def test_a_config_cannot_enable_a_plugin(installed: Path, project: Path) -> None:
    (project / ".kubelint.yaml").write_text("plugin: our_rules\n")
    done = kubelint(project, "lint", path=installed)
    assert done.returncode == 2
    assert "only the command line can name one" in done.stdout + done.stderr
    environment = {**os.environ, "PYTHONPATH": str(installed), "KUBELINT_PLUGIN": "our_rules"}
    (project / ".kubelint.yaml").write_text("select: [all]\n")
    command = [sys.executable, "-m", "kubelint_lessons", "lint"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0


def test_what_is_wrong_with_a_plugin_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty_rules").mkdir()
    (tmp_path / "empty_rules" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, words in (
        ("a.b", "not the name"),
        ("no_such_thing", "is installed"),
        ("empty-rules", "no folder rules/"),
    ):
        with pytest.raises(PluginError) as caught:
            find_plugin(name, [])
        assert words in caught.value.message
        assert caught.value.hint
    with pytest.raises(PluginError):
        find_plugin("empty_rules", [str(tmp_path)])
