"""Corpora of any size in one project, with known mistakes: ``python -m tests.bench.corpus DIR --documents 10000``.

A corpus is copies of one base of about 1,000 documents, so that a large one has the mix of a small one, and what grows
between them is the work. Every copy has names and namespaces of its own. What must be found is written beside the
folder, as ``DIR.json``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from .background import ROOT, Unit, read_units
from .incidents import Incident, inject
from .shapes import SHAPES

BASE = 1_000
FACTS = ROOT / "fixtures" / "homelab" / "docs" / "platform-reference.md"


class Corpus(NamedTuple):
    """A folder with manifests and what is known of it; ``size`` is in bytes of YAML."""

    folder: str
    name: str
    background: str
    documents: int
    files: int
    size: int
    incidents: tuple[Incident, ...]


def build(folder: Path, documents: int, name: str = "") -> Corpus:
    """Write a corpus of about ``documents`` documents and return it."""
    background, units = read_units()
    base, base_size = _base(units, min(BASE, documents))
    writer = Writer(folder)
    copies = max(1, round(documents / BASE))
    for number in range(copies):
        injected = inject(number)
        for path, text in injected.files.items():
            writer.write(path, text)
        writer.count(injected.documents, injected.incidents)
        for unit in base:
            for file in unit.files:
                writer.write(f"clusters/c{number:03d}/{file.path}", file.copy(f"-{number}"))
        writer.count(base_size, ())
    return writer.finish(name or _label(documents), background)


def build_shape(folder: Path, shape: str, size: int) -> Corpus:
    """Write one of the hard cases of ``shapes.SHAPES`` and return it."""
    writer = Writer(folder)
    for file in SHAPES[shape](size):
        writer.write(file.path, file.text)
        writer.count(file.documents, ())
    injected = inject(0)
    for path, text in injected.files.items():
        writer.write(path, text)
    writer.count(injected.documents, injected.incidents)
    return writer.finish(shape, "generated")


class Writer:
    """Writes the files of one corpus and counts what they hold."""

    def __init__(self, folder: Path) -> None:
        if folder.exists():
            shutil.rmtree(folder)
        self._folder = folder
        self._made: set[Path] = set()
        self._documents = self._files = self._size = 0
        self._incidents: list[Incident] = []
        self._save(".kubelint.yaml", b"")
        self._save("docs/platform-reference.md", FACTS.read_bytes())

    def write(self, path: str, text: str) -> None:
        """Write one manifest."""
        data = text.encode()
        self._save(path, data)
        self._files += 1
        self._size += len(data)

    def count(self, documents: int, incidents: tuple[Incident, ...]) -> None:
        """Add what the files written hold."""
        self._documents += documents
        self._incidents += incidents

    def finish(self, name: str, background: str) -> Corpus:
        """Write what is known of the corpus beside it, and return it."""
        counts = (self._documents, self._files, self._size)
        corpus = Corpus(str(self._folder), name, background, *counts, tuple(self._incidents))
        Path(f"{self._folder}.json").write_text(json.dumps(corpus._asdict()) + "\n", encoding="utf-8")
        return corpus

    def _save(self, path: str, data: bytes) -> None:
        target = self._folder / path
        if target.parent not in self._made:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(target.parent)
        target.write_bytes(data)


def _base(units: list[Unit], documents: int) -> tuple[list[Unit], int]:
    """Return the units that are copied and how many documents they hold, ``documents`` together with the mistakes."""
    wanted = documents - inject(0).documents
    base: list[Unit] = []
    size = 0
    for unit in units:
        if size + unit.documents <= wanted:
            base.append(unit)
            size += unit.documents
    rounds = max(1, wanted // size) if size else 1
    return [unit for number in range(rounds) for unit in _shifted(base, number)], size * rounds


def _shifted(units: list[Unit], number: int) -> list[Unit]:
    """Return the units under other paths and with other names, for a background that is smaller than the base."""
    if number == 0:
        return units
    return [
        Unit(
            tuple(
                file._replace(path=f"again{number}/{file.path}", parts=_marked(file.parts, number))
                for file in unit.files
            )
        )
        for unit in units
    ]


def _marked(parts: tuple[str, ...], number: int) -> tuple[str, ...]:
    return tuple(f"{part}-r{number}" if index % 2 else part for index, part in enumerate(parts))


def _label(documents: int) -> str:
    return f"{documents // 1000}k" if documents >= 1000 and documents % 1000 == 0 else str(documents)


def main(arguments: list[str] | None = None) -> int:
    """Build one corpus and print what it holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.corpus", description="Build a corpus.")
    parser.add_argument("folder", type=Path, help="where to; a folder of that name is replaced")
    parser.add_argument("--documents", type=int, default=10_000, help="about how many (for a shape: objects)")
    parser.add_argument("--shape", choices=sorted(SHAPES), help="a hard case instead of the usual mix")
    options = parser.parse_args(arguments)
    folder = options.folder.absolute()
    if folder.exists() and not Path(f"{folder}.json").is_file():
        print(f"{folder} is not a corpus: remove it, or name another folder", file=sys.stderr)
        return 2
    shape = options.shape
    corpus = build_shape(folder, shape, options.documents) if shape else build(folder, options.documents)
    megabytes = corpus.size / 1e6
    counts = f"{corpus.documents} documents in {corpus.files} files, {megabytes:.1f} MB"
    print(f"{folder}: {counts}, {len(corpus.incidents)} mistakes to find ({corpus.background})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
