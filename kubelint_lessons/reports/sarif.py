"""SARIF 2.1.0, for code scanning and for viewers (OASIS, Static Analysis Results Interchange Format, errata 01)."""

from __future__ import annotations

from typing import Any

from kubelint_lessons import __version__
from kubelint_lessons.engine.result import Result, RunError, SkippedRule, Suppressed, Weakening
from kubelint_lessons.model.finding import RANK, Finding, Related
from kubelint_lessons.model.location import Location
from kubelint_lessons.reports.jsontext import indented
from kubelint_lessons.reports.lessonwords import lesson_markdown, lesson_plain
from kubelint_lessons.reports.sanitize import clean, clean_uri
from kubelint_lessons.reports.wrap import plural

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST_RESULTS = 25_000
"""What GitHub accepts in one run; a file with more is refused as a whole."""

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_PROBLEM_SEVERITIES = {"error": "error", "warning": "warning", "info": "recommendation"}
_MOST_TEXT = 1024
"""What GitHub accepts as the description of a rule."""


def render_sarif(result: Result) -> str:
    """Return the result as SARIF, ASCII only.

    Regions never span lines, because GitHub shows an alert in a pull request only if all of its region was changed.
    Columns count UTF-16 code units, which is what viewers assume that do not read ``columnKind``.
    """
    findings = _most_serious(result.findings)
    silenced = result.suppressed[: MOST_RESULTS - len(findings)]
    by_rule: dict[str, list[Finding]] = {}
    for finding in (*findings, *(item.finding for item in silenced)):
        by_rule.setdefault(finding.rule, []).append(finding)
    rules = sorted(by_rule)
    indexes = {rule: index for index, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "kubelint",
                "fullName": "kubelint-lessons",
                "semanticVersion": __version__,
                "rules": [_rule(result, by_rule[rule]) for rule in rules],
            }
        },
        "columnKind": "utf16CodeUnits",
        "invocations": [_invocation(result, len(result.findings) - len(findings))],
        "results": [
            *(_result(result, finding, indexes[finding.rule]) for finding in findings),
            *(_silenced(result, item, indexes[item.finding.rule]) for item in silenced),
        ],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return indented(document) + "\n"


def _most_serious(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    if len(findings) <= MOST_RESULTS:
        return findings
    order = sorted(range(len(findings)), key=lambda index: (-RANK[findings[index].severity], index))
    return tuple(findings[index] for index in sorted(order[:MOST_RESULTS]))


def _rule(result: Result, findings: list[Finding]) -> dict[str, Any]:
    first = findings[0]
    worst = max((finding.severity for finding in findings), key=lambda severity: RANK[severity])
    descriptor: dict[str, Any] = {"id": clean(first.rule)}
    properties: dict[str, Any] = {"problem.severity": _PROBLEM_SEVERITIES[worst]}
    reported = result.lessons.get(first.lesson)
    if reported is not None:
        words = reported.words
        descriptor["shortDescription"] = {"text": _clip(clean(words.symptom or first.rule))}
        descriptor["fullDescription"] = {"text": _clip(clean(words.cause or words.symptom or first.rule))}
        descriptor["help"] = {
            "text": lesson_plain(reported) or clean(first.rule),
            "markdown": lesson_markdown(reported) or clean(first.rule),
        }
        properties["tags"] = ["lesson", *([clean(words.category)] if words.category else [])]
    return {**descriptor, "defaultConfiguration": {"level": _LEVELS[worst]}, "properties": properties}


def _result(result: Result, finding: Finding, index: int) -> dict[str, Any]:
    place = _location(result, finding.location, finding.label)
    if finding.resource is not None:
        namespace, name = finding.resource.namespace, clean(finding.resource.name)
        parts = [*([clean(namespace)] if namespace else []), clean(finding.resource.kind), name]
        place["logicalLocations"] = [{"name": name, "fullyQualifiedName": "/".join(parts), "kind": "resource"}]
    document: dict[str, Any] = {
        "ruleId": clean(finding.rule),
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [place],
        # Not primaryLocationLineHash: GitHub computes that itself, and warns about each one that differs.
        "partialFingerprints": {"kubelint/v1": finding.fingerprint},
    }
    if finding.related:
        document["relatedLocations"] = [
            {"id": number, **_location(result, related.location, related.label)}
            for number, related in enumerate(finding.related, 1)
        ]
    return document


def _silenced(result: Result, item: Suppressed, index: int) -> dict[str, Any]:
    """Return a result that viewers do not count: SARIF 3.27.23 and 3.35. GitHub shows it as an open alert all the
    same, which is why it is there only when somebody asks for what was suppressed."""
    suppression: dict[str, Any] = {
        "kind": "external" if item.kind == "config" else "inSource",
        "status": "accepted",
        "justification": clean(item.reason),
    }
    if item.kind != "config":
        place = {"artifactLocation": {"uri": _uri(item.location.path)}, "region": {"startLine": item.location.line}}
        suppression["location"] = {"physicalLocation": place}
    return {**_result(result, item.finding, index), "suppressions": [suppression]}


def _message(finding: Finding) -> str:
    parts = [_sentence(_no_link(finding.message))]
    if finding.note:
        parts.append(_sentence(_no_link(finding.note)))
    parts += [_see_also(related, number) for number, related in enumerate(finding.related, 1)]
    return " ".join(parts)


def _see_also(related: Related, number: int) -> str:
    """Return a link to a related location: ``[text](id)``, where brackets in the text are escaped (3.11.6)."""
    shown = clean(f"{related.location.path}:{related.location.line}")
    for character in "\\[]":
        shown = shown.replace(character, "\\" + character)
    label = f": {_no_link(related.label)}" if related.label else ""
    return _sentence(f"See also [{shown}]({number}){label}")


def _no_link(text: str) -> str:
    return clean(text).replace("](", "] (")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _location(result: Result, location: Location, label: str) -> dict[str, Any]:
    line = result.excerpts.get((location.path, location.line), "")
    document: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(location.path)},
            "region": {
                "startLine": location.line,
                "startColumn": utf16_column(line, location.column),
                "endLine": location.line,
                "endColumn": utf16_column(line, max(location.column, location.end_column)),
            },
        }
    }
    if label:
        document["message"] = {"text": _no_link(label)}
    return document


