"""Where the time of a run went, as two tables, and the note on a rule that took most of it."""

from __future__ import annotations

from kubelint_lessons.engine.timing import PHASES, SlowRule, Timing
from kubelint_lessons.reports.sanitize import clean
from kubelint_lessons.reports.wrap import plural

_MOST_RULES = 10


def timing_text(timing: Timing) -> str:
    """Return the phases of a run with their share of it, how much was read, and the slowest rules.

    A rule's share is of the time of all rules, summed over all processes. Who first asks for the relations of a scope
    pays for finding them.
    """
    total = timing.total
    lines = [f"{'phase':<12}{'seconds':>9}{'share':>8}"]
    for phase in PHASES:
        if phase in timing.phases:
            lines.append(_row(phase, timing.phases[phase], total))
    lines.append(_row("total", total, total))
    read = f"{plural(timing.documents, 'document')}, {timing.size / 1e6:.1f} MB"
    if timing.documents and total:
        read += f": {timing.documents / total:,.0f} documents and {timing.size / 1e6 / total:.1f} MB per second"
    if timing.processes > 1:
        read += f", judged by {timing.processes} processes"
    return "\n".join(["", *lines, read, "", *_rules(timing)]) + "\n"


def slow_rule_text(slow: SlowRule) -> str:
    """Return the note on a rule that took most of a long run, one line."""
    rule = clean(slow.rule)
    return (
        f"kubelint: rule {rule} took {slow.seconds:.1f} s of {slow.of:.1f} s: let it look at less (match:, where:,"
        f" files:), replace loops inside loops by relate:, or leave it out (--ignore {rule}); see also --timing\n"
    )


def _row(phase: str, seconds: float, total: float) -> str:
    return f"{phase:<12}{seconds:>9.3f}{_share(seconds, total):>8}"


def _rules(timing: Timing) -> list[str]:
    if not timing.rules:
        return ["no rule looked at anything"]
    everything = sum(spent.seconds for spent in timing.rules.values())
    slowest = sorted(timing.rules.items(), key=lambda item: (-item[1].seconds, item[0]))[:_MOST_RULES]
    width = max(len(clean(rule)) for rule, _ in slowest)
    lines = [f"{'slowest rules':<{width}}{'calls':>9}{'seconds':>9}{'mean':>11}{'share':>8}"]
    for rule, spent in slowest:
        mean = f"{spent.seconds / spent.calls * 1e6:,.0f} us"
        share = _share(spent.seconds, everything)
        lines.append(f"{clean(rule):<{width}}{spent.calls:>9}{spent.seconds:>9.3f}{mean:>11}{share:>8}")
    if len(timing.rules) > len(slowest):
        lines.append(f"{plural(len(timing.rules), 'rule')} together took {everything:.3f} s")
    return lines


def _share(part: float, whole: float) -> str:
    return f"{part / whole * 100 if whole else 0:.0f} %"
