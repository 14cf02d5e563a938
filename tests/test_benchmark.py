"""The benchmark's corpora hold what they say, its mistakes are found, and its page and plot say what was measured."""

from __future__ import annotations

import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
import yaml
from bench import corpus as corpora
from bench import peers
from bench.corpus import Corpus
from bench.incidents import RULES
from bench.measure import Limits, Measurement, Runner, Sample, measure, run_once
from bench.ours import COLD, EDITED, FRESH, ON_SAVE, WARM, just_edited
from bench.plot import draw
from bench.references import IMPORT, PARSE
from bench.shapes import SHAPES
from bench.table import Facts, corpus_table, growth, page

from kubelint_lessons.authoring.linter import Options, lint
from kubelint_lessons.manifests.inputs import find_inputs

FACTS = Facts(
    "2026-01-31", "2 cores", "CPython 3.11", "make bench", "fixtures", {"kubelint": "1 (abc)"}, {"peer": "no Go"}
)


def measured(runner: str, kind: str, corpus: str, documents: int, wall: float, **more: Any) -> Measurement:
    samples = tuple(Sample(wall * factor, wall, 40 * 2**20 + 1024 * documents, 0) for factor in (0.9, 1.0, 1.2))
    return Measurement(runner, kind, corpus, documents, documents * 800, samples)._replace(**more)


def missed(corpus: Corpus) -> set[tuple[str, int, str]]:
    result = lint(find_inputs([corpus.folder], start=corpus.folder), Options()).result
    found = {(finding.location.path, finding.location.line, finding.rule) for finding in result.findings}
    return {(one.path, one.line, one.rule) for one in corpus.incidents} - found


def documents_in(folder: Path) -> list[dict[str, object]]:
    files = [path for path in sorted((folder).rglob("*.yaml")) if path.name != ".kubelint.yaml"]
    return [one for path in files for one in yaml.load_all(path.read_bytes(), yaml.CSafeLoader) if one]


@pytest.fixture
def without_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.background.SHARED", Path("/nowhere"))


@pytest.mark.usefixtures("without_shared")
def test_every_injected_mistake_of_a_corpus_is_found(tmp_path: Path) -> None:
    corpus = corpora.build(tmp_path / "tiny", 120)
    assert {incident.rule for incident in corpus.incidents} == set(RULES)
    assert missed(corpus) == set()
    assert json.loads((tmp_path / "tiny.json").read_text())["documents"] == corpus.documents


@pytest.mark.usefixtures("without_shared")
def test_a_corpus_has_the_documents_it_says_and_no_object_twice(tmp_path: Path) -> None:
    corpus = corpora.build(tmp_path / "two", 2_000)
    documents = documents_in(tmp_path / "two")
    assert len(documents) == corpus.documents
    assert abs(corpus.documents - 2_000) < 200
    names = [identity(document) for document in documents if document["kind"] not in ("Kustomization", "Component")]
    assert len(names) - len(set(names)) <= corpus.documents * 0.02  # overlays patch what their base defines


def identity(document: dict[str, object]) -> tuple[str, str, str]:
    meta = document.get("metadata")
    assert isinstance(meta, dict)
    return str(document["kind"]), str(meta.get("namespace")), str(meta.get("name"))


def test_the_corpora_of_shared_manifests_are_read_and_their_mistakes_found(shared: Path, tmp_path: Path) -> None:
    corpus = corpora.build(tmp_path / "small", 300)
    assert corpus.background == "shared/corpus/clean"
    assert missed(corpus) == set()


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_the_mistakes_of_a_hard_case_are_found(shape: str, tmp_path: Path) -> None:
    corpus = corpora.build_shape(tmp_path / shape, shape, 30)
    assert corpus.documents == len(documents_in(tmp_path / shape))
    assert len(corpus.incidents) == 5
    assert missed(corpus) == set()


def test_a_folder_that_is_no_corpus_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    assert corpora.main([str(tmp_path)]) == 2
    assert (tmp_path / "precious.txt").read_text() == "mine"
    assert "is not a corpus" in capsys.readouterr().err


def test_a_run_is_measured_and_its_output_kept(tmp_path: Path) -> None:
    result = run_once([sys.executable, "-c", "print('said'); raise SystemExit(3)"], str(tmp_path), {}, 60)
    assert result is not None
    sample, output = result
    assert (sample.status, output) == (3, "said\n")
    assert sample.wall > 0
    assert sample.peak > 2**20


def test_programs_run_in_turns_and_one_that_fails_is_named(tmp_path: Path) -> None:
    corpus = Corpus(str(tmp_path), "1k", "none", 1_000, 1, 1, ())
    log = tmp_path / "log"

    def writer(name: str) -> Runner:
        program = f"open({os.fspath(log)!r}, 'a').write({name!r})"
        return Runner(name, "peer", lambda corpus: [sys.executable, "-c", program])

    broken = Runner("c", "peer", lambda corpus: [sys.executable, "-c", "raise SystemExit('no such flag')"])
    limits = Limits(rounds=2, budget=1e6, longest=60, end=float("inf"))
    first, second, third = measure([writer("a"), writer("b"), broken], corpus, limits)
    assert log.read_text() == "ab" + "abab"
    assert (len(first.samples), len(second.samples)) == (2, 2)
    assert not third.samples
    assert "no such flag" in third.problem


def test_a_peer_that_would_take_too_long_is_left_out(tmp_path: Path) -> None:
    corpus = Corpus(str(tmp_path), "10k", "none", 10_000, 1, 1, ())
    slow = Runner("slow", "peer", lambda corpus: ["false"])
    earlier = [measured("slow", "peer", "1k", 1_000, 20.0)]
    (one,) = measure([slow], corpus, Limits(1, 1e6, 60, float("inf")), earlier)
    assert one.problem == "left out: it would take about 200 s"


