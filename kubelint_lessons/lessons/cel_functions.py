"""The functions that Kubernetes adds to CEL, as declarations for the checker and as Python for the evaluator.

The checker sees the API server's opaque types (``kubernetes.Quantity``), the evaluator maps of one key in their
place: the engine cannot carry foreign values. Its Python functions match by kind only, never by ``dyn``, so every
declaration becomes one overload for each list of kinds.

The engine (0.1.3) never releases the arguments of a call into Python: some hundred bytes a call. A lint run does
not notice; a process that lives for days should evaluate in workers that it replaces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kubelint_lessons.lessons import cel_addresses, cel_formats, cel_lists, cel_quantity, cel_semver, cel_strings
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_DECLARATION = regex(
    r"(?:(?!(?:ip|format)\.)(?P<target>[\w.<>, ]+?)\.)?"
    r"(?P<name>(?:(?:ip|format)\.)?\w+)\((?P<arguments>.*)\) -> (?P<result>.+)"
)
_PARTS = regex(r",\s*(?![^<]*>)")

KINDS = (
    "string",
    "int",
    "uint",
    "double",
    "bool",
    "bytes",
    "null",
    "list",
    "map",
    "timestamp",
    "duration",
)
"""What a value of type ``dyn`` can be when a function in Python gets it."""

RENAMED = {"format": "kubelint_format", "cel.@mapInsert": "kubelint_insert", "lists.range": "kubelint_range"}
"""Function → the name under which the evaluator has a better one than the engine's own.

The engine's ``format`` writes lists and maps differently from the API server's, it lacks ``@mapInsert``, and its
``lists.range`` makes lists as long as they are asked for.
"""

RETURNS_OPTIONAL = frozenset({"validate", "format.named"})
"""Functions whose Python returns a list of none or one: the compiler asks for ``[?0]`` of it.

Python cannot make an optional.
"""


class Declaration(NamedTuple):
    """One overload as the API server declares it. ``target`` is empty for a function that is no method."""

    name: str
    target: str
    arguments: tuple[str, ...]
    result: str
    implementation: Callable[..., Any]

    @property
    def signature(self) -> str:
        """Return what the engine's configuration wants: ``list<int>.sum()``, ``format\\.uri()``."""
        before = f"{self.target}." if self.target else ""
        return f"{before}{self.name.replace('.', chr(92) + '.')}({', '.join(self.arguments)})"


def declarations() -> Iterator[Declaration]:
    """Yield every function that Kubernetes 1.34 adds to CEL, apart from the authorizer and ``jsonpatch``."""
    modules = (cel_quantity, cel_semver, cel_addresses, cel_formats, cel_strings)
    tables: list[dict[str, Callable[..., Any]]] = [module.FUNCTIONS for module in modules]
    for table in (*tables, cel_lists.LIST_FUNCTIONS):
        for text, implementation in table.items():
            yield _parsed(text, implementation)


def _parsed(text: str, implementation: Callable[..., Any]) -> Declaration:
    form = _DECLARATION.fullmatch(text)
    if form is None:
        raise ValueError(f"not a declaration: {text}")
    arguments = tuple(_PARTS.split(form["arguments"])) if form["arguments"] else ()
    return Declaration(form["name"], form["target"] or "", arguments, form["result"], implementation)


def _kind(type_text: str) -> str:
    """Return the kind that a type has for the evaluator."""
    outer = type_text.partition("<")[0]
    return outer if outer in KINDS else "map"


def by_kind() -> dict[tuple[str, bool], dict[tuple[str, ...], Callable[..., Any]]]:
    """Return (name, is a method) → kinds of the arguments → implementation.

    Opaque values of several types are all maps: where their functions share a name, the first argument's key
    tells which one is meant.
    """
    table: dict[tuple[str, bool], dict[tuple[str, ...], dict[str, Callable[..., Any]]]] = {}
    for declared in declarations():
        types = (declared.target, *declared.arguments) if declared.target else declared.arguments
        kinds = tuple(_kind(item) for item in types)
        overloads = table.setdefault((declared.name, bool(declared.target)), {})
        overloads.setdefault(kinds, {})[types[0] if types else ""] = declared.implementation
    result = {
        key: {kinds: _by_tag(key[0], choices) for kinds, choices in overloads.items()}
        for key, overloads in table.items()
    }
    for name, implementation in cel_lists.GENERIC_FUNCTIONS.items():
        result[name, True] = {("list", kind): implementation for kind in KINDS}
    result["kubelint_format", True] = {("string", "list"): cel_strings.format_text}
    result["kubelint_range", False] = {("int",): cel_lists.number_range}
    result["kubelint_insert", False] = {
        ("map", key, kind): cel_lists.INSERT for key in ("string", "int", "uint", "bool") for kind in KINDS
    }
    return result


def _by_tag(name: str, choices: dict[str, Callable[..., Any]]) -> Callable[..., Any]:
    if not any(tag and _kind(tag) == "map" for tag in choices):
        return next(iter(choices.values()))

    def choose(first: Any, *others: Any) -> Any:
        tag = next(iter(first), "") if isinstance(first, dict) else ""
        if tag not in choices:
            raise TypeError(f"no such overload: {name}")
        return choices[tag](first, *others)

    return choose
