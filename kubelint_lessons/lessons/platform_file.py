"""``docs/platform-reference.md``: Markdown for people, with facts about the cluster in a ``yaml platform`` block."""

from __future__ import annotations

from typing import Any

from kubelint_lessons.lessons.lesson import Block, LessonProblem
from kubelint_lessons.lessons.quickplatform import completed
from kubelint_lessons.lessons.validate import Validator
from kubelint_lessons.lessons.yaml_block import YamlBlock
from kubelint_lessons.model.records import NamedTuple


class PlatformFacts(NamedTuple):
    """What a platform reference states. ``lines`` maps each fact's path (``metallb.pools[0].name``) to its line."""

    facts: dict[str, Any]
    path: str
    lines: dict[str, int]
    problems: tuple[LessonProblem, ...]

    def line_of(self, key: str) -> int | None:
        """Return the line that states ``key``, or the nearest fact that holds it; None where there is neither."""
        while key not in self.lines and key:
            key = key[: max(key.rfind("."), key.rfind("["), 0)]
        return self.lines.get(key)


def read_platform(text: str, path: str) -> PlatformFacts:
    """Return the facts of every ``yaml platform`` block of a Markdown file; a fact stands in one block only."""
    from kubelint_lessons.lessons.blocks import read_fence, walk_fences
    from kubelint_lessons.lessons.markdown import read_markdown

    markdown = read_markdown(text, path)
    problems = list(markdown.problems)
    facts: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for node in walk_fences(markdown.nodes):
        if node.type != "fence":
            continue
        fence, wrong = read_fence(node, markdown.lines, path)
        if fence is None and not any('platform"' in problem.hint for problem in wrong):
            continue
        problems += wrong
        if fence is None or fence.role != "platform":
            continue
        found, block_lines, wrong = read_facts(fence.block, path)
        problems += wrong
        for key, value in found.items():
            if key in facts:
                line = block_lines[key]
                message = f'"{key}" is stated in line {lines[key]} already'
                problems.append(LessonProblem(path, line, 1, len(key) + 1, message, "keep one", "platform"))
            else:
                facts[key] = value
                lines.update((name, line) for name, line in block_lines.items() if _is_below(name, key))
    return PlatformFacts(facts, path, lines, tuple(problems))


def read_facts(block: Block, path: str) -> tuple[dict[str, Any], dict[str, int], tuple[LessonProblem, ...]]:
    """Return the facts of one block, the line of each, and what is wrong with it.

    Top-level facts with a problem are left out, the others stand.
    """
    found, problems = Validator("platform").read(block, path)
    if found is None or not isinstance(found.data, dict):
        return {}, {}, problems
    wrong_lines = {problem.line for problem in problems}
    lines = {_format(route): found.key_span(route).line for route in _routes(found.data)}
    facts = {}
    for key, value in found.data.items():
        own = [line for name, line in lines.items() if _is_below(name, key)]
        if not any(min(own) <= line <= _end(found, key, max(own)) for line in wrong_lines):
            facts[key] = value
    return completed(facts), lines, problems


def _end(block: YamlBlock, key: str, last: int) -> int:
    return max(last, block.value_span((key,)).line)


def _is_below(name: str, key: str) -> bool:
    return name == key or name.startswith((f"{key}.", f"{key}["))


def _routes(value: Any, above: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    entries: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list):
        entries = list(enumerate(value))
    routes = []
    for step, entry in entries:
        routes += [(*above, step), *_routes(entry, (*above, step))]
    return routes


def _format(route: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in route).lstrip(".")
