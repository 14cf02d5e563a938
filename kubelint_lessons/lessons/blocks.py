"""Fenced blocks of a lesson: which of them kubelint reads, and how examples are put together from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kubelint_lessons.lessons.lesson import Block, Example, ExampleFile, Label, LessonProblem
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

ROLES = ("rule", "platform", "bad", "good", "known-miss")

_YAML = ("yaml", "yml")
_ATTRIBUTE = regex(r"""([A-Za-z][\w-]*)=("[^"]*"|'[^']*'|\S*)""")
_FINDING = regex(r"(?:(?:^|\s)(?:#|//)\s*finding\s*$)|(?:<!--\s*finding\s*-->|\{\{-?\s*/\*\s*finding\s*\*/\s*-?\}\})")
_FILE_NAMES = {
    "yaml": "example.yaml",
    "yml": "example.yaml",
    "json": "example.json",
    "sh": "example.sh",
    "bash": "example.sh",
    "shell": "example.sh",
    "hcl": "example.tf",
    "terraform": "example.tf",
    "tf": "example.tf",
    "dockerfile": "Dockerfile",
    "gotmpl": "templates/example.yaml",
    "helm": "templates/example.yaml",
}


class Fence(NamedTuple):
    """A fence that kubelint reads: ``role`` is one of ROLES."""

    role: str
    language: str
    attributes: dict[str, str]
    block: Block
    column: int
    end_column: int


def walk_fences(nodes: Sequence[SyntaxTreeNode]) -> Iterator[SyntaxTreeNode]:
    """Yield fences and thematic breaks in order, also those inside lists; what is quoted with ``>`` is not ours."""
    for node in nodes:
        if node.type in ("fence", "hr"):
            yield node
        elif node.type in ("bullet_list", "ordered_list", "list_item"):
            yield from walk_fences(node.children)


def read_fence(node: SyntaxTreeNode, lines: Sequence[str], path: str) -> tuple[Fence | None, tuple[LessonProblem, ...]]:
    """Return the fence, or None where kubelint does not read it, and what is wrong with its first line."""
    info = " ".join(node.info.split())
    words = info.split(" ")
    first = (node.map or (0, 1))[0]
    opening = lines[first] if first < len(lines) else ""
    column = opening.find(node.markup) + len(node.markup) + 1 if node.markup in opening else 1
    end_column = max(len(opening.rstrip()) + 1, column + 1)

    def problem(message: str, hint: str, code: str) -> LessonProblem:
        return LessonProblem(path, first + 1, column, end_column, message, hint, code)

    role = words[1] if len(words) > 1 else words[0]
    if role not in ROLES:
        near = _near_role(words)
        if near is None:
            return None, ()
        language = words[0] if len(words) > 1 else "yaml"
        hint = f'did you mean "{language} {near}"?'
        return None, (problem(f'"{info}" is not a block that kubelint reads', hint, "unknown-block"),)
    if len(words) == 1:
        hint = f'write "yaml {role}"'
        return None, (problem(f'the block "{info}" names no language', hint, "unknown-block"),)
    language = words[0].lower()
    if role in ("rule", "platform") and language not in _YAML:
        hint = f'write "yaml {role}"'
        return None, (problem(f'a {role} block is YAML, not "{words[0]}"', hint, "unknown-block"),)
    attributes, wrong = _attributes(role, info.split(" ", 2)[2] if len(words) > 2 else "")
    text = node.content
    block = Block(text, first + 1, first + 2, _offsets(text, lines, first + 1))
    return Fence(role, language, attributes, block, column, end_column), tuple(problem(*item) for item in wrong)


def _near_role(words: list[str]) -> str | None:
    """Return the role that the second word of an info string almost is."""
    if len(words) != 2 or not 3 <= len(words[1]) <= 12:
        return None
    word = words[1].lower()
    if word in ROLES:
        return word
    if word in ("miss", "knownmiss", "known_miss", "false-negative"):
        return "known-miss"
    import difflib

    return next(iter(difflib.get_close_matches(word, ROLES, n=1, cutoff=0.8)), None)


