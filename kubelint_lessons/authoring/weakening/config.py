"""What a change takes from a run by config: files, severities that fail, parameters, findings that are silenced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from kubelint_lessons.authoring.weakening.judge import Judge
from kubelint_lessons.engine.config import Override
from kubelint_lessons.engine.result import Weakening
from kubelint_lessons.engine.suppressionentries import Entry
from kubelint_lessons.model.finding import RANK

_DEFAULT_FAIL_ON = "warning"
_NEVER = 1 + max(RANK.values())


def weakened_config(before: Judge, after: Judge) -> Iterator[Weakening]:
    """Yield what the config of ``after`` looks at, reports or fails for no longer."""
    was, now = before.config, after.config

    def say(text: str, key: str) -> Weakening:
        return Weakening(text, after.loaded.path or before.loaded.path, after.loaded.lines.get(key, 0))

    for pattern in _added(was.exclude, now.exclude):
        yield say(f'excludes "{pattern}"', "exclude")
    if now.include and not was.include:
        yield say(f"looks only at {_quoted(now.include)}", "include")
    elif now.include and set(was.include) - set(now.include):
        yield say(f"no longer looks at {_quoted(_added(now.include, was.include))}", "include")
    if _rank(now.fail_on) > _rank(was.fail_on):
        yield say(f"fails for {_failing(now.fail_on)} instead of {_failing(was.fail_on)}", "fail-on")
    for name in sorted({*was.parameters, *now.parameters}):
        if was.parameters.get(name) != now.parameters.get(name):
            yield say(f'sets other parameters for "{name}"', "parameters")
    known = Counter(_plain_entry(entry) for entry in was.suppress)
    for entry in now.suppress:
        if known[_plain_entry(entry)]:
            known[_plain_entry(entry)] -= 1
        else:
            yield Weakening(_silences(entry), entry.location.path, entry.location.line)
    yield from _overrides(was.overrides, now.overrides, after.loaded.path)
    for path in sorted(_leaves(before.facts).keys() - _leaves(after.facts).keys()):
        yield Weakening(f'removes the fact "{path}"', before.facts_path)


def _overrides(was: Sequence[Override], now: Sequence[Override], path: str) -> Iterator[Weakening]:
    """Yield what changed for some paths; whether that reports less there is for people to judge."""
    old = [override._replace(line=0) for override in was]
    new = [override._replace(line=0) for override in now]
    for override, placed in zip(new, now, strict=True):
        if override not in old and (override.ignore or override.select or override.severity or override.parameters):
            yield Weakening(f"changes what holds in {_quoted(override.paths)}", path, placed.line)
    new_paths = {override.paths for override in new}
    for override in old:
        if override not in new and override.paths not in new_paths:
            yield Weakening(f"removes what holds in {_quoted(override.paths)}", path)


def _silences(entry: Entry) -> str:
    parts = [f"{name} {_quoted(values)}" for name, values in _reach(entry) if values]
    where = f" for {', '.join(parts)}" if parts else " everywhere"
    until = f" until {entry.until}" if entry.until else ""
    return f"silences {_quoted([rule.name for rule in entry.rules])}{where}{until}: {entry.reason}"


def _reach(entry: Entry) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (("kind", entry.kinds), ("name", entry.names), ("namespace", entry.namespaces), ("path", entry.paths))


def _plain_entry(entry: Entry) -> Hashable:
    """Return what an entry silences, without its place and its words."""
    return (frozenset(rule.name for rule in entry.rules), _reach(entry), entry.until)


def _added(before: Sequence[str], after: Sequence[str]) -> list[str]:
    return [item for item in dict.fromkeys(after) if item not in before]


def _rank(fail_on: str | None) -> int:
    return RANK.get(fail_on or _DEFAULT_FAIL_ON, _NEVER)


def _failing(fail_on: str | None) -> str:
    name = fail_on or _DEFAULT_FAIL_ON
    return "nothing" if name == "never" else f'"{name}"'


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(f'"{value}"' for value in values)


def _leaves(value: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Return the facts by dotted path; a list is one fact."""
    found: dict[str, Any] = {}
    for key, child in value.items():
        here = f"{path}.{key}" if path else str(key)
        found |= _leaves(child, here) if isinstance(child, dict) and child else {here: child}
    return found
