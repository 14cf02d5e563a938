"""Findings by lesson, for reports that show the words of a lesson once: the most serious first."""

from __future__ import annotations

from collections.abc import Iterable

from kubelint_lessons.model.finding import RANK, Finding, Severity

Group = tuple[Finding, ...]


def by_rule(findings: Iterable[Finding]) -> list[Group]:
    """Return the findings by rule: the most serious first, then those with the most findings."""
    rules: dict[str, list[Finding]] = {}
    for finding in findings:
        rules.setdefault(finding.rule, []).append(finding)
    groups = [tuple(group) for group in rules.values()]
    return sorted(groups, key=lambda group: (-RANK[worst(group)], -len(group), group[0].rule))


def worst(group: Group) -> Severity:
    """Return the most serious severity in a group."""
    return max((finding.severity for finding in group), key=lambda severity: RANK[severity])
