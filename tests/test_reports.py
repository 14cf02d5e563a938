"""What reports make of text that a repository controls, and of places."""

from __future__ import annotations

import sys

import pytest

from kubelint_lessons.engine.masking import mask_line, mask_text
from kubelint_lessons.model.location import Location
from kubelint_lessons.reports import sanitize
from kubelint_lessons.reports.frame import frame
from kubelint_lessons.reports.sanitize import clean, clean_markdown, clean_path, display_width
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.wrap import wrap


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 😀", "plain é 😀"),
        ("two\nlines", "two\\nlines"),
        ("esc\x1b[31mred", "esc\\x1b[31mred"),
        ("a\u202eb", "a\\u{202e}b"),
        ("zero\u200bwidth", "zero\\u{200b}width"),
        ("\u2028", "\\u{2028}"),
        ("nul\x00", "nul\\x00"),
        ("::error file=a::x", "\\x3a:error file=a::x"),
        ("a \u00a0::Stop-Commands::x", "a \u00a0\\x3a:Stop-Commands::x"),
        (
            "listens on :: and ::1 and ::ffff:10.0.0.1, not a::error::b",
            "listens on :: and ::1 and ::ffff:10.0.0.1, not a::error::b",
        ),
        ("see ##[error]x", "see ##\\x5berror]x"),
        ("###vso[task.x]y ## [z]", "###vso\\x5btask.x]y ## [z]"),
    ],
)
def test_harmful_characters_become_visible(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_no_harmful_character_passes_for_harmless() -> None:
    missed = [
        chr(code)
        for code in range(sys.maxunicode + 1)
        if sanitize._is_harmless(chr(code)) and sanitize._is_harmful(chr(code))
    ]
    assert not missed
    assert sanitize._is_harmless("→ 日本 é 😀")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("EXTERNAL-IP <pending>", "EXTERNAL-IP &lt;pending>"),
        ("a | b", "a \\| b"),
        ("*bold* [link](x) `code`", "\\*bold\\* \\[link\\](x) \\`code\\`"),
        ("# heading and a#b", "\\# heading and a#b"),
        ("@team", "&#64;team"),
    ],
)
def test_words_are_no_markdown(text: str, shown: str) -> None:
    assert clean_markdown(text) == shown


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("::error::x.yaml", "\\x3a:error::x.yaml"),
        ("::x.yaml", "./::x.yaml"),
        ("##[error]x.yaml", "./##\\x5berror]x.yaml"),
        ("--help.yaml", "./--help.yaml"),
    ],
)
def test_a_file_name_is_no_workflow_command(path: str, shown: str) -> None:
    assert clean_path(path) == shown


def show(line: str, column: int, end: int) -> list[str]:
    place = Location("a.yaml", 3, column, end)
    return frame(place, "here", line, arrow="-->", marker="^", gutter=2, role="error", style=Style())


def test_a_caret_stands_below_what_it_means() -> None:
    assert show("  app: web", 3, 11) == [
        "  --> a.yaml:3:3",
        "   |",
        " 3 |   app: web",
        "   |   ^^^^^^^^ here",
    ]


def test_wide_characters_take_two_columns() -> None:
    *_, text, caret = show("a: 😀 b: é", 6, 10)
    assert text == " 3 | a: 😀 b: é"
    assert caret == "   |       ^^^^ here"


def test_tabs_keep_the_columns() -> None:
    *_, text, caret = show("\ta: b", 2, 6)
    assert text.index("a") == caret.index("^")


def test_a_long_line_is_cut_around_its_caret() -> None:
    *_, text, caret = show("x" * 500 + "needle" + "y" * 500, 501, 507)
    assert len(text) < 160
    assert text[caret.index("^") : caret.rindex("^") + 1] == "needle"


def test_a_place_beyond_the_line_still_has_a_caret() -> None:
    assert show("short", 40, 45)[-1].endswith("^ here")


def test_words_wrap_by_their_width() -> None:
    assert list(wrap("one two three", 7, "- ", "  ")) == ["- one two", "  three"]
    assert list(wrap("", 7, "- ", "  ")) == ["- "]
    assert display_width("日本") == 4


@pytest.mark.parametrize(
    ("line", "previous", "in_secret", "shown"),
    [
        ("  password: hunter2", "", False, "  password: ***"),
        ('      - "DB_PASSWORD": "hunter2"', "", False, '      - "DB_PASSWORD": ***'),
        ("    value: hunter2", "  - name: API_TOKEN", False, "    value: ***"),
        ("  - {name: DB_PASS, value: hunter2}", "", False, "  - {name: DB_PASS, value: ***}"),
        ("    value: web", "  - name: ROLE", False, "    value: web"),
        ("  key: aHVudGVyMg==", "data:", True, "  key: ***"),
        ("  aHVudGVyMg==", "  key: |", True, "  ***"),
        ("  url: postgres://app:hunter2@db/app", "", False, "  url: postgres://app:***@db/app"),
        ("  secretName: tls", "", False, "  secretName: tls"),
        ("  automountServiceAccountToken: false", "", False, "  automountServiceAccountToken: false"),
        (
            "        secretKeyRef: {name: db, key: password}",
            "",
            False,
            "        secretKeyRef: {name: db, key: password}",
        ),
        ("  app: web", "", False, "  app: web"),
    ],
)
def test_secrets_do_not_leave_their_file(line: str, previous: str, in_secret: bool, shown: str) -> None:
    assert mask_line(line, previous, in_secret) == shown


def test_a_password_in_a_message_is_masked() -> None:
    assert mask_text("calls postgres://u:pw@db:5432/x") == "calls postgres://u:***@db:5432/x"
