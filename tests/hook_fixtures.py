"""What the tests of the commit hooks share: our tree as a repository with hooks, and throw-away repositories."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = Path(sys.executable).parent
_OFFLINE = re.compile(
    r"NewConnectionError|ConnectionError|Temporary failure|Name or service not known|No matching distribution"
    r"|dns error|error sending request|Failed to fetch|tcp connect error|timed out",
    re.IGNORECASE,
)

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  selector: {matchLabels: {app: LABEL, tier: NAME}}
  template:
    metadata:
      labels:
        app: LABEL
        tier: NAME
    spec:
      containers:
        - name: main
          image: example/NAME:1
          envFrom: [{configMapRef: {name: web}}]
          resources: {requests: {cpu: 100m}}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector:
    app: web
  ports: [{port: 80}]
"""
AUTOSCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  maxReplicas: 3
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
"""
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {KEY: value}\n"
LESSON = """\
# Lessons

## Kubernetes

### service-called-cardboard

**Nobody finds the Service of the month.**

**Root cause:** It is called cardboard.

**Fix:** Call it after what it serves.

```yaml rule
severity: error
match: Service
forbid: object.metadata.name == "cardboard"
at: metadata.name
message: 'Service "{object.metadata.name}" has the name of the box it came in'
```

```yaml bad
apiVersion: v1
kind: Service
metadata:
  name: cardboard # finding
spec: {ports: [{port: 80}]}
```

```yaml good
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80}]}
```
"""
BAD_SERVICE = (
    "apiVersion: v1\nkind: Service\nmetadata: {name: cardboard}\nspec: {clusterIP: None, ports: [{port: 80}]}\n"
)


def deployment(name: str, label: str = "") -> str:
    return DEPLOYMENT.replace("NAME", name).replace("LABEL", label or name)


class Release(NamedTuple):
    """Our tree, committed somewhere, as users name it in ``repo:`` and ``rev:``."""

    repo: str
    rev: str

    def config(self, *hooks: str) -> str:
        lines = "".join(f"      - {hook if ':' in hook else f'id: {hook}'}\n" for hook in hooks)
        return f"repos:\n  - repo: {self.repo}\n    rev: {self.rev}\n    hooks:\n{lines}"


class Repository:
    """A repository with commits, where hooks run."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self.root = root
        self.environment = environment
        root.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def add(self, name: str, text: str) -> None:
        self.write(name, text)
        self.git("add", "--", name)

    def run(self, *command: str | Path, **environment: str) -> Ran:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            env={**self.environment, **environment},
        )  # fmt: skip
        return Ran(done.returncode, done.stdout.decode("utf-8", "replace"))

    def git(self, *arguments: str) -> str:
        status, output = self.run("git", *arguments)
        assert status == 0, output
        return output

    def commit(self, *arguments: str) -> Ran:
        """Commit what is staged, with whatever hooks are installed."""
        return self.run("git", "commit", "-qm", "change", *arguments)

    def commit_unchecked(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-qnm", "before")

    @cached_property
    def kubelint(self) -> Path:
        """The program as it is installed for the tests."""
        return SCRIPTS / "kubelint"


class Ran(NamedTuple):
    """Exit status, and standard output and error as they came."""

    status: int
    output: str


def tool(name: str) -> Path:
    """Return a program of the development environment, else skip."""
    found = SCRIPTS / name
    if not found.exists():
        pytest.skip(f"{name} is missing: pip install '.[dev]' brings it")
    return found


def installed_or_skip(ran: Ran, what: str) -> None:
    """Fail if hooks could not be installed; skip where that is for want of a network, except in CI."""
    if ran.status and not os.environ.get("CI") and _OFFLINE.search(ran.output):
        pytest.skip(f"{what} cannot install packages here: no network")
    assert ran.status == 0, ran.output


@pytest.fixture(scope="session")
def hook_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return our tree as it is, not yet committed changes included, as a repository of its own."""
    if shutil.which("git") is None:
        pytest.skip("git is missing")
    target = tmp_path_factory.mktemp("release") / "kubelint-lessons"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    for name in (os.fsdecode(name) for name in names if name):
        if (ROOT / name).is_file() and not name.startswith(("docs/", "fixtures/")):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "release"]):
        subprocess.run(["git", *command], cwd=target, check=True, env={**os.environ, **_IDENTITY})
    rev = subprocess.run(["git", "rev-parse", "HEAD"], cwd=target, capture_output=True, text=True, check=True)
    return Release(str(target), rev.stdout.strip())


@pytest.fixture(scope="session")
def hook_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return an environment in which runners keep what they install in folders of this test session."""
    home = tmp_path_factory.mktemp("runners")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "KUBELINT_", "PRE_COMMIT", "PREK_", "LEFTHOOK")) and name != "SKIP"
    }
    kept |= {name: os.environ[name] for name in ("GIT_SSL_CAINFO",) if name in os.environ}
    own = {
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
        "PREK_HOME": str(home / "prek"),
        "UV_CACHE_DIR": str(home / "uv"),
        "KUBELINT_CACHE_DIR": str(home / "kubelint"),
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    return {**kept, **_IDENTITY, **own}


@pytest.fixture
def new_repository(tmp_path: Path, hook_environment: dict[str, str]) -> Callable[[str], Repository]:
    """Return a function that makes an empty repository."""
    return lambda name: Repository(tmp_path / name, hook_environment)


_IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Tester",
    "GIT_AUTHOR_EMAIL": "tester@example.invalid",
    "GIT_COMMITTER_NAME": "Tester",
    "GIT_COMMITTER_EMAIL": "tester@example.invalid",
}
