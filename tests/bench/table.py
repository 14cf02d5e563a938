"""``docs/benchmarks.md``: the measurements as tables, with the machine and how to repeat them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .corpus import Corpus
from .measure import Measurement
from .ours import COLD, EDITED, FRESH, ON_SAVE, TWO, WARM
from .references import IMPORT, PARSE

MIB = 2**20


class Facts(NamedTuple):
    """Where and when the measurements were made; ``versions`` and ``missing`` are by the name of the program."""

    date: str
    machine: str
    python: str
    command: str
    background: str
    versions: Mapping[str, str]
    missing: Mapping[str, str]


def page(measurements: Sequence[Measurement], corpora: Sequence[Corpus], facts: Facts) -> str:
    """Return the whole page."""
    parts = [HEAD.format(facts=facts)]
    for corpus in corpora:
        rows = [one for one in measurements if one.corpus == corpus.name]
        if rows:
            parts.append(f"## {title(corpus)}\n\n{corpus_table(rows)}")
    parts += ["## How it grows\n\n" + growth(measurements), "## Versions\n\n" + versions(facts)]
    return "\n".join(parts)


HEAD = """\
# Benchmarks

This page is written by `make bench ARGS=--write`; nothing in it is typed by hand.

![Time of a lint against other linters and against parsing alone](benchmarks.svg)

Measured on {facts.date}: {facts.machine}; {facts.python}. Command: `{facts.command}`.

Absolute times belong to that machine and to what else it did. What carries over is the ratio: every program ran in
turns with `yaml.CSafeLoader` parsing the same bytes, and the column *to parsing* is the one median divided by the
other. Times are medians of wall time, with the shortest and the longest run. Memory is the peak of the largest
process. The corpora are copies of manifests ({facts.background}) under names of their own, with known mistakes from
`fixtures/homelab`; a run of ours counts only if it found every one of them at its line.

- **nothing cached**: an installed wheel with `--no-cache`; **first run**: with an empty cache, which it fills;
  **unchanged files**: the run after that.
- Every other linter runs with its own defaults, its own parallelism and without network; *found* is what its own
  output says. They check other things than we do, so the times say what a user waits for, not who does more.
- Kyverno runs the five policies in `tests/bench/kyverno.yaml`. kubeconform reads schemas from the local disk and skips
  kinds without one. kube-score and kubernetes-validate are given every file by name, Kyverno every file that holds
  no object of another one.
"""


def title(corpus: Corpus) -> str:
    """Return the heading of a corpus."""
    what = {
        "services": "One namespace: Services and workloads that share a label",
        "shared": "One namespace: Services that all select all workloads",
        "custom": "Custom resource definitions",
        "kustomization": "One huge kustomization",
        "project": "On save: one file within a project",
        "alone": "On save: one file alone",
        "project-edited": "On save: one file within a project, edited before every run",
        "alone-edited": "On save: one file alone, edited before every run",
    }.get(corpus.name, "Application manifests")
    return f"{what}: {corpus.documents:,} documents, {corpus.files:,} files, {corpus.size / 1e6:.1f} MB"


def corpus_table(rows: Sequence[Measurement]) -> str:
    """Return the table of one corpus: ours first, then the references, then the peers, each from fast to slow."""
    base = next((one for one in rows if one.runner in (PARSE, IMPORT) and one.samples), None)
    column = "to imports" if base and base.runner == IMPORT else "to parsing"
    lines = [
        f"| program | median | shortest – longest | {column} | CPU | peak memory | documents/s | runs | found |",
        "|---|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    for one in sorted(rows, key=_order):
        if not one.samples:
            lines.append(f"| {one.runner} | – | – | – | – | – | – | – | {_cell(one.problem)} |")
            continue
        short, long = one.spread
        ratio = times(one.wall / base.wall) if base else "–"
        rate = f"{one.documents / one.wall:,.0f}" if base and base.runner == PARSE else "–"
        cells = [
            _name(one), f"{seconds(one.wall)}", f"{seconds(short)} – {seconds(long)}", ratio, seconds(one.cpu),
            f"{one.peak / MIB:.0f} MiB", rate, str(len(one.samples)), _verdict(one),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def growth(measurements: Sequence[Measurement]) -> str:
    """Return what a larger project costs: memory and time for each document, and what caches and processes save."""
    lines = ["| figure | value |", "|---|---|"]
    lint = [one for one in measurements if one.runner == FRESH and one.corpus[:-1].isdigit() and one.samples]
    if len(lint) > 1:
        first, last = lint[0], lint[-1]
        each = (last.peak - first.peak) / max(1, last.documents - first.documents)
        lines.append(f"| memory for each document, {first.corpus} to {last.corpus} | {each / 1024:.2f} KiB |")
        per = (last.wall / last.documents) / (first.wall / first.documents)
        times = ", ".join(f"{one.wall / one.documents * 1e6:.0f} µs at {one.corpus}" for one in (first, last))
        lines.append(f"| time for each document | {times}: {per:.2f} times |")
    for above, below, text in (
        (WARM, COLD, "unchanged files against the first run"),
        (TWO, FRESH, "two processes against one"),
    ):
        for corpus in dict.fromkeys(one.corpus for one in measurements if one.runner == above and one.samples):
            pair = [_find(measurements, name, corpus) for name in (above, below)]
            if pair[0] and pair[1]:
                lines.append(f"| {text}, {corpus} | {pair[0].wall / pair[1].wall:.2f} |")
    for corpus, runner, text in (
        ("alone", ON_SAVE, "one file alone"),
        ("alone-edited", EDITED, "one file alone, just edited"),
        ("project", ON_SAVE, "one file within a project"),
        ("project-edited", EDITED, "one file within a project, just edited"),
    ):
        one, base = _find(measurements, runner, corpus), _find(measurements, IMPORT, corpus)
        if one and base:
            lines.append(f"| {text} against `{IMPORT}` | {one.wall / base.wall:.2f} |")
    return "\n".join(lines) + "\n"


def versions(facts: Facts) -> str:
    """Return the list of what was measured, and of what could not be."""
    lines = [f"- {name} {version}" for name, version in facts.versions.items()]
    lines += [f"- {name}: not measured: {reason}" for name, reason in facts.missing.items()]
    return "\n".join(lines) + "\n"


def seconds(value: float) -> str:
    """Return a time with three digits: ``41.2 ms``, ``1.24 s``, ``65.1 s``."""
    if value < 1:
        return f"{value * 1000:.1f} ms" if value < 0.1 else f"{value * 1000:.0f} ms"
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s" if value < 100 else f"{value:.0f} s"


def times(ratio: float) -> str:
    """Return a ratio with two or three digits: ``0.56``, ``3.20``, ``14.6``, ``130``."""
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}" if ratio < 100 else f"{ratio:.0f}"


def _order(one: Measurement) -> tuple[int, bool, float]:
    kinds = ("ours", "reference", "peer")
    return kinds.index(one.kind), not one.samples, one.wall if one.samples else 0.0


def _name(one: Measurement) -> str:
    return f"**{one.runner}**" if one.kind == "ours" else f"`{one.runner}`" if one.kind == "reference" else one.runner


def _verdict(one: Measurement) -> str:
    if one.found is not None:
        good = one.found == one.expected
        counted = f"all {one.expected}" if good else f"**MISSED: {one.found} of {one.expected}, does not count**"
        return f"{counted} ({one.reported})"
    return _cell(one.reported) if one.reported else "–"


def _find(measurements: Sequence[Measurement], runner: str, corpus: str) -> Measurement | None:
    return next((one for one in measurements if (one.runner, one.corpus) == (runner, corpus) and one.samples), None)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
