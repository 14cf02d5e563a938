"""The engine's messages in words for the author of a lesson, with a place and a next step."""

from __future__ import annotations

import re
from collections.abc import Collection


class ExpressionError(ValueError):
    """An expression that does not compile. ``line`` and ``column`` are 1-based within its text, in code points.

    ``hint`` is the next step, or empty.
    """

    def __init__(self, message: str, line: int = 1, column: int = 1, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.hint = hint

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.line}:{self.column}: {self.message}{hint}"


_ENTRY = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*?)(?=\n \| |\nERROR: | \[[A-Z_]+\]\Z|\Z)", re.DOTALL)
_STATUS = re.compile(r"\A[A-Z_]+: | \[[A-Z_]+\]\Z")

_FUNCTIONS = re.findall(
    r"\w+",
    "all bool bytes charAt contains distinct double duration dyn endsWith exists existsOne exists_one "
    "filter flatten format getDate getDayOfMonth getDayOfWeek getDayOfYear getFullYear getHours "
    "getMilliseconds getMinutes getMonth getSeconds has hasValue indexOf int join lastIndexOf lowerAscii "
    "map matches optFlatMap optMap or orValue quote replace reverse size slice sort sortBy split "
    "startsWith string substring timestamp transformList transformMap trim type uint upperAscii value ",
)
"""What the standard and the extensions bring, for suggestions."""

_INSTEAD = {
    "and": "CEL writes && for and",
    "or": "CEL writes || for or",
    "not": "CEL writes ! for not",
    "is": "CEL compares with ==",
    "if": "CEL writes condition ? this : that",
    "len": "CEL has size()",
    "True": "CEL writes true",
    "False": "CEL writes false",
    "None": "CEL writes null; a null-valued key is never seen, so ask has(object.field)",
    "nil": "CEL writes null; a null-valued key is never seen, so ask has(object.field)",
    "undefined": "ask has(object.field)",
    "self": "the resource is called object",
    "resource": "the resource is called object",
    "request": "lessons see manifests, not requests; the resource is called object",
    "oldObject": "lessons see manifests, not updates",
    "namespaceObject": "lessons see manifests; the name is object.metadata.namespace",
    "authorizer": "lessons see manifests, not users",
    "math": "the API server does not have math",
    "cel": "the API server does not have cel.bind; use variables or repeat the term",
    "base64": "the API server does not have base64",
    "regex": "the API server has matches(), find() and findAll()",
    "any": "CEL has exists()",
    "some": "CEL has exists()",
    "every": "CEL has all()",
    "includes": "CEL has contains() for texts and in for lists",
    "startswith": "did you mean startsWith?",
    "endswith": "did you mean endsWith?",
    "lower": "did you mean lowerAscii?",
    "toLowerCase": "did you mean lowerAscii?",
    "length": "CEL has size()",
    "=": "CEL compares with ==",
    "===": "CEL compares with ==",
    "<>": "CEL writes != for unequal",
    "&": "CEL writes && for and",
    "|": "CEL writes || for or",
    "#": "CEL comments start with //",
    ";": "an expression is one value, without statements",
    "*": "to look at every item write list.all(x, …) or list.exists(x, …), or use each:",
    "$": "names stand as they are, without $",
    "@": "names stand as they are, without @",
    "`": "write object['a.b/c'] for keys with special characters",
}

_DEPTH_HINT = (
    "write x in ['a', 'b'] for a chain of ==, string.join() for a chain of +, and variables.podSpec for a long path"
)


def translate(raw: str, text: str, variables: Collection[str], functions: Collection[str]) -> ExpressionError:
    """Return the first error in the engine's message ``raw`` about ``text``, in our words."""
    if "recursion" in raw:
        return ExpressionError("the expression is nested more than 32 levels deep", 1, 1, _DEPTH_HINT)
    if "codepoint limit" in raw:
        return ExpressionError("the expression is longer than 100000 characters", 1, 1, "split it into several rules")
    for found in _ENTRY.finditer(raw):
        line, column, message = int(found[1]), int(found[2]), found[3].strip()
        if line > 0:
            return _Message(text, line, column, variables, functions).error(message)
    return ExpressionError(plain(raw))


