"""Python source from checked CEL: one function that returns exactly what the engine would, or asks the engine.

    has(object.spec.x) && object.spec.x == 'a'      becomes

    def evaluate(a0, again, matchers):
        try:
            return (t2 := (t1 := a0.get('spec')).get('x')) is not None and t2 == 'a'
        except Exception:
            return again(a0)

Whatever CEL calls an error raises here, and whatever raises is evaluated again by the engine, which knows which errors
``&&`` and ``||`` absorb and says why an expression failed. So the source only has to be right where nothing raises.
Only expressions whose every part is known here are translated.

The source is made of this module's own words, of names that it counts up (``a0``, ``t1``), and of constants written by
``repr``: nothing that a lesson says becomes code. A field is a text in ``.get('…')``, never a name.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from kubelint_lessons.lessons.cel_ast import Checked, Node
from kubelint_lessons.lessons.cel_runtime import is_clean
from kubelint_lessons.model.records import NamedTuple

Facts = dict[tuple[str, ...], str]
"""Variable and fields → the Python name that holds the value there, which is known not to be null."""


class Untranslatable(Exception):  # noqa: N818 - it names a property of the expression, which is none the worse for it
    """The expression has a part that only the engine knows."""


class Value(NamedTuple):
    """Python for a value: an atom of source, its CEL type (``dyn``: told by the data), and what holds afterwards."""

    code: str
    kind: str
    facts: Facts


class Condition(NamedTuple):
    """Python for a bool, and what holds where it is true and where it is false. ``word`` joins it: and, or, none."""

    code: str
    true: Facts
    false: Facts
    word: str = ""

    def within(self, word: str) -> str:
        """Return the source as a part of a longer condition."""
        return self.code if self.word in ("", word) else f"({self.code})"


_T = TypeVar("_T")


def translate(checked: Checked, parameters: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the source of ``evaluate`` and the regular expressions that it calls by number.

    Raises ``Untranslatable``. ``parameters`` are the variables in the order in which the function takes them.
    """
    from kubelint_lessons.lessons.cel_calls import Translator

    translator = Translator(checked, parameters)
    source = translator.function()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compile(source, "<cel>", "exec")
    except (SyntaxError, SyntaxWarning, RecursionError, MemoryError, ValueError) as error:
        raise Untranslatable(str(error)) from None
    return source, tuple(translator.patterns)


