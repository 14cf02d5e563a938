"""The folder where the benchmark keeps what it installs and builds: never in the tree."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

LONGEST = 900  # seconds


class InstallError(Exception):
    """A program that cannot be had here; the message says why."""


def scratch(*parts: str) -> Path:
    """Return a folder below the user's cache, made if it is not there."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(base, "kubelint-bench", *parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def call(command: Sequence[str], cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Return what a command prints; raise InstallError with its last line if it fails or takes a quarter of an hour."""
    environment = {**os.environ, **(env or {})}
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=900
        )
    except subprocess.TimeoutExpired:
        raise InstallError("installing it took longer than 15 minutes") from None
    except OSError as error:
        raise InstallError(f"{command[0]}: {error.strerror}") from None
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()
        raise InstallError(" ".join(lines[-3:]).strip())
    return done.stdout


def environment(name: str, *requirements: str) -> Path:
    """Return the folder of commands of a virtual environment with these packages, made if it is not there."""
    folder = scratch("venvs") / f"{name}-{sys.version_info.major}.{sys.version_info.minor}"
    commands = folder / ("Scripts" if os.name == "nt" else "bin")
    done = folder / "installed"
    if not done.is_file():
        call([sys.executable, "-m", "venv", "--clear", str(folder)])
        pip = [str(commands / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        call([*pip, *requirements])
        done.write_text("\n".join(requirements), encoding="utf-8")
    return commands
