"""``# kubelint: ignore[id] reason``: comments that silence a finding on their own line or the line below."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from kubelint_lessons.engine.collect import ReadFile
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.documents import Document
from kubelint_lessons.manifests.source import Source
from kubelint_lessons.model.finding import Finding

_COMMENT = re.compile(r"(?:^|\s)#\s*kubelint:\s*ignore\[([^\]\n]*)\][ \t]*([^\n]*)")


class Suppression(NamedTuple):
    """One comment: the rule ids it names, its reason, the line it stands on, and the line it speaks of."""

    rules: tuple[str, ...]
    reason: str
    line: int
    target: int


def suppress(
    findings: list[Finding], files: Mapping[str, ReadFile], rules: Mapping[str, Rule]
) -> tuple[list[Finding], int]:
    """Return the findings that no comment silences, and how many one did. Former ids of a rule count as its own."""
    aliases = {alias: rule.id for rule in rules.values() for alias in rule.aliases}
    silenced: set[tuple[str, str, int]] = set()
    for path in {finding.location.path for finding in findings}:
        read = files.get(path)
        for item in find_suppressions(read.source, read.documents) if read is not None else ():
            silenced.update((path, aliases.get(name, name), item.target) for name in item.rules)
    kept = [item for item in findings if (item.location.path, item.rule, item.location.line) not in silenced]
    return kept, len(findings) - len(kept)


def find_suppressions(source: Source, documents: tuple[Document, ...]) -> tuple[Suppression, ...]:
    """Return the suppressions of a file; what only looks like a comment inside a block scalar does not count.

    A comment after a value speaks of its own line, a comment alone on a line of the next line that is neither
    blank nor a comment.
    """
    if "kubelint:" not in source.text:
        return ()
    lines = source.lines()
    hidden = _scalar_lines(documents)
    found = []
    for number, line in enumerate(lines, 1):
        match = _COMMENT.search(line)
        if match is None or number in hidden:
            continue
        rules = tuple(part.strip() for part in match.group(1).split(",") if part.strip())
        alone = not line[: match.start()].strip()
        target = _next_line(lines, number) if alone else number
        found.append(Suppression(rules, match.group(2).strip(), number, target))
    return tuple(found)


def _next_line(lines: list[str], number: int) -> int:
    for index in range(number, len(lines)):
        text = lines[index].strip()
        if text and not text.startswith("#"):
            return index + 1
    return number


def _scalar_lines(documents: tuple[Document, ...]) -> set[int]:
    """Return the numbers of the lines that lie inside scalars of several lines."""
    hidden: set[int] = set()
    for document in documents:
        if "kubelint:" in document.text:
            for first, last in document.multiline_scalars():
                hidden.update(range(first + 1, last + 1))
    return hidden
