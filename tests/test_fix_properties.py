"""Edits of generated YAML in every style: the data are those that the edit means, the rest of the text stays."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, NamedTuple

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kubelint_lessons.fixes.edits import Request, edit_text
from kubelint_lessons.fixes.oracle import copied, edited, is_same
from kubelint_lessons.fixes.quoting import is_plain, write_key, write_scalar
from kubelint_lessons.fixes.targets import Hop
from kubelint_lessons.fixes.texts import RefusedError, Revision, TextEdit, apply_edits
from kubelint_lessons.manifests.load import load
from kubelint_lessons.model.location import FieldPath

WORDS = [
    "a",
    "app",
    "on",
    "1",
    "1.20",
    "a: b",
    "#x",
    "x #y",
    "",
    " lead",
    "ünï",
    "😀",
    "- a",
    "*x",
    "[",
    "a,b",
    "it's",
    '"',
]
SCALARS = st.one_of(
    st.sampled_from(WORDS), st.integers(-5, 99), st.booleans(), st.none(), st.sampled_from(["l1\nl2\n", "l1\n\n  l3"])
)
KEYS = st.sampled_from(["name", "app", "a/b", "on", "with space", "k: x", "ключ", "x"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
ROOTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


class Style(NamedTuple):
    """How one text is written; ``choices`` are asked wherever there is something to choose."""

    step: int
    list_step: int
    line_break: str
    has_end: bool
    dash: str
    draw: Any


class Writer:
    """Writes data as YAML in a style, with a numbered comment wherever one can stand."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.lines: list[str] = []
        self.number = 0

    def chance(self, part: float) -> bool:
        return bool(self.style.draw(st.floats(0, 1)) < part)

    def comment(self) -> str:
        if not self.chance(0.3):
            return ""
        self.number += 1
        return f"  # comment {self.number}"

    def write(self, data: dict[str, Any]) -> str:
        self.map(data, "", 0)
        text = self.style.line_break.join(self.lines)
        return text + self.style.line_break if self.style.has_end else text

    def line(self, text: str) -> None:
        if self.chance(0.1):
            self.lines.append("")
        if text[:1] in (" ", "") and "-" not in text.split(":")[0] and self.chance(0.15):
            self.number += 1
            indent = len(text) - len(text.lstrip(" "))
            self.lines.append(f"{' ' * indent}# comment {self.number}")
        self.lines.append(text)

    def map(self, data: dict[str, Any], first: str, column: int) -> None:
        for position, (key, value) in enumerate(data.items()):
            head = first if position == 0 and first else " " * column
            self.value(f"{head}{write_key(key)}:", value, column, column + self.style.list_step)

    def list(self, data: list[Any], first: str, column: int) -> None:
        for position, item in enumerate(data):
            head = first if position == 0 and first else " " * column
            self.value(f"{head}-", item, column, column + 1 + len(self.style.dash), is_item=True)

    def value(self, head: str, value: Any, column: int, list_column: int, *, is_item: bool = False) -> None:
        gap = self.style.dash if is_item else " "
        if isinstance(value, (dict, list)) and value and self.chance(0.75):
            below = column + 1 + len(gap) if is_item else column + self.style.step
            if is_item and self.chance(0.7):
                write = self.map if isinstance(value, dict) else self.list
                write(value, head + gap, below)  # type: ignore[arg-type]
                return
            self.line(head + self.comment())
            if isinstance(value, dict):
                self.map(value, "", below)
            else:
                self.list(value, "", list_column)
        elif isinstance(value, str) and "\n" in value and self.chance(0.8):
            sign = "" if value.endswith("\n") else "-"
            self.line(f"{head}{gap}|{sign}{self.comment()}")
            indent = " " * (column + self.style.step)
            self.lines.extend(indent + line if line else "" for line in value.removesuffix("\n").split("\n"))
        elif value is None and self.chance(0.5):
            self.line(head + self.comment())
        else:
            self.line(f"{head}{gap}{self.flow(value)}{self.comment()}")

    def flow(self, value: Any) -> str:
        if isinstance(value, dict):
            parts = [f"{write_key(key, in_flow=True)}: {self.flow(part)}" for key, part in value.items()]
        elif isinstance(value, list):
            parts = [self.flow(part) for part in value]
        else:
            return write_scalar(value, self.style.draw(st.sampled_from(["", "'", '"'])), in_flow=True)
        left, right = "{}" if isinstance(value, dict) else "[]"
        space = self.style.draw(st.sampled_from(["", " "])) if parts else ""
        end = self.style.draw(st.sampled_from(["", ","])) if parts else ""
        return f"{left}{space}{', '.join(parts)}{end}{space}{right}"


