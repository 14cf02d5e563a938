"""``<!-- rule: ID -->`` marks: put where the reader of notes finds them, everything else byte for byte as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kubelint_lessons.lessons.lesson import LessonFile, Note
from kubelint_lessons.lessons.markdown import read_markdown
from kubelint_lessons.lessons.parse import parse_lessons
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_LINE = regex(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_LAST_PIPE = regex(r"(?<!\\)\|[ \t]*$")


class Wanted(NamedTuple):
    """A note, by its id, and the rule that it is to be bound to."""

    note: str
    rule: str


class Marked(NamedTuple):
    """The text with its marks: ``placed`` are those that the reader of notes finds, ``refused`` have no such place."""

    text: str
    placed: tuple[Wanted, ...]
    refused: tuple[Wanted, ...]


def add_marks(text: str, path: str, wanted: Sequence[Wanted]) -> Marked:
    """Return ``text`` with a mark for each wanted binding; ids are those of the notes in ``text``.

    A mark stands at the end of the note's first paragraph, in a table in the row's last cell. It is kept only where the
    file reads as before but for that binding.
    """
    before = parse_lessons(text, path)
    notes = {note.id: note for note in before.notes}
    places = _Places(text, path)
    tries = [tuple(places.of(notes[item.note])) if item.note in notes else () for item in wanted]
    usual = [(offsets[0], _mark(item)) for item, offsets in zip(wanted, tries, strict=True) if offsets]
    marked = _insert(text, usual)
    if len(usual) == len(wanted) and _holds(before, parse_lessons(marked, path), wanted):
        return Marked(marked, tuple(wanted), ())
    return _one_by_one(text, path, before, list(zip(wanted, tries, strict=True)))


def _one_by_one(text: str, path: str, before: LessonFile, tries: Sequence[tuple[Wanted, tuple[int, ...]]]) -> Marked:
    """Return the text with every mark that has a place where it is found; slow, for texts with surprises only."""
    placed: list[Wanted] = []
    refused: list[Wanted] = []
    offsets: list[tuple[int, str]] = []
    for item, candidates in tries:
        for offset in candidates:
            trial = [*offsets, (offset, _mark(item))]
            if _holds(before, parse_lessons(_insert(text, trial), path), [*placed, item]):
                offsets = trial
                placed.append(item)
                break
        else:
            refused.append(item)
    return Marked(_insert(text, offsets), tuple(placed), tuple(refused))


def _mark(item: Wanted) -> str:
    return f" <!-- rule: {item.rule} -->"


class _Places:
    """Where marks of a file can stand, as offsets into its text."""

    def __init__(self, text: str, path: str) -> None:
        self._lines: list[tuple[int, str]] = []
        start = 0
        for match in _LINE.finditer(text):
            self._lines.append((match.start(), match[1]))
            start = match.end()
            if start == len(text):
                break
        self._paragraphs = [
            (node.map[0], node.map[1])
            for root in read_markdown(text, path).nodes
            for node in _walk(root)
            if node.type == "paragraph" and node.map
        ]

    def of(self, note: Note) -> Iterator[int]:
        """Yield the places for a mark of ``note``, the usual one first."""
        first = note.words.line - 1
        if note.form == "table":
            yield self._end_of_row(first)
            return
        inside = [end for start, end in self._paragraphs if first <= start and end <= note.end_line]
        if inside:
            yield self._end_of_line(inside[0] - 1)
        if note.form == "heading":
            yield self._end_of_line(first)
        if inside:
            yield self._end_of_line(inside[-1] - 1)

    def _end_of_line(self, index: int) -> int:
        start, line = self._lines[index]
        return start + len(line.rstrip())

    def _end_of_row(self, index: int) -> int:
        start, line = self._lines[index]
        pipe = _LAST_PIPE.search(line)
        return start + len((line[: pipe.start()] if pipe else line).rstrip())


def _walk(node: Any) -> Iterator[Any]:
    """Yield a node of the Markdown's tree and all below it; the parser's types are known to lessons only."""
    yield node
    if node.type != "inline":
        for child in node.children:
            yield from _walk(child)


def _insert(text: str, offsets: Sequence[tuple[int, str]]) -> str:
    parts: list[str] = []
    end = 0
    for offset, mark in sorted(offsets):
        parts += (text[end:offset], mark)
        end = offset
    return "".join([*parts, text[end:]])


def _holds(before: LessonFile, after: LessonFile, placed: Sequence[Wanted]) -> bool:
    """Return whether ``after`` is ``before`` with the bindings of ``placed`` and nothing else."""
    if len(before.notes) != len(after.notes) or len(after.problems) != len(before.problems):
        return False
    if [lesson.words for lesson in before.lessons] != [lesson.words for lesson in after.lessons]:
        return False
    for old, new in zip(before.notes, after.notes, strict=True):
        added = [item.rule for item in placed if item.note == old.id]
        known = sorted([*(binding.rule for binding in old.bindings), *added])
        if (old.id, old.words, old.form) != (new.id, new.words, new.form):
            return False
        if sorted(binding.rule for binding in new.bindings) != known:
            return False
    return True
