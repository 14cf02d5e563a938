"""The files that let a project start: its lessons, the tasks of its editor, its commit hook, its CI's problem matcher.

Pure functions from what a file holds to what it is to hold. Nothing that is there is ever changed or taken away: new
parts are added, or, where that cannot be done safely, the part is handed back for people to place.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from kubelint_lessons import __version__
from kubelint_lessons.authoring.jsonc import JsoncError, append_to, read_jsonc
from kubelint_lessons.manifests.documents import documents_of
from kubelint_lessons.manifests.source import read_source
from kubelint_lessons.model.records import NamedTuple

LESSONS = """\
# AI lessons

What failed here, why, and what helped. Each lesson with a rule is enforced by `kubelint lint`.

<!-- `kubelint lessons new` writes a lesson from a symptom, two manifests or a commit; `kubelint lessons check` runs the
examples of all of them. By hand: a ### heading, the symptom in bold, **Root cause:**, **Fix:**, and a rule. -->

## Kubernetes
"""

ESCAPES = r"(?:\x1b\[[\d;]*m)*"
CONCISE = r"^(.+?):(\d+):(\d+): (error|warning|info)(?:\[([\w-]+)\])?:? (.*)$"
"""A line of the concise format: path, line, column, severity, rule (none for an error of the run), message."""

COLORED = rf"^(.+?):(\d+):(\d+): {ESCAPES}(error|warning|info)(?:\[([\w-]+)\])?{ESCAPES}:? (.*)$"

_GROUPS = {"file": 1, "line": 2, "column": 3, "severity": 4, "code": 5, "message": 6}
_MATCHER: dict[str, Any] = {
    "owner": "kubelint",
    "source": "kubelint",
    "fileLocation": ["relative", "${workspaceFolder}"],
    "pattern": {"regexp": CONCISE, **_GROUPS},
}
_LINT = ["lint", "--output-format", "concise", "--color", "never"]

VSCODE_TASKS: list[dict[str, Any]] = [
    {
        "label": "kubelint: watch",
        "type": "process",
        "command": "kubelint",
        "args": [*_LINT, "--watch"],
        "options": {"cwd": "${workspaceFolder}"},
        "isBackground": True,
        "runOptions": {"runOn": "folderOpen"},
        "presentation": {"reveal": "never", "panel": "dedicated"},
        "problemMatcher": {
            **_MATCHER,
            "background": {
                "activeOnStart": True,
                "beginsPattern": "^kubelint: checking",
                "endsPattern": "^kubelint: done",
            },
        },
    },
    {
        "label": "kubelint: file",
        "type": "process",
        "command": "kubelint",
        "args": [*_LINT, "${file}"],
        "options": {"cwd": "${workspaceFolder}"},
        "presentation": {"reveal": "never"},
        "problemMatcher": _MATCHER,
    },
]

GITHUB_MATCHER: dict[str, Any] = {
    "problemMatcher": [{"owner": "kubelint", "pattern": [{"regexp": COLORED, **_GROUPS}]}]
}

HOOK_ID = "kubelint"
_HOOKS = f"""\
- repo: local
  hooks:
    - id: {HOOK_ID}
      name: kubelint (changed manifests)
      entry: kubelint lint --force-exclude --no-progress
      language: python
      additional_dependencies: [kubelint-lessons=={__version__}]
      types: [text]
      files: '(\\.ya?ml|\\.json|(^|/)(Kustomization|ai-lessons\\.md|platform-reference\\.md))$'
      require_serial: true
    - id: {HOOK_ID}-lessons
      name: kubelint (lessons file)
      entry: kubelint lessons check
      language: python
      additional_dependencies: [kubelint-lessons=={__version__}]
      files: '(^|/)ai-lessons\\.md$'
      require_serial: true
