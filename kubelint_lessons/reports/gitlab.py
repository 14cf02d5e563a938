"""GitLab's Code Quality report: a JSON array in the form of its documentation ("Code Quality report format")."""

from __future__ import annotations

import hashlib
from typing import Any

from kubelint_lessons.engine.result import Result, RunError
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.reports.jsontext import indented
from kubelint_lessons.reports.sanitize import clean

_SEVERITIES = {"error": "critical", "warning": "major", "info": "info"}


def render_gitlab(result: Result) -> str:
    """Return the findings and the errors of the run as JSON text, ASCII only.

    GitLab shows issues with one fingerprint as one, so an equal one gets a number.
    """
    times: dict[str, int] = {}
    issues = [*(_error(error) for error in result.errors), *(_finding(result, item) for item in result.findings)]
    for issue in issues:
        fingerprint = issue["fingerprint"]
        times[fingerprint] = times.get(fingerprint, 0) + 1
        if times[fingerprint] > 1:
            issue["fingerprint"] = f"{fingerprint}-{times[fingerprint]}"
    return indented(issues) + "\n"


def _finding(result: Result, finding: Finding) -> dict[str, Any]:
    reported = result.lessons.get(finding.lesson)
    fix = clean(reported.words.fix) if reported is not None else ""
    return {
        "description": clean(finding.message) + (f" (fix: {fix})" if fix else ""),
        "check_name": clean(finding.rule),
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": _location(finding.location.path, finding.location.line),
    }


def _error(error: RunError) -> dict[str, Any]:
    message = clean(error.message)
    digest = hashlib.sha256("\0".join((error.kind, clean(error.path), message)).encode()).hexdigest()
    return {
        "description": message + (f" (next: {clean(error.hint)})" if error.hint else ""),
        "check_name": f"kubelint-{error.kind}-error",
        "fingerprint": digest[:16],
        "severity": "blocker",
        "location": _location(error.path or ".", error.line or 1),
    }


def _location(path: str, line: int) -> dict[str, Any]:
    return {"path": clean(path), "lines": {"begin": line, "end": line}}
