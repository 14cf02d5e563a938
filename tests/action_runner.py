"""A GitHub runner as far as action.sh sees one: its variables, its files, and how it reads the log of a step."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import yaml
from git_helpers import git

ROOT = Path(__file__).resolve().parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
BASH = shutil.which("bash")


_REGISTERED = frozenset(
    {"add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "internal-set-repo-path"}
    | {"notice", "remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning"}
)
"""The commands that actions/runner obeys or refuses aloud; other words between colons are only text."""


class Command(NamedTuple):
    """A workflow command that the runner obeys."""

    name: str
    properties: dict[str, str]
    message: str


class Step(NamedTuple):
    """What one run of the action left behind."""

    status: int
    log: str
    commands: tuple[Command, ...]
    outputs: dict[str, str]
    summary: str

    def annotations(self, *levels: str) -> list[Command]:
        return [command for command in self.commands if command.name in (levels or ("error", "warning", "notice"))]

    def findings(self) -> set[tuple[str, str]]:
        """Return rule and file of every annotation that has a place."""
        return {
            (item.properties["title"], item.properties["file"])
            for item in self.annotations()
            if "line" in item.properties
        }


class Runner:
    """Runs the action in ``workspace``; several runners share ``temporary``, as the steps of one job do."""

    def __init__(self, source: Path, temporary: Path, workspace: Path, files: Path) -> None:
        self.source = source
        self.temporary = temporary
        self.workspace = workspace
        self.files = files
        self.event: dict[str, object] = {}
        self.event_name = "push"
        self.sha = ""
        self.environment: dict[str, str] = {}

    def run(self, **inputs: str) -> Step:
        """Run the step with these inputs (``fail_on`` is fail-on), the defaults of action.yml for the others."""
        self.files.mkdir(parents=True, exist_ok=True)
        paths = {name: self.files / name for name in ("output", "summary", "event")}
        paths["event"].write_text(json.dumps(self.event), encoding="utf-8")
        paths["output"].write_text("", encoding="utf-8")
        paths["summary"].write_text("", encoding="utf-8")
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("GITHUB_", "LINT_", "PYTHON")) and name != "VIRTUAL_ENV"
        }
        environment |= {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(self.source),
            "GITHUB_EVENT_NAME": self.event_name,
            "GITHUB_EVENT_PATH": str(paths["event"]),
            "GITHUB_OUTPUT": str(paths["output"]),
            "GITHUB_REPOSITORY": "octo/cluster",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_SHA": self.sha,
            "GITHUB_STEP_SUMMARY": str(paths["summary"]),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temporary),
            **variables_of(inputs),
            **self.environment,
        }
        command = [BASH or "bash", str(self.source / "action.sh")]
        done = subprocess.run(
            command, cwd=self.workspace, capture_output=True, check=False, env=environment, stdin=subprocess.DEVNULL
        )
        log = done.stdout.decode("utf-8") + done.stderr.decode("utf-8")
        assert "Traceback" not in log, log
        return Step(
            done.returncode,
            log,
            commands_in(log),
            outputs_in(paths["output"].read_text(encoding="utf-8")),
            paths["summary"].read_text(encoding="utf-8"),
        )


def variables_of(inputs: dict[str, str]) -> dict[str, str]:
    """Return the variables that action.yml makes of inputs, as the runner evaluates its expressions."""
    names = {name.replace("-", "_"): name for name in ACTION["inputs"]}
    values = {name: str(spec.get("default", "")) for name, spec in ACTION["inputs"].items()}
    values |= {names[name]: value for name, value in inputs.items()}
    (step,) = ACTION["runs"]["steps"]
    expressions = {
        variable: re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", value) for variable, value in step["env"].items()
    }
    return {variable: values[found[1]] for variable, found in expressions.items() if found}


def commands_in(log: str) -> tuple[Command, ...]:
    """Return what the runner obeys in a log: ``::name …::`` at the start of a line, ``##[name]`` anywhere in one."""
    found = []
    for line in re.split(r"\r\n|\r|\n", log):
        start, end = line.lstrip(), line.lstrip().find("::", 2)
        old = re.search(r"##(?:vso)?\[([\w-]+)(?: [^\]]*)?\](.*)", line)
        if start.startswith("::") and end > 0:
            name, _, rest = start[2:end].partition(" ")
            pairs = (pair.partition("=") for pair in rest.split(",") if pair)
            properties = {key: _unescaped(value) for key, _, value in pairs}
            found.append(Command(name, properties, _unescaped(start[end + 2 :])))
        elif old:
            found.append(Command(old[1], {}, old[2]))
    return tuple(command for command in found if command.name in _REGISTERED)


def _unescaped(text: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


def outputs_in(text: str) -> dict[str, str]:
    """Return the outputs in a file of the form ``name<<delimiter``, value, delimiter."""
    outputs = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, _, delimiter = line.partition("<<")
        assert delimiter, f"no output starts with: {line}"
        value = []
        for inner in lines:
            if inner == delimiter:
                break
            value.append(inner)
        outputs[name] = "\n".join(value)
    return outputs


def source_copy(target: Path) -> Path:
    """Copy what git knows of this repository, as a runner downloads an action."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.split(b"\0")  # fmt: skip
    for name in (os.fsdecode(name) for name in listed if name):
        source = ROOT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / name)
    return target


def check_out(origin: Path, reference: str, workspace: Path, depth: int) -> str:
    """Check a reference out as actions/checkout does: a fetch of that depth, a detached HEAD; return its hash."""
    workspace.mkdir(parents=True)
    git(workspace, "init", "-q")
    git(workspace, "fetch", "-q", "--depth", str(depth), f"file://{origin}", reference)
    git(workspace, "checkout", "-q", "--detach", "FETCH_HEAD")
    return git(workspace, "rev-parse", "HEAD")
