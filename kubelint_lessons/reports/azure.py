"""Annotations for Azure Pipelines: one ``task.logissue`` command a finding, which its agent reads from the log.

Facts: "Logging commands" in the documentation of Azure Pipelines, and its agent's escapes. Two types of issues.
"""

from __future__ import annotations

from kubelint_lessons.engine.result import Result, RunError
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.reports.sanitize import clean, clean_path
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.text import summary

_TYPES = {"error": "error", "warning": "warning", "info": "warning"}
_ESCAPES = {"%": "%AZP25", ";": "%3B", "\r": "%0D", "\n": "%0A", "]": "%5D"}


def render_azure(result: Result, *, quiet: bool = False) -> str:
    """Return one command an error and a finding, then the counts as plain lines."""
    lines = [*(_error(error) for error in result.errors), *(_finding(result, item) for item in result.findings)]
    if not quiet:
        lines += [clean(line.strip()) for line in summary(result, Style())]
    return "".join(f"{line}\n" for line in lines)


def _finding(result: Result, finding: Finding) -> str:
    place = finding.location
    parts = [clean(finding.message) + (f" ({clean(finding.label)})" if finding.label else "")]
    parts += [f"See {clean_path(other.location.path)}:{other.location.line}" for other in finding.related]
    reported = result.lessons.get(finding.lesson)
    if reported is not None and reported.words.fix:
        parts.append(f"Fix: {clean(reported.words.fix)}")
    where = {"sourcepath": clean_path(place.path), "linenumber": str(place.line), "columnnumber": str(place.column)}
    return _command(_TYPES[finding.severity], {**where, "code": clean(finding.rule)}, ". ".join(parts))


def _error(error: RunError) -> str:
    where = {"sourcepath": clean_path(error.path)} if error.path else {}
    if error.path and error.line:
        where["linenumber"] = str(error.line)
    message = clean(error.message) + (f". Next: {clean(error.hint)}" if error.hint else "")
    return _command("error", {**where, "code": f"{error.kind}-error"}, message)


def _command(kind: str, properties: dict[str, str], message: str) -> str:
    shown = "".join(f"{name}={_escape(value)};" for name, value in {"type": kind, **properties}.items())
    return f"##vso[task.logissue {shown}]{_escape(message)}"


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)
