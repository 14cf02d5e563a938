"""Whether fixes did what they promised: their findings are gone, and nothing new appeared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from kubelint_lessons.fixes.units import Unit
from kubelint_lessons.lessons.checks import UNUSED_SUPPRESSION
from kubelint_lessons.model.finding import Finding


def complaint(before: Iterable[Finding], after: Iterable[Finding], units: Sequence[Unit]) -> str | None:
    """Return why the units were not good for the files, as a clause, or None.

    Findings are counted by rule and file: a fix may change the names, lines and values of what remains, but for
    every finding that it claims there has to be one less. That a suppression has nothing left to silence is no harm.
    """
    before, after = tuple(before), tuple(after)
    had, has = _count(before), _count(after)
    claimed = _count(finding for unit in units for finding in unit.findings)
    for key in sorted(has):
        if has[key] > had[key] and key[0] != UNUSED_SUPPRESSION:
            return _new(before, [finding for finding in after if _key(finding) == key])
    for key in sorted(claimed):
        if has[key] > had[key] - claimed[key]:
            rule, path = key
            return f"{rule} would still fire in {path}"
    return None


def _new(before: tuple[Finding, ...], suspects: list[Finding]) -> str:
    """Return the complaint about one of the suspects, one that was not there before if that can be told."""
    known = {finding.fingerprint for finding in before}
    finding = next((finding for finding in suspects if finding.fingerprint not in known), suspects[0])
    place = f"{finding.location.path}:{finding.location.line}"
    return f"it would cause {finding.rule} at {place}: {finding.message}"


def _count(findings: Iterable[Finding]) -> Counter[tuple[str, str]]:
    return Counter(map(_key, findings))


def _key(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.location.path
