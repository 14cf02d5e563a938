"""Output for programs: one JSON object, versioned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons import __version__
from kubelint_lessons.engine.result import Reported, Result, RunError, Suppressed
from kubelint_lessons.model.finding import SEVERITIES, Finding
from kubelint_lessons.model.location import Location
from kubelint_lessons.reports.jsontext import Written, indented
from kubelint_lessons.reports.knowntext import baselines_json, compared_json
from kubelint_lessons.reports.sanitize import clean_json

VERSION = 1
"""Grows when a key changes its meaning or goes away; new keys may come at any time."""


def render_json(result: Result) -> str:
    """Return the whole result as JSON text, keys in a fixed order, ASCII only."""
    return "".join(json_pieces(result))


def json_pieces(result: Result) -> Iterator[str]:
    """Yield what ``render_json`` returns, finding by finding."""
    lessons = {name: Written(indented(_lesson(reported), 3)) for name, reported in result.lessons.items()}
    document: dict[str, Any] = {
        "version": VERSION,
        "tool": {"name": "kubelint-lessons", "version": __version__},
        "summary": _summary(result),
        "findings": (_finding(finding, lessons) for finding in result.findings),
        "suppressed": (_suppressed(item, lessons) for item in result.suppressed),
        "errors": [_error(error) for error in result.errors],
        "skipped": [{"rule": skip.rule, "reason": skip.reason, "times": skip.times} for skip in result.skipped],
        "incomplete": list(result.incomplete),
        "baselines": baselines_json(result),
        "compared": compared_json(result.compared),
        "notices": list(result.notices),
        "weakened": [{"text": item.text, "path": item.path, "line": item.line} for item in result.weakened],
    }
    before = "{\n  "
    for key, value in document.items():
        yield f'{before}"{key}": '
        if isinstance(value, Iterator):
            yield from _items(value)
        else:
            yield clean_json(indented(value, 1))
        before = ",\n  "
    yield "\n}\n"


def _items(values: Iterator[Any]) -> Iterator[str]:
    """Yield a list of the document, item by item, as ``json.dumps`` writes it with an indent of two."""
    end = "[]"
    for value in values:
        yield "[\n    " if end == "[]" else ",\n    "
        yield clean_json(indented(value, 2))
        end = "\n  ]"
    yield end


def _summary(result: Result) -> dict[str, Any]:
    counts = result.counts
    return {
        **{severity: sum(finding.severity == severity for finding in result.findings) for severity in SEVERITIES},
        "suppressed": counts.suppressed,
        "files": counts.files,
        "documents": counts.documents,
        "resources": counts.resources,
        "not_checked": dict(sorted(counts.not_checked.items())),
        "rules": counts.rules,
    }


def _suppressed(item: Suppressed, lessons: dict[str, Written]) -> dict[str, Any]:
    suppression = {"kind": item.kind, "reason": item.reason, "location": _location(item.location)}
    return {**_finding(item.finding, lessons), "suppression": suppression}


def _finding(finding: Finding, lessons: dict[str, Written]) -> dict[str, Any]:
    resource = finding.resource
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "location": _location(finding.location),
        "label": finding.label,
        "related": [{"location": _location(other.location), "label": other.label} for other in finding.related],
        "resource": None
        if resource is None
        else {
            "group": resource.group,
            "kind": resource.kind,
            "namespace": resource.namespace,
            "name": resource.name,
        },
        "field": finding.field,
        "note": finding.note,
        "fix": None
        if finding.fix is None
        else {"title": finding.fix.title, "applicability": finding.fix.applicability},
        "fingerprint": finding.fingerprint,
        "lesson": lessons.get(finding.lesson),
    }


def _lesson(reported: Reported) -> dict[str, Any]:
    words = reported.words
    return {
        "symptom": words.symptom,
        "cause": words.cause,
        "fix": words.fix,
        "category": words.category,
        "seen": list(words.seen),
        "sources": list(words.sources),
        "path": words.path,
        "line": words.line,
    }


def _location(location: Location) -> dict[str, Any]:
    return {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_column": location.end_column,
    }


def _error(error: RunError) -> dict[str, Any]:
    return {
        "kind": error.kind,
        "message": error.message,
        "path": error.path,
        "line": error.line,
        "column": error.column,
        "hint": error.hint,
    }
