"""Reference pages for people: one a rule, and an index by category."""

from __future__ import annotations

from importlib import resources
from typing import Any

import jinja2

from kubelint_lessons.engine.result import Result
from kubelint_lessons.lessons.lesson import Lesson
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.model.finding import RANK
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.reports.sanitize import clean_markdown
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.text import finding_text


class RulePage(NamedTuple):
    """What a page is made from: ``shown`` is the result of the first bad example, None where it has none."""

    rule: Rule
    lesson: Lesson
    shown: Result | None


def rule_page(page: RulePage) -> str:
    """Return the Markdown of one rule's page."""
    rule = page.rule
    severities = sorted({detector.severity for detector in rule.detectors}, key=lambda name: -RANK[name])
    fixes = {detector.fix.applicability for detector in rule.detectors if detector.fix is not None}
    if page.shown is not None:
        fixes |= {finding.fix.applicability for finding in page.shown.findings if finding.fix is not None}
    return (
        _environment()
        .get_template("rule.md.j2")
        .render(
            rule=rule,
            words=rule.lesson,
            severities=severities,
            fixes=sorted(fixes),
            needs=sorted({need for detector in rule.detectors for need in detector.needs}),
            output=_output(page.shown),
            bad=next((example for example in page.lesson.examples if example.label == "bad"), None),
            good=next((example for example in page.lesson.examples if example.label == "good"), None),
        )
    )


def index_page(pages: list[RulePage]) -> str:
    """Return the Markdown of the index: every rule by category, with its worst severity and its symptom."""
    categories: dict[str, list[dict[str, Any]]] = {}
    for page in sorted(pages, key=lambda page: page.rule.id):
        severity = max((detector.severity for detector in page.rule.detectors), key=lambda name: RANK[name])
        row = {"rule": page.rule, "severity": severity, "words": page.rule.lesson}
        categories.setdefault(page.rule.lesson.category, []).append(row)
    return _environment().get_template("index.md.j2").render(categories=sorted(categories.items()), count=len(pages))


def _output(shown: Result | None) -> str:
    if shown is None or not shown.findings:
        return ""
    return "\n".join(finding_text(shown, shown.findings[0], Style()))


def _environment() -> jinja2.Environment:
    folder = resources.files("kubelint_lessons.reports") / "templates"
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in ("rule.md.j2", "index.md.j2")}
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(texts),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # Markdown from our own lessons, for our own repository
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["words"] = clean_markdown
    return environment
