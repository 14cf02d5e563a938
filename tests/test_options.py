"""The reader of plain command lines and click agree on what every command line means."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.cli import lint
from kubelint_lessons.cli.options import LINT_OPTIONS, read_arguments

FLAGS = [flag for option in LINT_OPTIONS for flag in option.flags]
WORDS = st.one_of(
    st.sampled_from([*FLAGS, "--", "-", "k8s", "a,b , c", "error", "never", "auto", "full=x.txt", "-h", "-qq", ""]),
    st.sampled_from(FLAGS).map(lambda flag: f"{flag}=error"),
    st.text(max_size=4),
)  # fmt: skip


def click_reads(arguments: list[str]) -> dict[str, Any] | None:
    """Return what click makes of a command line, None where it refuses it or prints help instead."""
    with contextlib.suppress(click.ClickException, click.exceptions.Exit):
        values = lint.command.make_context("lint", list(arguments), resilient_parsing=False).params
        names = {option.name for option in LINT_OPTIONS if option.kind == "names"}
        return {
            name: tuple(part for group in value for part in group) if name in names else value
            for name, value in values.items()
        }
    return None


@given(st.lists(WORDS, max_size=6))
@settings(max_examples=1500, deadline=None)
def test_what_is_read_without_click_is_what_click_reads(arguments: list[str]) -> None:
    mine = read_arguments(arguments)
    if mine is not None:
        assert mine == click_reads(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["k8s", "-q", "--color=never"],
        ["--output-format", "full", "--output-format=sarif=a.sarif", "k8s", "docs"],
        ["--select", "a,b", "--select=c", "--", "-odd.yaml"],
        ["--stdin-filename", "k8s/a.yaml", "-"],
    ],
)
def test_ordinary_command_lines_are_read_without_click(arguments: list[str]) -> None:
    assert read_arguments(arguments) is not None


@pytest.mark.parametrize("arguments", [["--help"], ["--nonsense"], ["--select"], ["--color", "red"], ["-qx"]])
def test_unusual_command_lines_are_left_to_click(arguments: list[str]) -> None:
    assert read_arguments(arguments) is None


def run(arguments: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kubelint_lessons", "lint", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=dict(os.environ))


def test_a_mistake_is_told_in_the_same_words_with_and_without_click(tmp_path: Path) -> None:
    plain = run(["--unsafe-fixes", "."], tmp_path)
    by_click = run(["-qq", "--unsafe-fixes", "."], tmp_path)  # joined short options are left to click
    assert plain.returncode == by_click.returncode == 2
    assert "Usage: kubelint lint" in plain.stderr
    assert plain.stderr == by_click.stderr
