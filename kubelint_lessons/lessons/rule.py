"""Compiled rules: plain, frozen values that a JSON file can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from kubelint_lessons.lessons.lessonwords import LessonWords as LessonWords
from kubelint_lessons.model.finding import Severity
from kubelint_lessons.model.fix import Applicability, Operation
from kubelint_lessons.model.records import NamedTuple

Origin = Literal["builtin", "team", "plugin"]
DetectorKind = Literal["require", "forbid", "text", "regex", "check"]

DETECTOR_KINDS: tuple[DetectorKind, ...] = ("require", "forbid", "text", "regex", "check")

RELATIONS: tuple[str, ...] = (
    "selects",
    "selectedBy",
    "targets",
    "targetedBy",
    "references",
    "referencedBy",
    "owns",
    "same",
)
"""Every relation that ``relate:`` knows (the design's section 4)."""

EACH_NAMES: tuple[str, ...] = ("containers", "initContainers", "allContainers", "volumes", "ports", "env")
"""What ``each:`` may say instead of a path with ``[*]``."""


WORKLOADS = "workloads"
ANY_KIND = ("*", "any", WORKLOADS)
"""What ``match:`` may say instead of the name of a kind."""


class MatchPattern(NamedTuple):
    """One entry of ``match:``. ``kind`` may be ``*``, ``workloads`` or ``any``; ``group`` and ``version`` None
    stand for every one, ``group`` ``""`` for the core group, and both may hold ``*``."""

    kind: str
    group: str | None = None
    version: str | None = None

    def matches(self, group: str, version: str, kind: str, is_workload: bool) -> bool:
        """Return whether an object of this group, version and kind is meant."""
        if self.kind == WORKLOADS:
            return is_workload
        if self.kind == "any":
            return True
        return (
            self.kind in ("*", kind)
            and (self.group is None or matches_glob(self.group, group))
            and (self.version is None or matches_glob(self.version, version))
        )


class Expression(NamedTuple):
    """A CEL expression; ``program`` is its compiled form in base64, ``line`` and ``column`` where it starts."""

    text: str
    program: str
    line: int
    column: int


class Relate(NamedTuple):
    """One name under ``relate:``. ``kinds`` narrows the related resources (``()``: all), ``fields`` are paths that
    the projection adds, ``by`` the join key of ``same``, ``where`` judges one candidate as ``item``.

    ``reads_state`` says that an expression of the rule reads ``<name>State``: it then also runs while the
    state is unknown. ``is_of_others`` says that ``where`` holds for no object with the name of the one that is judged,
    ``is_of_all_others`` that it holds for all others and asks for nothing else.
    """

    name: str
    relation: str
    kinds: tuple[MatchPattern, ...]
    by: tuple[str, ...]
    fields: tuple[str, ...]
    where: Expression | None
    reads_state: bool
    is_of_others: bool = False
    is_of_all_others: bool = False


class RelatedSpec(NamedTuple):
    """One entry of ``related:``: the ``relate:`` name whose places are shown, those for which ``where`` holds."""

    name: str
    where: Expression | None
    label: str


class EditSpec(NamedTuple):
    """One edit of ``fix:``; strings in ``value`` and ``old`` are templates, ``path`` is relative as ``at:`` is."""

    operation: Operation
    path: str
    value: Any
    old: str | None


class FixSpec(NamedTuple):
    """Edits that belong together; ``title`` may be empty."""

    title: str
    applicability: Applicability
    edits: tuple[EditSpec, ...]


class Detector(NamedTuple):
    """One rule block. Exactly one of ``expression``, ``pattern`` and ``check`` is given, as ``kind`` says.

    ``message``, ``label`` and ``note`` are templates, ``at`` and ``each`` paths of ``lessons.paths``; ``files`` are
    globs, for text detectors only; ``patches`` says that the block also judges partial objects, such as kustomize
    patches. ``embedded`` is a path of strings whose documents are the items. ``line`` is the first line of the block
    in the Markdown. ``triggers`` are groups of words: without one of each a document cannot make the block fire (see
    ``lessons.triggers``). ``alone`` says that all places that the block names lie in the file of its object.
    ``needed_relations`` name those of ``relate``, the first ones there, that must hold something for the block to fire.
    ``possible`` is the part of the expression that reads no relation: where it decides, none is looked for.
    """

    kind: DetectorKind
    severity: Severity
    match: tuple[MatchPattern, ...]
    where: Expression | None
    expression: Expression | None
    pattern: str
    check: str
    each: str
    relate: tuple[Relate, ...]
    needs: tuple[str, ...]
    at: str
    related: tuple[RelatedSpec, ...]
    message: str
    label: str
    note: str
    params: dict[str, Any]
    fix: FixSpec | None
    files: tuple[str, ...]
    patches: bool
    embedded: str
    multiline: bool
    line: int
    triggers: tuple[tuple[str, ...], ...] = ()
    alone: bool = False
    needed_relations: tuple[str, ...] = ()
    possible: Expression | None = None

    @property
    def relation_names(self) -> tuple[str, ...]:
        """Return the names that ``relate:`` binds, which ``Compiler.load`` has to know."""
        return tuple(relate.name for relate in self.relate)

    def matches(self, group: str, version: str, kind: str, is_workload: bool) -> bool:
        """Return whether ``match:`` names an object of this group, version and kind."""
        return any(pattern.matches(group, version, kind, is_workload) for pattern in self.match)


class Extension(NamedTuple):
    """An ``extends:`` block: the rule it builds on, and what it changes there (None: nothing)."""

    base: str
    severity: Severity | None
    match: tuple[MatchPattern, ...] | None
    needs: tuple[str, ...] | None
    message: str | None
    label: str | None
    note: str | None
    params: dict[str, Any]
    line: int
    column: int


class Rule(NamedTuple):
    """A rule as it runs. ``lesson`` holds the words that are reported.

    ``builtin_lesson`` keeps the built-in's own words where a team's words took their place, ``see_also`` what
    further notes say. ``extension`` is set only until the rule set has been put together.
    """

    id: str
    lesson: LessonWords
    detectors: tuple[Detector, ...]
    origin: Origin
    enabled: bool = True
    presets: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    see_also: tuple[LessonWords, ...] = ()
    builtin_lesson: LessonWords | None = None
    extension: Extension | None = None

    @property
    def is_fixable(self) -> bool:
        """Return whether a detector brings a fix."""
        return any(detector.fix is not None for detector in self.detectors)


def matches_glob(pattern: str, text: str) -> bool:
    """Return whether ``text`` is what ``pattern`` says; ``*`` stands for any run of characters."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    if not text.startswith(first):
        return False
    position = len(first)
    for part in rest[:-1]:
        found = text.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return text.endswith(rest[-1]) and len(text) - len(rest[-1]) >= position


def to_plain(rule: Rule) -> list[Any]:
    """Return nested lists, strings, numbers, booleans, None and dicts: what JSON keeps; tuples are lists there."""
    return list(rule)


def from_plain(plain: list[Any]) -> Rule:
    """Return the rule that ``to_plain`` took apart, also after a way through JSON.

    Raises TypeError, ValueError or IndexError for anything else.
    """
    return Rule._make(_made(plain, _RULE))


def words_from_plain(plain: Any) -> LessonWords:
    """Return the words that stand in ``plain`` as a sequence."""
    words = LessonWords._make(plain)
    return words._replace(seen=tuple(words.seen), sources=tuple(words.sources))


def _expression(plain: Any) -> Expression | None:
    return None if plain is None else Expression._make(plain)


def _patterns(plain: Any) -> tuple[MatchPattern, ...]:
    return tuple(map(MatchPattern._make, plain))


def _relate(plain: Any) -> Relate:
    relate = Relate._make(plain)
    return relate._replace(
        kinds=_patterns(relate.kinds),
        by=tuple(relate.by),
        fields=tuple(relate.fields),
        where=_expression(relate.where),
    )


def _related(plain: Any) -> RelatedSpec:
    related = RelatedSpec._make(plain)
    return related._replace(where=_expression(related.where))


def _fix(plain: Any) -> FixSpec | None:
    if plain is None:
        return None
    fix = FixSpec._make(plain)
    return fix._replace(edits=tuple(EditSpec._make(item) for item in fix.edits))


def _detector(plain: Any) -> Detector:
    return Detector._make(_made(plain, _DETECTOR))


_Nested = tuple[tuple[int, Callable[[Any], Any]], ...]
"""What of a record is more than a plain value: the position of each such field, and what makes it."""


def _made(plain: Sequence[Any], nested: _Nested) -> list[Any]:
    """Return the values of a record; there are several hundred, and every run makes them."""
    values = list(plain)
    for position, make in nested:
        value = values[position]
        if value is not None and value != ():  # an empty list, as JSON has it, becomes an empty tuple
            values[position] = make(value)
    return values


def _nested(fields: Sequence[str], makers: Mapping[str, Callable[[Any], Any]]) -> _Nested:
    return tuple((fields.index(name), make) for name, make in makers.items())


def _extension(plain: Any) -> Extension:
    extension = Extension._make(plain)
    return extension._replace(
        match=None if extension.match is None else _patterns(extension.match),
        needs=None if extension.needs is None else tuple(extension.needs),
    )


_DETECTOR = _nested(
    Detector._fields,
    {
        "match": _patterns,
        "where": _expression,
        "expression": _expression,
        "relate": lambda items: tuple(map(_relate, items)),
        "needs": tuple,
        "related": lambda items: tuple(map(_related, items)),
        "fix": _fix,
        "files": tuple,
        "triggers": lambda items: tuple(map(tuple, items)),
        "needed_relations": tuple,
        "possible": _expression,
    },
)
_RULE = _nested(
    Rule._fields,
    {
        "lesson": words_from_plain,
        "detectors": lambda items: tuple(map(_detector, items)),
        "presets": tuple,
        "aliases": tuple,
        "see_also": lambda items: tuple(map(words_from_plain, items)),
        "builtin_lesson": words_from_plain,
        "extension": _extension,
    },
)
