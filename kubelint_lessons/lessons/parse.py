"""Markdown in, lessons and notes out, each with its place; whatever the text, a result and never an exception."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kubelint_lessons.lessons.blocks import Fence, group_examples, read_fence, walk_fences
from kubelint_lessons.lessons.lesson import (
    Binding,
    Example,
    Lesson,
    LessonFile,
    LessonProblem,
    Note,
    Unread,
)
from kubelint_lessons.lessons.markdown import Markdown, read_markdown
from kubelint_lessons.lessons.names import is_rule_id, slug
from kubelint_lessons.lessons.notes import Draft, collect_notes
from kubelint_lessons.lessons.platform_file import read_facts
from kubelint_lessons.lessons.prose import (
    Comment,
    Span,
    flatten,
    joined,
    split_parts,
    split_seen,
    split_sources,
)
from kubelint_lessons.lessons.rule import LessonWords
from kubelint_lessons.lessons.sections import (
    Section,
    belongs_to_parent,
    is_named_like_rule,
    is_told_in_full,
    split_sections,
)
from kubelint_lessons.model.regexes import regex

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

_MARK = regex(r"<!--\s*rule:\s*(.*?)\s*-->", re.DOTALL)
_NEARLY_MARK = regex(r"<!--\s*rules?\s*[:=]?\s*[a-z0-9]+(?:-[a-z0-9]+)+\s*-->", re.IGNORECASE)


def parse_lessons(text: str, path: str) -> LessonFile:
    """Return the lessons, notes and problems of a Markdown file; ``path`` is how the file is reported."""
    reader = _Reader(read_markdown(text, path), path)
    reader.read()
    return LessonFile(
        path,
        tuple(reader.lessons),
        tuple(reader.finished_notes()),
        tuple(sorted(reader.problems, key=lambda problem: (problem.line, problem.column))),
        tuple(dict.fromkeys(reader.categories)),
        tuple(reader.unread),
    )


class _Reader:
    """Walks the headings of one file and collects what it finds; lives for one call of ``parse_lessons``."""

    def __init__(self, markdown: Markdown, path: str) -> None:
        self.markdown = markdown
        self.path = path
        self.lessons: list[Lesson] = []
        self.drafts: list[tuple[Draft, str, tuple[Example, ...]]] = []
        self.problems: list[LessonProblem] = list(markdown.problems)
        self.categories: list[str] = []
        self.unread: list[Unread] = []
        self._fences: dict[int, Fence] = {}
        self._title: Section | None = None  # the heading above all others: bullets there are mostly no lessons

    def read(self) -> None:
        """Read every section."""
        for node in walk_fences(self.markdown.nodes):
            if node.type == "fence":
                fence, wrong = read_fence(node, self.markdown.lines, self.path)
                self.problems += wrong
                if fence is not None and node.map:
                    self._fences[node.map[0]] = fence
        root = split_sections(self.markdown.nodes)
        first = root.children[0] if len(root.children) == 1 else None
        self._title = first if first is not None and first.level == 1 and first.children else None
        stack = [root]
        while stack:
            section = stack.pop()
            if section.heading is not None and self._is_lesson(section):
                if self._has_rule(section) and not is_rule_id(section.title):
                    self._refuse_heading(section)
                    self._read_notes(section)
                else:
                    self._absorb(section)
                    self._read_lesson(section)
            else:
                self._read_prose(section)
            stack.extend(reversed(section.children))

    def _own_fences(self, section: Section) -> list[Fence]:
        nodes = (node for node in walk_fences(section.nodes) if node.type == "fence" and node.map)
        return [self._fences[node.map[0]] for node in nodes if node.map and node.map[0] in self._fences]

    def _has_rule(self, section: Section) -> bool:
        return any(fence.role == "rule" for fence in self._own_fences(section))

    def _is_lesson(self, section: Section) -> bool:
        if self._has_rule(section):
            return True
        if is_named_like_rule(section):
            below = [child for child in section.children if not is_named_like_rule(child)]
            if any(self._has_rule(child) for child in below):
                return True
        return is_told_in_full(section.nodes) and not self._is_list_of_notes(section)

    def _is_list_of_notes(self, section: Section) -> bool:
        """Return whether a section without a rule tells more than one lesson."""
        found = collect_notes(section.nodes, None, section.line, section.end_line).drafts
        return len(found) > 1 and not any(draft.form == "heading" for draft in found)

    def _absorb(self, section: Section) -> None:
        """Make headings below a lesson that are no lessons themselves part of its text."""
        kept: list[Section] = []
        waiting = list(section.children)
        while waiting:
            child = waiting.pop(0)
            found = collect_notes(child.nodes, None, child.line, child.end_line).drafts
            if not kept and belongs_to_parent(child, has_rule=self._has_rule(child), has_notes=bool(found)):
                section.nodes += child.nodes
                section.end_line = child.end_line
                waiting = child.children + waiting
            else:
                kept.append(child)
        section.children = kept

    def _read_lesson(self, section: Section) -> None:
        fences = self._own_fences(section)
        rules = [fence for fence in fences if fence.role == "rule"]
        examples = self._examples(section, fences)
        if not rules:
            draft = self._draft_of(section)
            draft = draft._replace(symptom=draft.symptom or section.title or draft.cause, name=section.title)
            self.drafts.append((draft, section.category, examples))
            self._note_category(section)
            return
        line, column, end_column = self._heading_place(section)
        if any(lesson.id == section.title for lesson in self.lessons):
            first = next(lesson for lesson in self.lessons if lesson.id == section.title)
            message = f'the lesson "{section.title}" stands in line {first.line} already'
            hint = "give it an id of its own, or move its rule blocks there"
            self.problems.append(LessonProblem(self.path, line, column, end_column, message, hint, "duplicate-id"))
            return
        self._read_notes_behind(section)
        draft = self._draft_of(section)
        for comment in draft.comments:
            if _MARK.fullmatch(comment.text):
                place = self._comment_place(comment)
                hint = "remove the mark; a rule block with extends: builds on another rule"
                message = f'the lesson "{section.title}" has a rule of its own, and the mark binds another one'
                self.problems.append(LessonProblem(self.path, *place, message, hint, "mark"))
        self.lessons.append(
            Lesson(
                section.title,
                self._words(draft, section.category),
                tuple(fence.block for fence in rules),
                examples,
                self._markdown(section),
                section.line,
                column,
                end_column,
                section.end_line,
            )
        )
        self._note_category(section)

    def _read_notes_behind(self, section: Section) -> None:
        """Read lists behind a lesson's last block whose items are notes: somebody went on below without a heading."""
        last = max(index for index, node in enumerate(section.nodes) if self._is_own_block(node))
        for node in section.nodes[last + 1 :]:
            found = collect_notes([node], None, section.line, section.end_line).drafts
            if node.type in ("bullet_list", "ordered_list") and any(draft.fix for draft in found):
                self.drafts += [(draft, section.category, ()) for draft in found]
                section.nodes.remove(node)

    def _is_own_block(self, node: SyntaxTreeNode) -> bool:
        return any(fence.map and fence.map[0] in self._fences for fence in walk_fences([node]))

    def _refuse_heading(self, section: Section) -> None:
        hint = f'write the heading as an id, such as "{"#" * section.level} {slug(section.title)}"'
        message = f'a heading with a rule block names the rule, and "{section.title}" is not a rule id'
        place = self._heading_place(section)
        self.problems.append(LessonProblem(self.path, *place, message, hint, "lesson-id"))

    def _read_prose(self, section: Section) -> None:
        """Read the notes of a section that is no lesson; blocks for a lesson are out of place there."""
        for fence in self._own_fences(section):
            if fence.role in ("rule", "platform"):
                message = f"this {fence.role} block stands under no lesson"
                hint = "put a heading with the lesson's id above it"
                if fence.role == "platform":
                    hint = "facts about the cluster stand in docs/platform-reference.md, or inside a lesson"
                self.problems.append(self._fence_problem(fence, message, hint, "block"))
        self._read_notes(section)

    def _read_notes(self, section: Section) -> None:
        title = section.title if section.level >= 2 else None
        found = collect_notes(section.nodes, title, section.line, section.end_line)
        first = len(self.drafts)
        is_heading = len(found.drafts) == 1 and found.drafts[0].form == "heading"
        heading_comments = flatten([section.heading]).comments if section.heading else ()
        for draft in found.drafts:
            if draft.form == "heading":
                draft = draft._replace(comments=(*heading_comments, *draft.comments))
            if section is self._title and not draft.fix:
                self.unread.append(Unread(draft.line, draft.symptom))
                continue
            category = section.category if draft.form == "heading" else section.category_of_text
            examples = self._examples(section, self._own_fences(section)) if is_heading else ()
            self.drafts.append((draft, category, examples))
            if category:
                self.categories.append(category)
        self.unread += [Unread(line, text) for line, text in found.unread]
        if not is_heading:
            self._bind_loose_marks(section, first)

    def _bind_loose_marks(self, section: Section, first: int) -> None:
        """Bind marks that stand between notes to the note before them; a mark that follows none is wrong."""
        nodes = [node for node in (section.heading, *section.nodes) if node and node.type in ("heading", "html_block")]
        for comment in flatten(nodes).comments:
            if not (_MARK.fullmatch(comment.text) or _NEARLY_MARK.fullmatch(comment.text)):
                continue
            place = self._comment_place(comment)
            before = [index for index in range(first, len(self.drafts)) if self.drafts[index][0].line < place[0]]
            if before:
                draft, category, examples = self.drafts[before[-1]]
                bound = draft._replace(comments=(*draft.comments, comment))
                self.drafts[before[-1]] = (bound, category, examples)
            elif not any(comment in draft.comments for draft, _, _ in self.drafts[first:]):
                hint = "put it at the end of the note that it binds"
                self.problems.append(LessonProblem(self.path, *place, "the mark follows no note", hint, "mark"))

    def _draft_of(self, section: Section) -> Draft:
        """Return the words of a section that is one lesson; prose between its blocks is no part of them."""
        breaks = frozenset(fence.block.fence_line - 1 for fence in self._own_fences(section))
        heading = flatten([section.heading]) if section.heading else flatten([])
        prose = flatten(section.nodes, breaks)
        before, parts = split_parts(prose)
        symptom, rest = joined(prose, parts, "symptom"), 0
        first = next((block for block in prose.blocks if block.end > block.start), None)
        if not symptom and first is not None and first.start < max(before.end, 1):
            bold = next((span for span in prose.bold if span.start <= first.start + 2), None)
            if bold is not None and bold.end <= before.end:
                symptom, rest = prose.words(bold).rstrip(":").rstrip(), bold.end
        more = prose.words(Span(rest, max(rest, before.end))).lstrip(" .:—–-")
        return Draft(
            symptom,
            " ".join(filter(None, (more, joined(prose, parts, "cause")))),
            joined(prose, parts, "fix"),
            split_seen(prose, parts),
            split_sources(prose, parts),
            (*heading.comments, *prose.comments),
            "heading",
            section.line,
            section.end_line,
        )

    def _examples(self, section: Section, fences: Sequence[Fence]) -> tuple[Example, ...]:
        platforms: list[tuple[int, dict[str, Any]]] = []
        for fence in fences:
            if fence.role == "platform":
                facts, _, wrong = read_facts(fence.block, self.path)
                self.problems += wrong
                platforms.append((fence.block.fence_line, facts))
        order: list[Fence | None] = []
        for node in walk_fences(section.nodes):
            if node.type == "hr":
                order.append(None)
            elif node.map and node.map[0] in self._fences:
                order.append(self._fences[node.map[0]])
        examples, wrong = group_examples(order, platforms, self.path)
        self.problems += wrong
        return examples

    def finished_notes(self) -> Iterator[Note]:
        """Yield the notes with their ids, which are unique in the file, and their marks."""
        taken = {lesson.id for lesson in self.lessons}
        for draft, category, examples in sorted(self.drafts, key=lambda item: item[0].line):
            base = name = slug(draft.name or draft.symptom)
            number = 1
            while name in taken:
                number += 1
                name = f"{base}-{number}"
            taken.add(name)
            bindings = tuple(self._bindings(draft.comments))
            source = "\n".join(self.markdown.lines[draft.line - 1 : draft.end_line]).rstrip()
            end_line = draft.line + source.count("\n")
            yield Note(name, self._words(draft, category), bindings, examples, draft.form, source, end_line)

    def _bindings(self, comments: Sequence[Comment]) -> Iterator[Binding]:
        for comment in comments:
            match = _MARK.fullmatch(comment.text)
            if match is None and not _NEARLY_MARK.fullmatch(comment.text):
                continue
            line, column, end_column = self._comment_place(comment)
            for rule in match[1].split(",") if match else ():
                if is_rule_id(rule.strip()):
                    yield Binding(rule.strip(), line, column, end_column)
                else:
                    self._wrong_mark(comment, f'the mark binds "{rule.strip()}", which is not a rule id')
            if match is None:
                self._wrong_mark(comment, f"{comment.text} is not a mark that kubelint reads")

    def _wrong_mark(self, comment: Comment, message: str) -> None:
        place = self._comment_place(comment)
        hint = "write <!-- rule: ID --> with the id of a rule"
        self.problems.append(LessonProblem(self.path, *place, message, hint, "mark"))

    def _comment_place(self, comment: Comment) -> tuple[int, int, int]:
        """Return line, column and end column of a comment; of its first line where it has several."""
        start = comment.text.split("\n", 1)[0]
        for number in range(comment.first_line, comment.last_line + 1):
            column = self.markdown.lines[number - 1].find(start) if number <= len(self.markdown.lines) else -1
            if column >= 0:
                return number, column + 1, column + len(start) + 1
        return comment.first_line, 1, 2

    def _heading_place(self, section: Section) -> tuple[int, int, int]:
        line = self.markdown.lines[section.line - 1] if section.line <= len(self.markdown.lines) else ""
        text = line.lstrip(" \t>#") or line
        column = len(line) - len(text) + 1
        return section.line, column, max(column + len(text.rstrip(" #")), column + 1)

    def _words(self, draft: Draft, category: str) -> LessonWords:
        return LessonWords(
            draft.symptom, draft.cause, draft.fix, category, draft.seen, draft.sources, self.path, draft.line
        )

    def _markdown(self, section: Section) -> str:
        """Return the source of a lesson without its heading and without the blocks that kubelint reads."""
        hidden: set[int] = set()
        for node in walk_fences(section.nodes):
            if node.map and node.map[0] in self._fences:
                hidden.update(range(*node.map))
        first = (section.heading.map or (0, section.line))[1] if section.heading else 0
        kept = [self.markdown.lines[index] for index in range(first, section.end_line) if index not in hidden]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")

    def _note_category(self, section: Section) -> None:
        if section.category:
            self.categories.append(section.category)

    def _fence_problem(self, fence: Fence, message: str, hint: str, code: str) -> LessonProblem:
        return LessonProblem(self.path, fence.block.fence_line, fence.column, fence.end_column, message, hint, code)
