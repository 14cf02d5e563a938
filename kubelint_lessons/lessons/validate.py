"""Checks the YAML blocks of lessons against the published JSON Schemas, and says what is wrong in people's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kubelint_lessons.lessons.lesson import Block, LessonProblem
from kubelint_lessons.lessons.names import closest, did_you_mean
from kubelint_lessons.lessons.schemafile import SchemaName, load_schema
from kubelint_lessons.lessons.yaml_block import YamlBlock, read_yaml
from kubelint_lessons.model.records import NamedTuple

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

DETECTOR_KEYS = ("require", "forbid", "text", "regex", "check", "extends")
EDIT_KEYS = ("set", "remove", "rename", "replace")

_TYPE_NAMES = {
    "object": "a map",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}
_PATTERN_MEANINGS = {
    "^[a-z][a-z0-9]*(-[a-z0-9]+)*$": "is not kebab-case (small letters, digits and single hyphens)",
    "^[a-z][A-Za-z0-9]*$": "is not a name that CEL can read; begin with a small letter, then letters and digits",
    "^v?1\\.[0-9]+(\\.[0-9]+)?([-+].*)?$": 'is not a Kubernetes version such as "1.33"',
    "^[^/ ]+/[^/ ]+$": "is not a group/version such as traefik.io/v1alpha1",
    "^[a-z][a-z0-9_-]*(\\.[a-z][a-z0-9_]*)?$": "is not the name of a check, such as shared_service_selector",
}


class _Complaint(NamedTuple):
    path: tuple[str | int, ...]
    is_key: bool
    message: str
    hint: str
    code: str
    meant: str = ""


class Validator:
    """Checks blocks of one kind; made once for many, because preparing a schema takes time."""

    __slots__ = ("_name", "_validator")

    def __init__(self, name: SchemaName) -> None:
        """Prepare the schema called ``name``."""
        from jsonschema import Draft202012Validator

        self._name = name
        self._validator = Draft202012Validator(load_schema(name))

    def read(self, block: Block, path: str) -> tuple[YamlBlock | None, tuple[LessonProblem, ...]]:
        """Return the block's values (None where it is not even a YAML map), and everything that is wrong with it."""
        found = read_yaml(block, path, f"{self._name}-yaml")
        if isinstance(found, LessonProblem):
            return None, (found,)
        if not isinstance(found.data, dict):
            what = "is empty" if found.data is None else f"holds {describe(found.data)}"
            hint = (
                "write keys and values, such as severity: error"
                if self._name == "rule-block"
                else "write facts as keys"
            )
            problem = found.problem(found.value_span(()), f"the block {what}, a map is expected", hint, self._name)
            return (found, ()) if found.data is None and self._name == "platform" else (None, (problem,))
        complaints: list[_Complaint] = []
        for error in self._validator.iter_errors(found.data):
            complaints += _explain(error, ())
        problems = {}
        for item in _without_echoes(complaints):
            span = found.key_span(item.path) if item.is_key else found.value_span(item.path)
            problems[(span, item.message)] = found.problem(span, item.message, item.hint, item.code)
        return found, tuple(problem for _, problem in sorted(problems.items()))


def describe(value: Any) -> str:
    """Return what ``value`` is, for people: ``a list``, ``the number 3``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "nothing"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f'"{value if len(value) <= 60 else value[:57] + "…"}"'
    return "a map" if isinstance(value, dict) else "a list"


def _explain(error: ValidationError, above: tuple[str | int, ...]) -> Iterator[_Complaint]:
    """Yield what one schema error means to the person who wrote the block."""
    path = above + tuple(error.path)
    value: Any = error.instance
    expected: Any = error.validator_value
    rule: Any = error.validator
    name = _name(path)
    if "propertyNames" in error.schema_path and rule == "not":
        yield _Complaint((*path, str(value)), True, *_explain_misfit(str(value), list(error.schema_path)))
    elif "propertyNames" in error.schema_path:
        meaning = _PATTERN_MEANINGS.get(str(expected), "is not a name that fits here")
        yield _Complaint((*path, str(value)), True, f'"{value}" {meaning}', "rename it", "name")
    elif rule == "additionalProperties":
        yield from _explain_unknown_keys(error, path)
    elif rule == "required" and isinstance(value, dict):
        for key in (key for key in expected if key not in value):
            hint = f"add {key}:" if path else f"add {key}: to the block"
            yield _Complaint(path, True, f'"{key}" is missing{_in(path)}', hint, "missing-key")
    elif rule == "enum":
        choices = [str(choice) for choice in expected]
        known = f"{', '.join(choices[:-1])} or {choices[-1]}"
        hint = did_you_mean(str(value), choices, f"write one of {known}")
        yield _Complaint(path, False, f"{name} is {describe(value)}, expected {known}", hint, "value")
    elif rule == "type":
        yield _Complaint(path, False, *_explain_type(name, value, str(expected)))
    elif rule == "pattern":
        meaning = _PATTERN_MEANINGS.get(str(expected), f"does not match {expected}")
        yield _Complaint(path, False, f"{name}: {describe(value)} {meaning}", "correct it", "value")
    elif rule == "oneOf":
        yield from _explain_alternatives(error, path)
    elif rule == "anyOf":
        yield from _explain_best_branch(error, path)
    elif rule in ("minItems", "minLength", "minProperties"):
        yield _Complaint(path, True, f"{name} is empty", "write a value, or remove the key", "value")
    elif rule == "minimum":
        yield _Complaint(path, False, f"{name} is {value}, at least {expected} is expected", "correct it", "value")
    else:
        yield _Complaint(path, False, f"{name}: {error.message}", "correct it", "value")


def _name(path: Sequence[str | int]) -> str:
    keys = [str(step) for step in path if isinstance(step, str)]
    return f'"{".".join(keys)}"' if keys else "the block"


def _in(path: Sequence[str | int]) -> str:
    return f" in {_name(path)}" if path else ""


def _explain_unknown_keys(error: ValidationError, path: tuple[str | int, ...]) -> Iterator[_Complaint]:
    schema: Any = error.schema
    instance: Any = error.instance
    known = list(schema.get("properties", ()))
    for key in instance:
        if key not in known:
            meant = closest(key, known) or ""
            hint = f'did you mean "{meant}"?' if meant else f"known here: {', '.join(known)}"
            yield _Complaint((*path, key), True, f'unknown key "{key}"{_in(path)}', hint, "unknown-key", meant)


def _explain_misfit(key: str, route: list[Any]) -> tuple[str, str, str]:
    """Explain a key that does not go with the block's detector, by the branch of the schema that says so."""
    if route[:1] != ["allOf"]:
        return f'"{key}" does not go with this edit', "remove it", "key-does-not-fit"
    if "else" in route:
        return (
            f'"{key}" goes with text: and regex: only',
            "remove it; objects are chosen with match:",
            "key-does-not-fit",
        )
    owner = {0: "text: and regex:", 2: "check:", 3: "extends:"}[route[1]]
    return f'"{key}" does not go with {owner}', "remove it", "key-does-not-fit"


