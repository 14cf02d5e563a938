"""Small projects with known findings, and the command line in this process: for tests of baseline and comparison."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from kubelint_lessons.cli.app import app


class Done(NamedTuple):
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def compared(self) -> str:
        """Return the line of the summary that counts what is new; empty where there is none."""
        lines = (line.strip() for line in self.out.splitlines())
        return next((line for line in lines if line.startswith("compared: ")), "")


def kubelint(directory: Path, *arguments: str, **environment: str | None) -> Done:
    """Run a command in a directory."""
    before = os.getcwd()
    os.chdir(directory)
    try:
        done = CliRunner().invoke(app, arguments, env=environment, prog_name="kubelint")
    finally:
        os.chdir(before)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Done(done.exit_code, done.stdout, done.stderr)


def lesson(name: str, block: str) -> str:
    """Return the Markdown of one lesson."""
    return f"### {name}\n\n**It breaks.**\n\n**Root cause:** x.\n\n**Fix:** y.\n\n```yaml rule\n{block}\n```\n\n"


HEAD = "# Lessons\n\n## Tests\n\n"
LATEST = lesson("latest-tag", "match: workloads\neach: containers\nforbid: item.image.endsWith(':latest')\nat: image")
BACKEND = lesson(
    "lost-selector",
    "severity: error\nmatch: Service\nrelate: {pods: selects}\nforbid: podsState == 'absent'\nat: spec.selector",
)
RUNNER = lesson("own-runner", "regex: 'runs-on: own'\nfiles: ['.github/**']\nmessage: an own runner")
LESSONS = HEAD + LATEST + BACKEND + RUNNER
ONLY_OURS = "select: [latest-tag, lost-selector, own-runner, yaml-syntax]\n"


def web(name: str = "web", tag: str = "latest") -> str:
    """Return a Deployment; with the tag ``latest`` there is one finding in it."""
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  selector:\n    matchLabels:\n"
        f"      app: {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n    spec:\n"
        f"      containers:\n        - name: main\n          image: example/{name}:{tag}\n"
    )


def service(name: str = "web") -> str:
    """Return a Service; there is one finding in it where no pod has the label."""
    return (
        f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  selector:\n    app: {name}\n"
        "  ports:\n    - port: 80\n"
    )


PROJECT: dict[str, str | None] = {
    ".kubelint.yaml": ONLY_OURS,
    "docs/ai-lessons.md": LESSONS,
    "k8s/web.yaml": web(),
    "k8s/service.yaml": service(),
    ".github/workflows/ci.yml": "jobs:\n  build:\n    runs-on: own\n",
}
"""Two findings: the tag of web, and the runner."""
