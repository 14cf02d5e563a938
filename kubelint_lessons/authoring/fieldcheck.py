"""Fields and kinds that a rule names and that no cluster knows: a rule that can never fire."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator

from kubelint_lessons.authoring.advice import Advice
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.lesson import Block, Lesson
from kubelint_lessons.lessons.names import closest
from kubelint_lessons.lessons.paths import Path, parse_path
from kubelint_lessons.lessons.rule import Detector, Expression, MatchPattern, Rule
from kubelint_lessons.manifests.schema.lookup import Schemas
from kubelint_lessons.manifests.schema.shapes import Missing
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_SPECIAL = frozenset({"workloads", "any", "*"})
_ITEM_ROOTS = {"containers": "container", "initContainers": "container", "allContainers": "container"}
_KIND = regex(r"(?m)^\s*(?:-\s+)?[\"']?kind[\"']?:\s*[\"']?(\w+)")
_VARIABLES = ("podTemplate", "podSpec", "containers")


class _Subject(NamedTuple):
    """One rule block with what is needed to judge its fields."""

    lesson: Lesson
    block: Block
    detector: Detector
    patterns: tuple[str, ...]


def check_fields(lesson: Lesson, rule: Rule, schemas: Schemas, compiler: Compiler) -> Iterator[Advice]:
    """Yield an error for each field that none of the matched kinds has, a warning for each kind nobody knows.

    A field inside ``has()`` may be meant to be absent, so it is only a warning: rules about misplaced fields read it.
    """
    blocks = {block.line: block for block in lesson.blocks}
    for detector in rule.detectors:
        block = blocks.get(detector.line)
        if block is None or detector.kind in ("text", "regex"):
            continue
        subject = _Subject(lesson, block, detector, tuple(_written(pattern) for pattern in detector.match))
        yield from _check_kinds(subject, schemas)
        for expression in (detector.where, detector.expression):
            if expression is not None:
                yield from _check_expression(subject, expression, schemas, compiler)
        if detector.at and not detector.embedded:
            yield from _check_at(subject, schemas)


def _check_kinds(subject: _Subject, schemas: Schemas) -> Iterator[Advice]:
    names = {kind.kind for kind in schemas.kinds()}
    shown = {kind for example in subject.lesson.examples for file in example.files for kind in _KIND.findall(file.text)}
    for pattern in subject.detector.match:
        name = pattern.kind
        if name in _SPECIAL or "*" in name or name in names or name in shown:
            continue
        if pattern.group and "." in pattern.group:
            continue  # a custom resource whose definition is not in the tree
        close = closest(name, names)
        is_slip = close is not None and abs(len(close) - len(name)) <= 2
        message = f"{subject.lesson.id}: no kind is called {name}, so this matches nothing that is known"
        hint = f'did you mean "{close}"?' if is_slip else "write group/Kind, or show an example of the custom resource"
        yield _at_key(subject, "match", message, hint, is_warning=not is_slip)


def _check_expression(
    subject: _Subject, expression: Expression, schemas: Schemas, compiler: Compiler
) -> Iterator[Advice]:
    program = compiler.load(b64decode(expression.program), subject.detector.relation_names)
    lines = expression.text.splitlines()
    for reference in program.references:
        root, path = reference.root, reference.path
        if root == "variables" and path and path[0] in _VARIABLES:
            root, path, places = str(path[0]), path[1:], reference.places[1:]
        elif root == "item":
            mapped = _ITEM_ROOTS.get(subject.detector.each)
            if mapped is None or subject.detector.embedded:
                continue
            root, places = mapped, reference.places
        elif root == "object":
            places = reference.places
        else:
            continue
        missing = schemas.check_path(subject.patterns, path, root)
        if missing is None or missing.at_step >= len(places):
            continue
        line, column = places[missing.at_step]
        is_guarded = "has(" in (lines[line - 1] if line <= len(lines) else "")
        name = str(path[missing.at_step])
        where, start = _find(subject.block, expression, line, column, name)
        message, hint = f"{subject.lesson.id}: {missing.message}", _hint(missing)
        yield Advice(
            subject.lesson.words.path, where, start, start + len(name), message, hint,
            is_warning=is_guarded and not missing.did_you_mean,
        )  # fmt: skip


def _check_at(subject: _Subject, schemas: Schemas) -> Iterator[Advice]:
    detector = subject.detector
    path: Path = parse_path(detector.at)
    root = "object"
    if detector.each:
        mapped = _ITEM_ROOTS.get(detector.each)
        if mapped is None:
            return
        root = mapped
    if "workloads" in subject.patterns and root == "object":
        return  # the path is that of one kind of workload, and the nearest ancestor serves for the others
    missing = schemas.check_path(subject.patterns, path, root)
    if missing is not None:
        yield _at_key(subject, "at", f"{subject.lesson.id}: {missing.message}", _hint(missing), is_warning=False)


def _at_key(subject: _Subject, key: str, message: str, hint: str, *, is_warning: bool) -> Advice:
    """Return advice at the line of a key of the rule block; at the block where the key is not found."""
    path = subject.lesson.words.path
    for number, line in enumerate(subject.block.text.splitlines(), 1):
        if line.startswith(f"{key}:"):
            place, column = subject.block.place(number, 1)
            return Advice(path, place, column, column + len(key), message, hint, is_warning)
    return Advice(path, subject.block.line, 1, 2, message, hint, is_warning)


def _hint(missing: Missing) -> str:
    close = " or ".join(f'"{path}"' for path in missing.did_you_mean)
    return f"did you mean {close}?" if close else "correct the field"


def _find(block: Block, expression: Expression, line: int, column: int, name: str) -> tuple[int, int]:
    """Return the Markdown's line and column of a field of an expression.

    In a folded block the expression's own lines are not those of the Markdown: then the name is looked for.
    """
    lines = block.text.splitlines()
    first = expression.line - block.line
    for index in range(max(first, 0), len(lines)):
        text = lines[index]
        shift = expression.column - 1 if index == first else len(lines[first]) - len(lines[first].lstrip())
        exact = index - first == line - 1 and text.startswith(name, shift + column - 1)
        at = shift + column - 1 if exact else text.find(name)
        if at >= 0:
            return block.place(index + 1, at + 1)
    return expression.line, expression.column


def _written(pattern: MatchPattern) -> str:
    group = f"{pattern.group}/" if pattern.group else ""
    return f"{group}{pattern.kind}"