@pytest.mark.parametrize(
    ("name", "status", "output", "problem", "reported"),
    [
        ("yamllint", 1, "./a.yaml\n  1:1       error    bad  (rule)\n", "", "1 reports"),
        ("yamllint", 0, "", "does not show", ""),
        ("kube-score", 2, "unknown flag", "exit status 2", ""),
        (
            "kubeconform",
            1,
            "Summary: 9 resources found in 4 files - Valid: 7, Invalid: 2, Errors: 0, Skipped: 0",
            "",
            "Valid: 7",
        ),
        (
            "kubeconform",
            0,
            "Summary: 9 resources found in 4 files - Valid: 0, Invalid: 0, Errors: 9, Skipped: 0",
            "not show",
            "",
        ),
        ("checkov", 1, "Passed checks: 3, Failed checks: 1\nTraceback (most recent call last):\n", "Traceback", ""),
        ("kyverno", 1, "Applying 11 policy rule(s) to 46 resource(s)...", "", "46 resource"),
    ],
)
def test_a_peer_counts_only_if_its_output_shows_its_work(
    name: str, status: int, output: str, problem: str, reported: str
) -> None:
    peer = next(peer for peer in peers.PEERS if peer.name == name)
    verdict = peers.judge_peer(peer, status, output)
    assert problem in verdict.problem
    assert bool(verdict.problem) == bool(problem)
    assert verdict.reported.startswith(reported)


ROWS = [
    measured(FRESH, "ours", "1k", 1_000, 0.5, found=5, expected=5, reported="9 findings"),
    measured(PARSE, "reference", "1k", 1_000, 1.0),
    measured("yamllint", "peer", "1k", 1_000, 4.0, reported="7 reports"),
    measured("checkov", "peer", "1k", 1_000, 4.0, samples=(), problem="ended | after 3 s"),
]


def test_the_table_shows_medians_spread_ratio_and_memory() -> None:
    lines = corpus_table(ROWS).splitlines()
    assert lines[2] == (
        f"| **{FRESH}** | 500 ms | 450 ms – 600 ms | 0.50 | 500 ms | 41 MiB | 2,000 | 3 | all 5 (9 findings) |"
    )
    assert re.match(r"\| yamllint \| 4\.00 s \| 3\.60 s – 4\.80 s \| 4\.00 \|", lines[4])
    assert lines[5] == "| checkov | – | – | – | – | – | – | – | ended \\| after 3 s |"


def test_a_run_that_misses_a_mistake_does_not_count() -> None:
    row = ROWS[0]._replace(found=4)
    assert not row.counts
    assert "**MISSED: 4 of 5, does not count** (9 findings)" in corpus_table([row])
    assert FRESH not in draw([("1k", [row, *ROWS[1:]])])


def test_growth_is_worked_out_between_the_smallest_and_the_largest_corpus() -> None:
    rows = [
        *ROWS,
        measured(FRESH, "ours", "50k", 50_000, 30.0),
        measured(COLD, "ours", "1k", 1_000, 1.0),
        measured(WARM, "ours", "1k", 1_000, 0.1),
        measured(ON_SAVE, "ours", "alone", 1, 0.05),
        measured(IMPORT, "reference", "alone", 1, 0.1),
        measured(EDITED, "ours", "project-edited", 2_000, 0.3),
        measured(IMPORT, "reference", "project-edited", 2_000, 0.1),
    ]
    text = growth(rows)
    assert "| memory for each document, 1k to 50k | 1.00 KiB |" in text
    assert "500 µs at 1k, 600 µs at 50k: 1.20 times" in text
    assert "| unchanged files against the first run, 1k | 0.10 |" in text
    assert f"| one file alone against `{IMPORT}` | 0.50 |" in text
    assert f"| one file within a project, just edited against `{IMPORT}` | 3.00 |" in text


def test_a_file_is_edited_before_every_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.ours.version", lambda commands: "1")
    (tmp_path / "a.yaml").write_text("a: 1\n", encoding="utf-8")
    corpus = Corpus(str(tmp_path), "alone-edited", "", 1, 1, 5, ())
    runner = just_edited(tmp_path, "a.yaml", corpus)
    seen = set()
    for _ in range(3):
        runner.prepare()
        seen.add((tmp_path / "a.yaml").read_text(encoding="utf-8"))
    assert len(seen) == 3
    assert all(text.startswith("a: 1\n# edit ") for text in seen)


def test_the_page_names_machine_versions_and_what_is_missing() -> None:
    corpus = Corpus("/nowhere", "1k", "fixtures", 1_000, 640, 800_000, ())
    text = page(ROWS, [corpus], FACTS)
    assert "Measured on 2026-01-31: 2 cores; CPython 3.11." in text
    assert "## Application manifests: 1,000 documents, 640 files, 0.8 MB" in text
    assert "- kubelint 1 (abc)\n- peer: not measured: no Go\n" in text


def test_the_plot_is_well_formed_and_reads_in_light_and_dark() -> None:
    text = draw([("One & all", ROWS)])
    root = ElementTree.fromstring(text)
    shown = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"One & all", FRESH, "500 ms, 0.50×", "yamllint"} <= shown
    assert "checkov" not in shown
    assert "prefers-color-scheme: dark" in text
    bars = [float(bar.attrib["width"]) for bar in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert bars == sorted(bars)
    assert len(bars) == 3
