"""Words without which a rule block cannot fire, so that most rules never look at most documents.

A *trigger* is a group of words of which a document must hold at least one, as a key or as a whole string value. They
are derived from the checked expression: where ``has(item.hostPath) && item.hostPath.type == 'FileOrCreate'`` is true,
the document holds the words ``hostPath`` and ``FileOrCreate``. A word counts only where its absence makes the
expression false; where it would make it fail (a field that no ``has()`` guards) the expression runs, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kubelint_lessons.lessons.cel_ast import Node

Trigger = tuple[str, ...]
_Group = frozenset[str]
_Known = frozenset[str]
"""Routes, as ``object.spec``, that an enclosing conjunction has shown to be there."""

MOST = 4
"""A block keeps this many triggers: the most telling ones; each word costs a bit of every document."""

_LONGEST_GROUP = 12
_MOST_GROUPS = 12
_EVERYWHERE = frozenset(
    {
        *("apiVersion", "kind", "metadata", "name", "namespace", "labels", "annotations", "spec", "template", "data"),
        *("containers", "image", "selector", "matchLabels", "app", "v1", "apps/v1", "ports", "port", "rules"),
    }
)
"""Words that most documents of any kind hold."""
_COMMON = frozenset({"type", "path", "value", "env", "http", "host", "hosts", "resources", "limits", "requests", "tls"})
"""Words that many documents hold: others tell more."""
_OF_OBJECT = frozenset({"object", "item", "variables", "object.metadata", "object.metadata.name", "object.spec"})
"""What every object has, or is hardly an object without."""
_OF_WORKLOADS = frozenset({"variables.podSpec", "variables.podTemplate", "variables.containers"})


def find_triggers(
    conditions: Iterable[tuple[Node, bool]], names: Sequence[str], *, has_pods: bool
) -> tuple[Trigger, ...]:
    """Return the triggers of a block that fires where every expression in ``conditions`` has the outcome beside it.

    ``names`` are keys that must be there anyway, such as those of ``each:``. ``has_pods`` says that the block looks at
    workloads only, which all have a pod template.
    """
    known = _OF_OBJECT | (_OF_WORKLOADS if has_pods else frozenset())
    groups = {frozenset({name}) for name in names}
    for node, outcome in conditions:
        groups |= _needed(node, outcome, known)
        known = _after(node, outcome, known)
    telling = [group for group in groups if _EVERYWHERE.isdisjoint(group)]
    telling.sort(key=lambda group: (not _COMMON.isdisjoint(group), len(group), sorted(group)))
    return tuple(tuple(sorted(group)) for group in telling[:MOST])


def keys_of(each: str) -> tuple[str, ...]:
    """Return the keys that a document holds wherever ``each:`` names an element in it."""
    if each == "allContainers":
        return ()
    return tuple(step.removesuffix("[*]") for step in each.split(".") if step.removesuffix("[*]").isidentifier())


def _needed(node: Node, outcome: bool, known: _Known) -> set[_Group]:
    """Return groups of which every one has a word in the document wherever ``node`` gives ``outcome``."""
    if node.is_test and node.target is not None:
        is_certain = outcome and _route(node.target) in known
        return {frozenset({node.name})} if is_certain else set()
    if node.kind == "comprehension":
        return _loop(node, outcome, known)
    if node.kind != "call":
        return set()
    items = node.items
    if node.name == "!_":
        return _needed(items[0], not outcome, known)
    if node.name in ("_&&_", "_||_"):
        if outcome == (node.name == "_&&_"):
            first = _needed(items[0], outcome, known)
            return first | _needed(items[1], outcome, _after(items[0], outcome, known))
        return _either(_needed(items[0], outcome, known), _needed(items[1], outcome, known))
    if node.name == "_?_:_":
        condition, yes, no = items
        first = _needed(condition, True, known)
        first |= _needed(yes, outcome, _after(condition, True, known))
        second = _needed(condition, False, known)
        second |= _needed(no, outcome, _after(condition, False, known))
        return _either(first, second)
    if outcome and node.name == "_==_":
        return _equal(items[0], items[1], known) or _equal(items[1], items[0], known)
    if outcome and node.name == "@in":
        return _member(items[0], items[1], known)
    return set()


def _equal(side: Node, other: Node, known: _Known) -> set[_Group]:
    is_text = other.kind == "constant" and type(other.value) is str
    if is_text and _is_certain(side, known):
        return {frozenset({str(other.value)})}
    return set()


def _member(side: Node, other: Node, known: _Known) -> set[_Group]:
    """Return the words for ``'key' in object.metadata.labels`` and ``item.type in ['a', 'b']``."""
    if side.kind == "constant" and type(side.value) is str and _route(other) in known:
        return {frozenset({side.value})}
    if other.kind == "list" and _is_certain(side, known):
        values = [item.value for item in other.items if item.kind == "constant" and type(item.value) is str]
        if values and len(values) == len(other.items):
            return {frozenset(values)}
    return set()


def _is_certain(side: Node, known: _Known) -> bool:
    """Return whether a value stands in the document for certain: a field, or an element that a loop steps through."""
    is_value = side.kind == "identifier" or (side.kind == "select" and not side.is_test)
    return is_value and _route(side) in known


def _loop(node: Node, outcome: bool, known: _Known) -> set[_Group]:
    """Return what ``exists`` needs to be true, and ``all`` to be false: one item for which the step decides."""
    loop = node.loop
    if loop is None or loop.second_variable or _route(loop.range) not in known:
        return set()
    is_exists = loop.step.name == "_||_" and loop.initial.value is False
    is_all = loop.step.name == "_&&_" and loop.initial.value is True
    if not (is_exists and outcome) and not (is_all and not outcome):
        return set()
    left, right = loop.step.items
    if left.kind != "identifier" or left.name != loop.accumulator:
        return set()
    return _needed(right, outcome, known | {loop.variable})


def _after(node: Node, outcome: bool, known: _Known) -> _Known:
    """Return what is there once ``node`` gave ``outcome``; parameters, facts and relations lie in no document."""
    return known | {route for route in _shown(node, outcome) if route.partition(".")[0] in known}


def _shown(node: Node, outcome: bool) -> _Known:
    """Return the routes that are there wherever ``node`` gives ``outcome``."""
    if node.is_test and outcome and node.target is not None:
        route = _route(node.target)
        return frozenset({f"{route}.{node.name}"}) if route else frozenset()
    if node.kind == "call" and node.name == "!_":
        return _shown(node.items[0], not outcome)
    if node.kind == "call" and node.name in ("_&&_", "_||_") and outcome == (node.name == "_&&_"):
        return _shown(node.items[0], outcome) | _shown(node.items[1], outcome)
    return frozenset()


def _route(node: Node) -> str:
    """Return a chain of fields as ``object.spec.type``; empty for anything else."""
    if node.kind == "identifier":
        return node.name
    if node.kind == "select" and not node.is_test and node.target is not None:
        route = _route(node.target)
        return f"{route}.{node.name}" if route else ""
    return ""


def _either(first: set[_Group], second: set[_Group]) -> set[_Group]:
    """Return what is needed where either of two needs is enough."""
    joined = {one | other for one in first for other in second}
    short = sorted(
        (group for group in joined if len(group) <= _LONGEST_GROUP), key=lambda group: (len(group), sorted(group))
    )
    return set(short[:_MOST_GROUPS])


def needed_relations(conditions: Iterable[tuple[Node, bool]], names: Sequence[str]) -> tuple[str, ...]:
    """Return which of the relations ``names`` must hold something wherever the conditions have their outcomes.

    Told from ``xCount > 0`` and ``x.exists(…)``, in the order of ``names``. A state that is found says nothing: what a
    controller makes is found although no manifest holds it.
    """
    found: set[str] = set()
    for node, outcome in conditions:
        found |= _related(node, outcome)
    return tuple(name for name in names if name in found)


def tells_others(node: Node) -> bool:
    """Return whether an expression is false wherever ``item`` has the name of ``object``."""
    if node.kind == "call" and node.name == "_&&_":
        return any(map(tells_others, node.items))
    return tells_all_others(node)


def tells_all_others(node: Node) -> bool:
    """Return whether an expression says no more than that ``item`` has another name than ``object``."""
    if node.kind != "call" or node.name != "_!=_":
        return False
    return {*map(_route, node.items)} == {"item.metadata.name", "object.metadata.name"}


def _related(node: Node, outcome: bool) -> set[str]:
    if node.kind == "comprehension":
        loop = node.loop
        is_exists = loop is not None and loop.step.name == "_||_" and loop.initial.value is False
        return {_route(loop.range)} if outcome and is_exists and loop is not None else set()
    if node.kind != "call":
        return set()
    items = node.items
    if node.name == "!_":
        return _related(items[0], not outcome)
    if node.name in ("_&&_", "_||_"):
        first, second = (_related(item, outcome) for item in items)
        return first | second if outcome == (node.name == "_&&_") else first & second
    if node.name == "_?_:_":
        condition, yes, no = items
        return (_related(condition, True) | _related(yes, outcome)) & (
            _related(condition, False) | _related(no, outcome)
        )
    if not outcome or len(items) != 2 or items[0].kind != "identifier" or items[1].kind != "constant":
        return set()
    name, value = items[0].name, items[1].value
    least = {"_>_": 0, "_>=_": 1, "_==_": 1}.get(node.name)
    is_enough = least is not None and type(value) is int and value >= least
    return {name.removesuffix("Count")} if is_enough and name.endswith("Count") else set()
