"""Where the time of a run goes: by phase always; by rule where somebody asks for it, or where a run takes long."""

from __future__ import annotations

import time
from collections.abc import Mapping

from kubelint_lessons.model.records import NamedTuple

PHASES = ("start-up", "find files", "rules", "read", "scopes", "judge", "fix", "report")
"""In the order of a run. ``fix`` is what lies between two lints of one run."""

PATIENCE = 3.0
"""Seconds of judging after which rules are timed unasked."""

FIRST_OBJECTS = 500
"""So many objects are timed unasked: a rule may take minutes over the only one there is."""

SLOW_SECONDS = 10.0
SLOW_SHARE = 0.5
"""A rule that takes longer than this, and more than this of the run, is named."""

clock = time.perf_counter


class Spent:
    """How often a rule looked at something, and the seconds that took: a counter that goes up with every call."""

    __slots__ = ("calls", "seconds")

    def __init__(self, calls: int, seconds: float) -> None:
        self.calls = calls
        self.seconds = seconds


class SlowRule(NamedTuple):
    """A rule that took most of a long run."""

    rule: str
    seconds: float
    of: float


class Timing:
    """Takes the time of one run of the program; several lints add up.

    ``is_asked`` says that every call of a rule is to be timed. ``start_up`` are the seconds before this was made.
    """

    def __init__(self, is_asked: bool = False, start_up: float = 0.0) -> None:
        self.is_asked = is_asked
        self.between = "report"
        """The phase that begins when a lint ends."""
        self.phases: dict[str, float] = {"start-up": start_up}
        self.rules: dict[str, Spent] = {}
        self.documents = 0
        self.size = 0
        self.processes = 1
        self._phase = "find files"
        self._since = clock()
        self._objects = 0
        self._judging = 0.0

    def enter(self, phase: str) -> None:
        """Begin a phase, and so end the one before."""
        now = clock()
        self.phases[self._phase] = self.phases.get(self._phase, 0.0) + now - self._since
        self._phase, self._since = phase, now
        if phase == "judge":
            self._judging = now

    def leave(self) -> None:
        """End a lint: what follows is the phase ``between``."""
        self.enter(self.between)

    def count(self, documents: int, size: int, processes: int) -> None:
        """Take note of what was read, in characters, and of how many processes judge it."""
        self.documents += documents
        self.size += size
        self.processes = max(self.processes, processes)

    def measures_next(self) -> bool:
        """Return whether the rules are to be timed on the next object."""
        if self.is_asked:
            return True
        self._objects += 1
        return self._objects <= FIRST_OBJECTS or clock() - self._judging > PATIENCE

    def add(self, spent: Mapping[str, Spent]) -> None:
        """Add the time that rules took."""
        for rule, more in spent.items():
            add_to(self.rules, rule, more.seconds, more.calls)

    @property
    def total(self) -> float:
        """Return the seconds so far, start-up included."""
        return sum(self.phases.values()) + clock() - self._since

    def slow_rule(self) -> SlowRule | None:
        """Return the rule that took most of a long run; the time of all processes counts."""
        if not self.rules:
            return None
        name, spent = max(self.rules.items(), key=lambda item: item[1].seconds)
        elapsed = self.total + self.phases.get("judge", 0.0) * (self.processes - 1)
        is_slow = spent.seconds > SLOW_SECONDS and spent.seconds > SLOW_SHARE * elapsed
        return SlowRule(name, spent.seconds, elapsed) if is_slow else None


def add_to(rules: dict[str, Spent], rule: str, seconds: float, calls: int = 1) -> None:
    """Add a number of calls of one rule."""
    spent = rules.get(rule)
    if spent is None:
        rules[rule] = Spent(calls, seconds)
    else:
        spent.calls += calls
        spent.seconds += seconds
