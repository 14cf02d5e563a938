"""The source document's cluster: every incident is found at its line, nothing else, and nothing once it is mended."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from kubelint_lessons.authoring.linter import Linted, Options, lint
from kubelint_lessons.manifests.inputs import find_inputs

ROOT = Path(__file__).resolve().parents[1]
EXPECTED = ROOT / "tests" / "data" / "homelab-expected.tsv"


def lint_folder(path: str) -> Linted:
    return lint(find_inputs([path], start=str(ROOT)), Options())


def expected(below: str) -> set[tuple[str, int, str]]:
    with EXPECTED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) > 15
    return {
        (f"fixtures/homelab/{row['path']}", int(row["line"]), row["rule"])
        for row in rows
        if row["path"].startswith(below)
    }


def found(linted: Linted) -> set[tuple[str, int, str]]:
    return {(finding.location.path, finding.location.line, finding.rule) for finding in linted.result.findings}


@pytest.mark.parametrize("below", ["", "k8s/"])
def test_every_incident_is_found_at_its_line_and_nothing_else(below: str) -> None:
    linted = lint_folder(f"fixtures/homelab/{below}")
    assert [error.message for error in linted.result.errors] == []
    assert found(linted) == expected(below)
    assert linted.status == 1


def test_the_mended_cluster_is_clean() -> None:
    linted = lint_folder("fixtures/homelab-fixed")
    assert linted.result.errors == ()
    assert found(linted) == set()
    assert linted.status == 0


def test_the_teams_words_are_reported_with_how_often_it_happened() -> None:
    linted = lint_folder("fixtures/homelab/k8s/cardboard")
    finding = next(finding for finding in linted.result.findings if finding.rule == "shared-service-selector")
    words = linted.result.lessons[finding.lesson].words
    assert words.path == "fixtures/homelab/docs/ai-lessons.md"
    assert len(words.seen) == 4


def test_one_changed_file_sees_the_whole_project() -> None:
    linted = lint_folder("fixtures/homelab/k8s/cardboard/service.yaml")
    assert {finding.rule for finding in linted.result.findings} == {"shared-service-selector"}
    other_end = lint_folder("fixtures/homelab/k8s/cardboard/postgres.yaml")
    assert {finding.rule for finding in other_end.result.findings} == {"shared-service-selector"}