"""

State = Literal["created", "extended", "kept", "refused"]


class Start(NamedTuple):
    """What becomes of one file: its text from now on, or, if ``refused``, why, and what people may add by hand.

    ``kept`` is a file that has what is wanted, or its own version of that, which ``reason`` then says.
    """

    state: State
    text: str
    reason: str = ""


def start_lessons(before: str | None) -> Start:
    """Return the lessons file: one without lessons where there is none."""
    return Start("created", LESSONS) if before is None else Start("kept", before)


def start_tasks(before: str | None) -> Start:
    """Return ``.vscode/tasks.json`` with our two tasks, recognised by their labels."""
    snippet = json.dumps({"version": "2.0.0", "tasks": VSCODE_TASKS}, indent=2) + "\n"
    if before is None or not before.strip("\ufeff \t\r\n"):
        return Start("created" if before is None else "extended", snippet)
    try:
        return _with_tasks(before, snippet)
    except JsoncError as error:
        line = before.count("\n", 0, error.offset) + 1
        return Start("refused", snippet, f"line {line} cannot be read: {error.message}")


def _with_tasks(before: str, snippet: str) -> Start:
    node = read_jsonc(before)
    if node is None:
        return Start("extended", before.rstrip() + "\n" + snippet)
    if not isinstance(node.value, dict):
        return Start("refused", snippet, "it holds no object")
    version, tasks = node.value.get("version"), node.value.get("tasks", [])
    if version not in (None, "2.0.0"):
        return Start(
            "refused", snippet, f'its version is {json.dumps(version)}, and tasks like these came with "2.0.0"'
        )
    if not isinstance(tasks, list):
        return Start("refused", snippet, '"tasks" is no list')
    known = {task.get("label"): task for task in tasks if isinstance(task, dict)}
    missing = [task for task in VSCODE_TASKS if task["label"] not in known]
    own = [task["label"] for task in VSCODE_TASKS if known.get(task["label"], task) != task]
    reason = (
        f"{' and '.join(own)} stay{'s' if len(own) == 1 else ''} as you have {'it' if own[1:] == [] else 'them'}"
        if own
        else ""
    )
    text = before
    if version is None:
        text = append_to(text, node, "2.0.0", "version")
    for task in missing:
        text = _append_task(text, task)
    return Start("extended" if missing else "kept", text if missing else before, reason)


def _append_task(text: str, task: dict[str, Any]) -> str:
    node = read_jsonc(text)
    assert node is not None
    if "tasks" not in node.inner:
        return append_to(text, node, [task], "tasks")
    return append_to(text, node.inner["tasks"], task)


def start_matcher(before: str | None) -> Start:
    """Return the problem matcher for GitHub Actions, a file of its own."""
    text = json.dumps(GITHUB_MATCHER, indent=2) + "\n"
    if before is None:
        return Start("created", text)
    return Start("kept", before, "" if before == text else "it is not what this version would write")


def start_hook(before: str | None) -> Start:
    """Return ``.pre-commit-config.yaml`` with our hooks as the last of its ``repos``."""
    snippet = "repos:\n" + _indented(_HOOKS, "  ")
    if before is None:
        return Start("created", snippet)
    repos = _repos(before)
    if repos is None:
        return Start("refused", snippet, "it holds no list of repos")
    if any(hook.get("id") == HOOK_ID for repo in repos for hook in _hooks(repo)):
        return Start("kept", before)
    text = _with_repo(before)
    added = _repos("repos:\n" + _HOOKS)
    if text is None or added is None or _repos(text) != [*repos, *added]:
        return Start("refused", snippet, "its repos are written in a way that cannot be added to safely")
    return Start("extended", text)


def _repos(text: str) -> list[Any] | None:
    documents = documents_of(read_source("x.yaml", text.encode()))
    data = documents[0].data if len(documents) == 1 and not documents[0].problems else None
    found = data.get("repos") if isinstance(data, dict) else None
    return found if isinstance(found, list) else None


def _hooks(repo: Any) -> list[dict[str, Any]]:
    hooks = repo.get("hooks") if isinstance(repo, dict) else None
    return [hook for hook in hooks if isinstance(hook, dict)] if isinstance(hooks, list) else []


def _with_repo(text: str) -> str | None:
    """Return the text with our entry after the last one of a ``repos`` in block style; None for any other style."""
    lines = text.splitlines(keepends=True)
    start = next((number for number, line in enumerate(lines) if re.match(r"repos:\s*(?:#.*)?$", line)), None)
    if start is None:
        return None
    end, indent = start + 1, None
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        item = re.match(r"( *)- ", line)
        if item is None and not line.startswith(" "):
            break
        if indent is None and item is not None:
            indent = item[1]
        end = number + 1
    if indent is None:
        return None
    line_end = "\r\n" if "\r\n" in text else "\n"
    head = "".join(lines[:end])
    head += "" if head.endswith("\n") else line_end
    return head + _indented(_HOOKS, indent).replace("\n", line_end) + "".join(lines[end:])


def _indented(text: str, indent: str) -> str:
    return "".join(indent + line for line in text.splitlines(keepends=True))
