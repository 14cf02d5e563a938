"""What the API server refuses at compile time and the engine lets pass, found in the checked tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kubelint_lessons.lessons import cel_strings
from kubelint_lessons.lessons.cel_ast import Checked, Node
from kubelint_lessons.model.records import NamedTuple


class Refusal(NamedTuple):
    """Why an expression is refused, and which node to point at."""

    node: Node
    message: str
    hint: str


Evaluate = Callable[[str], str]
"""Evaluates a constant expression; returns the engine's error, or an empty string."""

_CONVERSIONS = frozenset({"int", "uint", "double", "bool", "timestamp", "duration"})
_OPTIONAL_FUNCTIONS = frozenset({"orValue", "or", "hasValue", "value"})
_REGEX_FUNCTIONS = frozenset({"matches", "find", "findAll"})


def refusals(checked: Checked, evaluate: Evaluate) -> Iterator[Refusal]:
    """Yield mixed literals, and literal arguments that can never work, in no particular order."""
    exempt = _inside_format(checked.root, False)
    for node in checked.root.walk():
        if node.kind in ("list", "map") and node.id not in exempt:
            yield from _mixed(checked, node)
        elif node.kind == "call":
            yield from _call(checked, node, evaluate)


def _inside_format(node: Node, inside: bool) -> set[int]:
    """Return the ids of nodes within a call of ``format``, whose list may hold anything."""
    found = {node.id} if inside else set()
    within = inside or (node.kind == "call" and node.name == "format")
    return found.union(*(_inside_format(child, within) for child in node.children()))


def _mixed(checked: Checked, node: Node) -> Iterator[Refusal]:
    if node.kind == "list":
        groups = [[(item, index in node.optional_items) for index, item in enumerate(node.items)]]
    else:
        keys = [(entry.key, False) for entry in node.entries if entry.key is not None]
        groups = [keys, [(entry.value, entry.is_optional) for entry in node.entries]]
    for group in groups:
        types = [_inner(checked.type_of(item), is_optional) for item, is_optional in group]
        for (item, _), found in zip(group, types, strict=True):
            if found != types[0]:
                yield Refusal(
                    item,
                    f"a {node.kind} must hold one type: {types[0]} first, {found} here",
                    "the API server refuses mixed literals; wrap the items in dyn() if that is what you mean",
                )
                break


def _inner(type_text: str, is_optional: bool) -> str:
    if is_optional and type_text.startswith("optional_type("):
        return type_text[len("optional_type(") : -1]
    return type_text


def _never_optional(checked: Checked, node: Node) -> Iterator[Refusal]:
    """Refuse ``object.spec.x.orValue(1)``: the API server takes a plain value there, this engine never does."""
    target = node.target
    if target is None or node.name not in _OPTIONAL_FUNCTIONS or checked.type_of(target) != "dyn":
        return
    if target.kind == "select" and not target.is_test:
        hint = f"write .?{target.name} for a field that may be absent"
        yield Refusal(node, f"{node.name}() needs an optional, and .{target.name} is always a plain value", hint)
    elif target.kind == "call" and target.name == "_[_]":
        hint = "write [?…] for an entry that may be absent"
        yield Refusal(node, f"{node.name}() needs an optional, and [] is always a plain value", hint)


def _call(checked: Checked, node: Node, evaluate: Evaluate) -> Iterator[Refusal]:
    yield from _never_optional(checked, node)
    if node.name == "format" and node.target is not None and node.items:
        yield from _format(checked, node.target, node.items[0])
    constants = [item for item in node.items if item.kind == "constant" and isinstance(item.value, str)]
    if not constants:
        return
    item = constants[0]
    quoted = _quoted(str(item.value))
    if node.name in _REGEX_FUNCTIONS and node.target is not None:
        problem = evaluate(f"''.matches({quoted})")
        if problem:
            detail = problem.partition("invalid regular expression: ")[2] or problem
            yield Refusal(
                item,
                f"{quoted} is not a regular expression: {detail}",
                "the syntax is RE2's: no look-around, no back-references; r'…' keeps backslashes as they are",
            )
    elif node.name in _CONVERSIONS and node.target is None and evaluate(f"{node.name}({quoted})"):
        yield Refusal(item, f"{quoted} is not a valid {node.name}", _EXAMPLES.get(node.name, ""))


_EXAMPLES = {
    "timestamp": "such as timestamp('2026-01-31T10:00:00Z')",
    "duration": "such as duration('1h30m'); there are no days",
    "bool": "bool() takes 'true' and 'false'",
}


def _quoted(text: str) -> str:
    """Return ``text`` as a CEL literal."""
    escapes = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "'" + "".join(escapes.get(character, character) for character in text) + "'"


def _format(checked: Checked, template: Node, values: Node) -> Iterator[Refusal]:
    if template.kind != "constant" or not isinstance(template.value, str) or values.kind != "list":
        return
    try:
        wanted = [clause for clause in cel_strings.clauses(template.value) if not isinstance(clause, str)]
    except ValueError as error:
        yield Refusal(template, str(error), "known are %s %d %f %e %b %x %X %o, and %% for a percent sign")
        return
    if len(wanted) > len(values.items):
        message = f"the format has {len(wanted)} clauses and {len(values.items)} values"
        yield Refusal(values, message, "give one value for each clause")
        return
    for clause, item in zip(wanted, values.items, strict=False):
        allowed, expected = cel_strings.VERBS[clause.verb]
        found = checked.type_of(item)
        if allowed and found != "dyn" and found not in allowed:
            yield Refusal(item, f"%{clause.verb} takes {expected}, not {found}", "use %s for any value")
