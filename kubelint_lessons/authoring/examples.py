"""Running the examples of a lesson: bad ones fire at exactly the marked lines, good ones stay silent."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kubelint_lessons.engine.config import CONFIG_NAME, parse_config
from kubelint_lessons.engine.result import Result
from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.checks import SUPPRESSIONS
from kubelint_lessons.lessons.lesson import Example
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.records import NamedTuple


class ExampleFailure(NamedTuple):
    """Why an example does not hold; ``line`` is in the Markdown, at the first line that is not as marked."""

    rule: str
    line: int
    message: str
    hint: str


def example_project(example: Example) -> Project:
    """Return the files of an example as a project that lies nowhere."""
    files = tuple(
        InputFile(file.path, file.path, file.path, True, False, file.text.encode("utf-8", "surrogatepass"))
        for file in sorted(example.files, key=lambda file: file.path)
    )
    return Project("", "", files)


def run_example(example: Example, rules: dict[str, Rule], toolbox: Toolbox) -> tuple[Finding, ...] | str:
    """Return what ``rules`` find in an example, read as a complete scope of its own; a sentence where one failed."""
    return run_files(example, {}, rules, toolbox)


def run_files(
    example: Example, changed: Mapping[str, bytes], rules: dict[str, Rule], toolbox: Toolbox
) -> tuple[Finding, ...] | str:
    """Return what ``rules`` find in an example some of whose files hold other bytes."""
    project = example_project(example)
    files = tuple(file._replace(data=changed.get(file.path, file.data)) for file in project.files)
    result = _run(project._replace(files=files), example, rules, toolbox)
    if result.errors:
        return result.errors[0].message
    return result.findings


def example_result(example: Example, rule: Rule, others: Mapping[str, Rule], toolbox: Toolbox) -> Result:
    """Return what ``rule`` finds in an example, for showing it; see ``check_example`` for ``others``."""
    result = _run(example_project(example), example, rules_for(rule, others), toolbox)
    return result._replace(findings=tuple(finding for finding in result.findings if finding.rule == rule.id))


def rules_for(rule: Rule, others: Mapping[str, Rule]) -> dict[str, Rule]:
    """Return the rules that examples of ``rule`` are read with: itself; what judges suppressions needs all others."""
    if any(detector.check == SUPPRESSIONS for detector in rule.detectors):
        return {**others, rule.id: rule}
    return {rule.id: rule}


def _run(project: Project, example: Example, rules: dict[str, Rule], toolbox: Toolbox) -> Result:
    platform = Platform(example.platform or {}, "the example's platform block")
    return run_project(project, rules, platform, toolbox, _settings(project), is_one_scope=True)


def _settings(project: Project) -> Settings:
    """Return the settings of an example: a config among its files may suppress findings."""
    for file in project.files:
        if file.inside == CONFIG_NAME:
            config = parse_config(file.path, file.data or b"").config
            return Settings({}, {}, suppress=config.suppress, config=file.path)
    return Settings({}, {})


def check_example(
    example: Example, rule: Rule, toolbox: Toolbox, others: Mapping[str, Rule] = MappingProxyType({})
) -> tuple[ExampleFailure, ...]:
    """Return what does not hold when ``rule`` alone reads an example; nothing when it does.

    ``others`` are the rules that suppressions in it may name, which only a rule that judges suppressions needs.
    """
    found = run_example(example, rules_for(rule, others), toolbox)
    if isinstance(found, str):
        return (ExampleFailure(rule.id, example.line, f"the example could not be run: {found}", ""),)
    own = [finding for finding in found if finding.rule == rule.id]
    fired = {(finding.location.path, finding.location.line): finding for finding in own}
    expected = {(file.path, line) for file in example.files for line in file.expected_lines}
    failures = []
    if example.label != "bad":
        for place, finding in fired.items():
            hint = (
                "narrow the rule, or call the example bad"
                if example.label == "good"
                else "the miss is one no longer: call the example bad, and mark the line with # finding"
            )
            message = f'the {example.label} example is not silent: "{finding.message}"'
            failures.append(ExampleFailure(rule.id, _line(example, place), message, hint))
        return tuple(failures)
    if not expected:
        where = ", ".join(str(line) for _, line in sorted(fired)) or "none"
        message = "the bad example marks no line"
        hint = f"end the line where the finding must be with # finding, or say at=LINE (found now: {where})"
        return (ExampleFailure(rule.id, example.line, message, hint),)
    for place in sorted(expected - fired.keys()):
        elsewhere = ", ".join(f"{path}:{line}" for path, line in sorted(fired)) or "nowhere"
        message = "the bad example has no finding on this line"
        failures.append(ExampleFailure(rule.id, _line(example, place), message, f"it fires {elsewhere}"))
    for place in sorted(fired.keys() - expected):
        message = f'the bad example has a finding where none is marked: "{fired[place].message}"'
        failures.append(ExampleFailure(rule.id, _line(example, place), message, "mark the line with # finding"))
    return tuple(failures)


def _line(example: Example, place: tuple[str, int]) -> int:
    """Return the Markdown's line of a line of an example's file."""
    for file in example.files:
        if file.path == place[0]:
            return file.line + place[1] - 1
    return example.line
