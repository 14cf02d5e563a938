"""One validated rule block becomes a detector, or what an ``extends:`` block changes."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from typing import Any

from kubelint_lessons.lessons.cel_ast import Node
from kubelint_lessons.lessons.checks import OWN_CHECKS, CheckError, load_check, split_name
from kubelint_lessons.lessons.expression import VARIABLES
from kubelint_lessons.lessons.fields import Fields, Route
from kubelint_lessons.lessons.lesson import LessonProblem
from kubelint_lessons.lessons.matching import GrammarError, check_join, parse_relation
from kubelint_lessons.lessons.names import did_you_mean
from kubelint_lessons.lessons.needs import holding, looks_alone, words_needed
from kubelint_lessons.lessons.patterns import PatternError, compile_pattern
from kubelint_lessons.lessons.rule import (
    ANY_KIND,
    DETECTOR_KINDS,
    EACH_NAMES,
    Detector,
    EditSpec,
    Expression,
    Extension,
    FixSpec,
    Relate,
    RelatedSpec,
)
from kubelint_lessons.lessons.triggers import (
    MOST,
    Trigger,
    find_triggers,
    keys_of,
    needed_relations,
    tells_all_others,
    tells_others,
)
from kubelint_lessons.lessons.validate import EDIT_KEYS
from kubelint_lessons.model.finding import Severity
from kubelint_lessons.model.fix import Applicability, Operation

DEFAULT_SEVERITY: Severity = "warning"

_OBJECT_NAMES = ("object", "params", "platform", "variables")
_CEL_WORDS = frozenset(
    (
        *("as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let"),
        *("loop", "namespace", "null", "package", "return", "true", "var", "void", "while"),
    )
)
"""Reserved in CEL, https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax."""

_APPLICABILITIES: tuple[Applicability, ...] = ("safe", "unsafe", "display")
_OPERATIONS: dict[str, Operation] = {"set": "set", "remove": "remove", "rename": "rename", "replace": "replace"}


def read_detector(fields: Fields) -> Detector | None:
    """Return the detector of a block, or None where ``fields`` had something to complain about."""
    data = fields.data
    kind = next(kind for kind in DETECTOR_KINDS if kind in data)
    relations = _read_names(fields)
    match, each, embedded = fields.patterns(("match",)), _read_each(fields), fields.path(("embedded",))
    iterates = bool(each or embedded)
    where, expression = _read_expressions(fields, kind, iterates, relations)
    related = _read_related(fields, relations)
    relate = tuple(_read_relate(fields, name, relations) for name in relations)
    names: tuple[str, ...] = ("match",)
    if kind not in ("text", "regex"):
        bound = (name + suffix for name in relations for suffix in ("", "Count", "State"))
        names = (*_OBJECT_NAMES, *(["item"] if iterates else []), *bound)
    detector = Detector(
        kind=kind,
        severity=data.get("severity", DEFAULT_SEVERITY),
        match=match,
        where=where,
        expression=expression,
        pattern=_read_pattern(fields, kind),
        check=_read_check(fields) if kind == "check" else "",
        each=each,
        relate=relate,
        needs=fields.needs(),
        at=fields.path(("at",)),
        related=related,
        message=fields.template(("message",), names) or _symptom(fields, kind),
        label=fields.template(("label",), names),
        note=fields.template(("note",), names),
        params=data.get("params", {}),
        fix=_read_fix(fields, names, each),
        files=tuple(text for _, text in fields.items(("files",))),
        patches=data.get("patches", False),
        embedded=embedded,
        multiline=data.get("multiline", False),
        line=fields.block.line,
    )
    return None if fields.problems else _with_needs(fields, detector)


def _with_needs(fields: Fields, detector: Detector) -> Detector:
    """Return the detector with what it needs to look at; a check says that itself."""
    if detector.kind == "check" and detector.check not in OWN_CHECKS:
        try:
            check = load_check(detector.check)
        except CheckError:  # the run tells
            return detector
        return detector._replace(triggers=words_needed(check)[:MOST], alone=looks_alone(check))
    if detector.expression is None:
        return detector
    conditions = _conditions(fields, detector)
    has_pods = all(pattern.kind == "workloads" for pattern in detector.match)
    triggers: tuple[Trigger, ...] = ()
    if not detector.embedded:
        triggers = find_triggers(conditions, keys_of(detector.each), has_pods=has_pods)
    needed = needed_relations(conditions, detector.relation_names)
    relate = tuple(sorted(detector.relate, key=lambda entry: entry.name not in needed))
    return detector._replace(
        triggers=(*_held(fields, detector, needed), *triggers)[:MOST],
        alone=not relate,
        relate=relate,
        needed_relations=needed,
        possible=_possible(fields, detector),
    )


def _bound(detector: Detector) -> frozenset[str]:
    """Return the variables that ``relate:`` binds."""
    return frozenset(name + suffix for name in detector.relation_names for suffix in ("", "Count", "State"))


def _judges_relations(fields: Fields, detector: Detector) -> bool:
    """Return whether ``where:`` reads relations, so that it is not asked before they are known."""
    if detector.where is None:
        return False
    program = fields.tools.compiler.load(b64decode(detector.where.program), detector.relation_names)
    return not program.names.isdisjoint(_bound(detector))


def _held(fields: Fields, detector: Detector, needed: Sequence[str]) -> Iterator[Trigger]:
    """Yield the marks of scopes in which the block can fire: they hold what the ``needed`` relations lead to.

    None where a ``where:`` is asked before: that it could not be evaluated is told of every object. None either where
    the object itself may be of these kinds.
    """
    if detector.where is not None and not _judges_relations(fields, detector):
        return
    own = {pattern.kind for pattern in detector.match}
    for relate in detector.relate:
        kinds = {pattern.kind for pattern in relate.kinds}
        if relate.name in needed and kinds and kinds.isdisjoint((*own, *ANY_KIND)):
            yield holding(*sorted(kinds))


def _possible(fields: Fields, detector: Detector) -> Expression | None:
    """Return the part of the expression that reads no relation.

    None where a ``where:`` judges relations or their items: that it could not be evaluated is told of every object.
    """
    names, expression = detector.relation_names, detector.expression
    if not names or expression is None or any(relate.where for relate in detector.relate):
        return None
    if _judges_relations(fields, detector):
        return None
    bound, compiler = _bound(detector), fields.tools.compiler
    part = compiler.load(b64decode(expression.program), names).part_without(bound, detector.kind == "forbid")
    return None if part is None else expression._replace(text="", program=b64encode(part).decode("ascii"))


def _conditions(fields: Fields, detector: Detector) -> list[tuple[Node, bool]]:
    """Return the expressions of a block with the outcomes that make it fire."""
    outcomes = [(detector.where, True), (detector.expression, detector.kind == "forbid")]
    return [
        (fields.tools.compiler.load(b64decode(found.program), detector.relation_names).tree, outcome)
        for found, outcome in outcomes
        if found is not None
    ]


def read_extension(fields: Fields) -> Extension:
    """Return what a block with ``extends:`` changes in the rule that it names."""
    data = fields.data
    span = fields.found.value_span(("extends",))
    return Extension(
        base=data["extends"],
        severity=data.get("severity"),
        match=fields.patterns(("match",)) if "match" in data else None,
        needs=fields.needs() if "needs" in data else None,
        message=fields.template(("message",), None) or None,
        label=fields.template(("label",), None) or None,
        note=fields.template(("note",), None) or None,
        params=data.get("params", {}),
        line=span.line,
        column=span.column,
    )


def find_more(fields: Fields, known: Sequence[LessonProblem]) -> tuple[LessonProblem, ...]:
    """Return what is wrong with the entries that the schema is content with, so that a block is mended in one go."""
    wrong_lines = {problem.line for problem in known}
    kept = {key: value for key, value in fields.data.items() if wrong_lines.isdisjoint(fields.found.lines_of(key))}
    is_readable = {"relate", "each"} & fields.data.keys() <= kept.keys()
    fields.data = kept
    if is_readable and "extends" not in kept and sum(key in DETECTOR_KINDS for key in kept) == 1:
        read_detector(fields)
    return tuple(fields.problems)


def _symptom(fields: Fields, kind: str) -> str:
    """Return the symptom as the message; a check says its own."""
    if not fields.lesson.words.symptom and kind != "check" and "message" not in fields.found.data:
        hint = "add message:, or a bold symptom below the heading"
        message = "the block has no message, and its lesson no symptom"
        fields.complain(fields.found.key_span((kind,)), message, hint, "message")
    return fields.lesson.words.symptom.replace("{", "{{").replace("}", "}}")


def _read_each(fields: Fields) -> str:
    text: str = fields.data.get("each", "")
    is_inside = "embedded" in fields.data
    if not text or (text in EACH_NAMES and not is_inside):
        return text
    if "[*]" in text or is_inside:
        return fields.path(("each",))
    hint = did_you_mean(text, EACH_NAMES, f"write {', '.join(EACH_NAMES)}, or a path that holds [*]")
    message = f'each: "{text}" is neither a known list nor a path with [*]'
    fields.complain(fields.found.value_span(("each",)), message, hint, "each")
    return ""


def _read_expressions(
    fields: Fields, kind: str, iterates: bool, relations: Sequence[str]
) -> tuple[Expression | None, Expression | None]:
    """Return the precondition on the object, and the expression that judges it or its items.

    A ``where:`` that reads ``item`` is made part of the expression: an item for which it is false is left alone.
    """
    where = fields.program(("where",), relations)
    if kind not in ("require", "forbid"):
        fields.names |= where.names if where else set()
        return (fields.kept(("where",), fields.data["where"], where) if where else None), None
    main = fields.program((kind,), relations)
    if main is None:
        return None, None
    fields.names |= main.names | (where.names if where else set())
    _check_item(fields, kind, iterates, fields.names)
    text = str(fields.data[kind])
    if where is None or "item" not in where.names or not iterates:
        kept = fields.kept(("where",), fields.data["where"], where) if where else None
        return kept, fields.kept((kind,), text, main)
    condition = str(fields.data["where"])
    joined = f"({condition}\n) && ({text}\n)" if kind == "forbid" else f"!({condition}\n) || ({text}\n)"
    program = fields.compile(joined, (kind,), relations)
    return None, fields.kept((kind,), joined, program) if program else None


def _check_item(fields: Fields, kind: str, iterates: bool, names: set[str]) -> None:
    key = "each" if "each" in fields.data else "embedded"
    if "item" in names and not iterates and key not in fields.data:
        message = "the expression reads item, and the block iterates over nothing"
        fields.complain(fields.found.key_span((kind,)), message, "add each:, such as each: containers", "each")
    elif iterates and "item" not in names:
        hint = f"read item in the expression, or remove {key}:"
        fields.complain(fields.found.key_span((key,)), "the expression does not read item", hint, "each")


def _read_pattern(fields: Fields, kind: str) -> str:
    if kind not in ("text", "regex"):
        return ""
    text: str = fields.data[kind]
    span = fields.found.value_span((kind,))
    if kind == "text":
        if "\n" in text and not fields.data.get("multiline"):
            message = "the text spans lines, and lines are read one by one"
            fields.complain(span, message, "write one line, or add multiline: true", "text")
        return text
    try:
        compiled = compile_pattern(text)
    except PatternError as error:
        hint = "the syntax is RE2's: no look-around, no back-references; single quotes keep backslashes"
        fields.complain(span, f"not a regular expression: {error}", hint, "regex")
    else:
        if compiled.search("") is not None:
            message = "the expression matches every line, also empty ones"
            fields.complain(span, message, "require at least one character", "regex")
    return text


def _read_check(fields: Fields) -> str:
    name: str = fields.data["check"]
    module = split_name(name).module
    if module not in fields.tools.checks and name not in OWN_CHECKS:
        known = sorted(fields.tools.checks)
        hint = did_you_mean(module, known, "a lesson can only use checks that ship with kubelint; write CEL instead")
        fields.complain(fields.found.value_span(("check",)), f'there is no check "{name}"', hint, "check")
    return name


def _read_names(fields: Fields) -> tuple[str, ...]:
    """Return the names that ``relate:`` binds, without those that CEL cannot have twice or at all."""
    usable: list[str] = []
    taken = {*VARIABLES}
    for name in fields.data.get("relate", ()):
        bound = {name, f"{name}Count", f"{name}State"}
        if name in _CEL_WORDS or bound & taken:
            what = "a word of CEL's own" if name in _CEL_WORDS else f"taken: CEL has {min(bound & taken)} already"
            hint = "choose another name, such as workloads"
            fields.complain(fields.found.key_span(("relate", name)), f'"{name}" is {what}', hint, "relate")
        else:
            usable.append(name)
            taken |= bound
    return tuple(usable)


def _read_relate(fields: Fields, name: str, relations: Sequence[str]) -> Relate:
    value: Any = fields.data["relate"][name]
    route: Route = ("relate", name)
    reads_state = f"{name}State" in fields.names
    if isinstance(value, str):
        try:
            parsed = parse_relation(value)
        except GrammarError as error:
            fields.complain(fields.found.value_span(route), error.message, error.hint, "relate")
            return Relate(name, "same", (), (), (), None, reads_state)
        for path in parsed.by:
            fields.check_path(route, path)
        return Relate(name, parsed.relation, parsed.kinds, parsed.by, (), None, reads_state)
    by = fields.paths((*route, "by"))
    try:
        check_join(value["relation"], bool(by))
    except GrammarError as error:
        fields.complain(fields.found.key_span((*route, "by")), error.message, error.hint, "relate")
    kinds = (*fields.patterns((*route, "kind")), *fields.patterns((*route, "kinds")))
    where = fields.condition((*route, "where"), relations)
    paths = fields.paths((*route, "fields"))
    tree = None if where is None else fields.tools.compiler.load(b64decode(where.program), tuple(relations)).tree
    is_of_others, is_of_all_others = (tree is not None and tells(tree) for tells in (tells_others, tells_all_others))
    return Relate(name, value["relation"], kinds, by, paths, where, reads_state, is_of_others, is_of_all_others)


def _read_related(fields: Fields, relations: Sequence[str]) -> tuple[RelatedSpec, ...]:
    specs = []
    for route, item in fields.items(("related",)):
        name = item if isinstance(item, str) else item["name"]
        if name not in relations:
            hint = did_you_mean(name, relations, "name a relation of relate:")
            fields.complain(fields.found.value_span(route), f'relate: binds no "{name}"', hint, "related")
        if isinstance(item, str):
            specs.append(RelatedSpec(name, None, ""))
        else:
            where = fields.condition((*route, "where"), relations)
            specs.append(RelatedSpec(name, where, fields.template((*route, "label"), ("item", *_OBJECT_NAMES))))
    return tuple(specs)


def _read_fix(fields: Fields, names: Sequence[str], each: str) -> FixSpec | None:
    if "fix" in fields.data and "embedded" in fields.data:
        message = "a fix cannot edit a document inside a string"
        fields.complain(fields.found.key_span(("fix",)), message, "say in note: what to write instead", "fix")
        return None
    edits: list[EditSpec] = []
    titles: list[str] = []
    weakest = 0
    for route, item in fields.items(("fix",)):
        operation = next(key for key in EDIT_KEYS if key in item)
        titles.append(fields.template((*route, "title"), names))
        weakest = max(weakest, _APPLICABILITIES.index(item.get("applicability", "display")))
        written = "to" if operation == "rename" else "value"
        fields.check_templates((*route, written), names)
        fields.check_templates((*route, "old"), names)
        path: str = item[operation]
        if path or not each:
            fields.check_path((*route, operation), path)
        edits.append(EditSpec(_OPERATIONS[operation], path, item.get(written), item.get("old")))
    return FixSpec(next(filter(None, titles), ""), _APPLICABILITIES[weakest], tuple(edits)) if edits else None
