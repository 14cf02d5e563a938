"""Jobs with the action: what they check out, and one installation for all of them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from action_runner import Runner, Step, check_out, source_copy
from git_helpers import commit, git

LESSONS = """\
# Lessons

## Kubernetes

### web-called-web

**Nobody knows which web is meant.**

**Root cause:** The name says nothing.

**Fix:** Name it after what it serves.

**Seen:** 2026-02-11 cardboard, 2026-02-13 trade-bot

```yaml rule
severity: error
match: ConfigMap
forbid: object.metadata.name == "web"
at: metadata.name
message: '{object.kind} "{object.name}" has a name that says nothing'
```

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata:
  name: web # finding
```
"""

RULE = "web-called-web"


def manifest(name: str, namespace: str = "shop") -> str:
    return (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  namespace: {namespace}\n  name: {name}\ndata: {{key: value}}\n"
    )


BASE: dict[str, str | None] = {
    "docs/ai-lessons.md": LESSONS,
    "k8s/old.yaml": manifest("web", "old"),
    "k8s/mended.yaml": manifest("web", "mended"),
    "k8s/fine.yaml": manifest("shop", "fine"),
}
CHANGE: dict[str, str | None] = {
    "k8s/mended.yaml": manifest("shop", "mended"),
    "k8s/new.yaml": manifest("web", "new"),
}

HOSTILE_PYTHON = "import os, pathlib\npathlib.Path(os.environ['CANARY']).write_text(__file__)\n"
HOSTILE: dict[str, str] = {
    **{
        f"{name}.py": HOSTILE_PYTHON
        for name in ("yaml", "click", "venv", "pip", "json", "re", "ensurepip", "sitecustomize", "usercustomize")
    },
    "kubelint_lessons/__init__.py": HOSTILE_PYTHON,
    "kubelint_lessons/__main__.py": HOSTILE_PYTHON,
    "uv.toml": 'index-url = "http://127.0.0.1:9/"\n',
    "pip.conf": "[global]\nindex-url = http://127.0.0.1:9/\n",
    "pyvenv.cfg": "home = /nowhere\n",
    "pyproject.toml": '[tool.uv]\nindex-url = "http://127.0.0.1:9/"\n',
    ".python-version": "2.7\n",
}
"""What a pull request may bring along to be run, imported or obeyed; every module leaves a mark."""


class Job:
    """A job on a runner that has the action."""

    def __init__(self, source: Path, temporary: Path, folder: Path) -> None:
        self.folder = folder
        self._source = source
        self._temporary = temporary

    def runner(self, workspace: Path) -> Runner:
        return Runner(self._source, self._temporary, workspace, self.folder / "runner-files")

    def push(self, files: dict[str, str | None]) -> Runner:
        """Return a runner that has pushed files checked out."""
        workspace = self.folder / "workspace"
        commit(workspace, files)
        return self.runner(workspace)

    def pull_request(
        self,
        base: dict[str, str | None] | None = None,
        change: dict[str, str | None] | None = None,
        *,
        depth: int = 2,
    ) -> Runner:
        """Return a runner with the merge commit of a fork's pull request checked out."""
        origin = self.folder / "origin"
        start = commit(origin, BASE if base is None else base, "Base")
        git(origin, "checkout", "-q", "-b", "feature")
        head = commit(origin, CHANGE if change is None else change, "Change")
        git(origin, "checkout", "-q", "--detach", "main")
        git(origin, "merge", "-q", "--no-ff", "-m", "Merge", "feature")
        git(origin, "update-ref", "refs/pull/1/merge", "HEAD")
        git(origin, "update-ref", "refs/pull/1/head", head)
        git(origin, "checkout", "-q", "main")
        runner = self.runner(self.folder / "workspace")
        runner.sha = check_out(origin, "refs/pull/1/merge", runner.workspace, depth)
        runner.event_name = "pull_request"
        runner.event = {
            "pull_request": {
                "base": {"sha": start, "repo": {"full_name": "octo/cluster"}},
                "head": {"sha": head, "repo": {"full_name": "mallory/cluster", "fork": True}},
            }
        }
        return runner


class Installed(NamedTuple):
    """An action that has run once: its source, the runner's temporary directory, where it ran, and what came of it."""

    source: Path
    temporary: Path
    folder: Path
    step: Step


_INSTALLED = pytest.StashKey[Installed]()


def install(factory: pytest.TempPathFactory) -> Installed:
    """Install the way the action does, and in the most hostile checkout."""
    source = source_copy(factory.mktemp("actions") / "kubelint")
    temporary = factory.mktemp("runner-temp")
    folder = factory.mktemp("hostile")
    workspace = folder / "workspace"
    commit(workspace, {**BASE, **HOSTILE})
    runner = Runner(source, temporary, workspace, folder / "files")
    runner.environment = {"CANARY": str(folder / "canary"), "PYTHONPATH": str(workspace)}
    step = runner.run()
    if "Could not find a version" in step.log or "ConnectionError" in step.log:
        pytest.skip("the action cannot install kubelint here: no package index is reached")
    return Installed(source, temporary, folder, step)


@pytest.fixture(scope="session")
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Return the action as installed by the first test that needs it: the tests of all modules are steps of one job."""
    stash = request.config.stash
    if _INSTALLED not in stash:
        stash[_INSTALLED] = install(tmp_path_factory)
    return stash[_INSTALLED]


@pytest.fixture
def job(installed: Installed, tmp_path: Path) -> Job:
    return Job(installed.source, installed.temporary, tmp_path)
