"""The verdicts of other linters in ../shared/verdicts, and what our rules say about the same files."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from kubelint_lessons.authoring.linter import Options, rules_of
from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.model.finding import RANK

DATA = Path(__file__).resolve().parent / "data"
LINTERS = ("kube-linter", "kube-score", "polaris", "regolibrary")


class Check(NamedTuple):
    """A check of another linter, and the rules of ours that mean the same; no rules where none does, and why."""

    linter: str
    name: str
    rules: tuple[str, ...]
    meaning: str
    note: str


class Case(NamedTuple):
    """Files that go together, with the number of findings expected there.

    ``is_exact`` holds where a file mixes good and bad objects, and only the number tells which ones are meant.
    ``theirs`` is None where the same files have contradictory verdicts, because of options that are not recorded.
    """

    linter: str
    check: str
    name: str
    files: tuple[str, ...]
    theirs: int | None
    is_exact: bool

    def agrees(self, ours: int) -> bool:
        """Return whether our number of findings says the same."""
        return ours == self.theirs if self.is_exact else bool(ours) == bool(self.theirs)


class Disagreement(NamedTuple):
    """A case on which we disagree, as explained: ``judged`` says who is wrong."""

    linter: str
    check: str
    case: str
    theirs: int
    ours: int
    judged: str
    why: str


class Answer(NamedTuple):
    """What our rules say: findings, and the most serious severity among them."""

    ours: int
    severity: str


def read_checks() -> list[Check]:
    """Return the mapping, in the order of the file."""
    return [
        Check(row["linter"], row["check"], tuple(row["rules"].split()), row["meaning"], row["note"])
        for row in _rows("agreement.tsv")
    ]


def read_disagreements() -> list[Disagreement]:
    """Return the explained disagreements, in the order of the file."""
    return [
        Disagreement(
            row["linter"], row["check"], row["case"], int(row["theirs"]), int(row["ours"]), row["judged"], row["why"]
        )
        for row in _rows("agreement-cases.tsv")
    ]


def read_cases(verdicts: Path) -> list[Case]:
    """Return the cases of all linters; those without files, and those about flags of the linter, are left out."""
    found: dict[tuple[str, str, tuple[str, ...]], Case] = {}
    for linter in LINTERS:
        for raw in json.loads((verdicts / linter / "expected.json").read_text(encoding="utf-8"))["cases"]:
            case = _case(linter, raw)
            if not case.files or case.check.startswith("flag-"):
                continue
            key = (case.linter, case.check, case.files)
            known = found.setdefault(key, case)
            if known.theirs is None or bool(known.theirs) != bool(case.theirs):
                found[key] = known._replace(theirs=None)
    return list(found.values())


def answers(verdicts: Path, checks: list[Check], cases: list[Case]) -> Iterator[tuple[Check, Case, Answer]]:
    """Yield what the mapped rules say about each case, each case a project of its own."""
    toolbox = Toolbox(Compiler())
    known = rules_of(str(verdicts), "", Options(select=("all",), isolated=True), Cache(cache_folder()))
    for check in checks:
        if not check.rules:
            continue
        rules = {rule: known.chosen[rule] for rule in check.rules}
        for case in cases:
            if (case.linter, case.check) != (check.linter, check.name):
                continue
            root = verdicts / case.linter
            files = tuple(InputFile(file, file, str(root / file), True, True) for file in sorted(case.files))
            result = run_project(Project(str(root), "", files), rules, known.platform, toolbox, Settings({}, {}))
            assert not [error for error in result.errors if error.kind == "bug"]
            severities = sorted((finding.severity for finding in result.findings), key=lambda name: -RANK[name])
            yield check, case, Answer(len(severities), severities[0] if severities else "")


def _case(linter: str, raw: dict[str, Any]) -> Case:
    if linter == "kube-linter":
        count = raw["count"]
        name = raw["file"].rpartition("/")[2]
        return Case(linter, raw["check"], name, (raw["file"],), 1 if count is None else count, count is not None)
    if linter == "kube-score":
        theirs = int(raw["grade"] != "GradeAllOK")
        name = " ".join(file.rpartition("/")[2] for file in raw["files"])
        return Case(linter, raw["check"], name, tuple(raw["files"]), theirs, False)
    if linter == "polaris":
        name = raw["file"].rpartition("/")[2]
        return Case(linter, raw["check"], name, (raw["file"],), int(raw["expect"] == "failure"), False)
    return Case(linter, raw["rule"], raw["case"], tuple(raw["inputs"]), len(raw["findings"]), False)


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
