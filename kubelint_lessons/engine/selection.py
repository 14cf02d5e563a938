"""Which rules run: ids and presets that were selected, extended and ignored."""

from __future__ import annotations

from typing import NamedTuple

from kubelint_lessons.lessons.rule import Rule


class Selection(NamedTuple):
    """What the command line and the config say about rules; ``select`` None means: the default set."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


class UnknownName(NamedTuple):
    """A name that is neither a rule, nor an alias, nor a preset."""

    name: str
    suggestions: tuple[str, ...]


def choose(
    rules: dict[str, Rule], aliases: dict[str, str], selection: Selection
) -> tuple[dict[str, Rule], tuple[UnknownName, ...]]:
    """Return the rules that run, in order of id, and the names that mean nothing.

    A name is a rule's id, a former id, or a preset; ``all`` is every rule. Ignoring wins over selecting.
    """
    unknown: list[UnknownName] = []

    def ids(names: tuple[str, ...]) -> set[str]:
        chosen: set[str] = set()
        for name in names:
            if name == "all":
                chosen.update(rules)
                continue
            found = {aliases.get(name, name)} & rules.keys()
            found |= {rule.id for rule in rules.values() if name in rule.presets}
            if not found:
                unknown.append(UnknownName(name, _similar(name, rules)))
            chosen |= found
        return chosen

    defaults = {rule.id for rule in rules.values() if rule.enabled}
    chosen = defaults if selection.select is None else ids(selection.select)
    chosen = (chosen | ids(selection.extend_select)) - ids(selection.ignore)
    return {name: rules[name] for name in sorted(chosen)}, tuple(unknown)


def _similar(name: str, rules: dict[str, Rule]) -> tuple[str, ...]:
    import difflib

    presets = {preset for rule in rules.values() for preset in rule.presets}
    return tuple(difflib.get_close_matches(name, [*rules, *presets], n=3, cutoff=0.6))
