"""The page on baselines shows what the program prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from git_helpers import NEEDS_GIT, commit
from known_findings import HEAD, LATEST, kubelint, web

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "baseline.md").read_text(encoding="utf-8")


def sessions() -> list[tuple[str, str]]:
    """Return every command of the page and what it prints, in order."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    return [(found[0], found[1]) for block in blocks for found in re.findall(r"^\$ (.*)\n((?:[^$].*\n)*)", block, re.M)]


@NEEDS_GIT
def test_the_commands_of_the_page_print_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    files: dict[str, str | None] = {
        ".kubelint.yaml": "select: [latest-tag]\ninclude: [k8s]\n",
        "docs/ai-lessons.md": HEAD + LATEST,
        "k8s/web.yaml": web(),
    }
    commit(tmp_path, files)
    assert len(sessions()) >= 5
    for command, expected in sessions():
        done = kubelint(tmp_path, *shlex.split(command)[1:])
        printed = [line for line in done.out.splitlines() if not line.startswith("  not checked: ")]
        assert printed == expected.splitlines(), command
        assert done.status == 0
        if command == "kubelint baseline create":
            commit(tmp_path, {})