class Writer(ABC):
    """Statements, names and the parts of CEL that decide what is evaluated; calls are in ``cel_calls``."""

    def __init__(self, checked: Checked, parameters: tuple[str, ...]) -> None:
        self.checked = checked
        self.patterns: list[str] = []
        self._lines: list[str] = []
        self._count = 0
        self._arguments = [f"a{number}" for number in range(len(parameters))]
        self._scope = dict(zip(parameters, self._arguments, strict=True))
        self._counts_steps = False

    def function(self) -> str:
        """Return the source of the whole expression."""
        root = self.checked.root
        is_bool = self.checked.type_of(root) == "bool"
        code = self.condition(root, {}).code if is_bool else self.value(root, {}).code
        start = ["n = 0"] if self._counts_steps else []
        body = "".join(f"        {line}\n" for line in (*start, *self._lines, f"return {code}"))
        names = ", ".join(self._arguments)
        head = ", ".join((*self._arguments, "again", "matchers"))
        return f"def evaluate({head}):\n    try:\n{body}    except Exception:\n        return again({names})\n"

    def value(self, node: Node, facts: Facts) -> Value:
        """Return the value of a node, never a null that stands for an absent field."""
        if (node.kind == "select" and not node.is_test) or _is_field_index(node):
            path, code, after = self._field(node, facts)
            if not code:
                return Value(facts[path], "dyn", facts)
            name = self.fresh()
            after = after | ({path: name} if path else {})
            return Value(f"({name} if ({name} := {code}) is not None else fail())", "dyn", after)
        if node.kind == "identifier":
            if node.name not in self._scope:
                raise Untranslatable(node.name)
            return Value(self._scope[node.name], self.checked.type_of(node), facts)
        if node.kind == "constant":
            return Value(constant(node), self.checked.type_of(node), facts)
        if node.kind == "list" and not node.optional_items:
            items, after = self.values(node.items, facts)
            return Value(f"[{', '.join(item.code for item in items)}]", self.checked.type_of(node), after)
        if node.kind == "map" and not node.name and not node.entries:
            return Value("{}", self.checked.type_of(node), facts)
        if node.kind == "call" and node.name == "_?_:_":
            return self._choice(node, facts)
        if node.kind == "comprehension":
            return self.comprehension(node, facts)
        is_logic = node.kind == "call" and node.name in ("_&&_", "_||_", "!_")
        if node.kind == "call" and not is_logic:
            return self.call(node, facts)
        if not (is_logic or node.is_test):
            raise Untranslatable(node.kind)
        found = self.condition(node, facts)
        return Value(f"({found.code})", "bool", met(found.true, found.false))

    @abstractmethod
    def call(self, node: Node, facts: Facts) -> Value:
        """Return the value of a call."""

    @abstractmethod
    def comprehension(self, node: Node, facts: Facts) -> Value:
        """Return the value of a macro such as ``all``."""

    def condition(self, node: Node, facts: Facts) -> Condition:
        """Return a node that must be a bool, as something that Python can branch on."""
        if node.kind == "select" and node.is_test:
            path, code, after = self._field(node, facts)
            if not code:
                return Condition("True", facts, facts)
            if not path:
                return Condition(f"{code} is not None", after, after)
            name = self.fresh()
            return Condition(f"({name} := {code}) is not None", after | {path: name}, after)
        if node.kind == "call" and node.name in ("_&&_", "_||_"):
            return self._joined(node, facts)
        if node.kind == "call" and node.name == "!_":
            inner = self.condition(node.items[0], facts)
            return Condition(f"not {inner.within('not')}", inner.false, inner.true, "not")
        found = self.value(node, facts)
        if found.kind not in ("bool", "dyn"):
            raise Untranslatable(f"{found.kind} as a condition")
        return Condition(found.code if found.kind == "bool" else f"true({found.code})", found.facts, found.facts)

    def _joined(self, node: Node, facts: Facts) -> Condition:
        word = "and" if node.name == "_&&_" else "or"
        first, *others = node.items
        left = self.condition(first, facts)
        for other in others:
            known = left.true if word == "and" else left.false
            right, lines = self.captured(self.condition, other, known)
            if lines:
                name = self.fresh()
                self.emit(f"{name} = {left.code}")
                self.emit(f"if {'' if word == 'and' else 'not '}{name}:", *lines, f"{name} = {right.code}")
                code, joined = name, ""
            else:
                code, joined = f"{left.within(word)} {word} {right.within(word)}", word
            if word == "and":
                left = Condition(code, right.true, met(left.false, right.false), joined)
            else:
                left = Condition(code, met(left.true, right.true), right.false, joined)
        return left

    def _choice(self, node: Node, facts: Facts) -> Value:
        test = self.condition(node.items[0], facts)
        yes, yes_lines = self.captured(self.value, node.items[1], test.true)
        no, no_lines = self.captured(self.value, node.items[2], test.false)
        kind = yes.kind if yes.kind == no.kind else "dyn"
        after = met(yes.facts, no.facts)
        if not yes_lines and not no_lines:
            return Value(f"({yes.code} if {test.code} else {no.code})", kind, after)
        name = self.fresh()
        self.emit(f"if {test.code}:", *yes_lines, f"{name} = {yes.code}")
        self.emit("else:", *no_lines, f"{name} = {no.code}")
        return Value(name, kind, after)

    def _field(self, node: Node, facts: Facts) -> tuple[tuple[str, ...], str, Facts]:
        """Return the path of a field, the source that gets it or None, and what holds afterwards.

        The path is empty below something without a name, the source where the value is known to be there.
        """
        if node.kind == "select":
            target, field = node.target, node.name
        else:
            target, field = node.items[0], str(node.items[1].value)
        assert target is not None
        if not is_clean(field):
            raise Untranslatable("a field that the engine may see in another text")
        path = self._path(target)
        full = (*path, field) if path else ()
        if full and full in facts:
            return full, "", facts
        code, after = self.receiver(target, facts)
        return full, f"{code}.get({field!r})", after

    def _path(self, node: Node) -> tuple[str, ...]:
        if node.kind == "identifier" and node.name in self._scope:
            return (self._scope[node.name],)
        if node.kind == "select" and not node.is_test and node.target is not None:
            above = self._path(node.target)
            return (*above, node.name) if above else ()
        if _is_field_index(node):
            above = self._path(node.items[0])
            return (*above, str(node.items[1].value)) if above else ()
        return ()

    def receiver(self, node: Node, facts: Facts) -> tuple[str, Facts]:
        """Return source for what a Python method is called on: there an absent field raises by itself."""
        if (node.kind == "select" and not node.is_test) or _is_field_index(node):
            path, code, after = self._field(node, facts)
            if not code:
                return facts[path], facts
            if not path:
                return code, after
            name = self.fresh()
            return f"({name} := {code})", after | {path: name}
        found = self.value(node, facts)
        return found.code, found.facts

    def values(self, nodes: tuple[Node, ...], facts: Facts) -> tuple[list[Value], Facts]:
        """Return nodes as they are evaluated one after the other, and what holds after the last."""
        found: list[Value] = []
        for node in nodes:
            value, lines = self.captured(self.value, node, facts)
            if lines:
                found = [self._kept(earlier) for earlier in found]
                self._lines += lines
            found.append(value)
            facts = value.facts
        return found, facts

    def _kept(self, value: Value) -> Value:
        name = self.fresh()
        self.emit(f"{name} = {value.code}")
        return value._replace(code=name)

    def emit(self, line: str, *block: str) -> None:
        """Add a statement, with a block below it."""
        self._lines.append(line)
        self._lines += [f"    {inner}" for inner in block]

    def captured(self, write: Callable[[Node, Facts], _T], node: Node, facts: Facts) -> tuple[_T, list[str]]:
        """Return what ``write`` makes of a node, and the statements that have to run before it."""
        outer, self._lines = self._lines, []
        try:
            return write(node, facts), self._lines
        finally:
            self._lines = outer

    def fresh(self) -> str:
        """Return a name that nothing else has."""
        self._count += 1
        return f"t{self._count}"


def met(first: Facts, second: Facts) -> Facts:
    """Return what holds either way."""
    return {path: name for path, name in first.items() if second.get(path) == name}


def _is_field_index(node: Node) -> bool:
    if node.kind != "call" or node.name != "_[_]" or node.items[1].kind != "constant":
        return False
    return isinstance(node.items[1].value, str)


def constant(node: Node) -> str:
    """Return a constant as an atom of source; raises ``Untranslatable`` for what Python has not."""
    value = node.value
    if isinstance(value, bytes) or node.is_uint:
        raise Untranslatable("bytes and unsigned numbers")
    if isinstance(value, str) and not is_clean(value):
        raise Untranslatable("a text that the engine may see otherwise")
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise Untranslatable("a number that has no literal")
    code = repr(value)
    return f"({code})" if code.startswith("-") else code
