"""A Markdown file as a tree of headings, and which of them are lessons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kubelint_lessons.lessons.names import is_rule_id
from kubelint_lessons.lessons.prose import flatten, label_name, split_parts, tidy

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode


class Section:
    """A heading with what stands below it up to the next heading; ``children`` are headings of a lower level.

    ``line`` to ``end_line`` are 1-based and inclusive, without the children.
    """

    __slots__ = ("children", "end_line", "heading", "level", "line", "nodes", "parent", "title")

    def __init__(self, heading: SyntaxTreeNode | None, parent: Section | None) -> None:
        """Start a section at ``heading``; None for what stands above the first one."""
        self.heading = heading
        self.parent = parent
        self.level = int(heading.tag[1]) if heading else 0
        self.title = tidy(flatten([heading]).text) if heading else ""
        self.line = (heading.map or (0, 1))[0] + 1 if heading else 1
        self.end_line = self.line
        self.nodes: list[SyntaxTreeNode] = []
        self.children: list[Section] = []

    @property
    def category(self) -> str:
        """Return the title of the ``##`` heading around this one, else of the nearest heading around it."""
        around = list(self.ancestors())
        return next((section.title for section in around if section.level == 2), around[0].title if around else "")

    @property
    def category_of_text(self) -> str:
        """Return the category of what stands directly below this heading, which may be the category itself."""
        return self.title if self.level <= 2 else self.category or self.title

    def ancestors(self) -> Iterator[Section]:
        """Yield the headings around this one, nearest first."""
        section = self.parent
        while section is not None and section.heading is not None:
            yield section
            section = section.parent

    def walk(self) -> Iterator[Section]:
        """Yield this section and all below it, in order of the file."""
        stack = [self]
        while stack:
            section = stack.pop()
            yield section
            stack.extend(reversed(section.children))


def split_sections(nodes: Sequence[SyntaxTreeNode]) -> Section:
    """Return the root of the heading tree; headings that are labels ("Root cause") are text of their parent."""
    root = Section(None, None)
    current = root
    parent: Section | None
    for node in nodes:
        if node.type != "heading":
            current.nodes.append(node)
            current.end_line = max(current.end_line, (node.map or (0, 0))[1])
            continue
        level = int(node.tag[1])
        parent = current
        while parent is not None and parent.level >= level:
            parent = parent.parent
        owner = parent or root
        if owner.heading is not None and owner.level >= 2 and label_name(flatten([node]).text):
            current = owner
            current.nodes.append(node)
            current.end_line = max(current.end_line, (node.map or (0, 0))[1])
        else:
            current = Section(node, owner)
            owner.children.append(current)
            current.end_line = max(current.line, (node.map or (0, 0))[1])
    return root


def is_told_in_full(nodes: Sequence[SyntaxTreeNode]) -> bool:
    """Return whether ``nodes`` begin with a bold symptom (or name one) and name the root cause."""
    prose = flatten(nodes)
    parts = split_parts(prose)[1]
    names = [part.name for part in parts]
    if "cause" not in names:
        return False
    first = prose.blocks[0] if prose.blocks else None
    is_bold = first is not None and any(
        span.start <= first.start + 2 and not prose.text[span.end : first.end].strip(" .:") and span.end > span.start
        for span in prose.bold[:1]
    )
    return is_bold or "symptom" in names


def belongs_to_parent(section: Section, *, has_rule: bool, has_notes: bool) -> bool:
    """Return whether a heading below a lesson is part of that lesson: "Examples", "Background", "Rule"."""
    if has_notes or is_told_in_full(section.nodes):
        return False
    return not (has_rule and is_named_like_rule(section))


def is_named_like_rule(section: Section) -> bool:
    """Return whether a heading reads like an id, such as "shared-service-selector", and not like "Examples"."""
    return is_rule_id(section.title) and "-" in section.title
