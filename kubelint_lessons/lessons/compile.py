"""A lesson becomes a rule: every block validated, its CEL compiled, every path, pattern and template read once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from kubelint_lessons.lessons.checks import READER, split_name
from kubelint_lessons.lessons.expression import Compiler, EngineMissing, ExpressionError
from kubelint_lessons.lessons.lesson import Block, Lesson, LessonProblem
from kubelint_lessons.lessons.matching import GrammarError, check_join, parse_match, parse_relation
from kubelint_lessons.lessons.names import did_you_mean
from kubelint_lessons.lessons.paths import PathError, TemplateError, parse_path, parse_template
from kubelint_lessons.lessons.rule import (
    DETECTOR_KINDS,
    EACH_NAMES,
    Detector,
    EditSpec,
    Expression,
    Extension,
    FixSpec,
    MatchPattern,
    Origin,
    Relate,
    RelatedSpec,
    Rule,
)
from kubelint_lessons.lessons.validate import EDIT_KEYS, Validator, load_schema
from kubelint_lessons.lessons.yaml_block import Span, YamlBlock
from kubelint_lessons.model.finding import Severity
from kubelint_lessons.model.fix import Applicability

Route = tuple[str | int, ...]

DEFAULT_SEVERITY: Severity = "warning"

_TEMPLATE_NAMES = ("object", "params", "platform", "variables")


class Tools(NamedTuple):
    """What compiling needs, made once for many lessons. ``checks`` are the modules that ``check:`` may name."""

    validator: Validator
    compiler: Compiler
    checks: frozenset[str]
    platform_schema: dict[str, Any]


def make_tools(checks: Collection[str]) -> Tools:
    """Return the validator and the CEL compiler, ready for use."""
    return Tools(Validator("rule-block"), Compiler(), frozenset(checks), load_schema("platform"))


def compile_lesson(
    lesson: Lesson, path: str, origin: Origin, tools: Tools
) -> tuple[Rule | None, tuple[LessonProblem, ...]]:
    """Return the rule of a lesson, or None and what keeps it from loading, at the place in the Markdown.

    A rule with ``extends:`` comes without detectors, with ``extension``: ``packs`` completes it.
    """
    problems: list[LessonProblem] = []
    detectors: list[Detector] = []
    extensions: list[Extension] = []
    presets: dict[str, None] = {}
    aliases: dict[str, None] = {}
    is_enabled = True
    for block in lesson.blocks:
        found, wrong = tools.validator.read(block, path)
        problems += wrong
        if found is None:
            continue
        reader = _BlockReader(found, block, lesson, path, tools)
        if wrong:
            problems += reader.further_problems(wrong)
            continue
        if "extends" in found.data:
            extensions.append(reader.extension())
        else:
            detector = reader.detector()
            detectors += [detector] if detector else []
        problems += reader.problems
        presets |= dict.fromkeys(found.data.get("presets", ()))
        aliases |= dict.fromkeys(found.data.get("aliases", ()))
        is_enabled = is_enabled and found.data.get("default", True)
    if extensions and (detectors or len(extensions) > 1):
        message = "a lesson that extends a rule has one block"
        hint = "move the other blocks to a lesson of their own"
        problems.append(LessonProblem(path, extensions[0].line, 1, 2, message, hint, "extends"))
    if problems:
        return None, tuple(problems)
    rule = Rule(lesson.id, lesson.words, tuple(detectors), origin, is_enabled, tuple(presets), tuple(aliases))
    return rule._replace(extension=extensions[0] if extensions else None), ()


class _BlockReader:
    """Reads one validated block; collects problems instead of stopping at the first."""

    def __init__(self, found: YamlBlock, block: Block, lesson: Lesson, path: str, tools: Tools) -> None:
        self.found = found
        self.data: dict[str, Any] = found.data
        self.block = block
        self.lesson = lesson
        self.path = path
        self.tools = tools
        self.problems: list[LessonProblem] = []
        self.read_names: set[str] = set()

    def detector(self) -> Detector | None:
        """Return the block's detector; None where it has problems."""
        data = self.data
        kind = next(kind for kind in DETECTOR_KINDS if kind in data)
        match = self._match(("match",))
        each = self._each()
        relations = tuple(data.get("relate", ()))
        names = (*_TEMPLATE_NAMES, *(["item"] if each else []), *_bound(relations))
        expression = self._cel((kind,), relations) if kind in ("require", "forbid") else None
        if expression is not None:
            self._check_item(kind, each)
        where = self._where(relations)
        related = self._related(relations)
        relate = tuple(self._relate(name, relations) for name in relations)
        is_text = kind in ("text", "regex")
        message = self._template(("message",), ("match",) if is_text else names)
        detector = Detector(
            kind=kind,
            severity=data.get("severity", DEFAULT_SEVERITY),
            match=match,
            where=where,
            expression=expression,
            pattern=self._pattern(kind),
            check=self._check_name() if kind == "check" else "",
            each=each,
            relate=relate,
            needs=self._needs(),
            at=self._path(("at",)),
            related=related,
            message=message or self._symptom(kind),
            label=self._template(("label",), ("match",) if is_text else names),
            note=self._template(("note",), ("match",) if is_text else names),
            params=data.get("params", {}),
            fix=self._fix(names),
            files=tuple(_listed(data.get("files", ()))),
            patches=data.get("patches", False),
            line=self.block.line,
        )
        return None if self.problems else detector

    def further_problems(self, known: Sequence[LessonProblem]) -> tuple[LessonProblem, ...]:
        """Return what is wrong with the keys that follow the schema, so that a block is mended in one go."""
        wrong_lines = {problem.line for problem in known}
        keys = [key for key in self.data if wrong_lines.isdisjoint(self.found.lines_of(key))]
        self.data = {key: self.data[key] for key in keys}
        if any(key in ("relate", "each") for key in self.found.data if key not in keys):
            return ()
        if sum(key in DETECTOR_KINDS for key in keys) == 1 and "extends" not in keys:
            self.detector()
        return tuple(self.problems)

    def extension(self) -> Extension:
        """Return what a block with ``extends:`` changes; its lookups are checked against the rule it extends."""
        data = self.data
        span = self.found.value_span(("extends",))
        return Extension(
            base=data["extends"],
            severity=data.get("severity"),
            match=self._match(("match",)) if "match" in data else None,
            needs=self._needs() if "needs" in data else None,
            message=self._template(("message",), None) or None,
            label=self._template(("label",), None) or None,
            note=self._template(("note",), None) or None,
            params=data.get("params", {}),
            line=span.line,
            column=span.column,
        )

    def _wrong(self, span: Span, message: str, hint: str, code: str) -> None:
        self.problems.append(self.found.problem(span, message, hint, code))

    def _symptom(self, kind: str) -> str:
        """Return the symptom as the message; a check says its own."""
        if not self.lesson.words.symptom and kind != "check" and "message" not in self.found.data:
            hint = "add message:, or a bold symptom below the heading"
            self._wrong(
                self.found.key_span((kind,)), "the block has no message, and its lesson no symptom", hint, "message"
            )
        return self.lesson.words.symptom.replace("{", "{{").replace("}", "}}")

    def _match(self, route: Route) -> tuple[MatchPattern, ...]:
        value = self.data.get("match", ())
        patterns = []
        for index, text in enumerate(_listed(value)):
            place: Route = (*route, index) if isinstance(value, list) else route
            patterns += self._kind(text, place)
        return tuple(patterns)

    def _kind(self, text: str, route: Route) -> list[MatchPattern]:
        try:
            return [parse_match(text)]
        except GrammarError as error:
            self._wrong(self.found.value_span(route), error.message, error.hint, "match")
            return []

    def _each(self) -> str:
        text: str = self.data.get("each", "")
        if not text or text in EACH_NAMES:
            return text
        if "[*]" in text:
            return self._path(("each",))
        hint = did_you_mean(text, EACH_NAMES, f"write {', '.join(EACH_NAMES)}, or a path that holds [*]")
        self._wrong(
            self.found.value_span(("each",)),
            f'each: "{text}" is neither a known list nor a path with [*]',
            hint,
            "each",
        )
        return ""

    def _check_item(self, kind: str, each: str) -> None:
        if "item" in self.read_names and not each and "each" not in self.data:
            hint = "add each:, such as each: containers"
            self._wrong(
                self.found.key_span((kind,)),
                "the expression reads item, and the block iterates over nothing",
                hint,
                "each",
            )
        elif each and "item" not in self.read_names:
            hint = "read item in the expression, or remove each:"
            self._wrong(self.found.key_span(("each",)), "the expression does not read item", hint, "each")

    def _where(self, relations: Sequence[str]) -> Expression | None:
        before = self.read_names
        self.read_names = set()
        where = self._cel(("where",), relations)
        if "item" in self.read_names:
            hint = "move the condition on item into the expression"
            self._wrong(self.found.key_span(("where",)), "where: judges the object, before each: begins", hint, "each")
        self.read_names |= before
        return where

    def _cel(self, route: Route, relations: Sequence[str], *, is_inner: bool = False) -> Expression | None:
        """Return the compiled expression at ``route``; ``is_inner``: it judges a related object, which is its item."""
        text = self._value(route)
        if text is None:
            return None
        try:
            program = self.tools.compiler.compile(text, relations=tuple(relations), result="bool")
        except ExpressionError as error:
            span = self.found.text_span(route, error.line, error.column)
            self._wrong(span, error.message, error.hint or "correct the expression", "expression")
            return None
        except EngineMissing as error:
            self._wrong(self.found.key_span(route), str(error), "see the list of supported systems", "engine-missing")
            return None
        self.read_names |= program.names - ({"item"} if is_inner else set())
        start = self.found.text_span(route, 1, 1)
        from binascii import b2a_base64

        encoded = b2a_base64(program.serialized, newline=False).decode("ascii")
        return Expression(text, encoded, start.line, start.column)

    def _value(self, route: Route) -> Any:
        value: Any = self.data
        for step in route:
            if isinstance(value, dict) and step not in value:
                return None
            value = value[step]
        return value

    def _pattern(self, kind: str) -> str:
        text: str = self.data[kind] if kind in ("text", "regex") else ""
        if kind == "regex":
            import re2

            options = re2.Options()
            options.log_errors = False
            try:
                compiled = re2.compile(text, options)
            except re2.error as error:
                words = error.args[0] if error.args else ""
                reason = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
                hint = "the syntax is RE2's: no look-around, no back-references; single quotes keep backslashes"
                self._wrong(self.found.value_span(("regex",)), f"not a regular expression: {reason}", hint, "regex")
            else:
                if compiled.match("") is not None and compiled.fullmatch("") is not None:
                    hint = "require at least one character"
                    self._wrong(
                        self.found.value_span(("regex",)),
                        "the expression matches every line, also empty ones",
                        hint,
                        "regex",
                    )
        elif "\n" in text:
            self._wrong(
                self.found.value_span((kind,)),
                "the text spans lines, and lines are read one by one",
                "write one line",
                "text",
            )
        return text

    def _check_name(self) -> str:
        name: str = self.data["check"]
        module = split_name(name).module
        if module not in self.tools.checks and name != READER:
            known = sorted(self.tools.checks)
            hint = did_you_mean(
                module, known, "a lesson can only use checks that ship with kubelint; write CEL instead"
            )
            self._wrong(self.found.value_span(("check",)), f'there is no check "{name}"', hint, "check")
        return name

    def _relate(self, name: str, relations: Sequence[str]) -> Relate:
        value = self.data["relate"][name]
        route: Route = ("relate", name)
        if name in (*_TEMPLATE_NAMES, "item"):
            hint = "choose another name, such as workloads"
            self._wrong(self.found.key_span(route), f'"{name}" is taken: CEL knows it already', hint, "relate")
        reads_state = f"{name}State" in self.read_names
        if isinstance(value, str):
            try:
                parsed = parse_relation(value)
            except GrammarError as error:
                self._wrong(self.found.value_span(route), error.message, error.hint, "relate")
                return Relate(name, "same", (), (), (), None, reads_state)
            self._check_paths(route, parsed.by)
            return Relate(name, parsed.relation, parsed.kinds, parsed.by, (), None, reads_state)
        kinds = [*_listed(value.get("kind", [])), *value.get("kinds", [])]
        by, fields = tuple(_listed(value.get("by", ()))), tuple(value.get("fields", ()))
        try:
            check_join(value["relation"], bool(by))
        except GrammarError as error:
            self._wrong(self.found.key_span((*route, "by")), error.message, error.hint, "relate")
        patterns = tuple(pattern for text in kinds for pattern in self._kind(text, route))
        self._check_paths((*route, "by"), by)
        self._check_paths((*route, "fields"), fields)
        where = self._cel((*route, "where"), relations, is_inner=True)
        return Relate(name, value["relation"], patterns, by, fields, where, reads_state)

    def _related(self, relations: Sequence[str]) -> tuple[RelatedSpec, ...]:
        value = self.data.get("related", [])
        specs = []
        for index, item in enumerate(_listed(value)):
            route: Route = ("related", index) if isinstance(value, list) else ("related",)
            name = item if isinstance(item, str) else item["name"]
            if name not in relations:
                hint = did_you_mean(name, relations, "name a relation of relate:")
                self._wrong(self.found.value_span(route), f'relate: binds no "{name}"', hint, "related")
            where = None if isinstance(item, str) else self._cel((*route, "where"), relations, is_inner=True)
            label = "" if isinstance(item, str) else self._template((*route, "label"), ())
            specs.append(RelatedSpec(name, where, label))
        return tuple(specs)

    def _needs(self) -> tuple[str, ...]:
        needs = tuple(_listed(self.data.get("needs", ())))
        for index, need in enumerate(needs):
            route: Route = ("needs", index) if isinstance(self.data["needs"], list) else ("needs",)
            schema = self.tools.platform_schema
            for step in need.split("."):
                known = schema.get("properties", {})
                if step not in known:
                    hint = did_you_mean(step, known, f"known here: {', '.join(known) or 'nothing'}")
                    self._wrong(self.found.value_span(route), f'"{need}" is not a platform fact', hint, "needs")
                    break
                schema = known[step]
        return needs

    def _path(self, route: Route) -> str:
        text = self._value(route)
        if text is None:
            return ""
        self._check_paths(route, (text,))
        return str(text)

    def _check_paths(self, route: Route, texts: Sequence[str]) -> None:
        for index, text in enumerate(texts):
            place: Route = (*route, index) if isinstance(self._value(route), list) else route
            try:
                parse_path(text)
            except PathError as error:
                offset = self._value(place).find(text) if isinstance(self._value(place), str) else 0
                span = self.found.text_span(place, 1, max(offset, 0) + error.column)
                self._wrong(span, f'path "{text}": {error.message}', error.hint or "correct the path", "path")

    def _template(self, route: Route, names: Sequence[str] | None) -> str:
        text = self._value(route)
        if text is None:
            return ""
        try:
            parse_template(text, names)
        except TemplateError as error:
            line = text.count("\n", 0, error.column - 1) + 1
            column = error.column - (text.rfind("\n", 0, error.column - 1) + 1)
            self._wrong(
                self.found.text_span(route, line, column), error.message, error.hint or "correct it", "template"
            )
        return str(text)

    def _fix(self, names: Sequence[str]) -> FixSpec | None:
        value = self.data.get("fix")
        if value is None:
            return None
        edits, titles, ranks = [], [], []
        for index, item in enumerate(_listed(value)):
            route: Route = ("fix", index) if isinstance(value, list) else ("fix",)
            operation = next(key for key in EDIT_KEYS if key in item)
            titles.append(self._template((*route, "title"), names))
            ranks.append(_APPLICABILITIES.index(item.get("applicability", "display")))
            new = item.get("to") if operation == "rename" else item.get("value")
            self._check_values((*route, "to" if operation == "rename" else "value"), new, names)
            self._check_values((*route, "old"), item.get("old"), names)
            edits.append(EditSpec(_OPERATIONS[operation], self._path((*route, operation)), new, item.get("old")))
        return FixSpec(next(filter(None, titles), ""), _APPLICABILITIES[max(ranks)], tuple(edits))

    def _check_values(self, route: Route, value: Any, names: Sequence[str]) -> None:
        """Check every text in ``value`` as a template."""
        entries: Sequence[tuple[str | int, Any]] = ()
        if isinstance(value, str):
            self._template(route, names)
        elif isinstance(value, dict):
            entries = tuple(value.items())
        elif isinstance(value, list):
            entries = tuple(enumerate(value))
        for step, entry in entries:
            self._check_values((*route, step), entry, names)


_APPLICABILITIES: tuple[Applicability, ...] = ("safe", "unsafe", "display")
_OPERATIONS: dict[str, Any] = {key: key for key in EDIT_KEYS}


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _bound(relations: Sequence[str]) -> list[str]:
    return [name for relation in relations for name in (relation, f"{relation}Count", f"{relation}State")]
