"""The fix of every built-in rule, on its own examples: the finding goes, nothing new comes, once is enough."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.fixes.apply import fix_project
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.lesson import Example
from kubelint_lessons.lessons.packs import load_rules, read_builtin_lessons
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.fix import Applicability

RULES = load_rules().rules
TOOLBOX = Toolbox(Compiler())
ALL: set[Applicability] = {"safe", "unsafe", "display"}


class Linter:
    """Lints an example with one rule, some of its files changed."""

    def __init__(self, example: Example, rule: Rule) -> None:
        self.files = {file.path: file.text.encode("utf-8", "surrogatepass") for file in example.files}
        self.rule = rule
        self.platform = Platform(example.platform or {}, "the example's platform block")

    def __call__(self, changed: dict[str, bytes]) -> tuple[Finding, ...]:
        files = {**self.files, **changed}
        inputs = tuple(InputFile(path, path, path, True, False, files[path]) for path in sorted(files))
        project = Project("", "", inputs)
        rules = {self.rule.id: self.rule}
        return run_project(project, rules, self.platform, TOOLBOX, Settings({}, {}), is_one_scope=True).findings


def cases() -> Iterator[tuple[str, Example]]:
    for lesson in read_builtin_lessons():
        for example in lesson.examples:
            if example.label == "bad":
                yield lesson.id, example


CASES = list(cases())


@pytest.mark.parametrize(("rule", "example"), CASES, ids=[f"{rule}:{example.line}" for rule, example in CASES])
def test_a_fix_removes_its_finding(rule: str, example: Example) -> None:
    linter = Linter(example, RULES[rule])
    findings = linter({})
    with_fix = [finding for finding in findings if finding.fix is not None]
    outcome = fix_project(linter.files, findings, linter, ALL)
    assert [f"{item.title}: {item.reason}" for item in outcome.withheld] == []
    assert len(outcome.applied) == len(with_fix)
    assert len(outcome.remaining) <= len(findings) - len(with_fix)
    assert linter(outcome.files) == outcome.remaining
    again = fix_project({**linter.files, **outcome.files}, outcome.remaining, linter, ALL)
    assert again.files == {}


def test_some_built_in_rules_have_fixes() -> None:
    fixed = {rule for rule, example in CASES if any(item.fix for item in Linter(example, RULES[rule])({}))}
    assert {"shared-service-selector", "summerwind-net-crd"} <= fixed