def _attributes(role: str, text: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """Return ``file`` and ``at`` of an example's first line, and (message, hint, code) for what is wrong there."""
    if role in ("rule", "platform"):
        return {}, [
            (f'a {role} block takes nothing after "{role}", found "{text}"', "remove it", "block")
        ] if text else []
    found: dict[str, str] = {}
    wrong = []
    rest = _ATTRIBUTE.sub("", text).strip()
    if rest:
        wrong.append((f'"{rest}" means nothing here', "write file=PATH or at=LINE after the label", "block"))
    for key, raw in _ATTRIBUTE.findall(text):
        value = raw.strip("\"'")
        if key not in ("file", "at"):
            hint = "file=PATH names the example's file, at=LINE the line of the finding"
            wrong.append((f'unknown "{key}=" after "{role}"', hint, "block"))
        elif key == "at" and not re.fullmatch(r"[1-9]\d{0,5}(,[1-9]\d{0,5})*", value):
            wrong.append((f'"at={value}" is not a line number', "count from 1: at=3, or at=3,7", "block"))
        elif key == "file" and not _is_relative(value):
            hint = "write a path below the example's own root, such as file=k8s/web.yaml"
            wrong.append((f'"file={value}" is not a relative path', hint, "block"))
        elif key == "at" and "at" in found:
            found["at"] += f",{value}"
        else:
            found[key] = value
    return found, wrong


def _is_relative(path: str) -> bool:
    steps = path.split("/")
    return bool(path) and "\\" not in path and ":" not in path and not {"", ".", ".."} & set(steps)


def _offsets(text: str, lines: Sequence[str], first: int) -> tuple[int, ...]:
    """Return how far each line of a block is indented in the file, or () where none is."""
    content = text.split("\n")
    offsets = []
    for index, line in enumerate(content):
        raw = lines[first + index] if first + index < len(lines) else ""
        offsets.append(len(raw) - len(line) if line and raw.endswith(line) else 0)
    return tuple(offsets) if any(offsets) else ()


def group_examples(
    fences: Sequence[Fence | None], platforms: Sequence[tuple[int, dict[str, Any]]], path: str
) -> tuple[tuple[Example, ...], tuple[LessonProblem, ...]]:
    """Return the examples; None in ``fences`` stands for a thematic break, which ends an example.

    Neighbouring fences with one label and different ``file=`` are one example; a fence without ``file=``, or with
    one that is there already, begins the next. ``platforms`` are (line, facts): an example is given the nearest
    block above it, or the first where none is above.
    """
    groups: list[list[Fence]] = []
    is_open = False
    for fence in fences:
        if fence is None or fence.role not in ("bad", "good", "known-miss"):
            is_open = is_open and fence is not None
            continue
        file = fence.attributes.get("file")
        previous = groups[-1] if groups and is_open else []
        names = [other.attributes.get("file") for other in previous]
        if previous and previous[0].role == fence.role and file is not None and file not in names and None not in names:
            previous.append(fence)
        else:
            groups.append([fence])
        is_open = True
    problems: list[LessonProblem] = []
    examples = tuple(_example(group, platforms, path, problems) for group in groups)
    return examples, tuple(problems)


def _example(
    group: list[Fence], platforms: Sequence[tuple[int, dict[str, Any]]], path: str, problems: list[LessonProblem]
) -> Example:
    line = group[0].block.fence_line
    above = [facts for start, facts in platforms if start < line] or [facts for _, facts in platforms[:1]]
    label: Label = "bad" if group[0].role == "bad" else "good" if group[0].role == "good" else "known-miss"
    return Example(label, tuple(_file(fence, path, problems) for fence in group), above[-1] if above else None, line)


def _file(fence: Fence, path: str, problems: list[LessonProblem]) -> ExampleFile:
    text = fence.block.text
    lines = text.split("\n")
    expected = {index + 1 for index, line in enumerate(lines) if _FINDING.search(line)}
    for number in fence.attributes.get("at", "").split(","):
        if number and int(number) > len(lines) - 1:
            message = f"at={number} lies outside this example of {len(lines) - 1} lines"
            problems.append(_problem(fence, path, message, "count from the first line inside the block"))
        elif number:
            expected.add(int(number))
    if expected and fence.role == "good":
        hint = "remove the mark, or label the example bad"
        problems.append(_problem(fence, path, "a good example must stay silent, but it marks a finding", hint))
    name = fence.attributes.get("file")
    default = _FILE_NAMES.get(fence.language, f"example.{fence.language}")
    return ExampleFile(
        name or default, text, fence.block.line, fence.language, tuple(sorted(expected)), name is not None
    )


def _problem(fence: Fence, path: str, message: str, hint: str) -> LessonProblem:
    return LessonProblem(path, fence.block.fence_line, fence.column, fence.end_column, message, hint, "example")
