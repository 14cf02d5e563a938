"""Keys that one map holds twice: kubectl keeps the last and says nothing."""

from __future__ import annotations

from kubelint_lessons.manifests.nodes import MappingNode, Node, SequenceNode
from kubelint_lessons.manifests.problems import ReadProblem
from kubelint_lessons.manifests.source import Source


def find_duplicates(source: Source, root: Node | None) -> list[ReadProblem]:
    """Return a problem for every key that stands in its map a second time, at that second place."""
    problems: list[ReadProblem] = []
    waiting: list[Node] = [] if root is None else [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, SequenceNode):
            waiting += reversed(node.items)
        elif isinstance(node, MappingNode):
            _compare_keys(source, node, problems)
            waiting += [entry.value for entry in reversed(node.entries)]
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _compare_keys(source: Source, mapping: MappingNode, problems: list[ReadProblem]) -> None:
    seen: dict[str, Node] = {}
    for entry in mapping.entries:
        if entry.name is None:
            continue
        first = seen.get(entry.name)
        if first is not None:
            line, _ = source.position(first.outer)
            message = f'"{entry.name}" stands here a second time; only this one counts, the one in line {line} is lost'
            problems.append(ReadProblem("duplicate-key", message, *source.span(entry.key.outer, entry.key.end)))
        seen[entry.name] = entry.key
