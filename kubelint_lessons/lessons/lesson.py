"""What a lessons file holds: lessons, notes, examples and problems, each with its place in the Markdown."""

from __future__ import annotations

from typing import Any, Literal

from kubelint_lessons.lessons.rule import LessonWords, words_from_plain
from kubelint_lessons.model.records import NamedTuple

Label = Literal["bad", "good", "known-miss"]
NoteForm = Literal["bullet", "numbered", "paragraph", "heading", "table"]


class LessonProblem(NamedTuple):
    """Why something in a lessons file or a platform reference does not load: found, expected, next step.

    ``line`` and ``column`` are 1-based, columns count code points, ``end_column`` is exclusive. ``code`` names
    the kind of problem in kebab-case.
    """

    path: str
    line: int
    column: int
    end_column: int
    message: str
    hint: str
    code: str


class Block(NamedTuple):
    """The text of a fenced block. ``line`` is where its first line stands in the Markdown, ``offsets`` how many
    characters of each Markdown line precede it (``()``: none), ``fence_line`` where the fence opens."""

    text: str
    fence_line: int
    line: int
    offsets: tuple[int, ...]

    def place(self, line: int, column: int) -> tuple[int, int]:
        """Return the Markdown's line and column for a line and column of the block, all 1-based."""
        offset = self.offsets[line - 1] if 0 < line <= len(self.offsets) else 0
        return self.line + line - 1, column + offset


class ExampleFile(NamedTuple):
    """One file of an example. ``path`` is a name by language where ``is_named`` is false; ``line`` is where its
    first line stands in the Markdown; ``expected_lines`` are 1-based lines of ``text``."""

    path: str
    text: str
    line: int
    language: str
    expected_lines: tuple[int, ...]
    is_named: bool


class Example(NamedTuple):
    """Files that are read together, as a complete scope of its own; ``platform`` None: no facts are known."""

    label: Label
    files: tuple[ExampleFile, ...]
    platform: dict[str, Any] | None
    line: int


class Lesson(NamedTuple):
    """A lesson with at least one rule block. ``markdown`` is its prose as written, without the heading and without
    the blocks that kubelint reads; ``column`` and ``end_column`` are those of the heading's text."""

    id: str
    words: LessonWords
    blocks: tuple[Block, ...]
    examples: tuple[Example, ...]
    markdown: str
    line: int
    column: int
    end_column: int
    end_line: int


class Binding(NamedTuple):
    """A ``<!-- rule: ID -->`` mark."""

    rule: str
    line: int
    column: int
    end_column: int


class Note(NamedTuple):
    """A lesson without a rule of its own; ``markdown`` is its source text, ``end_line`` its last line."""

    id: str
    words: LessonWords
    bindings: tuple[Binding, ...]
    examples: tuple[Example, ...]
    form: NoteForm
    markdown: str
    end_line: int


class Unread(NamedTuple):
    """A list item that was read as prose, not as a note: kept so that nothing is dropped silently."""

    line: int
    text: str


class LessonFile(NamedTuple):
    """Everything that one Markdown file holds; ``categories`` are its category headings in order."""

    path: str
    lessons: tuple[Lesson, ...]
    notes: tuple[Note, ...]
    problems: tuple[LessonProblem, ...]
    categories: tuple[str, ...]
    unread: tuple[Unread, ...]


def note_from_plain(plain: Any) -> Note:
    """Return the note that JSON took apart into lists; raises TypeError, ValueError or IndexError for others."""
    note = Note._make(plain)
    return note._replace(
        words=words_from_plain(note.words),
        bindings=tuple(Binding._make(item) for item in note.bindings),
        examples=tuple(_example(item) for item in note.examples),
    )


def lesson_from_plain(plain: Any) -> Lesson:
    """Return the lesson that JSON took apart into lists; raises TypeError, ValueError or IndexError for others."""
    lesson = Lesson._make(plain)
    blocks = (Block._make(item) for item in lesson.blocks)
    return lesson._replace(
        words=words_from_plain(lesson.words),
        blocks=tuple(block._replace(offsets=tuple(block.offsets)) for block in blocks),
        examples=tuple(_example(item) for item in lesson.examples),
    )


def _example(plain: Any) -> Example:
    example = Example._make(plain)
    files = (ExampleFile._make(item) for item in example.files)
    return example._replace(files=tuple(file._replace(expected_lines=tuple(file.expected_lines)) for file in files))
