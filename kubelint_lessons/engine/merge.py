"""Results of several projects become one report."""

from __future__ import annotations

from collections import Counter

from kubelint_lessons.engine.fingerprint import distinct_across
from kubelint_lessons.engine.known import merge_compared
from kubelint_lessons.engine.result import Counts, Result


def merge(results: list[Result]) -> Result:
    """Return one result for several projects, in order of path."""
    findings = sorted(
        distinct_across([result.findings for result in results]),
        key=lambda finding: (*finding.location[:3], finding.rule, finding.message),
    )
    not_checked: Counter[str] = Counter()
    for result in results:
        not_checked.update(result.counts.not_checked)
    counts = [result.counts for result in results]
    return Result(
        findings=tuple(findings),
        errors=tuple(dict.fromkeys(error for result in results for error in result.errors)),
        skipped=tuple(dict.fromkeys(skip for result in results for skip in result.skipped)),
        counts=Counts(
            files=sum(count.files for count in counts),
            documents=sum(count.documents for count in counts),
            resources=sum(count.resources for count in counts),
            not_checked=dict(not_checked),
            suppressed=sum(count.suppressed for count in counts),
            rules=max((count.rules for count in counts), default=0),
        ),
        files=tuple(status for result in results for status in result.files),
        lessons={key: reported for result in results for key, reported in result.lessons.items()},
        excerpts={key: line for result in results for key, line in result.excerpts.items()},
        incomplete=tuple(dict.fromkeys(reason for result in results for reason in result.incomplete)),
        deciding=tuple(path for result in results for path in result.deciding),
        suppressed=tuple(item for result in results for item in result.suppressed),
        baselines=tuple(item for result in results for item in result.baselines),
        compared=merge_compared(result.compared for result in results),
        notices=tuple(dict.fromkeys(notice for result in results for notice in result.notices)),
        weakened=tuple(item for result in results for item in result.weakened),
    )
