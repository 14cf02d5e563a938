"""What fixes did, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubelint_lessons.model.finding import Finding
from kubelint_lessons.reports.sanitize import clean, clean_path
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.wrap import plural


def applied_line(finding: Finding, title: str, is_written: bool, style: Style) -> str:
    """Return ``fixed k8s/a.yaml:8:5 [rule] title``."""
    where = f"{clean_path(finding.location.path)}:{finding.location.line}:{finding.location.column}"
    verb = style.paint("ok", "fixed" if is_written else "would fix")
    return f"{verb} {where} [{finding.rule}] {clean(title)}"


def withheld_line(finding: Finding, title: str, reason: str, style: Style) -> str:
    """Return why a fix was not made: ``fix withheld at k8s/a.yaml:8:5 [rule] title: reason``."""
    where = f"{clean_path(finding.location.path)}:{finding.location.line}:{finding.location.column}"
    return f"{style.paint('warning', 'fix withheld')} at {where} [{finding.rule}] {clean(title)}: {clean(reason)}"


def offers(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield how many findings ``--fix`` would mend, and how many more ``--unsafe-fixes``."""
    kinds = [finding.fix.applicability for finding in findings if finding.fix is not None]
    if "safe" in kinds:
        yield f"  fixable: {plural(kinds.count('safe'), 'finding')} with --fix"
    if "unsafe" in kinds:
        number = plural(kinds.count("unsafe"), "finding")
        yield f"  fixable: {number} with --fix --unsafe-fixes; --diff --unsafe-fixes shows the change"
