"""``kubelint lint --watch`` as a real process, read check by check."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

PATIENCE = 90
"""Seconds to wait for a line: far more than it takes, so that a busy machine fails no test."""


class Check(NamedTuple):
    """One check: the line before it, what it printed, the line after it."""

    begin: str
    lines: tuple[str, ...]
    end: str


class Watched:
    """A running watch."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def check(self) -> Check:
        """Return the next check, from its first line to its last; fails where something stands outside of the lines."""
        begin = self._line()
        assert begin.startswith("kubelint: checking "), begin
        lines: list[str] = []
        while True:
            line = self._line()
            assert not line.startswith("kubelint: checking"), "a check began before the last one was done"
            if line.startswith("kubelint: done"):
                return Check(begin, tuple(lines), line)
            lines.append(line)

    def check_until(self, wanted: str) -> Check:
        """Return the first check that ends in ``wanted``; each one before it saw something in between."""
        while True:
            found = self.check()
            if found.end == wanted:
                return found

    def is_silent_for(self, seconds: float) -> bool:
        """Return whether no line comes for so long."""
        try:
            self.lines.get(timeout=seconds)
        except queue.Empty:
            return True
        return False

    def _line(self) -> str:
        line = self.lines.get(timeout=PATIENCE)
        assert line is not None, "the watch ended"
        return line

    def _read(self) -> None:
        assert self.process.stdout is not None
        try:
            for line in self.process.stdout:
                self.lines.put(line.rstrip("\n"))
        except ValueError:  # closed by a test
            pass
        self.lines.put(None)


@contextmanager
def watching(cwd: Path, *arguments: str, **environment: str) -> Iterator[Watched]:
    """Run ``kubelint lint --watch`` and end it afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kubelint_lessons", "lint", "--watch", *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, **environment},
        start_new_session=True,
    )
    try:
        yield Watched(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
