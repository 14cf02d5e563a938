"""CEL for lessons: compile, keep and evaluate expressions. Nothing else imports the engine or knows its edges.

    compiler = Compiler()
    program = compiler.compile("workloadsCount > 1", relations=("workloads",))
    bindings = compiler.bind({"object": data, "workloadsCount": 2})
    program.evaluate(bindings)        # True, False or NotEvaluated(reason)

Nearly every expression is evaluated as Python made from it (``cel_python``); the engine evaluates the others, says
why one failed, and compiles.

The environment is the API server's (Kubernetes 1.34) as far as cel-cpp allows; ``tests/test_cel_golden.py`` lists
what differs. ``filter`` and ``map`` take quadratic time in this engine (1,000 items: 60 ms), and an evaluation ends
after 10,000 steps: joins over many objects belong into ``relate:``. The order in which it walks a map is random, as
in the API server. What an evaluation may take is bounded (``cel_memory``, ``cel_runtime.small``): a hostile expression
ends as not evaluated. The engine is imported when it is first asked.
"""

from __future__ import annotations

import sys
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from kubelint_lessons.lessons.cel_code import function_of, unpack
from kubelint_lessons.lessons.cel_engine import VARIABLES, EngineMissing, ExpressionError, readable
from kubelint_lessons.lessons.cel_memory import bounded_memory
from kubelint_lessons.lessons.cel_reasons import reason
from kubelint_lessons.lessons.cel_runtime import TOO_MUCH, TooMuch
from kubelint_lessons.lessons.cel_values import TooDeepError, prepare

if TYPE_CHECKING:
    from kubelint_lessons.lessons.cel_ast import Node
    from kubelint_lessons.lessons.cel_references import Reference

__all__ = ["VARIABLES", "Bindings", "Compiler", "EngineMissing", "ExpressionError", "NotEvaluated", "Program"]

ResultType = Literal["bool", "string", "any"]
Runtime = Callable[[], Any]
"""Returns the engine's evaluating environment; the first call imports the engine and may raise ``EngineMissing``."""

_MISSING = object()
_MOST_RESTORED = 5_000
"""More than the rules of one run; an editor's session sees new ones with every edit of a lesson."""


