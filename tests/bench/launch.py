"""Run one command and write what it took as JSON: ``python -I -S launch.py FIGURES OUTPUT -- COMMAND…``.

A process of its own, because the peak memory that the kernel reports for a child is at least that of the process that
started it, and this one is as small as a Python can be.
"""

from __future__ import annotations

import os
import sys
import time


def main(figures: str, output: str, command: list[str]) -> None:
    """Run ``command`` with its output in the file ``output``; write wall and CPU seconds, peak bytes and status."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    start = time.perf_counter()
    try:
        child = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    unit = 1 if sys.platform == "darwin" else 1024
    cpu = usage.ru_utime + usage.ru_stime
    with open(figures, "w", encoding="ascii") as file:
        print(f'{{"wall": {wall}, "cpu": {cpu}, "peak": {usage.ru_maxrss * unit}, "status": ', end="", file=file)
        print(f"{os.waitstatus_to_exitcode(status)}}}", file=file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[4:])