def utf16_column(line: str, column: int) -> int:
    """Return the 1-based column in UTF-16 code units of a ``column`` in code points of ``line``."""
    return column + sum(character > "\uffff" for character in line[: column - 1])


def _uri(path: str) -> str:
    return f"file://{clean_uri(path)}" if path.startswith("/") else clean_uri(path)


def _invocation(result: Result, left_out: int) -> dict[str, Any]:
    execution = [_error(error) for error in result.errors if error.kind in ("input", "bug")]
    configuration = [_error(error) for error in result.errors if error.kind not in ("input", "bug")]
    configuration += [_skipped(skipped) for skipped in result.skipped]
    configuration += [_weakened(item) for item in result.weakened]
    if left_out:
        text = f"The {plural(left_out, 'least serious finding')} left out: GitHub refuses more than {MOST_RESULTS}."
        execution.append({"level": "warning", "message": {"text": text}})
    execution += [{"level": "note", "message": {"text": f"Incomplete: {clean(text)}"}} for text in result.incomplete]
    return {
        "executionSuccessful": not result.errors,
        "toolExecutionNotifications": execution,
        "toolConfigurationNotifications": configuration,
    }


def _error(error: RunError) -> dict[str, Any]:
    text = _sentence(clean(error.message)) + (f" Next: {_sentence(clean(error.hint))}" if error.hint else "")
    document: dict[str, Any] = {"level": "error", "message": {"text": text}, "descriptor": {"id": error.kind}}
    if error.path:
        physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(error.path)}}
        if error.line:
            physical["region"] = {"startLine": error.line, **({"startColumn": error.column} if error.column else {})}
        document["locations"] = [{"physicalLocation": physical}]
    return document


def _skipped(skipped: SkippedRule) -> dict[str, Any]:
    times = f" ({plural(skipped.times, 'time')})" if skipped.times else ""
    rule, reason = clean(skipped.rule), clean(skipped.reason)
    text = f"{rule} {'was not evaluated' if skipped.times else 'did not run'}: {reason}{times}"
    return {"level": "note", "message": {"text": text}, "associatedRule": {"id": rule}}


def _weakened(item: Weakening) -> dict[str, Any]:
    document: dict[str, Any] = {"level": "warning", "message": {"text": f"This change {_sentence(clean(item.text))}"}}
    if item.path:
        region = {"region": {"startLine": item.line}} if item.line else {}
        document["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": _uri(item.path)}, **region}}]
    return document


def _clip(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"
