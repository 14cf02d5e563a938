"""What was worked out once, kept below the user's cache folder: rules, facts, proved examples.

A cache never answers wrongly and never fails: entries carry their full key and a checksum, and whatever is broken,
unreadable, foreign or cannot be written is as if it were not there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from kubelint_lessons import __version__
from kubelint_lessons.lessons.privatefiles import make_folder, read_own, write_whole

try:
    from _blake2 import blake2b  # what hashlib wraps; hashlib itself loads OpenSSL, which takes 10 ms
except ImportError:  # pragma: no cover - an interpreter that hides it
    from hashlib import blake2b

_FORMAT = 1
_MOST_ENTRIES = 400


def digest(*parts: str | bytes | memoryview) -> str:
    """Return a hash of ``parts`` as 40 hexadecimal digits; no two different lists of parts share one."""
    state = blake2b(digest_size=20)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        state.update(b"%d:" % len(data))
        state.update(data)
    return str(state.hexdigest())


class Checksum:
    """A hash of what is added bit by bit, as 40 hexadecimal digits; it begins with ``parts`` as ``digest`` does."""

    __slots__ = ("_state",)

    def __init__(self, *parts: str) -> None:
        self._state = blake2b(digest(*parts).encode("ascii"), digest_size=20)

    def add(self, data: bytes | memoryview) -> None:
        """Add some bytes; where they are cut makes no difference."""
        self._state.update(data)

    def digits(self) -> bytes:
        """Return the hash of all that was added."""
        return str(self._state.hexdigest()).encode("ascii")


def environment_key() -> str:
    """Return what every entry depends on: this tool, the Python version, the CEL engine and the code of this package.

    The code counts through the newest file of this layer, so that a checkout needs no new version to see its edits.
    """
    version = sys.version_info
    return f"{_FORMAT} {__version__} {version[0]}.{version[1]}.{version[2]} {engine_version()} {_code_stamp()}"


def engine_version() -> str:
    """Return the version of the installed CEL engine, read from the name of its metadata folder, or ``none``.

    importlib.metadata would take 45 ms to say the same.
    """
    for entry in sys.path:
        if entry and os.path.isdir(os.path.join(entry, "cel_expr_python")):
            try:
                names = os.listdir(entry)
            except OSError:
                continue
            for name in sorted(names):
                if name.startswith("cel_expr_python-") and name.endswith((".dist-info", ".egg-info")):
                    return name.split("-")[1].removesuffix(".dist").removesuffix(".egg")
            return "unknown"
    return "none"


def _code_stamp() -> str:
    newest = 0
    try:
        with os.scandir(os.path.dirname(os.path.abspath(__file__))) as entries:
            for entry in entries:
                if entry.name.endswith((".py", ".json")):
                    newest = max(newest, entry.stat().st_mtime_ns)
    except OSError:
        return "unknown"
    return str(newest)


def cache_folder(environ: Mapping[str, str] | None = None) -> str | None:
    """Return the folder for entries, or None where the user has no home: ``KUBELINT_CACHE_DIR`` wins.

    None as well for a folder inside a checkout: entries hold compiled code, and a pull request could bring its own.
    """
    variables = os.environ if environ is None else environ
    chosen = variables.get("KUBELINT_CACHE_DIR")
    if chosen:
        return None if _is_in_checkout(os.path.abspath(chosen), variables) else os.path.abspath(chosen)
    if sys.platform == "win32":
        base = variables.get("LOCALAPPDATA", "")
    else:
        base = variables.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(base):  # the XDG specification: relative paths are to be ignored
            home = variables.get("HOME") or os.path.expanduser("~")
            base = os.path.join(home, ".cache") if os.path.isabs(home) else ""
    folder = os.path.join(base, "kubelint-lessons")
    return folder if os.path.isabs(base) and not _is_in_checkout(folder, variables) else None


def _is_in_checkout(folder: str, variables: Mapping[str, str]) -> bool:
    """Return whether a folder lies in a git work tree, other than a home directory that is one as a whole."""
    home = variables.get("HOME") or os.path.expanduser("~")
    current = os.path.realpath(folder)
    while current != os.path.dirname(current):
        if os.path.lexists(os.path.join(current, ".git")):
            return os.path.realpath(home) != current
        current = os.path.dirname(current)
    return False


class Cache:
    """Entries by kind and key. Both calls never raise; without a folder nothing is kept."""

    __slots__ = ("_environment", "_folder")

    def __init__(self, folder: str | None) -> None:
        """Use ``folder``, which is made when the first entry is written; None keeps nothing."""
        self._folder = folder
        self._environment = ""

    def get(self, kind: str, key: str) -> Any:
        """Return the JSON value that ``put`` kept under ``kind`` and ``key``, or None."""
        if self._folder is None:
            return None
        try:
            head, _, body = read_own(self._path(kind, key)).partition(b"\n")
            if head.decode("ascii") != self._head(kind, key, body):
                return None
            import json

            return json.loads(body)
        except (OSError, ValueError, RecursionError, MemoryError):
            return None

    def put(self, kind: str, key: str, value: Any) -> None:
        """Keep a JSON value; a full or read-only disk, or a value that JSON cannot hold, means it is not kept."""
        if self._folder is None:
            return
        import json

        path = self._path(kind, key)
        try:
            body = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode("ascii")
            folder = os.path.dirname(path)
            make_folder(self._folder, folder)
            self._make_room(folder)
            write_whole(path, (self._head(kind, key, body).encode("ascii"), b"\n", body))
        except (OSError, ValueError, TypeError, RecursionError, MemoryError):
            return

    def _path(self, kind: str, key: str) -> str:
        self._environment = self._environment or environment_key()  # when first asked: most runs ask nothing
        return os.path.join(self._folder or "", kind, f"{digest(self._environment, kind, key)}.json")

    def _head(self, kind: str, key: str, body: bytes) -> str:
        return digest(self._environment, kind, key, body)

    def _make_room(self, folder: str) -> None:
        """Delete the oldest half of a folder that has grown too large; entries of old versions go that way."""
        with os.scandir(folder) as entries:
            found = [(entry.stat().st_mtime_ns, entry.path) for entry in entries]
        if len(found) >= _MOST_ENTRIES:
            for _, path in sorted(found)[: len(found) // 2]:
                os.unlink(path)
