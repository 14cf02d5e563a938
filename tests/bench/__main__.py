"""``make bench``: build the corpora, install what is compared, run all in turns, and print or write the page."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from . import ours, peers, references
from .background import ROOT
from .corpus import Corpus, build, build_shape
from .measure import Limits, Measurement, Runner, measure, say
from .plot import draw
from .scratch import InstallError, scratch
from .shapes import SHAPES
from .table import Facts, page, title

PAGE = ROOT / "docs" / "benchmarks.md"
PLOT = ROOT / "docs" / "benchmarks.svg"
SHAPE_SIZES = {"services": 2_000, "shared": 2_000, "custom": 300, "kustomization": 3_000}
FULL_SERVICES = 20_000
PROJECT_DOCUMENTS = 3_000  # about 2,000 files
SAVED = "clusters/home/cardboard-x0/web.yaml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and return the exit status: 1 if a run of ours does not count."""
    options = _options(arguments)
    started = time.monotonic()
    try:
        commands = ours.install()
    except InstallError as error:
        say(f"the wheel of this tree cannot be built and installed: {error}")
        return 2
    found, missing = peers.find(options.peers)
    for name, reason in missing.items():
        say(f"{name} is not measured: {reason}")
    limits = Limits(options.rounds, options.budget, options.longest, started + options.minutes * 60)
    measurements: list[Measurement] = []
    corpora: list[Corpus] = []
    for corpus, runners in _plans(options, commands, found):
        say(title(corpus))
        corpora.append(corpus)
        measurements += measure(runners, corpus, limits, measurements)
    known = {runner.name: runner.version for runner in found}
    facts = Facts(
        datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        _machine(),
        f"{platform.python_implementation()} {platform.python_version()}",
        "make bench ARGS='" + " ".join(arguments if arguments is not None else sys.argv[1:]) + "'",
        " and ".join(dict.fromkeys(corpus.background for corpus in corpora)) or "none",
        {"kubelint": ours.version(commands), **known},
        missing,
    )
    text = page(measurements, corpora, facts)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
        groups = [(title(corpus), [one for one in measurements if one.corpus == corpus.name]) for corpus in corpora]
        PLOT.write_text(draw([group for group in groups if group[0].startswith("Application")]), encoding="utf-8")
        say(f"wrote {PAGE.relative_to(ROOT)} and {PLOT.relative_to(ROOT)}")
    else:
        print(text)
    say(f"it took {(time.monotonic() - started) / 60:.1f} minutes")
    failed = [one for one in measurements if one.kind == "ours" and not one.counts]
    for one in failed:
        reason = one.problem or f"{one.found} of {one.expected} mistakes found"
        say(f"does not count: {one.runner} over {one.corpus}: {reason}")
    return 1 if failed else 0


def _plans(options: argparse.Namespace, commands: Path, found: list[Runner]) -> list[tuple[Corpus, list[Runner]]]:
    """Return every corpus with what runs over it, the quick ones first."""
    folder = scratch("corpora")
    mine = ours.runners(commands)
    plans: list[tuple[Corpus, list[Runner]]] = []
    if "alone" in options.only:
        corpus = _alone(folder / "alone")
        chosen = [ours.on_save(commands, os.path.basename(SAVED)), *references.start_runners(commands)]
        plans.append((corpus, [*chosen, *found]))
        plans.append(_edited(corpus, commands, os.path.basename(SAVED)))
    if "project" in options.only:
        corpus = build(folder / "project", PROJECT_DOCUMENTS, "project")
        _commit(Path(corpus.folder))
        plans.append((corpus, [ours.on_save(commands, SAVED), *references.start_runners(commands)]))
        plans.append(_edited(corpus, commands, SAVED))
    for size in options.sizes:
        corpus = build(folder / f"mix-{size}", size)
        plans.append((corpus, [*mine, *references.runners(commands), *found]))
    for shape in (shape for shape in SHAPES if shape in options.only):
        size = FULL_SERVICES if shape == "services" and options.full else SHAPE_SIZES[shape]
        corpus = build_shape(folder / shape, shape, size)
        plans.append((corpus, [*mine, *references.runners(commands)]))
    return plans


def _edited(corpus: Corpus, commands: Path, path: str) -> tuple[Corpus, list[Runner]]:
    """Return the same project where one file changes before every run."""
    edited = corpus._replace(name=f"{corpus.name}-edited")
    return edited, [ours.just_edited(commands, path, edited), *references.start_runners(commands)]


def _alone(folder: Path) -> Corpus:
    """Return a folder with one manifest and nothing else."""
    source = ROOT / "fixtures" / "homelab-fixed" / "k8s" / "cardboard" / "web.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    data = source.read_bytes()
    (folder / source.name).write_bytes(data)
    (folder / ".kubelint.yaml").write_bytes(b"")
    return Corpus(str(folder), "alone", "fixtures/homelab-fixed", 1, 1, len(data), ())


def _commit(folder: Path) -> None:
    """Make a corpus a repository, as a project is where files are saved; without git it stays a folder."""
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-q", "-m", "corpus"]):
        try:
            subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            say(f"the project is no git repository: {error}")
            return


def _machine() -> str:
    """Return what the times belong to: processor, cores, system, and how busy it was."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [
            line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        processor = names[0] if names else processor
    load = f", load {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} cores of {processor}, {platform.system()}{load}"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS='…'", description=__doc__)
    names = [peer.name for peer in peers.PEERS]
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[1_000, 10_000, 50_000], help="documents of the corpora"
    )
    parser.add_argument("--rounds", type=int, default=5, help="runs of each program in turns (default: 5)")
    parser.add_argument("--budget", type=float, default=12, help="seconds for the runs of one program over one corpus")
    parser.add_argument("--longest", type=float, default=100, help="seconds after which a run is ended")
    parser.add_argument("--minutes", type=float, default=11, help="after these, only what must be is run")
    parser.add_argument("--peers", nargs="*", default=names, metavar="NAME", help=f"which others: {', '.join(names)}")
    cases = ["alone", "project", *SHAPES]
    parser.add_argument("--only", nargs="*", default=cases, metavar="CASE", help=f"which cases: {', '.join(cases)}")
    parser.add_argument("--full", action="store_true", help="20,000 Services and workloads instead of 2,000")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md and docs/benchmarks.svg")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
