"""What rules see is what kubectl sees: every file and every scalar of the golden data agrees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kubelint_lessons.manifests.documents import documents_of
from kubelint_lessons.manifests.load import load
from kubelint_lessons.manifests.problems import ReadError
from kubelint_lessons.manifests.source import read_source

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "data/kubectl-yaml-golden.json").read_text("utf-8"))
ACCEPTED = {"duplicate-key", "document-ignored"}
"""kubectl says nothing about these; we do."""


@pytest.mark.parametrize("case", GOLDEN["files"], ids=lambda case: str(case["case"]))
def test_file(case: dict[str, Any]) -> None:
    source = read_source("case.yaml", case["bytes_latin1"].encode("latin-1"))
    documents = documents_of(source)
    problems = [*source.problems, *(problem for document in documents for problem in document.problems)]
    rejected = [problem for problem in problems if problem.code not in ACCEPTED]
    if "error" in case:
        is_template = any(document.document_class == "helm-template" for document in documents)
        assert rejected or is_template, case["error"]
        return
    assert rejected == []
    seen = [document.data for document in documents if document.document_class != "empty"]
    assert json.dumps(seen, sort_keys=True) == json.dumps(case["documents"], sort_keys=True)


def test_every_scalar_agrees() -> None:
    differing = []
    for text, kind, value in GOLDEN["scalars"]:
        try:
            seen = load(f"k: {text}\n").data["k"]
        except ReadError:
            seen_kind, seen = "error", value
        else:
            seen_kind = type(seen).__name__
        if (seen_kind, seen) != (kind, value):
            differing.append((text, kind, value, seen))
    assert differing == []


def test_the_golden_data_is_whole() -> None:
    assert (len(GOLDEN["files"]), len(GOLDEN["scalars"])) == (66, 4079)
