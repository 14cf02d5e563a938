"""The engine's messages in words for the author of a lesson, with a place and a next step."""

from __future__ import annotations

import re
from collections.abc import Collection

from kubelint_lessons.lessons.cel_engine import ExpressionError
from kubelint_lessons.lessons.cel_reasons import without_status
from kubelint_lessons.lessons.names import did_you_mean
from kubelint_lessons.model.regexes import regex

_ENTRY = regex(r"ERROR: <input>:(-?\d+):(-?\d+): (.*?)(?=\n \| |\nERROR: | \[[A-Z_]+\]\Z|\Z)", re.DOTALL)

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
    errors = [
        _Message(text, int(found[1]), int(found[2]), variables, functions).error(found[3].strip())
        for found in _ENTRY.finditer(raw)
        if int(found[1]) > 0
    ]
    return min(errors, key=lambda error: (error.line, error.column), default=ExpressionError(without_status(raw)))


class _Message:
    """One error of the engine, and the text that it is about."""

    def __init__(
        self, text: str, line: int, column: int, variables: Collection[str], functions: Collection[str]
    ) -> None:
        self.text = text
        self.line = line
        self.column = max(column, 1)
        self.variables = variables
        self.functions = functions

    @property
    def offset(self) -> int:
        """Return the place as an index into the text."""
        return sum(len(line) + 1 for line in self.text.split("\n")[: self.line - 1]) + self.column - 1

    @property
    def rest(self) -> str:
        """Return what stands at the place of the error."""
        return self.text[self.offset :]

    def error(self, message: str) -> ExpressionError:
        for pattern, method in _PATTERNS:
            found = pattern.match(message)
            if found is not None:
                return method(self, *found.groups())
        return self.failed(message)

    def failed(self, message: str, hint: str = "") -> ExpressionError:
        return ExpressionError(message, self.line, self.column, hint)

    def step_back(self, name: str) -> None:
        """Move to the beginning of the name that ends before or at this place, on this line or an earlier one."""
        pattern = rf"(?<![\w.]){re.escape(name)}(?!\w)"
        places = [found.start() for found in re.finditer(pattern, self.text) if found.start() <= self.offset]
        if places:
            before = self.text[: places[-1]]
            self.line, self.column = before.count("\n") + 1, places[-1] - before.rfind("\n")

    def undeclared(self, name: str) -> ExpressionError:
        is_function = self.rest.startswith("(")
        root = name if is_function else name.partition(".")[0]
        if is_function:
            self.step_back_to_function(name)
        else:
            self.step_back(root)
        if is_function and name in (*_FUNCTIONS, *self.functions):
            message = f"{name}() does not take this number of arguments, or is no method"
            return self.failed(message, _ARGUMENTS.get(name, ""))
        if is_function:
            hint = did_you_mean(name, (*_FUNCTIONS, *self.functions), "see the functions of Kubernetes' CEL")
            return self.failed(f"there is no function {name}()", _INSTEAD.get(name, hint))
        hint = did_you_mean(root, self.variables, f"known are {', '.join(sorted(self.variables))}")
        return self.failed(f"there is no variable {root!r}", _INSTEAD.get(root, hint))

    def step_back_to_function(self, name: str) -> None:
        """Move from the bracket of a call to the function's name, where it stands right before."""
        if self.text[: self.offset].endswith(name):
            self.column -= len(name)

    def no_overload(self, function: str, types: str) -> ExpressionError:
        operands = [_type(item) for item in re.split(r", (?![^(]*\))", types)] if types else []
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
        self.step_back_to_function(function)
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
    (regex(r"undeclared reference to '(.*?)'"), _Message.undeclared),
    (regex(r"found no matching overload for '(.*?)' applied to '\((.*)\)'", re.DOTALL), _Message.no_overload),
    (regex(r"Syntax error: (?:mismatched|extraneous) input '(.*?)' expecting", re.DOTALL), _Message.unexpected),
    (regex(r"Syntax error: token recognition error at: '(.*)'", re.DOTALL), _Message.unrecognised),
    (regex(r"Syntax error: token recognition error at: '(.*)", re.DOTALL), _Message.unrecognised),
    (regex(r"Syntax error: no viable alternative at input '(.*?)'", re.DOTALL), _Message.no_alternative),
    (regex(r"(\w+)\(\) argument must be a field selection"), _Message.not_a_field),
    (regex(r"(\w+)\(\) (?:second )?variable name must be a simple identifier"), _Message.no_name),
    (regex(r"reserved identifier: (\w+)"), _Message.reserved),
    (regex(r"expression of type '(.*?)' cannot be the range of a comprehension"), _Message.no_range),
    (regex(r"expression of type '(.*?)' cannot be the operand of a select"), _Message.no_fields),
)


def _type(text: str) -> str:
    """Return a type as people write it: the checker's type variables are ``dyn``."""
    return re.sub(r"_?%?T%\d+|\*error\*", "dyn", text).replace("optional_type", "optional").replace("null_type", "null")
