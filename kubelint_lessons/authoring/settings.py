"""From a project's config to the settings of a run: names become ids, and what names nothing is an error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from kubelint_lessons.engine.config import LoadedConfig, Override
from kubelint_lessons.engine.overrides import Overrides, PathRules
from kubelint_lessons.engine.result import RunError
from kubelint_lessons.engine.run import Settings
from kubelint_lessons.engine.selection import UnknownName, resolve
from kubelint_lessons.lessons.names import which_mean
from kubelint_lessons.lessons.packs import RuleSet
from kubelint_lessons.manifests.inputs import Project
from kubelint_lessons.model.location import Location
from kubelint_lessons.model.records import NamedTuple

_Value = TypeVar("_Value")
_ASK = "kubelint rules lists them"


class PathChoice(NamedTuple):
    """The overrides of a config with their names resolved, every rule that they select, and what names nothing."""

    rules: tuple[PathRules, ...]
    selected: frozenset[str]
    unknown: tuple[RunError, ...]


def settings_of(
    loaded: LoadedConfig, rule_set: RuleSet, overrides: tuple[PathRules, ...], usual: Iterable[str], project: Project
) -> Settings:
    """Return the settings of a run over ``project``; ``usual`` are the rules that run where no override says else."""
    config, aliases = loaded.config, rule_set.aliases
    inside = {file.path: file.inside for file in project.files} if overrides else {}
    return Settings(
        by_id(config.severity, aliases),
        by_id(config.parameters, aliases),
        known={**{name: name for name in rule_set.rules}, **aliases},
        suppress=config.suppress,
        config=loaded.path,
        overrides=Overrides(overrides, frozenset(usual), inside) if overrides else None,
    )


def by_id(values: Mapping[str, _Value], aliases: Mapping[str, str]) -> dict[str, _Value]:
    """Return what is set for rules with former ids replaced."""
    return {aliases.get(name, name): value for name, value in values.items()}


def path_choice(loaded: LoadedConfig, rule_set: RuleSet, *, selects: bool) -> PathChoice:
    """Return the overrides of a config. Without ``selects`` the command line has chosen the rules; what overrides
    ignore stays ignored."""
    rules: list[PathRules] = []
    unknown: list[RunError] = []
    selected: frozenset[str] = frozenset()
    for override in loaded.config.overrides:
        parts = [resolve(names or (), rule_set.rules, rule_set.aliases) for names in _names(override)]
        unknown += [_unknown(name, loaded.path, override.line) for part in parts for name in part.unknown]
        select, extended, ignored = (part.ids for part in parts)
        unknown += _unknown_ids((*override.severity, *override.parameters), rule_set, loaded.path, override.line)
        is_selecting = selects and override.select is not None
        rules.append(
            PathRules(
                override.paths,
                select if is_selecting else None,
                extended if selects else frozenset(),
                ignored,
                by_id(override.severity, rule_set.aliases),
                by_id(override.parameters, rule_set.aliases),
            )
        )
        selected |= rules[-1].extend_select | (select if is_selecting else frozenset())
    return PathChoice(tuple(rules), selected, tuple(unknown))


def unknown_rules(loaded: LoadedConfig, rule_set: RuleSet) -> tuple[RunError, ...]:
    """Return an error for every rule that a config sets something for, or silences, and that does not exist."""
    config = loaded.config
    found: list[RunError] = []
    for key, values in (("severity", config.severity), ("parameters", config.parameters)):
        found += _unknown_ids(values, rule_set, loaded.path, loaded.lines.get(key, 0))
    for entry in config.suppress:
        for named in entry.rules:
            found += _unknown_ids((named.name,), rule_set, loaded.path, *_start(named.location))
    return tuple(dict.fromkeys(found))


def _names(override: Override) -> tuple[Any, ...]:
    return (override.select, override.extend_select, override.ignore)


def _start(location: Location) -> tuple[int, int]:
    return location.line, location.column


def _unknown(name: UnknownName, path: str, line: int) -> RunError:
    message = f'no rule or preset is called "{name.name}"'
    return RunError("config", message, path, line, 1 if line else 0, name.hint)


def _unknown_ids(names: Iterable[str], rule_set: RuleSet, path: str, line: int, column: int = 0) -> Iterator[RunError]:
    for name in sorted(names):
        if name not in rule_set.rules and name not in rule_set.aliases:
            hint = which_mean(name, rule_set.rules, _ASK)
            yield RunError("config", f'no rule is called "{name}"', path, line, column or (1 if line else 0), hint)
