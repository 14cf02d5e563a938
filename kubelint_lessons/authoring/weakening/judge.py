"""What judges a project at one revision, and the ways in which another one may be weaker."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kubelint_lessons.engine.config import Config, LoadedConfig
from kubelint_lessons.lessons.packs import RuleSet
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.model.finding import RANK, SEVERITIES, Severity
from kubelint_lessons.model.location import Location
from kubelint_lessons.model.records import NamedTuple


class Ignore(NamedTuple):
    """One suppression in a file: the rule that it silences, by its id, and why."""

    rule: str
    reason: str
    location: Location


class Judge(NamedTuple):
    """Everything that decides what a run reports, except for the files that it looks at.

    ``chosen`` are the rules that run, ``facts`` what the platform reference states, ``baseline`` the known findings,
    each without its number among equals, ``roots`` the directories inside that are projects of their own.
    """

    loaded: LoadedConfig
    rule_set: RuleSet
    chosen: Mapping[str, Rule]
    facts: Mapping[str, Any] = MappingProxyType({})
    facts_path: str = ""
    ignores: tuple[Ignore, ...] = ()
    baseline: tuple[str, ...] = ()
    baseline_path: str = ""
    roots: frozenset[str] = frozenset()

    @property
    def config(self) -> Config:
        """Return what the config says."""
        return self.loaded.config

    def find(self, rule: str) -> Rule | None:
        """Return the rule that another revision calls ``rule``, perhaps by a former id; None where there is none."""
        return self.rule_set.rules.get(self.rule_set.aliases.get(rule, rule))

    def severity(self, rule: Rule) -> Severity:
        """Return the highest severity that a finding of a rule may have."""
        name = self._severity_name(rule)
        if name is not None:
            return self.config.severity[name]
        severities = [detector.severity for detector in rule.detectors] or [SEVERITIES[-1]]
        return max(severities, key=lambda severity: RANK[severity])

    def sets_severity(self, rule: Rule) -> bool:
        """Return whether the config sets the severity of a rule."""
        return self._severity_name(rule) is not None

    def _severity_name(self, rule: Rule) -> str | None:
        names = (name for name in self.config.severity if self.rule_set.aliases.get(name, name) == rule.id)
        return next(names, None)
