"""Proving fixes by examples: a bad example is silent once it is fixed, still parses, and is not changed again."""

from __future__ import annotations

from collections.abc import Mapping

from kubelint_lessons.authoring.examples import ExampleFailure, example_project, run_files
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.fixes.apply import fix_project
from kubelint_lessons.lessons.lesson import Example
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.model.finding import Finding


def check_fixes(example: Example, rule: Rule, toolbox: Toolbox) -> tuple[ExampleFailure, ...]:
    """Return what is wrong with the fixes that the findings of a bad example bring.

    A fix that is only displayed is advice for a human and need not remove its finding; those that kubelint applies
    must, all of them.
    """
    project = example_project(example)
    files = {file.path: file.data or b"" for file in project.files}

    def relint(changed: Mapping[str, bytes]) -> tuple[Finding, ...]:
        found = run_files(example, {**files, **changed}, {rule.id: rule}, toolbox)
        return found if not isinstance(found, str) else ()

    before = relint({})
    offered = [finding for finding in before if finding.fix and finding.fix.applicability != "display"]
    if not offered:
        return ()
    outcome = fix_project(files, before, relint, {"safe", "unsafe"})
    failures = [
        ExampleFailure(rule.id, example.line, f"the fix of the bad example is withheld: {item.reason}", "mend the fix")
        for item in outcome.withheld
    ]
    again = fix_project({**files, **outcome.files}, outcome.remaining, relint, {"safe", "unsafe"})
    if again.files:
        message = "fixing the bad example twice changes it twice"
        failures.append(ExampleFailure(rule.id, example.line, message, "let the fix remove what the rule finds"))
    return tuple(failures)
