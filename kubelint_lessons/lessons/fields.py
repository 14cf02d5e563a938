"""The values of one validated rule block, each read with its own grammar; what is wrong is collected with its place."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Sequence
from typing import Any

from kubelint_lessons.lessons.expression import Compiler, EngineMissing, ExpressionError, Program
from kubelint_lessons.lessons.lesson import Block, Lesson, LessonProblem
from kubelint_lessons.lessons.matching import GrammarError, parse_match
from kubelint_lessons.lessons.names import did_you_mean
from kubelint_lessons.lessons.paths import Each, PathError, TemplateError, parse_path, parse_template
from kubelint_lessons.lessons.rule import Expression, MatchPattern
from kubelint_lessons.lessons.validate import Validator
from kubelint_lessons.lessons.yaml_block import Span, YamlBlock
from kubelint_lessons.model.records import NamedTuple

Route = tuple[str | int, ...]
"""Keys and indexes that lead to a value of the block."""


_VARIABLES = ("podTemplate", "podSpec", "containers")
_WHAT = {
    "params": "there is no parameter",
    "platform": "there is no platform fact",
    "variables": "there is no variable",
}


class Tools(NamedTuple):
    """What compiling needs, made once for many lessons. ``checks`` are the modules that ``check:`` may name."""

    validator: Validator
    compiler: Compiler
    checks: frozenset[str]
    platform_schema: dict[str, Any]


class Fields:
    """Reads one block. Methods return a harmless value where they had to complain, so that reading goes on."""

    def __init__(self, found: YamlBlock, block: Block, lesson: Lesson, tools: Tools) -> None:
        """Read ``found``, a block of ``lesson``."""
        self.found = found
        self.data: dict[str, Any] = found.data
        self.block = block
        self.lesson = lesson
        self.tools = tools
        self.problems: list[LessonProblem] = []
        self.names: set[str] = set()  # variables that the expressions read so far

    def complain(self, span: Span, message: str, hint: str, code: str) -> None:
        """Collect a problem."""
        self.problems.append(self.found.problem(span, message, hint, code))

    def value(self, route: Route) -> Any:
        """Return the value at ``route``, None where a key is absent."""
        value: Any = self.data
        for step in route:
            if isinstance(value, dict) and step not in value:
                return None
            value = value[step]
        return value

    def items(self, route: Route) -> list[tuple[Route, Any]]:
        """Return the items of a list, or a single value as the only item, each with its route."""
        value = self.value(route)
        if value is None:
            return []
        return (
            [((*route, index), item) for index, item in enumerate(value)]
            if isinstance(value, list)
            else [(route, value)]
        )

    def patterns(self, route: Route) -> tuple[MatchPattern, ...]:
        """Return what stands at ``route`` in the grammar of ``match:``."""
        found = []
        for place, text in self.items(route):
            try:
                found.append(parse_match(text))
            except GrammarError as error:
                self.complain(self.found.value_span(place), error.message, error.hint, "match")
        return tuple(found)

    def program(self, route: Route, relations: Sequence[str]) -> Program | None:
        """Return the compiled CEL expression at ``route``."""
        text = self.value(route)
        return None if text is None else self.compile(text, route, relations)

    def compile(self, text: str, route: Route, relations: Sequence[str]) -> Program | None:
        """Return ``text`` compiled; complaints about it point into the value at ``route``."""
        try:
            program = self.tools.compiler.compile(text, relations=tuple(relations), result="bool")
            self._check_references(text, route, program)
            return program
        except ExpressionError as error:
            span = self.found.text_span(route, error.line, error.column)
            self.complain(span, error.message, error.hint or "correct the expression", "expression")
        except EngineMissing as error:
            self.complain(self.found.key_span(route), str(error), "see the list of supported systems", "engine-missing")
        return None

    def _check_references(self, text: str, route: Route, program: Program) -> None:
        """Complain about parameters, variables and facts that do not exist, each place once."""
        roots: dict[str, Any] = {
            "params": {key: {} for key in self.data.get("params", ())},
            "platform": self.tools.platform_schema["properties"],
            "variables": {key: {} for key in _VARIABLES},
        }
        told = set()
        for reference in program.references if program.names & roots.keys() else ():
            known = roots.get(reference.root)
            for step, (line, column) in zip(reference.path, reference.places, strict=True):
                if known is None or not isinstance(step, str) or isinstance(step, Each):
                    break
                if step not in known:
                    is_dot = text.split("\n")[line - 1][column - 1 : column] == "."
                    span = self.found.text_span(route, line, column + is_dot)
                    if span not in told:
                        hint = did_you_mean(step, known, f"known here: {', '.join(known) or 'nothing'}")
                        self.complain(span, f'{_WHAT[reference.root]} "{step}"', hint, "expression")
                        told.add(span)
                    break
                known = known[step].get("properties")

    def expression(self, route: Route, relations: Sequence[str]) -> Expression | None:
        """Return the expression at ``route`` in the form that rules keep."""
        program = self.program(route, relations)
        if program is None:
            return None
        self.names |= program.names
        return self.kept(route, str(self.value(route)), program)

    def condition(self, route: Route, relations: Sequence[str]) -> Expression | None:
        """Return an expression that judges a related object, which it calls ``item``."""
        program = self.program(route, relations)
        if program is None:
            return None
        self.names |= program.names - {"item"}
        return self.kept(route, str(self.value(route)), program)

    def kept(self, route: Route, text: str, program: Program) -> Expression:
        """Return a compiled expression in the form that rules keep, with the place where ``route`` begins."""
        start = self.found.text_span(route, 1, 1)
        return Expression(text, b2a_base64(program.serialized, newline=False).decode("ascii"), start.line, start.column)

    def path(self, route: Route) -> str:
        """Return the path at ``route``, empty where there is none."""
        text = self.value(route)
        if text is None:
            return ""
        self.check_path(route, text)
        return str(text)

    def paths(self, route: Route) -> tuple[str, ...]:
        """Return the path or paths at ``route``."""
        for place, text in self.items(route):
            self.check_path(place, text)
        return tuple(text for _, text in self.items(route))

    def check_path(self, route: Route, text: str) -> None:
        """Complain about a path that cannot be read; ``text`` is the value at ``route``, or a part of it."""
        try:
            parse_path(text)
        except PathError as error:
            offset = max(str(self.value(route)).find(text), 0)
            span = self.found.text_span(route, 1, offset + error.column)
            self.complain(span, f'path "{text}": {error.message}', error.hint or "correct the path", "path")

    def template(self, route: Route, names: Sequence[str] | None) -> str:
        """Return the template at ``route``, empty where there is none; ``names`` are what it may look up."""
        text = self.value(route)
        if text is None:
            return ""
        try:
            parse_template(text, names)
        except TemplateError as error:
            before = text[: error.column - 1]
            span = self.found.text_span(route, before.count("\n") + 1, len(before) - before.rfind("\n"))
            self.complain(span, error.message, error.hint or "correct it", "template")
        return str(text)

    def check_templates(self, route: Route, names: Sequence[str]) -> None:
        """Complain about every text at or below ``route`` that is no template."""
        value = self.value(route)
        if isinstance(value, str):
            self.template(route, names)
        elif isinstance(value, dict):
            for key in value:
                self.check_templates((*route, key), names)
        elif isinstance(value, list):
            for index in range(len(value)):
                self.check_templates((*route, index), names)

    def needs(self) -> tuple[str, ...]:
        """Return the platform facts at ``needs:``."""
        needs = self.items(("needs",))
        for route, need in needs:
            schema = self.tools.platform_schema
            for step in need.split("."):
                known = schema.get("properties", {})
                if step not in known:
                    hint = did_you_mean(step, known, f"known here: {', '.join(known) or 'nothing'}")
                    self.complain(self.found.value_span(route), f'"{need}" is not a platform fact', hint, "needs")
                    break
                schema = known[step]
        return tuple(need for _, need in needs)
