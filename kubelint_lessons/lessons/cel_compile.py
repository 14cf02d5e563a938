"""From the text of an expression to its checked, serialised form: the engine's checker and our own gates."""

from __future__ import annotations

import re
from typing import Any

from kubelint_lessons.lessons import (
    cel_ast,
    cel_checks,
    cel_code,
    cel_environment,
    cel_functions,
    cel_messages,
    cel_reasons,
    cel_rewrite,
)
from kubelint_lessons.lessons.cel_ast import Checked, Node
from kubelint_lessons.lessons.cel_engine import ExpressionError, readable
from kubelint_lessons.lessons.cel_references import names
from kubelint_lessons.model.regexes import regex

_TOKEN = regex(
    r"""[bB]?[rR][bB]?(?:'''.*?'''|\"{3}.*?\"{3}|'[^'\n]*'|"[^"\n]*")"""
    r"""|[bB]?(?:'''(?:\\.|[^\\])*?'''|\"{3}(?:\\.|[^\\])*?\"{3}|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")"""
    r"|//[^\n]*|`",
    re.DOTALL,
)


_RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop"}
    | {"namespace", "null", "package", "return", "true", "var", "void", "while"}
)


class Checker:
    """Checks expressions that may read one set of relation names."""

    def __init__(self, relations: tuple[str, ...], evaluator: Any) -> None:
        for name in relations:
            if not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name) or name in _RESERVED:
                raise ExpressionError(f"{name!r} is no name for a variable", 1, 1, "use letters and digits")
        if len(set(readable(relations))) < len(readable(relations)):
            raise ExpressionError(f"two variables have one name: {', '.join(relations)}", 1, 1, "rename a relation")
        self._environment = cel_environment.checker(relations)
        self._evaluator = evaluator
        self._variables = readable(relations)
        self._functions = tuple({declared.name for declared in cel_functions.declarations()})

    def check(self, text: str, result: str) -> bytes:
        """Return the kept form of ``text`` (``cel_code``); raises ``ExpressionError``."""
        _check_text(text)
        try:
            compiled = self._environment.compile(text)
            data: bytes = compiled.serialize()
        except (RuntimeError, TypeError, ValueError) as error:
            raise cel_messages.translate(str(error), text, self._variables, self._functions) from None
        checked = cel_ast.read(data)
        self._check_result(checked, result)
        found = min(
            cel_checks.refusals(checked, self._constant_error),
            key=lambda refusal: checked.place(refusal.node),
            default=None,
        )
        if found is not None:
            raise ExpressionError(found.message, *checked.place(found.node), found.hint)
        if _needs_change(checked.root):
            data = cel_rewrite.replace(data, _changed)
        read = tuple(sorted(names(checked)))
        is_bool = checked.type_of(checked.root) == "bool"
        source, patterns = cel_code.source_of(read, cel_ast.read(data)) if is_bool else ("", ())
        return cel_code.pack(read, data, source, patterns)

    def _check_result(self, checked: Checked, result: str) -> None:
        found = checked.type_of(checked.root)
        if result in ("any", found):
            return
        hint = ""
        if result == "bool":
            hint = "compare it, as in x == 1, or ask has(x)"
            if found == "dyn":
                hint = "its type is known only at run time: add == true"
        place = _start(checked, checked.root)
        raise ExpressionError(f"the expression must be a {result}, and is {_article(found)}", *place, hint)

    def _constant_error(self, text: str) -> str:
        try:
            value = self._evaluator.deserialize(self._environment.compile(text).serialize()).eval(
                self._evaluator.Activation({})
            )
        except RuntimeError as error:
            return cel_reasons.without_status(str(error))
        return cel_reasons.without_status(str(value.value())) if value.type().name() == "ERROR" else ""


def _check_text(text: str) -> None:
    """Raise for what the engine takes, or does not take, otherwise than the API server."""
    if not text.strip():
        raise ExpressionError("the expression is empty", 1, 1, "write a condition, such as has(object.spec.replicas)")
    for found in re.finditer("[\0\ud800-\udfff]", text):
        raise ExpressionError("a character that is no text (NUL or a lone surrogate)", *_place(text, found.start()))
    if "`" in text:
        for found in _TOKEN.finditer(text):
            if found.group() == "`":
                hint = "write object['a.b/c'] for keys with special characters; the API server has no backticks"
                raise ExpressionError("unexpected `", *_place(text, found.start()), hint)


def _place(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - before.rfind("\n")


def _start(checked: Checked, node: Node) -> tuple[int, int]:
    """Return the first place that belongs to a node: an operator's place is that of its left side."""
    return min(checked.place(part) for part in node.walk() if part.id in checked.offsets)


def _article(type_text: str) -> str:
    return {"dyn": "of any type", "null": "null"}.get(type_text, f"a {type_text}")


def _needs_change(root: Node) -> bool:
    changing = cel_functions.RETURNS_OPTIONAL.union(cel_functions.RENAMED)
    return any(node.kind == "call" and node.name in changing for node in root.walk())


def _changed(node: Node) -> Node:
    """Return what the evaluator runs in place of ``node``; new nodes get ids that no checked node has."""
    if node.kind == "call" and node.name in cel_functions.RENAMED:
        return node._replace(name=cel_functions.RENAMED[node.name])
    if node.kind == "call" and node.name in cel_functions.RETURNS_OPTIONAL:
        first = Node(-2 * node.id - 1, "constant", value=0)
        return Node(-2 * node.id - 2, "call", "_[?_]", items=(node, first))
    return node
