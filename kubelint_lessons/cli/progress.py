"""A sign of life on a terminal for runs that take longer than a moment."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

_Answer = TypeVar("_Answer")

PATIENCE = 2.0
"""Seconds of silence before anything is shown."""

_HOOKS_AND_CI = frozenset({"PRE_COMMIT", "CI"})
"""Who sets these keeps what is written, and may give us a terminal all the same."""


def with_progress(work: Callable[[], _Answer], *, is_silent: bool) -> _Answer:
    """Return what ``work`` returns; on a terminal, say on standard error how long it has taken, then wipe that."""
    if is_silent or not sys.stderr.isatty() or _HOOKS_AND_CI & os.environ.keys():
        return work()
    ticker = _Ticker()
    with _alarm(ticker.tick) if _has_alarm() else _thread(ticker.tick):
        try:
            return work()
        finally:
            ticker.wipe()


class _Ticker:
    """Writes how long it has taken; may interrupt another write to standard error, and then leaves that alone."""

    def __init__(self) -> None:
        self._seconds = PATIENCE
        self._is_shown = False
        self._process = os.getpid()

    def tick(self) -> None:
        if os.getpid() != self._process:
            return
        self._write(f"\rlinting for {self._seconds:.0f} s ...")
        self._is_shown = True
        self._seconds += 1.0

    def wipe(self) -> None:
        if self._is_shown and os.getpid() == self._process:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except RuntimeError:
            return


def _has_alarm() -> bool:
    """Return whether the system can call us back without a thread, beside which a process should not fork."""
    if os.name != "posix":
        return False
    import signal

    threading = sys.modules.get("threading")  # not imported: this is the only thread
    is_first = threading is None or threading.current_thread() is threading.main_thread()
    return is_first and signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


@contextmanager
def _alarm(tick: Callable[[], None]) -> Iterator[None]:
    import signal

    before = signal.signal(signal.SIGALRM, lambda *_: tick())
    signal.setitimer(signal.ITIMER_REAL, PATIENCE, min(PATIENCE, 1.0))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _thread(tick: Callable[[], None]) -> Iterator[None]:
    import threading

    done = threading.Event()

    def run() -> None:
        wait = PATIENCE
        while not done.wait(wait):
            tick()
            wait = 1.0

    ticker = threading.Thread(target=run, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()
