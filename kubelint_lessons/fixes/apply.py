"""Fixes a project, over bytes: rounds of edits that are kept only where the linter agrees that things got better."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from kubelint_lessons.fixes.encoding import Encoding, decode
from kubelint_lessons.fixes.judging import complaint
from kubelint_lessons.fixes.outcome import Applied, FixOutcome, Withheld, title_of
from kubelint_lessons.fixes.staging import ConflictError, Stage
from kubelint_lessons.fixes.texts import RefusedError
from kubelint_lessons.fixes.units import Unit, units_of
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.fix import Applicability
from kubelint_lessons.model.records import NamedTuple

MAX_ROUNDS = 10
MAX_RELINTS = 100
"""How often a run may lint to find out which of its fixes does harm, before it leaves the rest alone."""

Relint = Callable[[dict[str, bytes]], tuple[Finding, ...]]
"""Returns all findings of the project as it would be with these contents in place of those of some files."""


def fix_project(
    files: Mapping[str, bytes],
    findings: Iterable[Finding],
    relint: Relint,
    allow: Collection[Applicability] = frozenset({"safe"}),
) -> FixOutcome:
    """Return what applying the allowed fixes of ``findings`` gives; writes nothing.

    ``files`` are those that may be changed, by the path that findings show, with the bytes that were linted.
    ``relint`` must look as widely as the run that gave ``findings``; what it raises is passed on. A fix is applied
    as a whole, in all its files, or not at all; see Withheld for what keeps one from being applied.
    """
    return _Fixer(files, relint, allow).run(tuple(findings))


class _Settled(NamedTuple):
    """What came of some units: the stage after those that were applied, and the findings in it."""

    stage: Stage
    findings: tuple[Finding, ...]
    applied: tuple[Unit, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    left: tuple[Unit, ...] = ()


class _Fixer:
    """One run of fixes."""

    def __init__(self, files: Mapping[str, bytes], relint: Relint, allow: Collection[Applicability]) -> None:
        self.relint = relint
        self.allow = allow
        self.relints = 0
        self.encodings: dict[str, Encoding] = {}
        self.original: dict[str, str] = {}
        self.closed: dict[str, str] = {}
        for path, data in files.items():
            try:
                self.original[path], self.encodings[path] = decode(data)
            except RefusedError as error:
                self.closed[path] = str(error)

    def run(self, findings: tuple[Finding, ...]) -> FixOutcome:
        texts = self.original
        applied: list[Applied] = []
        withheld: tuple[Withheld, ...] = ()
        rounds = 0
        while True:
            units = units_of(findings, self.allow)
            if rounds == MAX_ROUNDS:
                withheld = _withhold(units, f"{MAX_ROUNDS} rounds were not enough; run kubelint lint --fix again")
                break
            settled = self._round(units, Stage(texts, self.closed), findings)
            withheld = settled.withheld
            if not settled.applied:
                break
            rounds += 1
            applied += [_applied(unit, finding, rounds) for unit in settled.applied for finding in unit.findings]
            texts, findings = settled.stage.texts, settled.findings
        return FixOutcome(self._changed(texts), tuple(applied), withheld, findings, rounds)

    def _round(self, units: Iterable[Unit], stage: Stage, findings: tuple[Finding, ...]) -> _Settled:
        """Settle as many units as do not conflict; those that conflict with one that was withheld get their turn."""
        pending = tuple(units)
        withheld: tuple[Withheld, ...] = ()
        while pending:
            settled = self._settle(pending, stage, findings)
            withheld += settled.withheld
            if settled.applied:
                return settled._replace(withheld=withheld)
            pending = settled.left
        return _Settled(stage, findings, withheld=withheld)

    def _settle(self, units: tuple[Unit, ...], stage: Stage, before: tuple[Finding, ...]) -> _Settled:
        """Apply units; where the linter complains, the two halves of them one after the other."""
        staged = stage
        applied: list[Unit] = []
        left: list[Unit] = []
        withheld: tuple[Withheld, ...] = ()
        for unit in units:
            try:
                staged = staged.with_unit(unit)
            except RefusedError as error:
                withheld += _withhold([unit], str(error))
            except ConflictError:
                left.append(unit)
            else:
                applied.append(unit)
        nothing = _Settled(stage, before, withheld=withheld, left=tuple(left))
        if not applied:
            return nothing
        if self.relints >= MAX_RELINTS:
            tired = "too many other fixes did harm; fix those first, or select fewer rules"
            return nothing._replace(withheld=withheld + _withhold(applied, tired))
        self.relints += 1
        after = self.relint(self._changed(staged.texts))
        reason = complaint(before, after, applied)
        if reason is None:
            return nothing._replace(stage=staged, findings=after, applied=tuple(applied))
        if len(applied) == 1:
            return nothing._replace(withheld=withheld + _withhold(applied, reason))
        middle = len(applied) // 2
        first = self._settle(tuple(applied[:middle]), stage, before)
        second = self._settle((*applied[middle:], *first.left), first.stage, first.findings)
        return _Settled(
            second.stage,
            second.findings,
            first.applied + second.applied,
            withheld + first.withheld + second.withheld,
            (*left, *second.left),
        )

    def _changed(self, texts: Mapping[str, str]) -> dict[str, bytes]:
        return {path: self.encodings[path].encode(text) for path, text in texts.items() if text != self.original[path]}


def _applied(unit: Unit, finding: Finding, number: int) -> Applied:
    return Applied(finding, title_of(unit.fix), unit.fix.applicability, unit.files(), number)


def _withhold(units: Iterable[Unit], reason: str) -> tuple[Withheld, ...]:
    return tuple(Withheld(finding, title_of(unit.fix), reason) for unit in units for finding in unit.findings)
