"""This tree's linter as a user has it: a wheel, installed into an environment outside the tree."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

from .background import ROOT
from .corpus import Corpus
from .measure import Runner, Verdict
from .scratch import call, environment, scratch

FRESH = "kubelint, nothing cached"
COLD = "kubelint, first run"
WARM = "kubelint, unchanged files"
TWO = "kubelint, two processes"
ON_SAVE = "kubelint, one file"
EDITED = "kubelint, one file just edited"


def install() -> Path:
    """Build the wheel of this tree, install it, and return the environment's folder of commands."""
    commands = environment("kubelint", *_dependencies())
    with tempfile.TemporaryDirectory() as out:
        call([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, str(ROOT)])
        wheels = [str(path) for path in Path(out).glob("*.whl")]
        pip = [str(commands / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        call([*pip, "--no-deps", "--force-reinstall", *wheels])
    return commands


def version(commands: Path) -> str:
    """Return what the installed program calls itself, with the commit it was built from."""
    commit = call(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT).strip()
    return f"{call([str(commands / 'kubelint'), '--version']).split()[-1]} ({commit})"


def runners(commands: Path) -> list[Runner]:
    """Return our ways to lint a whole project."""
    said = version(commands)
    cold, warm = scratch("cache-cold"), scratch("cache-warm")
    shutil.rmtree(warm, ignore_errors=True)
    made = [_runner(FRESH, commands, cold, said, "--no-cache")]
    if "--jobs" in call([str(commands / "kubelint"), "lint", "--help"]):
        made[0] = _runner(FRESH, commands, cold, said, "--no-cache", "--jobs", "1")
        made.append(_runner(TWO, commands, cold, said, "--no-cache", "--jobs", "2"))
    made.append(_runner(COLD, commands, cold, said)._replace(prepare=lambda: shutil.rmtree(cold, ignore_errors=True)))
    made.append(_runner(WARM, commands, warm, said)._replace(warms=True))
    return made


def on_save(commands: Path, path: str) -> Runner:
    """Return a lint of one file, as an editor or a hook asks for it, with a filled cache."""
    runner = _runner(ON_SAVE, commands, scratch("cache-warm"), version(commands), path=path)
    return runner._replace(judge=_judge_status, warms=True)


def just_edited(commands: Path, path: str, corpus: Corpus) -> Runner:
    """Return a lint of one file that somebody has changed since the last one: a comment at its end."""
    file = Path(corpus.folder, path)
    text = file.read_text(encoding="utf-8")
    edits = count(1)

    def edit() -> None:
        file.write_text(f"{text}# edit {next(edits)}\n", encoding="utf-8")

    return on_save(commands, path)._replace(name=EDITED, prepare=edit)


def _runner(name: str, commands: Path, cache: Path, said: str, *options: str, path: str = ".") -> Runner:
    command = [str(commands / "kubelint"), "lint", path, "--no-progress", *options]
    return Runner(
        name,
        "ours",
        _always(command),
        _always([*command, "--output-format", "json"]),
        _judge,
        {"KUBELINT_CACHE_DIR": str(cache)},
        least=2,
        version=said,
    )


def _always(command: Sequence[str]) -> Callable[[Corpus], Sequence[str]]:
    return lambda corpus: command


def _judge(status: int, output: str, corpus: Corpus) -> Verdict:
    """Return how many of the injected mistakes a lint found, each at its line."""
    if status not in (0, 1):
        return Verdict(f"exit status {status}: {output.strip()[-300:]}")
    findings = json.loads(output)["findings"]
    places = {(one["location"]["path"], one["location"]["line"], one["rule"]) for one in findings}
    found = sum(tuple(incident) in places for incident in corpus.incidents)
    return Verdict(reported=f"{len(findings)} findings", found=found)


def _judge_status(status: int, output: str, corpus: Corpus) -> Verdict:
    del corpus
    return Verdict() if status in (0, 1) else Verdict(f"exit status {status}: {output.strip()[-300:]}")


def _dependencies() -> list[str]:
    import tomllib

    with (ROOT / "pyproject.toml").open("rb") as file:
        return list(tomllib.load(file)["project"]["dependencies"])
