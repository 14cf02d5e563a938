"""Real manifests, judged by hand: the incidents are found, the traps stay silent, nothing crashes."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from kubelint_lessons.authoring.linter import Linted, Options, lint
from kubelint_lessons.manifests.inputs import find_inputs
from kubelint_lessons.reports.jsonreport import render_json

NAMED = (
    "shared-service-selector",
    "missing-arch-node-selector",
    "summerwind-net-crd",
    "metallb-pool-annotation",
    "configmap-over-writable-path",
)
TRUE = {"true-incident", "mutant-true"}
SILENT = {"false-positive-trap", "near-miss-clean", "fixed-pair-clean"}

KNOWN_MISSES: dict[str, str] = {
    "intel-gpu-plugin": "the DaemonSet is pinned by a label of the GPU operator; who carries it is not in the files",
}
"""Case → why an incident that can be read off the files is not reported."""


def lint_folder(start: Path, path: str = ".") -> Linted:
    return lint(find_inputs([path], start=str(start)), Options())


def cases(shared: Path, rule: str) -> dict[str, list[dict[str, str]]]:
    with (shared / "corpus" / "wild" / "MANIFEST.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["rule"] == rule]
    grouped: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        grouped["/".join(row["file"].split("/")[:2])].append(row)
    return grouped


@pytest.mark.parametrize("rule", NAMED)
def test_incidents_are_found_and_traps_are_silent(shared: Path, rule: str) -> None:
    missed, wrong = [], []
    judged = 0
    for folder, rows in cases(shared, rule).items():
        verdicts = {row["verdict"] for row in rows}
        linted = lint_folder(shared / "corpus" / "wild" / folder)
        assert not [error for error in linted.result.errors if error.kind == "bug"]
        found = [finding for finding in linted.result.findings if finding.rule == rule]
        case = rows[0]["case"]
        if verdicts & TRUE and rows[0]["literal_match"] == "y":
            judged += 1
            if not found and case not in KNOWN_MISSES:
                missed.append(case)
        elif verdicts <= SILENT:
            judged += 1
            wrong += [f"{case}: {finding.message}" for finding in found if finding.severity != "info"]
    assert judged >= 4
    assert (missed, wrong) == ([], [])


def test_the_clean_corpus_is_linted_without_a_crash_and_the_same_twice(shared: Path) -> None:
    first = lint_folder(shared / "corpus", "clean")
    assert not [error.message for error in first.result.errors if error.kind == "bug"]
    places = [(finding.location[:3], finding.rule, finding.message) for finding in first.result.findings]
    assert places == sorted(places)
    second = lint_folder(shared / "corpus", "clean")
    assert render_json(first.result) == render_json(second.result)
