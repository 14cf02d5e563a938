"""What a result says of a run as a whole: how much was looked at, and the words of the rules that found something."""

from __future__ import annotations

from collections import Counter

from kubelint_lessons.engine.collect import is_checked, not_read
from kubelint_lessons.engine.reading import ReadFile
from kubelint_lessons.engine.result import Counts, Reported, lesson_key
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.classify import why
from kubelint_lessons.model.finding import Finding


def counts_of(shown: list[ReadFile], suppressed: int, rules: int) -> Counts:
    """Return the numbers of the last line, for the files that are reported on."""
    not_checked: Counter[str] = Counter()
    documents = resources = 0
    for read in shown:
        if read.source.problems and not read.documents:
            not_checked[not_read(read)] += 1
        for document in read.documents:
            if is_checked(document):
                documents += 1
                resources += len(document.resources)
            elif document.document_class != "empty":
                not_checked[why(document.document_class)] += 1
    return Counts(len(shown), documents, resources, dict(not_checked), suppressed, rules)


def lessons_of(findings: list[Finding], rules: dict[str, Rule]) -> dict[str, Reported]:
    """Return the lessons of ``findings`` by what a finding calls them."""
    fired = {finding.rule for finding in findings}
    return {
        lesson_key(rule.lesson): Reported(rule.lesson, rule.see_also, rule.is_fixable)
        for name, rule in rules.items()
        if name in fired
    }
