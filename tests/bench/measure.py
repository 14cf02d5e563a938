"""Run several programs over one corpus in turns, and keep what each run took."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from .corpus import Corpus

ENOUGH = 500  # documents; what a program takes for fewer is mostly its start
LAUNCH = Path(__file__).with_name("launch.py")


class Sample(NamedTuple):
    """One run: seconds of wall and CPU time, peak memory in bytes of its largest process, exit status."""

    wall: float
    cpu: float
    peak: int
    status: int


class Verdict(NamedTuple):
    """What a first run shows: why it does not count (if so), what it reported, the incidents it found (if asked)."""

    problem: str = ""
    reported: str = ""
    found: int | None = None


def _no_preparation() -> None:
    """Change nothing before a run."""


def accept_success(status: int, output: str, corpus: Corpus) -> Verdict:
    """Return that a run counts if its exit status is 0."""
    del corpus
    return Verdict() if status == 0 else Verdict(f"exit status {status}: {output.strip()[-200:]}")


class Runner(NamedTuple):
    """A program to measure; ``check`` is the command of its first run, whose output ``judge`` reads."""

    name: str
    kind: str  # ours | reference | peer
    command: Callable[[Corpus], Sequence[str]]
    check: Callable[[Corpus], Sequence[str]] | None = None
    judge: Callable[[int, str, Corpus], Verdict] = accept_success
    env: Mapping[str, str] = {}
    prepare: Callable[[], None] = _no_preparation
    least: int = 0  # runs after the first, however slow, while there is time
    warms: bool = False  # the first run fills a cache: it is no sample
    version: str = ""


class Measurement(NamedTuple):
    """All runs of one program over one corpus; without samples, ``problem`` says why."""

    runner: str
    kind: str
    corpus: str
    documents: int
    size: int
    samples: tuple[Sample, ...]
    problem: str = ""
    reported: str = ""
    found: int | None = None
    expected: int = 0

    @property
    def wall(self) -> float:
        """Return the median of the wall times."""
        return statistics.median(sample.wall for sample in self.samples)

    @property
    def spread(self) -> tuple[float, float]:
        """Return the shortest and the longest wall time."""
        times = [sample.wall for sample in self.samples]
        return min(times), max(times)

    @property
    def cpu(self) -> float:
        """Return the median of the CPU times."""
        return statistics.median(sample.cpu for sample in self.samples)

    @property
    def peak(self) -> int:
        """Return the median of the peaks."""
        return int(statistics.median(sample.peak for sample in self.samples))

    @property
    def counts(self) -> bool:
        """Return whether the program did its work: it ran, and missed nothing that it should find."""
        return bool(self.samples) and not self.problem and (self.found is None or self.found == self.expected)


class Limits(NamedTuple):
    """How much time there is: rounds and seconds for a program over a corpus, seconds for a run, the end of it all."""

    rounds: int
    budget: float
    longest: float
    end: float  # of time.monotonic()


def say(text: str) -> None:
    """Print progress."""
    print(text, file=sys.stderr, flush=True)


def run_once(command: Sequence[str], cwd: str, env: Mapping[str, str], longest: float) -> tuple[Sample, str] | None:
    """Return what one run took, and its output; None if it took longer than ``longest`` seconds, and was ended."""
    with tempfile.TemporaryDirectory(prefix="kubelint-bench-") as scratch:
        figures, output = os.path.join(scratch, "figures"), os.path.join(scratch, "output")
        launch = [sys.executable, "-I", "-S", str(LAUNCH), figures, output, "--", *command]
        environment = {**os.environ, **env}
        try:
            process = subprocess.Popen(
                launch, cwd=cwd, env=environment, start_new_session=True, stderr=subprocess.PIPE, text=True
            )
        except OSError as error:  # such as too many files to name
            return Sample(0.0, 0.0, 0, 127), f"{os.path.basename(command[0])}: {error.strerror}"
        with process:
            try:
                _, complaint = process.communicate(timeout=longest)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return None
            except KeyboardInterrupt:  # the run is in a session of its own, which Ctrl-C does not reach
                os.killpg(process.pid, signal.SIGKILL)
                raise
        if not os.path.exists(figures):
            return Sample(0.0, 0.0, 0, 127), complaint
        sample = Sample(**json.loads(Path(figures).read_text(encoding="ascii")))
        return sample, Path(output).read_text(encoding="utf-8", errors="replace")


def measure(
    runners: Sequence[Runner], corpus: Corpus, limits: Limits, earlier: Sequence[Measurement] = ()
) -> list[Measurement]:
    """Return one measurement for each runner: a checked first run, then runs in turns.

    A peer whose ``earlier`` runs over less say that it would take longer than a run may take is left out, and so is one
    whose turn comes when the time is over.
    """
    done: dict[str, Measurement] = {}
    left: dict[str, int] = {}
    for runner in runners:
        expected = _expected_seconds(runner, corpus, earlier)
        made = Measurement(runner.name, runner.kind, corpus.name, corpus.documents, corpus.size, ())
        if runner.kind == "peer" and expected > limits.longest:
            length = f"about {expected:.0f} s" if expected < float("inf") else f"more than {limits.longest:.0f} s"
            done[runner.name] = made._replace(problem=f"left out: it would take {length}")
        elif runner.kind == "peer" and time.monotonic() > limits.end:
            done[runner.name] = made._replace(problem="left out: the time for the benchmark was over")
        else:
            done[runner.name], seconds = _first(runner, corpus, limits, made)
            say(f"  {corpus.name:>13}  {runner.name:<28} {_progress(done[runner.name])} (first run)")
            possible = int(limits.budget / seconds) if seconds else 0
            left[runner.name] = max(runner.least, min(limits.rounds, possible)) if seconds else 0
    for number in range(limits.rounds):
        for runner in runners:
            is_over = time.monotonic() > limits.end and not (runner.warms and number == 0)
            if number >= left.get(runner.name, 0) or is_over:
                continue
            runner.prepare()
            result = run_once(runner.command(corpus), corpus.folder, runner.env, _longest(runner, limits))
            if result is not None:
                samples = () if number == 0 else done[runner.name].samples
                done[runner.name] = done[runner.name]._replace(samples=(*samples, result[0]))
    for runner in runners:
        say(f"  {corpus.name:>13}  {runner.name:<28} {_progress(done[runner.name])}")
    return [done[runner.name] for runner in runners]


def _first(runner: Runner, corpus: Corpus, limits: Limits, made: Measurement) -> tuple[Measurement, float]:
    """Return the measurement after the first run and how long that took, 0 if there should be no other."""
    runner.prepare()
    command = (runner.check or runner.command)(corpus)
    longest = _longest(runner, limits)
    result = run_once(command, corpus.folder, runner.env, longest)
    if result is None:
        return made._replace(problem=f"ended after {longest:.0f} s"), 0.0
    sample, output = result
    verdict = runner.judge(sample.status, output, corpus)
    expected = len(corpus.incidents) if verdict.found is not None else 0
    made = made._replace(samples=(sample,), reported=verdict.reported, found=verdict.found, expected=expected)
    if verdict.problem:
        return made._replace(samples=(), problem=verdict.problem), 0.0
    return made, sample.wall


def _longest(runner: Runner, limits: Limits) -> float:
    """Return after how many seconds a run is ended; ours and the references are what the benchmark is for."""
    return limits.longest if runner.kind == "peer" else limits.longest * 4


def _expected_seconds(runner: Runner, corpus: Corpus, earlier: Sequence[Measurement]) -> float:
    """Return how long a run will take, judged by the largest one before; infinite after one that did not end."""
    mine = [one for one in earlier if one.runner == runner.name and one.documents >= ENOUGH]
    if not mine:
        return 0.0
    if not mine[-1].samples:
        return 0.0 if not mine[-1].problem.startswith(("ended", "left out: it")) else float("inf")
    return mine[-1].wall * corpus.documents / max(1, mine[-1].documents)


def _progress(one: Measurement) -> str:
    if not one.samples:
        return one.problem
    found = "" if one.found is None else f", {one.found} of {one.expected} mistakes found"
    return f"{one.wall:8.3f} s  {one.peak / 2**20:6.0f} MiB, {len(one.samples)} runs{found}"
