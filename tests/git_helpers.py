"""Throw-away git repositories, for tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

NEEDS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="git is missing")

_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Tester",
    "GIT_AUTHOR_EMAIL": "tester@example.invalid",
    "GIT_COMMITTER_NAME": "Tester",
    "GIT_COMMITTER_EMAIL": "tester@example.invalid",
}


def git(directory: Path, *arguments: str) -> str:
    """Run git in a directory and return what it prints."""
    settings = ["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *settings, *arguments],
        cwd=directory, capture_output=True, text=True, check=False, env={**os.environ, **_ENVIRONMENT},
    )  # fmt: skip
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
    return done.stdout.strip()


def write(directory: Path, files: dict[str, str | None]) -> None:
    """Write files below a directory; None deletes one."""
    for name, text in files.items():
        path = directory / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")


def commit(directory: Path, files: dict[str, str | None], message: str = "Change") -> str:
    """Write files, commit everything, and return the hash."""
    if not (directory / ".git").exists():
        directory.mkdir(parents=True, exist_ok=True)
        git(directory, "init", "-q")
    write(directory, files)
    git(directory, "add", "-A")
    git(directory, "commit", "-q", "--allow-empty", "-m", message)
    return git(directory, "rev-parse", "HEAD")