@st.composite
def texts(draw: Any) -> tuple[str, dict[str, Any]]:
    data = draw(ROOTS)
    step = draw(st.sampled_from([2, 3, 4]))
    style = Style(
        step,
        draw(st.sampled_from([0, step])),
        draw(st.sampled_from(["\n", "\r\n"])),
        draw(st.booleans()),
        draw(st.sampled_from([" ", "   "])),
        draw,
    )
    return Writer(style).write(data), data


def routes(data: Any, path: FieldPath = ()) -> list[FieldPath]:
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [route for step, value in parts for route in ((*path, step), *routes(value, (*path, step)))]


@st.composite
def edits(draw: Any, data: Any) -> tuple[FieldPath, Request]:
    path = draw(st.sampled_from(routes(data)))
    kind = draw(st.sampled_from(["set", "set", "remove", "rename", "add", "replace"]))
    if kind == "rename":
        assume(isinstance(path[-1], str))
        return path, Request("rename", draw(KEYS))
    if kind == "add":
        return (*path, draw(st.one_of(st.just("added"), st.integers(0, 3)))), Request("set", draw(VALUES))
    if kind == "replace":
        return path, Request("replace", draw(st.sampled_from(WORDS)), draw(st.sampled_from(["a", "l", "x", " "])))
    return path, Request("remove") if kind == "remove" else Request("set", draw(VALUES))


def comments(text: str) -> list[str]:
    return re.findall(r"# comment \d+", text)


def is_part(some: list[str], every: list[str]) -> bool:
    rest = iter(every)
    return all(item in rest for item in some)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.data())
def test_an_edit_changes_what_it_means_and_nothing_else(data: Any) -> None:
    before, values = data.draw(texts())
    assert is_same(load(before).data, values)
    path, request = data.draw(edits(values))
    try:
        expected = edited(values, request.operation, path, request.value, request.old)
    except RefusedError:
        assume(False)
    assume(not is_same(values, expected))
    changes = edit_text(before, (Hop(0, path),), request)
    after = apply_edits(before, changes)
    assert is_same(copied(load(after).data), expected)
    assert not re.search(r"(?<!\r)\n" if "\r" in before else r"\r", after)
    assert is_part(comments(after), comments(before))
    if request.operation in ("rename", "replace"):
        assert comments(after) == comments(before)
    for key in values:
        if key != path[0]:
            assert _entry(before, key) == _entry(after, key)


def _entry(text: str, key: str) -> str:
    """Return the lines of a key of the root, comments and blank lines at the end left out."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{write_key(key)}:"))
    end = start + 1
    while end < len(lines) and (not lines[end] or lines[end][0] in " -#"):
        end += 1
    kept = lines[start:end]
    while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith("#")):
        kept.pop()
    return "\n".join(kept)


@given(st.text(max_size=12), st.sampled_from(["", "'", '"']), st.booleans())
@settings(max_examples=500, deadline=None, derandomize=True)
def test_a_written_scalar_reads_back_as_it_is(text: str, style: str, in_flow: bool) -> None:
    assume(not any("\ud800" <= character <= "\udfff" for character in text))
    written = write_scalar(text, style, in_flow=in_flow)
    document = f"a: [{written}, x]\n" if in_flow else f"a:\n  - {written} # c\n"
    assert load(document).data["a"][0] == text
    if text:
        key = write_key(text, style, in_flow=in_flow)
        assert load(f"a: {{{key}: 1}}\n" if in_flow else f"a:\n  {key}: 1\n").data == {"a": {text: 1}}
    assert "\n" not in written


@given(st.text(alphabet="01.-:abx_eE+TZ oOnNyY~", max_size=10))
@settings(max_examples=500, deadline=None, derandomize=True)
def test_plain_text_is_text_for_kubectl(text: str) -> None:
    if is_plain(text):
        assert load(f"a: {text}\n").data == {"a": text}


@given(st.text(alphabet="abc\n", max_size=20), st.data())
@settings(deadline=None, derandomize=True)
def test_a_revision_tells_its_steps_as_one(original: str, data: Any) -> None:
    revision = Revision(original)
    for _ in range(data.draw(st.integers(0, 4))):
        offsets = sorted(data.draw(st.lists(st.integers(0, len(revision.text)), min_size=2, max_size=4)))
        pairs = zip(offsets[::2], offsets[1::2], strict=False)
        revision.apply([TextEdit(start, end, data.draw(st.text(alphabet="XY", max_size=3))) for start, end in pairs])
    changes = revision.edits()
    assert apply_edits(original, changes) == revision.text
    assert all(one.end < other.start for one, other in pairwise(changes))