class NotEvaluated:
    """The outcome of an expression that ended in an error: neither true nor false, so asking it raises."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __repr__(self) -> str:
        return f"NotEvaluated({self.reason!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NotEvaluated) and self.reason == other.reason

    def __hash__(self) -> int:
        return hash(self.reason)

    def __bool__(self) -> bool:
        raise TypeError("an expression that was not evaluated is neither true nor false")


class Bindings:
    """Values for the variables of expressions; a function is called, and a value converted, when something reads it."""

    __slots__ = ("_given", "_keep_nulls", "_latest", "_outer", "_ready", "_runtime")

    def __init__(
        self, runtime: Runtime, given: Mapping[str, Any], outer: Bindings | None = None, keep_nulls: bool = False
    ) -> None:
        self._runtime = runtime
        self._given = dict(given)
        self._outer = outer
        self._keep_nulls = keep_nulls
        self._ready: dict[str, Any] = {}
        self._latest: tuple[frozenset[str], Any] | None = None

    def extend(self, values: Mapping[str, Any]) -> Bindings:
        """Return bindings with further or other values, such as the next ``item``; these stay as they are.

        Programs that read none of ``values`` keep using what was converted here.
        """
        return Bindings(self._runtime, values, self, self._keep_nulls)

    def plain(self, names: tuple[str, ...]) -> list[Any] | None:
        """Return the values of ``names`` as they were given, or None where the engine has to evaluate."""
        if self._keep_nulls:
            return None
        values = [self._value(name) for name in names]
        return None if any(value is _MISSING for value in values) else values

    def activation(self, names: frozenset[str]) -> Any:
        """Return what the engine evaluates with, good for ``names``; or NotEvaluated, if one of them is unusable."""
        bound, latest = self._latest or (frozenset(), None)
        if latest is not None and names <= bound:
            return latest
        if self._outer is not None and names.isdisjoint(self._given):
            return self._outer.activation(names)
        wanted = names | bound
        try:
            data = {name: value for name in wanted if (value := self._prepared(name)) is not _MISSING}
        except TooDeepError as error:
            return NotEvaluated(str(error))
        latest = self._runtime().Activation(data)
        self._latest = (wanted, latest)
        return latest

    def _value(self, name: str) -> Any:
        if name not in self._given:
            return _MISSING if self._outer is None else self._outer._value(name)
        value = self._given[name]
        if callable(value):
            value = self._given[name] = value()
        return value

    def _prepared(self, name: str) -> Any:
        if name in self._ready:
            return self._ready[name]
        if name not in self._given:
            return _MISSING if self._outer is None else self._outer._prepared(name)
        try:
            value = prepare(self._value(name), keep_nulls=self._keep_nulls)
        except TooDeepError as error:
            raise TooDeepError(f"{name} is {error}") from None
        self._ready[name] = value
        return value


class Program:
    """A compiled expression. ``serialized`` restores it with ``Compiler.load``.

    ``parameters`` are the variables that it reads, sorted. ``call`` takes their plain values in that order, without
    names and without a conversion, and returns what ``evaluate`` does; keys with null are invisible. It is a plain
    function, remade when it is first called: ask the program for it each time. ``evaluate`` does the same for values
    with names.

        program.parameters                       # ("item", "object")
        program.call(container, resource.data)   # True, False or NotEvaluated
    """

    __slots__ = ("_engine_program", "_kept", "_names", "_runtime", "call", "parameters", "serialized")

    call: Callable[..., bool | NotEvaluated]

    def __init__(self, serialized: bytes, runtime: Runtime) -> None:
        self.serialized = serialized
        self._kept = unpack(serialized)
        self.parameters = self._kept.names
        self._names = frozenset(self.parameters)
        self._runtime = runtime
        self._engine_program: Any = None
        self.call = self._first if self._kept.code else self._ask

    @property
    def names(self) -> frozenset[str]:
        """Return the variables that the expression reads."""
        return self._names

    def reads(self, name: str) -> bool:
        """Return whether the expression reads the variable ``name``."""
        return name in self._names

    @property
    def is_python(self) -> bool:
        """Return whether the expression is evaluated without the engine wherever it evaluates to anything."""
        return bool(self._kept.code)

    @property
    def references(self) -> tuple[Reference, ...]:
        """Return the field paths that the expression reads, in the order of the text (worked out on each call)."""
        from kubelint_lessons.lessons import cel_ast, cel_references

        return cel_references.references(cel_ast.read(self._kept.body))

    @property
    def tree(self) -> Node:
        """Return the checked expression (read from its bytes on each call)."""
        from kubelint_lessons.lessons import cel_ast

        return cel_ast.read(self._kept.body).root

    def part_without(self, unknown: Iterable[str], outcome: bool) -> bytes | None:
        """Return what ``Compiler.load`` takes for the part that reads none of the variables ``unknown``; None without.

        Where the part gives other than ``outcome``, so does the expression (``cel_parts``). Where the part is not
        evaluated, nothing is known.
        """
        from kubelint_lessons.lessons import cel_ast, cel_code, cel_parts, cel_references

        checked = cel_ast.read(self._kept.body)
        part = cel_parts.part_without(checked.root, frozenset(unknown), outcome)
        if part is None:
            return None
        checked = checked._replace(root=part)
        names = tuple(sorted(cel_references.names(checked)))
        source, patterns = cel_code.source_of(names, checked)
        return cel_code.pack(names, b"", source, patterns) if source else None

    def evaluate(self, bindings: Bindings | Mapping[str, Any]) -> bool | NotEvaluated:
        """Return the verdict of a bool expression; NotEvaluated for every error that data can cause."""
        if not isinstance(bindings, Bindings):
            bindings = Bindings(self._runtime, bindings)
        if self._kept.code and (values := bindings.plain(self.parameters)) is not None:
            return self.call(*values)
        return self._verdict(bindings)

    def value(self, bindings: Bindings | Mapping[str, Any]) -> Any:
        """Return the plain value of an expression of any type, or NotEvaluated; the engine says."""
        if not isinstance(bindings, Bindings):
            bindings = Bindings(self._runtime, bindings)
        activation = bindings.activation(self._names)
        if isinstance(activation, NotEvaluated):
            return activation
        if self._engine_program is None:
            self._engine_program = self._runtime().deserialize(self._kept.body)
        try:
            with bounded_memory():
                result = self._engine_program.eval(activation)
            value = result.value()
            if value is True or value is False:
                return value
            if result.type().name() == "ERROR":
                return NotEvaluated(reason(str(value)))
            return result.plain_value()
        except (RuntimeError, ValueError, TypeError, ArithmeticError, MemoryError) as error:
            return NotEvaluated(reason(str(error)))

    def _first(self, *values: Any) -> bool | NotEvaluated:
        """Make the function, then be it."""
        made: Callable[..., bool | NotEvaluated] = function_of(self._kept, self._ask)
        self.call = made
        return made(*values)

    def _ask(self, *values: Any) -> bool | NotEvaluated:
        """Return what the engine says of plain values; nothing where they made Python stop for their size."""
        if isinstance(sys.exception(), TooMuch):
            return NotEvaluated(TOO_MUCH)
        if not self._kept.body:
            return NotEvaluated("the whole expression decides")
        return self._verdict(Bindings(self._runtime, dict(zip(self.parameters, values, strict=True))))

    def _verdict(self, bindings: Bindings) -> bool | NotEvaluated:
        value = self.value(bindings)
        if value is True or value is False:
            return value is True
        if isinstance(value, NotEvaluated):
            return value
        return NotEvaluated(f"the result is no bool but {type(value).__name__}")


class Compiler:
    """Compiles expressions, restores compiled ones, and binds values.

    Keeps one checker for each set of relations, and the programs that rules keep, so that all projects of one run
    share them.
    """

    def __init__(self) -> None:
        self._checkers: dict[tuple[str, ...], Any] = {}
        self._restored: dict[tuple[str, tuple[str, ...]], Program] = {}
        self._evaluator: Any = None

    def compile(self, text: str, relations: tuple[str, ...] = (), result: ResultType = "bool") -> Program:
        """Return the program for ``text``; raises ``ExpressionError``, and ``EngineMissing`` without an engine.

        Variables are ``VARIABLES`` and, for every name in ``relations``, the name, its Count and its State.
        What the API server would refuse is refused here: results that are not exactly bool, mixed literals,
        literals that are no regular expression, time or duration.
        """
        from kubelint_lessons.lessons import cel_compile

        runtime = self._runtime()
        key = tuple(sorted(relations))
        if key not in self._checkers:
            self._checkers[key] = cel_compile.Checker(key, runtime)
        return Program(self._checkers[key].check(text, result), self._runtime)

    def load(self, serialized: bytes, relations: tuple[str, ...] = ()) -> Program:
        """Return the program that ``Program.serialized`` came from; raises ``ValueError`` for anything else.

        An expression that reads a name outside ``relations`` is refused as well: it was kept for another rule.
        """
        try:
            program = Program(serialized, self._runtime)
        except (TypeError, ValueError) as error:
            raise ValueError(f"not a compiled expression: {error}") from None
        unknown = program.names.difference(readable(relations))
        if unknown:
            raise ValueError(f"the expression reads {', '.join(sorted(unknown))}")
        return program

    def restore(self, kept: str, relations: tuple[str, ...] = ()) -> Program:
        """Return the program that a rule keeps in base64, the same one each time; raises as ``load`` does."""
        program = self._restored.get((kept, relations))
        if program is None:
            if len(self._restored) >= _MOST_RESTORED:
                self._restored.clear()
            program = self._restored[kept, relations] = self.load(a2b_base64(kept), relations)
        return program

    def bind(self, values: Mapping[str, Any | Callable[[], Any]], *, keep_nulls: bool = False) -> Bindings:
        """Return values ready for many programs; a function is called when a program first reads its name.

        The values must not change afterwards. ``keep_nulls`` leaves keys with null visible to ``has()``.
        """
        return Bindings(self._runtime, values, None, keep_nulls)

    def _runtime(self) -> Any:
        if self._evaluator is None:
            from kubelint_lessons.lessons import cel_environment

            self._evaluator = cel_environment.evaluator()
        return self._evaluator