def _explain_type(name: str, value: Any, expected: str) -> tuple[str, str, str]:
    wanted = _TYPE_NAMES.get(expected, expected)
    hint = f"write {wanted}"
    if expected == "string" and isinstance(value, (int, float)):
        hint = "put the value in quotes, as YAML reads it as something else"
    return f"{name} is {describe(value)}, expected {wanted}", hint, "value"


def _explain_alternatives(error: ValidationError, path: tuple[str | int, ...]) -> Iterator[_Complaint]:
    """Explain the two places where exactly one key of several is expected: detectors and edits."""
    is_edit = bool(path)
    keys = EDIT_KEYS if is_edit else DETECTOR_KEYS
    found = [key for key in error.instance if key in keys] if isinstance(error.instance, dict) else []
    listed = f"{', '.join(f'{key}:' for key in keys[:-1])} or {keys[-1]}:"
    if len(found) > 1:
        both = " and ".join(f"{key}:" for key in found)
        hint = "keep one of them" if is_edit else "write a rule block for each"
        yield _Complaint((*path, found[1]), True, f"{both} stand together, one is expected", hint, "detector")
    elif not found:
        what = "the edit says not what it does" if is_edit else "the block says not what to check"
        yield _Complaint(path, True, what, f"add {listed}", "detector")
    else:
        branch = keys.index(found[0])
        for inner in error.context or ():
            if inner.schema_path and inner.schema_path[0] == branch:
                yield from _explain(inner, path)


def _explain_best_branch(error: ValidationError, path: tuple[str | int, ...]) -> Iterator[_Complaint]:
    """Explain a value that fits none of several forms by the form whose type it has."""
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(inner)
    for errors in branches.values():
        if not _wanted_types(errors):
            for inner in errors:
                yield from _explain(inner, path)
            return
    types = [name for errors in branches.values() for name in _wanted_types(errors)]
    wanted = " or ".join(dict.fromkeys(types))
    is_number = isinstance(error.instance, (int, float))
    hint = "put the value in quotes" if is_number and "text" in types else f"write {wanted}"
    yield _Complaint(path, False, f"{_name(path)} is {describe(error.instance)}, expected {wanted}", hint, "value")


def _wanted_types(errors: Sequence[ValidationError]) -> list[str]:
    """Return the types that a form asks for, where the value is of none of them."""
    for error in errors:
        if error.path:
            continue
        if error.validator == "type":
            return [_TYPE_NAMES.get(str(error.validator_value), str(error.validator_value))]
        if error.validator == "anyOf":
            branches: dict[Any, list[ValidationError]] = {}
            for inner in error.context or ():
                branches.setdefault(inner.schema_path[0], []).append(inner)
            found = [_wanted_types(branch) for branch in branches.values()]
            if all(found):
                return [name for names in found for name in names]
    return []


def _without_echoes(complaints: list[_Complaint]) -> list[_Complaint]:
    """Drop what only follows from a misspelt key: that the key it was meant to be is missing."""
    meant = {(item.path[:-1], item.meant) for item in complaints if item.meant}
    is_detector_misspelt = any(not path and name in DETECTOR_KEYS for path, name in meant)
    if any(item.code == "detector" and not item.path[1:] for item in complaints) and not is_detector_misspelt:
        complaints = [item for item in complaints if item.code not in ("missing-key", "key-does-not-fit")]
    return [
        item
        for item in complaints
        if not (item.code == "missing-key" and any(item.message.startswith(f'"{name}"') for _, name in meant))
        and not (item.code == "detector" and not item.path and is_detector_misspelt)
    ]
