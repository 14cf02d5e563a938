"""Markdown text as a syntax tree; a fence or comment that is never closed hides nothing that follows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kubelint_lessons.lessons.lesson import LessonProblem
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

MAX_CHARACTERS = 4_000_000
"""Larger files are refused: a team's file holds some hundred lines."""

_MAX_REPAIRS = 20

_ROLES = r"(?:rule|platform|bad|good|known-miss)"
_OWN_FENCE = regex(rf"(?!md |markdown )\S+ {_ROLES}(?: |$)")
_SWALLOWED = regex(rf"(?:`{{3,}}|~{{3,}})\s*\S+ {_ROLES}(?: |$)|\*\*[^\s*/]")
_NEXT_LESSON = regex(r" {0,3}(#{2,6}[ \t]+\S|[-*+] \*\*\S)")
_OPEN_HTML = regex(r"\s*(<!--|<script|<pre|<style|<textarea|<\?|<![A-Za-z]|<!\[CDATA\[)", re.IGNORECASE)


class Markdown(NamedTuple):
    """A parsed file. ``lines`` are those of the file, without line ends; nodes carry 0-based half-open line ranges."""

    lines: tuple[str, ...]
    nodes: tuple[SyntaxTreeNode, ...]
    problems: tuple[LessonProblem, ...]


def read_markdown(text: str, path: str) -> Markdown:
    """Return the tree of ``text``, CommonMark with tables. YAML front matter is skipped, a BOM is dropped."""
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

    if len(text) > MAX_CHARACTERS:
        message = f"the file has {len(text)} characters; lessons files of up to {MAX_CHARACTERS} are read"
        problem = LessonProblem(path, 1, 1, 2, message, "split it into several files", "file-too-large")
        return Markdown((), (), (problem,))
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    parser = MarkdownIt("commonmark").enable("table")
    repaired = _without_front_matter(lines)
    problems: list[LessonProblem] = []
    while True:
        nodes = SyntaxTreeNode(parser.parse("\n".join(repaired))).children
        found = _repair(nodes, repaired, path) if len(problems) < _MAX_REPAIRS else None
        if found is None:
            return Markdown(tuple(lines), tuple(nodes), tuple(problems))
        problems.append(found)


def _without_front_matter(lines: list[str]) -> list[str]:
    """Return ``lines`` with a leading ``---`` … ``---`` block blanked: Markdown would read a heading there."""
    if lines[0].rstrip() == "---":
        for index in range(1, len(lines)):
            if lines[index].rstrip() in ("---", "..."):
                return [""] * (index + 1) + lines[index + 1 :]
            if lines[index].startswith("#"):
                break
    return list(lines)


def _repair(nodes: list[SyntaxTreeNode], lines: list[str], path: str) -> LessonProblem | None:
    """Close in ``lines`` the first block that swallows what follows it; return what was wrong."""
    for node in nodes:
        if node.type == "fence" and node.map and _OWN_FENCE.match(" ".join(node.info.split())):
            first, end = node.map
            swallowed = next((index for index in range(first + 1, end - 1) if _SWALLOWED.match(lines[index])), None)
            if swallowed is not None:
                headings = (index for index in range(first + 2, swallowed) if _NEXT_LESSON.match(lines[index]))
                return _close(node, next(headings, swallowed), lines, path)
    last = nodes[-1] if nodes else None
    if last is None or last.map is None or last.map[1] < _last_filled(lines):
        return None
    first = last.map[0]
    if last.type == "fence" and not _is_closed(last, lines):
        end = next((index for index in range(first + 2, len(lines)) if _NEXT_LESSON.match(lines[index])), 0)
        return _close(last, end, lines, path) if end else None
    opening = _OPEN_HTML.match(lines[first]) if last.type == "html_block" else None
    if opening and not _is_html_closed(opening[1], last.content):
        problem = LessonProblem(
            path,
            first + 1,
            opening.start(1) + 1,
            opening.end(1) + 1,
            f'"{opening[1]}" is never closed and hides everything below it',
            'close it, a comment with "-->"',
            "comment-not-closed",
        )
        lines[first] = lines[first][: opening.start(1)] + " " * len(opening[1]) + lines[first][opening.end(1) :]
        return problem
    return None


def _close(fence: SyntaxTreeNode, line: int, lines: list[str], path: str) -> LessonProblem:
    """Close ``fence`` before the 0-based ``line``, in place of the line above, so that no line moves."""
    first = (fence.map or (0, 0))[0]
    if line - 1 <= first:
        lines[first] = ""
    else:
        lines[line - 1] = fence.markup
    return LessonProblem(
        path,
        first + 1,
        len(lines[first]) - len(lines[first].lstrip()) + 1,
        max(len(lines[first].rstrip()), 3) + 1,
        f'this "{fence.markup}" block is never closed',
        f'write "{fence.markup}" on a line of its own where the block ends',
        "block-not-closed",
    )


def _last_filled(lines: list[str]) -> int:
    return max((index for index, line in enumerate(lines) if line.strip()), default=0) + 1


def _is_closed(fence: SyntaxTreeNode, lines: list[str]) -> bool:
    first, end = fence.map or (0, 0)
    if end - 1 <= first or end > len(lines):
        return False
    closing = lines[end - 1].strip()
    return closing.startswith(fence.markup) and not closing.strip(fence.markup[0])


def _is_html_closed(opening: str, content: str) -> bool:
    closers = {"<!--": "-->", "<?": "?>", "<![cdata[": "]]>"}
    name = opening.lower()
    if name in closers:
        return closers[name] in content
    if name.startswith("<!"):
        return ">" in content
    return f"</{name[1:]}>" in content.lower()