def plain(raw: str) -> str:
    """Return a message of the engine without its status code."""
    return _STATUS.sub("", _STATUS.sub("", raw)).replace(" (in container '')", "").strip()


class _Message:
    """One error of the engine, and the text that it is about."""

    def __init__(
        self, text: str, line: int, column: int, variables: Collection[str], functions: Collection[str]
    ) -> None:
        self.lines = text.split("\n")
        self.line = min(line, len(self.lines))
        self.column = max(column, 1)
        self.variables = variables
        self.functions = functions

    @property
    def rest(self) -> str:
        """Return what stands at the place of the error."""
        return self.lines[self.line - 1][self.column - 1 :]

    def error(self, message: str) -> ExpressionError:
        for pattern, method in _PATTERNS:
            found = pattern.match(message)
            if found is not None:
                return method(self, *found.groups())
        return self.failed(plain(message))

    def failed(self, message: str, hint: str = "") -> ExpressionError:
        return ExpressionError(message, self.line, self.column, hint)

    def step_back(self, name: str) -> None:
        """Move from the dot or bracket after ``name`` to its beginning, where it stands on the same line."""
        before = self.lines[self.line - 1][: self.column - 1].rstrip()
        if before.endswith(name):
            self.column = len(before) - len(name) + 1

    def undeclared(self, name: str) -> ExpressionError:
        is_function = self.rest.startswith("(")
        root = name.partition(".")[0]
        self.step_back(name if is_function else root)
        if is_function:
            hint = _INSTEAD.get(name) or _close(name, [*_FUNCTIONS, *self.functions])
            return self.failed(f"there is no function {name}()", hint or "see the list of functions of Kubernetes' CEL")
        hint = _INSTEAD.get(root) or _close(root, self.variables)
        known = f"known are {', '.join(sorted(self.variables))}"
        return self.failed(f"there is no variable {root!r}", hint or known)

    def no_overload(self, function: str, types: str) -> ExpressionError:
        operands = (
            [_type(item) for item in re.split(r", (?![^(]*\))", types.replace(".(", ", ").rstrip(")"))] if types else []
        )
        if function == "_?_:_":
            if operands and operands[0] not in ("bool", "dyn"):
                return self.failed(f"the condition of ?: must be a bool, not {operands[0]}", "compare it, as in x == 1")
            return self.failed(f"?: has {' and '.join(operands[1:])} as results", "both results need the same type")
        if function in ("_&&_", "_||_", "!_", "@not_strictly_false"):
            wrong = next((item for item in operands if item not in ("bool", "dyn")), "something else")
            return self.failed(f"a condition must be a bool, not {wrong}", "compare it, as in x == 1, or ask has(x)")
        operator = function.replace("@in", "_in_").strip("_")
        if function.startswith(("_", "@")) or function.endswith("_"):
            hint = "convert one side, as in string(1) or int('1')" if len(operands) == 2 else ""
            return self.failed(f"{operator} does not work for {' and '.join(operands)}", hint)
        self.step_back(function)
        return self.failed(f"{function}() does not take ({', '.join(operands)})", _ARGUMENTS.get(function, ""))

    def unexpected(self, token: str) -> ExpressionError:
        if token == "<EOF>":
            return self.failed("the expression ends too early", "something is missing after its last word")
        word = token.strip("'") or token
        hint = _INSTEAD.get(word, "")
        if word == "?" and "." in self.rest:
            hint = "an optional field is written object.?field"
        if token.startswith("''") or word[:1] in "\"'":
            hint = "two values need an operator or a comma between them"
        return self.failed(f"unexpected {word}", hint)

    def unrecognised(self, token: str) -> ExpressionError:
        word = token.strip()
        if word[:1] in "\"'":
            return self.failed(
                "a text that is not closed on its line", "texts over several lines stand in ''' or \"\"\""
            )
        rest = self.rest
        sign = next((sign for sign in ("===", "=", "&", "|") if rest.startswith(sign)), word[:1])
        return self.failed(f"unexpected {sign}", _INSTEAD.get(sign, ""))

    def no_alternative(self, token: str) -> ExpressionError:
        word = token.removeprefix(".")
        if token.startswith(".") and word.isidentifier():
            return self.failed(f"{word} is a word of the language, not a field", f"write ['{word}'] instead of .{word}")
        return self.unexpected(f"'{token}'")

    def not_a_field(self, macro: str) -> ExpressionError:
        return self.failed(
            f"{macro}() takes a field, as in {macro}(object.spec.replicas)",
            "a key with special characters is asked for with in: 'a.b/c' in object.metadata.labels",
        )

    def no_name(self, macro: str) -> ExpressionError:
        return self.failed(f"{macro}() needs a variable name first", f"as in list.{macro}(x, x.name != '')")

    def reserved(self, name: str) -> ExpressionError:
        return self.failed(f"{name} is reserved", "choose another name; a field of that name is fine after a dot")

    def no_range(self, kind: str) -> ExpressionError:
        hint = "give it a default with .orValue([])" if kind.startswith("optional_type") else ""
        return self.failed(f"only lists and maps have items, not {_type(kind)}", hint)

    def no_fields(self, kind: str) -> ExpressionError:
        return self.failed(f"a value of type {_type(kind)} has no fields")


