"""A team's existing file of 482 lines: every lesson is found once, at its line, and nothing is lost or merged."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from kubelint_lessons.lessons.lesson import LessonFile
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.lessons.parse import parse_lessons

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "fixtures" / "ai-lessons-482.md"
PATH = "docs/ai-lessons.md"


def text() -> str:
    return FILE.read_text(encoding="utf-8")


def expected() -> list[tuple[int, str, str, str]]:
    with (ROOT / "tests" / "data" / "ai-lessons-482.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(int(row["line"]), row["category"], row["form"], row["symptom"]) for row in rows]


@pytest.fixture(scope="module")
def read() -> LessonFile:
    return parse_lessons(text(), PATH)


def test_the_file_is_what_the_label_says() -> None:
    assert text().count("\n") == 482
    assert len(expected()) == 174
    assert len({category for _, category, _, _ in expected()}) > 20
    assert {form for _, _, form, _ in expected()} == {"bullet", "numbered", "paragraph", "heading", "table"}


def test_every_lesson_is_found_once_at_its_line(read: LessonFile) -> None:
    found = [(note.words.line, note.words.category, note.form, note.words.symptom.rstrip(":.")) for note in read.notes]
    assert found == expected()
    assert read.lessons == ()
    assert read.problems == ()


def test_no_two_notes_share_an_id_or_a_line_of_text(read: LessonFile) -> None:
    assert max(Counter(note.id for note in read.notes).values()) == 1
    lines: Counter[int] = Counter()
    for note in read.notes:
        lines.update(range(note.words.line, note.end_line + 1))
    groups = {line for line, number in lines.items() if number > 1}
    assert groups == set(), "two notes claim these lines"


def test_every_note_has_a_cause_or_a_fix_and_keeps_its_source(read: LessonFile) -> None:
    lines = text().split("\n")
    for note in read.notes:
        assert note.words.fix, note.words
        assert note.words.cause or note.words.line in (262, 275), note.words
        assert note.markdown.split("\n") == lines[note.words.line - 1 : note.end_line]


def test_every_incident_is_counted(read: LessonFile) -> None:
    seen = {note.words.line: [entry[:10] for entry in note.words.seen] for note in read.notes if note.words.seen}
    assert seen == {
        23: ["2026-02-11", "2026-02-13", "2026-02-17"],
        139: ["2026-02-10", "2026-02-16", "2026-02-21"],
    }


def test_what_is_no_lesson_is_said_to_be_none(read: LessonFile) -> None:
    assert [entry.line for entry in read.unread] == [6, 7, 8, 473, 474]


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_other_line_ends_change_nothing(read: LessonFile, line_end: str) -> None:
    other = parse_lessons(text().replace("\n", line_end), PATH)
    assert other.notes == read.notes


def test_the_rule_set_lists_every_note(read: LessonFile) -> None:
    rule_set = load_rules([(PATH, text())], builtin=False)
    assert rule_set.notes == read.notes
    assert rule_set.problems == ()
