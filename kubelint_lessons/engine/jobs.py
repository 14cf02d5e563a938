"""Several processes share one piece of work: forked, fed by one pipe, answering by another.

All pieces lie as single bytes in one pipe; each process takes the next one when it has time, so that nobody has to
guess what a piece costs. A child sends its answers, as ``marshal`` writes them, as they come, and never waits for the
parent before no piece is left; the parent looks for answers between its own pieces. Whatever a child fails to answer,
because it was killed or ran out of memory, the parent does itself: the answers never depend on how many processes there
were. multiprocessing and concurrent.futures would take 44 ms to do the same; this takes 2.
"""

from __future__ import annotations

import gc
import marshal
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")

_PIPE = 1 << 20
"""So many bytes of answers may be on the way; Linux allows no more to everybody."""

_LENGTH = 4
"""Bytes of the number before each answer: how long it is."""

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
    children: list[_Child] = []
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
                for answered, plain in child.arrived(waits=False):
                    answers[answered] = unpack(plain)
        for child in children:
            for answered, plain in child.arrived(waits=True):
                answers[answered] = unpack(plain)
        for number in range(pieces):
            if number not in answers:
                answers[number] = work(number)
    finally:
        gc.unfreeze()
        os.close(queue)
        for child in children:
            child.end()
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


def _start(queue: int, work: Callable[[int], Any], pack: Callable[[Any], Any]) -> _Child | None:
    """Return a new child; None where the system has no room for one."""
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
        return _Child(child, answers)
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
    waiting = bytearray()
    os.set_blocking(mouth, False)
    for number in _numbers(queue):
        answer = marshal.dumps((number, pack(work(number))))
        waiting += len(answer).to_bytes(_LENGTH, "little")
        waiting += answer
        _send(mouth, waiting)
        if os.getppid() != parent:
            return  # nobody waits for the answers any more
    os.set_blocking(mouth, True)
    while waiting:
        _send(mouth, waiting)


def _send(mouth: int, waiting: bytearray) -> None:
    """Send as much as there is room for, and take it from what waits."""
    try:
        del waiting[: os.write(mouth, waiting)]
    except BlockingIOError:
        return


class _Child:
    """A forked process, and what of its answers has come."""

    __slots__ = ("_answers", "_come", "_process")

    def __init__(self, process: int, answers: int) -> None:
        self._process = process
        self._answers = answers
        self._come = bytearray()
        _widen(answers)

    def arrived(self, *, waits: bool) -> Iterator[tuple[int, Any]]:
        """Yield numbers and answers that have come and were not yielded before; ``waits`` for all that will come.

        Of an answer that is broken off nothing is seen.
        """
        os.set_blocking(self._answers, waits)
        come = self._come
        while part := self._read():
            come += part
            at = 0
            while len(come) >= (start := at + _LENGTH):
                end = start + int.from_bytes(come[at:start], "little")
                if len(come) < end:
                    break
                at = end
                number, plain = marshal.loads(memoryview(come)[start:end])
                yield number, plain
            del come[:at]

    def _read(self) -> bytes:
        try:
            return os.read(self._answers, _PIPE)
        except BlockingIOError:
            return b""

    def end(self) -> None:
        """End the process, which may have ended before, and forget it."""
        os.close(self._answers)
        try:
            os.kill(self._process, 9)
            os.waitpid(self._process, 0)
        except (ProcessLookupError, ChildProcessError):
            return  # somebody ignores SIGCHLD, so that the system has forgotten it already


def _widen(pipe: int) -> None:
    """Make room in a pipe for what comes while nobody has time to read, where the system can do that."""
    try:
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)
    except (ImportError, AttributeError, OSError):
        return


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
