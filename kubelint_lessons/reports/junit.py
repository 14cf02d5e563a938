"""JUnit XML, in the form that Jenkins, GitLab and others read: a suite is a file, a failed test is a finding."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.engine.result import Result, RunError
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.reports.errors import error_text
from kubelint_lessons.reports.sanitize import clean_xml, clean_xml_block
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.text import finding_text

_CHECKED = "checked"


def render_junit(result: Result) -> str:
    """Return the result as XML: a failure a finding, an error an error, a passed test a file without any.

    A file that was not checked is a skipped test, so that it does not look like one that passed.
    """
    findings: dict[str, list[Finding]] = {}
    for finding in result.findings:
        findings.setdefault(finding.location.path, []).append(finding)
    errors: dict[str, list[RunError]] = {}
    for error in result.errors:
        errors.setdefault(error.path, []).append(error)
    states = {status.path: status.state for status in result.files}
    suites = []
    totals = [0, 0, 0, 0]
    for path in sorted({*findings, *errors, *states}):
        cases = [*(_error(error) for error in errors.get(path, [])), *_failures(result, findings.get(path, []))]
        skipped = 0
        if not cases:
            skipped = int(states[path] != _CHECKED)
            cases = [_plain(path, states[path])]
        counts = (len(cases), len(findings.get(path, [])), len(errors.get(path, [])), skipped)
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        suites += [f'  <testsuite name="{clean_xml(path or "kubelint")}" {_counts(counts)}>', *cases, "  </testsuite>"]
    head = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="kubelint" {_counts(totals)}>']
    return "\n".join((*head, *suites, "</testsuites>")) + "\n"


def _failures(result: Result, findings: list[Finding]) -> Iterator[str]:
    times: dict[str, int] = {}
    for finding in findings:
        where = finding.location
        name = f"{finding.rule} ({where.line}:{where.column})"
        times[name] = times.get(name, 0) + 1
        name = f"{name} #{times[name]}" if times[name] > 1 else name
        body = clean_xml_block("\n".join(finding_text(result, finding, Style())))
        path = clean_xml(where.path)
        yield (
            f'    <testcase name="{clean_xml(name)}" classname="{path}" file="{path}" line="{where.line}">\n'
            f'      <failure type="{finding.severity}" message="{clean_xml(finding.message)}">{body}</failure>\n'
            "    </testcase>"
        )


def _error(error: RunError) -> str:
    place = clean_xml(error.path or "kubelint")
    line = f' line="{error.line}"' if error.line else ""
    body = clean_xml_block(error_text(error, Style()))
    return (
        f'    <testcase name="{error.kind} error" classname="{place}" file="{place}"{line}>\n'
        f'      <error type="{error.kind}" message="{clean_xml(error.message)}">{body}</error>\n'
        "    </testcase>"
    )


def _plain(path: str, state: str) -> str:
    case = f'    <testcase name="lessons" classname="{clean_xml(path)}" file="{clean_xml(path)}"'
    return f"{case}/>" if state == _CHECKED else f'{case}><skipped message="{clean_xml(state)}"/></testcase>'


def _counts(counts: tuple[int, ...] | list[int]) -> str:
    names = ("tests", "failures", "errors", "skipped")
    return " ".join(f'{name}="{count}"' for name, count in zip(names, counts, strict=True))
