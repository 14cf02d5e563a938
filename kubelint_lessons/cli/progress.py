"""A sign of life on a terminal for runs that take longer than a moment."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
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
    import threading

    done = threading.Event()
    ticker = threading.Thread(target=_tick, args=(done,), daemon=True)
    ticker.start()
    try:
        return work()
    finally:
        done.set()
        ticker.join()


def _tick(done: object) -> None:
    import threading

    assert isinstance(done, threading.Event)
    seconds = PATIENCE
    shown = False
    while not done.wait(PATIENCE if not shown else 1.0):
        sys.stderr.write(f"\rlinting for {seconds:.0f} s ...")
        sys.stderr.flush()
        shown = True
        seconds += 1.0
    if shown:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
