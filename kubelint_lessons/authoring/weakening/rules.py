"""Lessons that a change removes, loosens or turns off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.authoring.examples import run_example
from kubelint_lessons.authoring.weakening.judge import Judge
from kubelint_lessons.engine.result import Weakening
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.lessons.rule import Detector, Expression, Rule
from kubelint_lessons.model.finding import RANK

_MOST_NAMES = 5


def weakened_rules(before: Judge, after: Judge, toolbox: Toolbox) -> Iterator[Weakening]:
    """Yield what happened to the team's rules, then what no longer runs, then whose severity is lower."""
    for rule in before.rule_set.rules.values():
        now = after.find(rule.id)
        if rule.origin == "team":
            yield from _team_rule(rule, now, before, after, toolbox)
        elif now is not None and now.origin == "team":
            yield Weakening(f'replaces the built-in rule "{rule.id}" with one of the team', *_place(now))
    yield from _turned_off(before, after)
    for name, rule in before.chosen.items():
        now = after.find(name)
        if now is not None and now.id in after.chosen:
            was, new = before.severity(rule), after.severity(now)
            if RANK[new] < RANK[was]:
                yield Weakening(f'lowers "{now.id}" from {was} to {new}', *_severity_place(rule, now, before, after))


def _team_rule(rule: Rule, now: Rule | None, before: Judge, after: Judge, toolbox: Toolbox) -> Iterator[Weakening]:
    if now is None:
        kept = [lesson for lesson in after.rule_set.team_lessons if lesson.id == rule.id]
        if kept:
            place = (kept[0].words.path, kept[0].line)
            yield Weakening(f'breaks the lesson "{rule.id}", so that its rule does not run', *place)
        else:
            yield Weakening(f'removes the lesson "{rule.id}"', rule.lesson.path)
        return
    if now.origin != "team":
        yield Weakening(
            f'removes the team\'s lesson "{rule.id}": the built-in rule of that name holds', rule.lesson.path
        )
        return
    left = [_detection(detector) for detector in now.detectors]
    if all(_take(_detection(detector), left) for detector in rule.detectors):
        return
    unfound = _unfound_example(rule, now, before, toolbox)
    if unfound:
        text = f'loosens "{now.id}": the bad example that was on line {unfound} is no longer found'
    else:
        text = f'changes what "{now.id}" looks for'
    yield Weakening(text, *_place(now))


def _unfound_example(rule: Rule, now: Rule, before: Judge, toolbox: Toolbox) -> int:
    """Return the line of a bad example that ``rule`` was proved with and ``now`` is silent about; 0 for none."""
    for lesson in before.rule_set.team_lessons:
        for example in lesson.examples if lesson.id == rule.id else ():
            found = run_example(example, {now.id: now}, toolbox) if example.label == "bad" else ""
            if isinstance(found, str):
                continue
            fired = {(finding.location.path, finding.location.line) for finding in found}
            if any((file.path, line) not in fired for file in example.files for line in file.expected_lines):
                return example.line
    return 0


def _detection(detector: Detector) -> Any:
    """Return all of a detector that decides what it finds: without words, places and compiled forms."""
    plain = detector._replace(
        severity="error", message="", label="", note="", fix=None, at="", related=(), line=0,
        where=None, expression=None, relate=(),
    )  # fmt: skip
    relate = [(item._replace(where=None, reads_state=False), _text(item.where)) for item in detector.relate]
    return (plain, _text(detector.where), _text(detector.expression), relate)


def _text(expression: Expression | None) -> str:
    return "" if expression is None else expression.text


def _take(item: Any, items: list[Any]) -> bool:
    """Remove an item from a list; return whether it was there."""
    if item not in items:
        return False
    items.remove(item)
    return True


def _turned_off(before: Judge, after: Judge) -> Iterator[Weakening]:
    off = []
    for name in before.chosen:
        now = after.find(name)
        if now is not None and now.id not in after.chosen:
            off.append(now.id)
    if off:
        names = ", ".join(f'"{name}"' for name in off[:_MOST_NAMES])
        more = f" and {len(off) - _MOST_NAMES} more" if len(off) > _MOST_NAMES else ""
        key = "ignore" if set(after.config.ignore) - set(before.config.ignore) else "select"
        yield Weakening(f"turns off {names}{more}", *_config_place(after, key))


def _severity_place(rule: Rule, now: Rule, before: Judge, after: Judge) -> tuple[str, int]:
    """Return where a severity was lowered: in the config of either revision, or in the lesson."""
    if after.sets_severity(now):
        return _config_place(after, "severity")
    return (before.loaded.path, 0) if before.sets_severity(rule) else _place(now)


def _config_place(judge: Judge, key: str) -> tuple[str, int]:
    return judge.loaded.path, judge.loaded.lines.get(key, 0)


def _place(rule: Rule) -> tuple[str, int]:
    return rule.lesson.path, rule.lesson.line