_ARGUMENTS = {
    "size": "it takes a text, a list or a map",
    "quantity": "it takes a text; write quantity(string(x)) for a number",
    "isGreaterThan": "both sides must be quantities, as in quantity(x).isGreaterThan(quantity('1Gi'))",
    "isLessThan": "both sides must be quantities, as in quantity(x).isLessThan(quantity('1Gi'))",
    "compareTo": "both sides must be quantities, as in quantity(x).compareTo(quantity('1Gi'))",
}

_PATTERNS = (
    (re.compile(r"undeclared reference to '(.*?)'"), _Message.undeclared),
    (re.compile(r"found no matching overload for '(.*?)' applied to '\(?(.*)'", re.DOTALL), _Message.no_overload),
    (re.compile(r"Syntax error: (?:mismatched|extraneous) input '(.*?)' expecting", re.DOTALL), _Message.unexpected),
    (re.compile(r"Syntax error: token recognition error at: '(.*)'", re.DOTALL), _Message.unrecognised),
    (re.compile(r"Syntax error: token recognition error at: '(.*)", re.DOTALL), _Message.unrecognised),
    (re.compile(r"Syntax error: no viable alternative at input '(.*?)'", re.DOTALL), _Message.no_alternative),
    (re.compile(r"(\w+)\(\) argument must be a field selection"), _Message.not_a_field),
    (re.compile(r"(\w+)\(\) (?:second )?variable name must be a simple identifier"), _Message.no_name),
    (re.compile(r"reserved identifier: (\w+)"), _Message.reserved),
    (re.compile(r"expression of type '(.*?)' cannot be the range of a comprehension"), _Message.no_range),
    (re.compile(r"expression of type '(.*?)' cannot be the operand of a select"), _Message.no_fields),
)


def _close(name: str, candidates: Collection[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, sorted(set(candidates)), 1, 0.6)
    return f"did you mean {close[0]}?" if close else ""


def _type(text: str) -> str:
    """Return a type as people write it: the checker's type variables are ``dyn``."""
    return re.sub(r"_?%?T%\d+|\*error\*", "dyn", text).replace("optional_type", "optional").replace("null_type", "null")


_RUN_TIME: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r'Key not found in map : "?(.*?)"?$'), r'there is no key "\1"'),
    (re.compile(r"Index error: index=(-?\d+) size=(\d+)"), r"there is no item \1 in a list of \2"),
    (re.compile(r"No matching overloads found : _?(.*?)_?\((.*)\)$"), r"\1 does not work for (\2)"),
    (re.compile(r"Applying SELECT to non-message type"), "a field is read from a value that is no map"),
    (re.compile(r"No value with name \"(.*?)\" found in Activation"), r"\1 is not given here"),
    (re.compile(r"Iteration budget exceeded"), "more than 10000 steps through lists"),
    (re.compile(r"Non-CEL value type for (.*?)\.?$", re.DOTALL), r"not a plain value: \1"),
)


def run_time_reason(raw: str) -> str:
    """Return why an evaluation ended without a value, from the engine's message."""
    message = plain(raw)
    for pattern, words in _RUN_TIME:
        found = pattern.search(message)
        if found is not None:
            return found.expand(words).replace("int64", "int")
    return message
