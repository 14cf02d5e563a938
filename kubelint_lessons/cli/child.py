"""Work done in a process of its own, so that whatever it leaves behind in memory is gone with it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

CLOSED = 141
"""The exit status of a child whose output nobody reads any more; as a shell tells SIGPIPE."""


def run_in_child(work: Callable[..., None], *arguments: Any, method: str | None = None) -> int:
    """Run ``work`` to its end in a child process and return its exit status: negative for a signal.

    The child shares standard output and standard error. On Linux it is forked, so that it starts with everything
    imported; elsewhere, where a fork is unknown or unsafe, it is started anew, and ``work`` and its arguments must be
    picklable. If this process is interrupted, the child is ended first.
    """
    import multiprocessing

    method = method or ("fork" if sys.platform == "linux" else "spawn")
    sys.stdout.flush()
    sys.stderr.flush()
    child = multiprocessing.get_context(method).Process(target=_start, args=(work, arguments), daemon=True)  # type: ignore[attr-defined]
    child.start()
    try:
        child.join()
    finally:
        if child.is_alive():
            child.terminate()
            child.join()
    status = child.exitcode
    child.close()
    return int(status or 0)


def _start(work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """Run in the child: an interrupt is the parent's to answer, and a closed output is no failure."""
    import os
    import signal

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        work(*arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        os._exit(CLOSED)
