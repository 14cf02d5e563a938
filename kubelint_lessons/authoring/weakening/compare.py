"""The whole comparison: in which ways one revision's judge is weaker than another's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kubelint_lessons.authoring.weakening.config import weakened_config
from kubelint_lessons.authoring.weakening.judge import Judge
from kubelint_lessons.authoring.weakening.rules import weakened_rules
from kubelint_lessons.authoring.weakening.suppressions import added_ignores
from kubelint_lessons.engine.result import Weakening
from kubelint_lessons.engine.run import Toolbox


def weakenings(before: Judge, after: Judge, toolbox: Toolbox) -> tuple[Weakening, ...]:
    """Return every way in which ``after`` may report less than ``before`` did; nothing for what is only different.

    Rules come first, then the config, the suppressions, the baseline, and directories that leave the project.
    """
    return tuple(_all(before, after, toolbox))


def _all(before: Judge, after: Judge, toolbox: Toolbox) -> Iterator[Weakening]:
    yield from weakened_rules(before, after, toolbox)
    yield from weakened_config(before, after)
    yield from added_ignores(before.ignores, after.ignores)
    known = (Counter(after.baseline) - Counter(before.baseline)).total()
    if known:
        noun = "finding" if known == 1 else "findings"
        yield Weakening(f"adds {known} {noun} to the baseline", after.baseline_path)
    for root in sorted(after.roots - before.roots):
        yield Weakening(
            f'makes "{root}" a project of its own, for which lessons and config of this one do not hold', root
        )
