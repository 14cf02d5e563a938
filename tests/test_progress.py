"""The sign of life on a terminal, and who gets none."""

from __future__ import annotations

import io
import time

import pytest

from kubelint_lessons.cli import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("variable", "is_shown"), [("", True), ("PRE_COMMIT", False), ("CI", False)])
def test_commit_hooks_and_ci_get_no_progress_although_they_give_a_terminal(
    monkeypatch: pytest.MonkeyPatch, variable: str, is_shown: bool
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    for name in ("PRE_COMMIT", "CI"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, "1")

    def work() -> str:
        deadline = time.monotonic() + (30 if is_shown else 0.1)
        while not terminal.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
        return "done"

    assert progress.with_progress(work, is_silent=False) == "done"
    assert ("linting for" in terminal.getvalue()) == is_shown
