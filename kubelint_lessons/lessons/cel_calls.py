"""Operators, functions and macros of CEL as Python source; see ``cel_python``."""

from __future__ import annotations

from kubelint_lessons.lessons.cel_ast import Node
from kubelint_lessons.lessons.cel_macros import Macro, macro_of
from kubelint_lessons.lessons.cel_python import Facts, Untranslatable, Value, Writer, constant
from kubelint_lessons.lessons.cel_runtime import MOST_STEPS

_TYPES = {
    "string": "type({}) is str",
    "bool": "type({}) is bool",
    "list": "type({}) is list",
    "map": "type({}) is dict",
    "null_type": "{} is None",
    "int": "is_int({})",
    "double": "is_double({})",
}
"""Name of a type → the question whether a value has it."""

_ARITHMETIC = {"_+_": "plus", "_-_": "minus", "_*_": "times", "_/_": "divide", "_%_": "modulo"}
_ORDERS = {"_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">="}
_SMALL = 2**53
_KUBERNETES = frozenset(
    {"quantity", "isQuantity", "sign", "isInteger", "asInteger", "asApproximateFloat", "add", "sub"}
    | {"isGreaterThan", "isLessThan", "compareTo", "find", "findAll", "semver", "isSemver", "major", "minor", "patch"}
    | {"ip", "isIP", "ip.isCanonical", "family", "isUnspecified", "isLoopback", "isLinkLocalMulticast"}
    | {"isLinkLocalUnicast", "isGlobalUnicast", "cidr", "isCIDR", "containsIP", "containsCIDR", "masked"}
    | {"prefixLength", "url", "isURL", "getScheme", "getHost", "getHostname", "getPort", "getEscapedPath"}
)
"""Functions whose Python gives plain values back as the engine would. ``net.CIDR.ip()`` is the method ``ip``."""


class Translator(Writer):
    """Writes calls and macros."""

    def call(self, node: Node, facts: Facts) -> Value:
        """Return the value of a call, by its name."""
        name, items = node.name, node.items
        if name in ("_==_", "_!=_"):
            return self._equality(node, facts)
        if name in _ORDERS:
            return self._order(node, facts)
        if name == "@in":
            return self._in(items[0], items[1], facts)
        if node.target is not None and len(items) == 1 and name in ("startsWith", "endsWith", "contains", "matches"):
            return self._text_test(node, facts)
        arguments = (node.target, *items) if node.target is not None else items
        values, after = self.values(arguments, facts)
        code = self._function(name, node.target is not None, values, arguments)
        return Value(code, self.checked.type_of(node), after)

    def _function(self, name: str, is_method: bool, values: list[Value], nodes: tuple[Node, ...]) -> str:
        codes = [value.code for value in values]
        kinds = [value.kind for value in values]
        listed = ", ".join(codes)
        first = codes[0] if codes else ""
        if name in _ARITHMETIC and len(codes) == 2:
            is_short = "constant" in (nodes[0].kind, nodes[1].kind)
            if kinds == ["string", "string"] and name == "_+_" and is_short:
                return f"({first} + {codes[1]})"
            if set(kinds) <= {"string", "int", "double", "dyn"} or all(kind.startswith("list(") for kind in kinds):
                return f"{_ARITHMETIC[name]}({listed})"
        elif name == "-_":
            return f"negative({first})"
        elif name == "_[_]":
            return f"index({listed})"
        elif name == "size" and len(codes) == 1:
            is_short = kinds[0] == "string" or kinds[0].startswith("list(")
            return f"{'len' if is_short else 'length'}({first})"
        elif name == "dyn" and len(codes) == 1:
            return first
        elif name == "string" and len(codes) == 1 and kinds[0] in ("string", "int", "bool", "dyn"):
            return f"text({first})"
        elif name == "int" and len(codes) == 1 and kinds[0] in ("string", "int", "double", "dyn"):
            return f"whole({first})"
        elif name == "duration" and len(codes) == 1 and kinds[0] in ("string", "dyn"):
            return f"duration({first})"
        elif is_method and (code := self._text_function(name, codes, nodes)):
            return code
        elif name in _KUBERNETES:
            return f"function({name!r}, {is_method}, {listed})"
        raise Untranslatable(name)

    def _text_function(self, name: str, codes: list[str], nodes: tuple[Node, ...]) -> str:
        listed, count = ", ".join(codes), len(codes)
        texts = [node.kind == "constant" and isinstance(node.value, str) for node in nodes]
        if name == "join" and count <= 2:
            return f"join({listed})"
        if name == "trim" and count == 1:
            return f"trim({listed})"
        if name == "substring" and count in (2, 3):
            return f"substring({listed})"
        if name in ("lowerAscii", "upperAscii") and count == 1:
            return f"cased({listed}, {name == 'upperAscii'})"
        if name == "split" and count == 2 and texts[1]:
            return f"split({listed})"
        if name in ("indexOf", "lastIndexOf") and count == 2 and texts[1]:
            return f"position({listed}, {name == 'lastIndexOf'})"
        if name == "replace" and count == 3 and texts[1] and texts[2]:
            return f"replace({listed})"
        return ""

    def _equality(self, node: Node, facts: Facts) -> Value:
        left, right = node.items
        if _is_type(right, self.checked.type_of(right)) or _is_type(left, self.checked.type_of(left)):
            asked, type_node = (left, right) if _is_type(right, self.checked.type_of(right)) else (right, left)
            code, after = self._has_type(asked, type_node.name, facts)
        elif right.kind == "constant" or left.kind == "constant":
            asked, known = (left, right) if right.kind == "constant" else (right, left)
            value = self.value(asked, facts)
            code, after = self._equals_constant(value, asked, known), value.facts
        else:
            values, after = self.values((left, right), facts)
            code = self._equal(values)
        if node.name == "_!=_":
            code = f"not {code}" if code[0] == "(" or code.startswith("equal(") else f"not ({code})"
        return Value(f"({code})", "bool", after)

    def _equal(self, values: list[Value]) -> str:
        codes, kinds = [value.code for value in values], {value.kind for value in values}
        if kinds == {"bool"}:
            return f"({codes[0]} is {codes[1]})"
        if kinds == {"int"} or kinds == {"duration"}:
            return f"({codes[0]} == {codes[1]})"
        if any(_is_foreign(kind) for kind in kinds):
            raise Untranslatable("equality of other types")
        return f"equal({', '.join(codes)})"

    def _has_type(self, asked: Node, name: str, facts: Facts) -> tuple[str, Facts]:
        is_question = asked.kind == "call" and asked.name == "type" and len(asked.items) == 1
        if not is_question or name not in _TYPES:
            raise Untranslatable(f"the type {name}")
        value = self.value(asked.items[0], facts)
        if _is_foreign(value.kind):
            raise Untranslatable(f"the type of {value.kind}")
        return f"({_TYPES[name].format(value.code)})", value.facts

    def _equals_constant(self, value: Value, asked: Node, node: Node) -> str:
        known, code = node.value, value.code
        written = constant(node)
        if _is_foreign(value.kind):
            raise Untranslatable(f"a {value.kind} beside a constant")
        if asked.kind == "constant":
            return f"equal({code}, {written})"
        if known is None or known is True or known is False:
            return f"({code} is {written})"
        if isinstance(known, str):
            return f"({code} == {written})"
        if isinstance(known, int) and -_SMALL <= known <= _SMALL:
            if known in (0, 1) and value.kind != "int":
                name = self.fresh()
                return f"(({name} := {code}) == {written} and {name} is not {bool(known)})"
            return f"({code} == {written})"
        return f"equal({code}, {written})"

    def _order(self, node: Node, facts: Facts) -> Value:
        values, after = self.values(node.items, facts)
        kinds = [value.kind for value in values]
        left, right = (value.code for value in values)
        sign = _ORDERS[node.name]
        if kinds in (["int", "int"], ["duration", "duration"]):
            code = f"({left} {sign} {right})"
        elif kinds == ["dyn", "int"] and _is_small(node.items[1]):
            code = f"(number({left}) {sign} {right})"
        elif kinds == ["int", "dyn"] and _is_small(node.items[0]):
            code = f"({left} {sign} number({right}))"
        elif any(kind not in ("dyn", "string", "int", "double", "bool") for kind in kinds):
            raise Untranslatable("the order of other types")
        else:
            code = f"(order({left}, {right}) {sign} 0)"
        return Value(code, "bool", after)

    def _in(self, item: Node, container: Node, facts: Facts) -> Value:
        if container.kind == "list" and container.items and all(_is_text(node) for node in container.items):
            value = self.value(item, facts)
            if _is_foreign(value.kind):
                raise Untranslatable(f"{value.kind} in a list of texts")
            listed, _ = self.values(container.items, facts)
            code = f"({value.code} in ({''.join(f'{text.code}, ' for text in listed)}))"
            return Value(code, "bool", value.facts)
        values, after = self.values((item, container), facts)
        code, inside = values[0].code, values[1].code
        if any(_is_foreign(value.kind) for value in values):
            raise Untranslatable("in a list of other types")
        if _is_text(item) and values[1].kind == "dyn":
            name = self.fresh()
            test = f"{code} in {name} if type({name} := {inside}) is list else {name}.get({code}) is not None"
            return Value(f"({test})", "bool", after)
        return Value(f"inside({code}, {inside})", "bool", after)

    def _text_test(self, node: Node, facts: Facts) -> Value:
        target, argument = node.target, node.items[0]
        assert target is not None
        if not _is_text(argument):
            values, after = self.values((target, argument), facts)
            if node.name == "matches":
                return Value(f"matches({values[0].code}, {values[1].code})", "bool", after)
            return Value(f"{_DYNAMIC_TESTS[node.name]}({values[0].code}, {values[1].code})", "bool", after)
        if node.name == "matches":
            value = self.value(target, facts)
            self.patterns.append(str(argument.value))
            return Value(f"matchers[{len(self.patterns) - 1}]({value.code})", "bool", value.facts)
        code, after = self.receiver(target, facts)
        wanted = self.value(argument, facts).code
        if node.name == "contains":
            return Value(f"({code}.find({wanted}) >= 0)", "bool", after)
        return Value(f"{code}.{node.name.lower()}({wanted})", "bool", after)

    def comprehension(self, node: Node, facts: Facts) -> Value:
        """Return the value of a macro: a loop runs before it."""
        assert node.loop is not None
        macro = macro_of(node.loop)
        if macro is None:
            raise Untranslatable("a macro of its own kind")
        source = self.value(node.loop.range, facts)
        items, result = self.fresh(), self.fresh()
        self.emit(f"{items} = {source.code}")
        if not source.kind.startswith("list("):
            if source.kind != "dyn" and not source.kind.startswith("map("):
                raise Untranslatable(f"steps through a {source.kind}")
            self.emit(f"if type({items}) is not list:", f"{items} = keys({items})")
        if node.loop.range.kind != "list":
            self._counts_steps = True
            self.emit(f"n += len({items})")
            self.emit(f"if n > {MOST_STEPS}:", "fail()")
        element = self.fresh()
        scope, lines = self._scope, self._lines
        self._scope, self._lines = scope | {node.loop.variable: element}, []
        self._write_body(macro, result, source.facts)
        body, self._scope, self._lines = self._lines, scope, lines
        self.emit(f"{result} = {_START[macro.name]}")
        self.emit(f"for {element} in {items}:", *body)
        kind = self.checked.type_of(node)
        return Value(f"({result} == 1)" if macro.name == "exists_one" else result, kind, source.facts)

    def _write_body(self, macro: Macro, result: str, facts: Facts) -> None:
        test = "True"
        if macro.test is not None:
            found = self.condition(macro.test, facts)
            test, facts = found.code, found.true
        if macro.name == "exists":
            self.emit(f"if {test}:", f"{result} = True", "break")
        elif macro.name == "all":
            self.emit(f"if not ({test}):", f"{result} = False", "break")
        elif macro.name == "exists_one":
            self.emit(f"if {test}:", f"{result} += 1")
        elif macro.item is not None:
            item, lines = self.captured(self.value, macro.item, facts)
            if macro.test is None:
                self._lines += [*lines, f"{result}.append({item.code})"]
            else:
                self.emit(f"if {test}:", *lines, f"{result}.append({item.code})")


_START = {"exists": "False", "all": "True", "exists_one": "0", "collect": "[]"}
_DYNAMIC_TESTS = {"startsWith": "starts", "endsWith": "ends", "contains": "holds"}


def _is_text(node: Node) -> bool:
    return node.kind == "constant" and isinstance(node.value, str)


def _is_small(node: Node) -> bool:
    return node.kind == "constant" and isinstance(node.value, int) and -_SMALL <= node.value <= _SMALL


def _is_type(node: Node, kind: str) -> bool:
    return node.kind == "identifier" and kind.startswith("type(")


def _is_foreign(kind: str) -> bool:
    """Return whether values of this type are no plain ones: opaque types, durations, types, optionals."""
    return kind not in ("dyn", "string", "int", "double", "bool", "null") and not kind.startswith(("list(", "map("))
