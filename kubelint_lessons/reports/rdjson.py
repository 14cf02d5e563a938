"""Reviewdog's diagnostic format (rdjson): reviewdog makes comments of it on GitHub, GitLab, Bitbucket and Gerrit.

Facts: reviewdog, ``proto/rdf/reviewdog.proto``: columns count bytes of UTF-8 from 1, the end of a range is exclusive.
"""

from __future__ import annotations

from typing import Any

from kubelint_lessons.engine.result import Result, RunError
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.location import Location
from kubelint_lessons.reports.jsontext import indented
from kubelint_lessons.reports.sanitize import clean, clean_json

_SEVERITIES = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}


def render_rdjson(result: Result) -> str:
    """Return the findings and the errors of the run as JSON text, ASCII only."""
    document = {
        "source": {"name": "kubelint"},
        "diagnostics": [
            *(_error(error) for error in result.errors),
            *(_finding(result, finding) for finding in result.findings),
        ],
    }
    return clean_json(indented(document)) + "\n"


def byte_column(line: str, column: int) -> int:
    """Return the 1-based column in bytes of UTF-8 of a ``column`` in code points of ``line``."""
    before = line[: column - 1]
    return column + len(before.encode("utf-8", "surrogatepass")) - len(before)


def _finding(result: Result, finding: Finding) -> dict[str, Any]:
    parts = [finding.message, finding.label, finding.note]
    reported = result.lessons.get(finding.lesson)
    if reported is not None:
        parts += [f"Root cause: {reported.words.cause}", f"Fix: {reported.words.fix}"]
    parts += [
        f"{other.location.path}:{other.location.line}{f': {other.label}' if other.label else ''}"
        for other in finding.related
    ]
    return {
        "message": "\n".join(clean(part) for part in parts if part),
        "location": {"path": finding.location.path, "range": _range(result, finding.location)},
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": clean(finding.rule)},
    }


def _range(result: Result, place: Location) -> dict[str, Any]:
    line = result.excerpts.get((place.path, place.line), "")
    columns = place.column, max(place.column, place.end_column)
    start, end = ({"line": place.line, "column": byte_column(line, column)} for column in columns)
    return {"start": start, "end": end}


def _error(error: RunError) -> dict[str, Any]:
    location: dict[str, Any] = {"path": error.path or "."}
    if error.line:
        location["range"] = {"start": {"line": error.line}}
    message = clean(error.message) + (f"\nNext: {clean(error.hint)}" if error.hint else "")
    return {"message": message, "location": location, "severity": "ERROR", "code": {"value": f"{error.kind}-error"}}
