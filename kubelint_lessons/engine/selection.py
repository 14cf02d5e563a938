"""Which rules run: ids and presets that were selected, extended and ignored."""

from __future__ import annotations

from collections.abc import Iterable

from kubelint_lessons.lessons.names import which_mean
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.model.records import NamedTuple


class Selection(NamedTuple):
    """What the command line and the config say about rules; ``select`` None means: the default set."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


class UnknownName(NamedTuple):
    """A name that is neither a rule, nor an alias, nor a preset, and the next step."""

    name: str
    hint: str


class Names(NamedTuple):
    """The ids that a list of names means, and the names that mean nothing."""

    ids: frozenset[str]
    unknown: tuple[UnknownName, ...]


def choose(
    rules: dict[str, Rule], aliases: dict[str, str], selection: Selection
) -> tuple[dict[str, Rule], tuple[UnknownName, ...]]:
    """Return the rules that run, in order of id, and the names that mean nothing. Ignoring wins over selecting."""
    parts = [resolve(names or (), rules, aliases) for names in selection]
    select, extend_select, ignore = (part.ids for part in parts)
    if selection.select is None:
        select = frozenset(rule.id for rule in rules.values() if rule.enabled)
    chosen = (select | extend_select) - ignore
    return {name: rules[name] for name in sorted(chosen)}, tuple(name for part in parts for name in part.unknown)


def resolve(names: Iterable[str], rules: dict[str, Rule], aliases: dict[str, str]) -> Names:
    """Return what names mean: a rule's id, a former id, or a preset; ``all`` is every rule."""
    chosen: set[str] = set()
    unknown: list[UnknownName] = []
    for name in names:
        if name == "all":
            chosen.update(rules)
            continue
        found = {aliases.get(name, name)} & rules.keys()
        found |= {rule.id for rule in rules.values() if name in rule.presets}
        if not found:
            presets = {preset for rule in rules.values() for preset in rule.presets}
            unknown.append(UnknownName(name, which_mean(name, [*rules, *presets], "kubelint rules lists them")))
        chosen |= found
    return Names(frozenset(chosen), tuple(unknown))
