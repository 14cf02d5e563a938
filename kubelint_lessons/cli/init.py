"""``kubelint init``: the files with which a project starts, and those that an editor, a commit hook or CI wants."""

from __future__ import annotations

import os
from collections.abc import Callable

import click

from kubelint_lessons.authoring.linter import LESSONS_NAMES
from kubelint_lessons.authoring.starting import Start, start_hook, start_lessons, start_matcher, start_tasks
from kubelint_lessons.cli.output import write
from kubelint_lessons.manifests.inputs import project_root
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.reports.sanitize import clean, clean_path

EDITORS = ("vscode",)

_DONE = {"created": "created", "extended": "added to", "kept": "kept", "refused": "not changed"}

_AFTER_LESSONS = "lint the project: kubelint lint; record what failed: kubelint lessons new"
_AFTER_VSCODE = (
    'in VS Code: "Tasks: Allow Automatic Tasks", reopen the folder, and findings stand under Problems;',
    "  without a running watch, the extension Gruntfuggly.triggertaskonsave runs the task on save, with this setting:",
    '  "triggerTaskOnSave.tasks": {"kubelint: file": ["**/*.yaml", "**/*.yml"]}',
)
_AFTER_HOOK = "install the hook: pre-commit install"
_AFTER_GITHUB = (
    "in a workflow, before the step that lints:",
    "  - run: echo '::add-matcher::.github/kubelint-matcher.json'",
    "  - run: kubelint lint --output-format concise",
)


class _File(NamedTuple):
    """One file to start: where it lies below the root, how, and what to do next."""

    name: str
    start: Callable[[str | None], Start]
    next_steps: tuple[str, ...]


@click.command("init", short_help="Write the files with which a project, an editor or a hook starts.")
@click.option("--editor", type=click.Choice(EDITORS), help="Tasks that lint on save and fill the list of problems.")
@click.option("--pre-commit", is_flag=True, help="Hooks in .pre-commit-config.yaml.")
@click.option("--github", is_flag=True, help="A problem matcher for GitHub Actions, in .github/kubelint-matcher.json.")
def command(editor: str | None, pre_commit: bool, github: bool) -> None:
    """Write a file for lessons, and what the options ask for, into the project of the current directory.

    What is there already stays as it is, comments included: files are added to, never replaced, and running this again
    changes nothing. A .kubelint.yaml is not needed to start. Where a file cannot be added to safely, it is left alone,
    and what to add is printed.

    Exit status: 0 everything is there now, 2 something has to be added by hand.
    """
    root = _root()
    wanted = _wanted(root, editor, pre_commit, github)
    lines: list[str] = []
    steps: list[str] = []
    is_refused = False
    for file in wanted:
        start = _begin(root, file)
        is_refused = is_refused or start.state == "refused"
        reason = f": {clean(start.reason)}" if start.reason else ""
        lines.append(f"{_DONE[start.state]:<12} {_shown(root, file.name)}{reason}")
        if start.state == "refused":
            lines += ["  add this by hand:", *(f"  {line}" for line in start.text.splitlines())]
        steps += file.next_steps
    write("".join(f"{line}\n" for line in lines) + "\n" + "".join(f"next: {line}\n" for line in _joined(steps)))
    raise SystemExit(2 if is_refused else 0)


def _wanted(root: str, editor: str | None, pre_commit: bool, github: bool) -> list[_File]:
    lessons = next((name for name in LESSONS_NAMES if os.path.isfile(os.path.join(root, name))), LESSONS_NAMES[0])
    files = [_File(lessons, start_lessons, (_AFTER_LESSONS,))]
    if editor == "vscode":
        files.append(_File(".vscode/tasks.json", start_tasks, _AFTER_VSCODE))
    if pre_commit:
        files.append(_File(".pre-commit-config.yaml", start_hook, (_AFTER_HOOK,)))
    if github:
        files.append(_File(".github/kubelint-matcher.json", start_matcher, _AFTER_GITHUB))
    return files


def _root() -> str:
    """Return where to start: the project of the current directory, else that directory."""
    return project_root(os.getcwd()) or os.getcwd()


def _begin(root: str, file: _File) -> Start:
    """Return what becomes of a file, once that is written."""
    path = os.path.join(root, *file.name.split("/"))
    try:
        before = _read(path)
        start = file.start(before)
        if start.state in ("created", "extended"):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            _write(path, before, start.text)
    except UnicodeDecodeError as error:
        return Start("refused", file.start(None).text, f"it is not UTF-8 text (byte {error.start})")
    except OSError as error:
        return Start("refused", file.start(None).text, error.strerror or str(error))
    return start


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _write(path: str, before: str | None, text: str) -> None:
    """Write the file whole or not at all; a new one only where nothing has come meanwhile."""
    if before is None:
        with open(path, "x", encoding="utf-8", newline="") as file:
            file.write(text)
        return
    from kubelint_lessons.fixes.write import Change, WriteError, write_files

    try:
        write_files({path: Change(before.encode(), text.encode())})
    except WriteError as error:
        raise OSError(error.reason) from None


def _shown(root: str, name: str) -> str:
    return clean_path(os.path.relpath(os.path.join(root, name)).replace(os.sep, "/"))


def _joined(steps: list[str]) -> list[str]:
    """Return the next steps; a line that goes on with the one before has no "next:" of its own."""
    joined: list[str] = []
    for step in steps:
        if step.startswith("  ") and joined:
            joined[-1] += f"\n{step}"
        else:
            joined.append(step)
    return joined
