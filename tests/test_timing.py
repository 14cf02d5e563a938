"""``--timing`` and the note on a slow rule: what they say, not how long anything takes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kubelint_lessons.cli.linting import run
from kubelint_lessons.cli.options import read_arguments
from kubelint_lessons.engine import timing as timing_module
from kubelint_lessons.engine.context import Context
from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.engine.timing import FIRST_OBJECTS, PATIENCE, PHASES, SlowRule, Spent, Timing
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.finding import Problem
from kubelint_lessons.reports.timingtext import slow_rule_text, timing_text

MANIFEST = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: web, image: "nginx:1.27", env: [{name: A, value: b}], resources: {limits: {memory: 512m}},
    ports: [{containerPort: 80}], volumeMounts: [{name: a, mountPath: /a}]}]
  volumes: [{name: a, emptyDir: {}}]
"""


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(timing_module, "clock", found)
    monkeypatch.setattr("kubelint_lessons.engine.run.clock", found)
    monkeypatch.setattr("kubelint_lessons.engine.judge.clock", found)
    return found


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.yaml").write_text(MANIFEST, encoding="utf-8")
    (tmp_path / ".kubelint.yaml").write_text("fail-on: error\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lint(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    """Return what a lint writes to standard output and standard error."""
    given = read_arguments(arguments)
    assert given is not None
    run(given)
    written = capsys.readouterr()
    return written.out, written.err


def test_phases_and_rules_stand_on_standard_error_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain, nothing = lint(capsys, "--no-cache", "--output-format=json")
    report, table = lint(capsys, "--no-cache", "--output-format=json", "--timing")
    assert (report, nothing) == (plain, "")
    names = [line.split("  ")[0] for line in table.splitlines() if line]
    expected = [phase for phase in PHASES if phase != "fix"]
    assert names[: len(expected) + 2] == ["phase", *expected, "total"]
    assert "1 document, 0.0 MB: " in table
    rows = table[table.index("slowest rules") :].splitlines()
    assert rows[0].split() == ["slowest", "rules", "calls", "seconds", "mean", "share"]
    assert len(rows) == 12
    assert all(re.fullmatch(r"[a-z0-9-]+ +\d+ +\d+\.\d{3} +[\d,]+ us +\d+ %", row) for row in rows[1:11]), rows
    assert re.fullmatch(r"\d+ rules together took \d+\.\d{3} s", rows[11])


def test_the_time_between_the_lints_of_a_fix_is_its_own(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, table = lint(capsys, "--no-cache", "--diff", "--unsafe-fixes", "--timing")
    assert out.startswith("---")
    assert "\nfix  " in table
    fixed, table = lint(capsys, "--no-cache", "--fix", "--unsafe-fixes", "--timing")
    assert "\nfix  " in table
    assert "\ntotal  " in table
    assert "seconds" not in fixed


def test_an_empty_project_has_a_table_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    _, table = lint(capsys, str(tmp_path), "--timing")
    assert "no rule looked at anything" in table


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_rules_of_all_processes_are_counted(project: Path) -> None:
    for number in range(40):
        (project / f"{number}.yaml").write_text(MANIFEST.replace("web", f"web-{number}"), encoding="utf-8")
    calls = []
    for number in (1, 2):
        command = [sys.executable, "-m", "kubelint_lessons", "lint", "--timing", "--no-cache", f"--jobs={number}"]
        table = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False).stderr
        assert ("judged by 2 processes" in table) == (number == 2)
        rows = table[table.index("slowest rules") :].splitlines()[1:-1]
        calls.append({row.split()[0]: row.split()[1] for row in rows})
    shared = calls[0].keys() & calls[1].keys()
    assert shared
    assert all(calls[0][rule] == calls[1][rule] for rule in shared)


def test_a_phase_ends_where_the_next_begins(clock: Clock) -> None:
    timing = Timing(start_up=1.0)
    for phase, seconds in (("rules", 2.0), ("read", 3.0), ("judge", 4.0)):
        clock.now += seconds
        timing.enter(phase)
    clock.now += 5.0
    timing.between = "fix"
    timing.leave()
    clock.now += 6.0
    assert timing.phases == {"start-up": 1.0, "find files": 2.0, "rules": 3.0, "read": 4.0, "judge": 5.0}
    assert timing.total == 21.0
    timing.enter("report")
    assert timing.phases["fix"] == 6.0


def test_rules_are_timed_unasked_on_few_objects_and_in_long_runs(clock: Clock) -> None:
    timing = Timing()
    timing.enter("judge")
    assert all(timing.measures_next() for _ in range(FIRST_OBJECTS))
    assert not timing.measures_next()
    clock.now += PATIENCE + 0.1
    assert timing.measures_next()
    asked = Timing(is_asked=True)
    assert all(asked.measures_next() for _ in range(FIRST_OBJECTS + 10))


@pytest.mark.parametrize(
    ("seconds", "elapsed", "processes", "is_slow"),
    [
        (10.5, 20.0, 1, True),
        (9.5, 12.0, 1, False),
        (10.5, 22.0, 1, False),
        (10.5, 12.0, 2, False),
        (13.0, 12.0, 2, True),
    ],
)
def test_a_rule_is_slow_by_its_share_of_all_processes(
    clock: Clock, seconds: float, elapsed: float, processes: int, is_slow: bool
) -> None:
    timing = Timing()
    timing.enter("judge")
    clock.now += elapsed
    timing.leave()
    timing.count(1, 1, processes)
    timing.add({"quick": Spent(9, 0.1), "slow": Spent(4, seconds / 2)})
    timing.add({"slow": Spent(4, seconds / 2)})
    found = timing.slow_rule()
    assert (found is not None) == is_slow
    if found is not None:
        assert found == SlowRule("slow", seconds, elapsed * processes)


def check_of(clock: Clock, seconds: float) -> Callable[[str], Callable[[Resource, Context], Iterator[Problem]]]:
    def check(resource: Resource, context: Context) -> Iterator[Problem]:
        del context
        clock.now += seconds
        yield Problem("slow", resource.place("metadata"))

    return lambda _: check


def test_a_slow_rule_finds_what_it_finds_and_is_named(project: Path, clock: Clock) -> None:
    rules = {"memory-of-a-few-bytes": load_rules().rules["memory-of-a-few-bytes"]}
    files = (InputFile(str(project / "a.yaml"), "a.yaml", "a.yaml", True, True),)
    timing = Timing()
    toolbox = Toolbox(Compiler(), check_of(clock, 12.0), timing=timing)
    result = run_project(Project("", "", files), rules, Platform({}, ""), toolbox, Settings({}, {}))
    assert [finding.message for finding in result.findings] == ["slow"]
    assert timing.slow_rule() == SlowRule("memory-of-a-few-bytes", 12.0, 12.0)
    assert timing_text(timing).count("memory-of-a-few-bytes") == 1


def test_the_note_on_a_slow_rule(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del project
    slow = SlowRule("ours", 12.34, 15.0)
    monkeypatch.setattr(Timing, "slow_rule", lambda _: slow)
    note = slow_rule_text(slow)
    assert note.startswith("kubelint: rule ours took 12.3 s of 15.0 s: ")
    assert note.count("\n") == 1
    assert lint(capsys, "--no-cache")[1] == note
    assert lint(capsys, "--no-cache", "-q")[1] == ""
    assert lint(capsys, "--no-cache", "-q", "--timing")[1].endswith(note)


def test_names_of_rules_cannot_hide_text() -> None:
    timing = Timing()
    timing.add({"a\x1b[2Jb": Spent(1, 1.0)})
    assert "\x1b" not in timing_text(timing) + slow_rule_text(SlowRule("a\x1b[2Jb", 11.0, 12.0))
