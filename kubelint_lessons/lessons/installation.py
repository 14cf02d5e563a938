"""What this installation is, as a key: results of one program must never be taken for those of another.

An installed wheel is told by its RECORD, which names the hash of every file: a cache that a CI job restores stays good
though all times are new. Files of a checkout, and those that somebody changed after installing, count by time and size.
"""

from __future__ import annotations

import os
import sys

from kubelint_lessons import __version__
from kubelint_lessons.lessons.cache import digest
from kubelint_lessons.lessons.folder import builtin_rules_folder

_CODE = (".py", ".md", ".json", ".tsv", ".txt", ".j2", ".css", ".js")
_DEPENDENCIES = ("pyyaml-", "cel_expr_python-", "google_re2-")
_SLOW_CLOCK = 2_000_000_000
"""Nanoseconds that a file may be younger than the RECORD, which is written last."""


def installation_key() -> str:
    """Return a hash of this package's code and lessons, the Python version, and the packages that results depend on."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    record, installed = _record(package)
    rules = builtin_rules_folder()
    folders = [package] if rules.startswith(package + os.sep) else [package, rules]
    files = [found for folder in folders for found in _files(folder, installed)]
    return digest(__version__, sys.version, sys.platform, record, *_dependencies(), "\0".join(sorted(files)))


def _record(package: str) -> tuple[bytes, int]:
    """Return the RECORD of the installed wheel and when it was written, in nanoseconds; nothing for a checkout."""
    name = f"kubelint_lessons-{__version__}.dist-info"
    path = os.path.join(os.path.dirname(package), name, "RECORD")
    try:
        with open(path, "rb") as file:
            return file.read(), os.fstat(file.fileno()).st_mtime_ns
    except OSError:
        return b"", 0


def _files(folder: str, installed: int) -> list[str]:
    """Return name and size of every file of a folder, and the time of those that are younger than ``installed``."""
    found: list[str] = []
    latest = installed + _SLOW_CLOCK
    pending = [""]
    while pending:
        directory = pending.pop()
        try:
            with os.scandir(folder + directory) as entries:
                for entry in entries:
                    name = entry.name
                    if name.endswith(_CODE):
                        status = entry.stat()
                        time = status.st_mtime_ns
                        found.append(f"{directory}{os.sep}{name} {status.st_size} {time if time > latest else 0}")
                    elif "." not in name and name != "__pycache__" and entry.is_dir():
                        pending.append(f"{directory}{os.sep}{name}")
        except OSError:
            found.append(f"{directory} unreadable")
    return found


def _dependencies() -> list[str]:
    """Return the names of the metadata folders of the packages that results depend on; they hold the versions."""
    found: list[str] = []
    for entry in dict.fromkeys(sys.path):
        try:
            names = os.listdir(entry) if entry.endswith("-packages") else []
        except OSError:
            continue
        found += sorted(name for name in names if name.lower().startswith(_DEPENDENCIES))
    return found
