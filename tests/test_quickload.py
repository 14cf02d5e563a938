"""Our own reader of plain YAML says what libyaml says, or nothing: on real files, changed ones, and random text."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kubelint_lessons.manifests.load import ANY_DOCUMENT, NO_WORDS, Loaded, load, load_by_events
from kubelint_lessons.manifests.problems import ReadError
from kubelint_lessons.manifests.quickload import quick_load
from kubelint_lessons.manifests.source import read_source, split

ROOT = Path(__file__).parents[1]
GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "data/kubectl-yaml-golden.json").read_text("utf-8"))
WORDS = ["kind", "spec", "Deployment", "name", "a", "b", "x", "y", "true", "nginx", "", "a b", "x\n", "1", "sh", "x y"]
BITS = {word: ANY_DOCUMENT << index for index, word in enumerate(WORDS, start=1)}


def is_answered(text: str) -> bool:
    """Return whether we read a text; fail where libyaml sees anything else in it."""
    quick = quick_load(text, BITS)
    if quick is None:
        return False
    data, has_null, words = quick
    try:
        expected = load_by_events(text, BITS)
    except ReadError as error:
        pytest.fail(f"libyaml rejects {text!r} ({error}), which was read as {data!r}")
    seen = Loaded(data, has_null, False, None, words | ANY_DOCUMENT, False)
    # repr shows types, the order of keys, and the sign of zero
    assert repr(seen) == repr(expected), text
    return True


def chunks_below(*folders: Path) -> Iterator[str]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".yaml", ".yml") and path.is_file():
                for chunk in split(read_source(path.name, path.read_bytes())):
                    yield chunk.text


def chunks_of_lessons() -> Iterator[str]:
    """Yield what stands in the code blocks of our lessons."""
    for path in sorted((ROOT / "rules").glob("*.md")):
        for block in re.findall(r"^```yaml[^\n]*\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            yield from (chunk.text for chunk in split(read_source("rule.yaml", block.encode())))


COMMITTED = [*chunks_below(ROOT / "fixtures", ROOT / "tests", ROOT / "rules"), *chunks_of_lessons()]


# --- real files -------------------------------------------------------------------------------------------------


def test_our_own_documents() -> None:
    answered = sum(map(is_answered, COMMITTED))
    assert len(COMMITTED) > 1000
    assert answered / len(COMMITTED) > 0.9


@pytest.mark.parametrize("name", ["clean", "wild"])
def test_the_corpora(shared: Path, name: str) -> None:
    texts = list(chunks_below(shared / "corpus" / name))
    read = [text for text in texts if is_answered(text)]
    assert len(read) / len(texts) > 0.9
    assert sum(map(len, read)) / sum(map(len, texts)) > 0.75


def test_the_files_that_kubectl_read() -> None:
    texts = [
        chunk.text
        for case in GOLDEN["files"]
        for chunk in split(read_source("case.yaml", case["bytes_latin1"].encode("latin-1")))
    ]
    assert sum(map(is_answered, texts)) > 10


def test_the_scalars_that_kubectl_read() -> None:
    answered = 0
    for scalar, _, _ in GOLDEN["scalars"]:
        for text in (
            f"k: {scalar}\n",
            f"- {scalar}\n",
            f"{scalar}: k\n",
            f"[{scalar}]\n",
            f"k: {{{scalar}: {scalar}}}\n",
        ):
            answered += is_answered(text)
    assert answered > len(GOLDEN["scalars"])


def test_windows_line_ends() -> None:
    texts = [text.replace("\n", "\r\n") for text in COMMITTED]
    assert sum(map(is_answered, texts)) / len(texts) > 0.9


def test_no_final_line_end() -> None:
    texts = [text.rstrip("\n") for text in COMMITTED]
    assert sum(map(is_answered, texts)) / len(texts) > 0.9


# --- changed files ----------------------------------------------------------------------------------------------

PIECES = [
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\r",
    "-",
    "- ",
    ":",
    ": ",
    "#",
    " #",
    " # c",
    '"',
    "'",
    "''",
    "[",
    "]",
    "{",
    "}",
]
PIECES += [",", "&a ", "*a", "!x ", "|", "|\n", ">-\n", "%", "@", "`", "?", "? ", "~", "y", "0", "\\", "<<: ", "---\n"]
PIECES += [
    "...\n",
    "é",
    "\xa0",
    "\x85",
    "\u2028",
    "\ufeff",
    "\x00",
    "\x7f",
    "😀",
    "null",
    "[]",
    "{}",
    "a: b\n",
    "- x\n",
]


def changed(text: str, random_: random.Random) -> str:
    """Return a text with one place changed: a piece put in, out, or exchanged; a line doubled, indented, taken out."""
    lines = text.split("\n")
    here = random_.randrange(len(lines))
    at = random_.randrange(len(text) + 1)
    match random_.randrange(8):
        case 0:
            return text[:at] + random_.choice(PIECES) + text[at:]
        case 1:
            return text[:at] + text[at + random_.randint(1, 3) :]
        case 2:
            return text[:at] + random_.choice(PIECES) + text[at + random_.randint(1, 2) :]
        case 3:
            lines[here] = random_.choice([" ", "  ", "    "]) + lines[here]
        case 4:
            lines[here] = lines[here][random_.randint(1, 2) :]
        case 5:
            del lines[here]
        case 6:
            lines.insert(random_.randrange(len(lines)), lines[here])
        case _:
            lines[here] += random_.choice(PIECES)
    return "\n".join(lines)


def test_changed_documents() -> None:
    random_ = random.Random(20261124)
    texts = [text for text in COMMITTED if 0 < len(text) < 3000]
    answered = 0
    for _ in range(15_000):
        text = random_.choice(texts)
        for _ in range(random_.randint(1, 2)):
            text = changed(text, random_)
        answered += is_answered(text)
    assert 3_000 < answered < 13_000


# --- random text ------------------------------------------------------------------------------------------------

# fmt: off
KEYS = [
    "a", "b", "name", "y", "on", "1", "0x1F", "null", "~", "1e3", '"a"', "'b c'", '"x\\"y"', "a.b/c", "a:b", "::",
    "a ", "<<", "$x", "(a)", "?", "-a", "- a", "*x", "&x a", "!x a", "[a]", "{a}", "{a: b}", "a b", "ключ", "", "=",
    ".inf", "kind",
]
VALUES = [
    "", " ", "x", "x y", "nginx:1.2", "a: b", "a:", ":a", ":", ": a", "a #b", "a# b", "#b", "a  # c ", "-", "- ",
    "-a", "--a", "- a", "- - a", "- a: b", "?", "?a", "? a", "~", "null", "Null", "y", "off", "1", "-1", "0777",
    "0o17", "1:30", "1e3", ".5", ".inf", "-.inf", ".nan", "1_000", "2001-01-01", "'x'", "''", "'it''s'", "'x", "x'",
    "'x' # c", "'x'#c", "'x' y", '"x"', '""', '"a b"', '"x', 'x"', '"x" # c', '"x"#c', '"\\n"', '"\\"', '"\\\\"',
    '"\\x41"', '"\\', '"# a: b"', "[]", "{}", "[ ]", "{ }", "[a, b]", '["a", "b"]', "[a,b]", "[1, null]",
    "[1, true, 0x1]", "[a: b]", "[a", "]", "{a: b}", "{a: 1, b: 'x'}", "{a: b, a: c}", "{a}", '{"a": "b"}',
    '{"a":"b"}', "{a: }", "{a: [b]}", "[[a]]", "[a] # c", "[a]#c", "[a] b", "[a, ]", "[, a]", "[-]", "[- a]",
    "[-a, --b=c]", "|", "|-", "|+", ">", ">-", ">+", "|2", "|1-", "|-2", "| # c", "|#c", "| x", "!x", "!!str 1", "&a",
    "&a x", "*a", "%a", "@a", "`a", ",a", "<<", "=", "é", "a\xa0", "\u2028", "\ufeffa", "a\x85b", "😀", "a\tb", "a\t",
    "\ta", "--- a", "---", "...", "{{ x }}", "{{- if x }}", "'a\\b'", "a\\b", '"a\\tb"', "'a: b'",
]
WHOLE = [
    "", " ", "   ", "# c", "  # c", "    # c", "---", "--- # c", "...", "%YAML 1.1", "\t", " \t", "-", "  -", "- ",
    "x", "  x", "    x y", "    'x'", "      more: x", '  "', "  '", "    ' # c", "      x'", "    - y", "a", ":",
    "? a", "\ufeff", "\r", "  #x: y", "    x # c",
]
ONWARD = [
    "", "x", "x ", "- y", "# z", "\t", "x\ty", "x'", "'", '"', 'x"', "a: b", "''", "\\", "x #c", "' # c", "? a", "é",
]
OPENINGS = [
    "|", "|-", "|+", ">", ">-", ">+", "x", "x y ", "'x", '"x', "'", '"x\\n', "1", "~", "kind", "-x", ":x", "'it''s'",
]
# fmt: on
INDENTS = ["", " ", "  ", "   ", "    ", "      "]
ENDS = ["", "\n", "\n\n", "\n  "]
Choose = Callable[[list[str]], str]


def line(choose: Choose) -> str:
    if choose(["whole", *"entries"]) == "whole":
        return choose(WHOLE)
    indent = choose(["", "", "  ", "  ", "    ", "      ", " ", "   "])
    start = indent + choose(["", "", "", "- ", "- ", "-   ", "- - ", "-"])
    shape = choose(["item", "odd key", *"entries"])
    if shape == "item":
        return start + choose(VALUES)
    key = choose(KEYS if shape == "odd key" else [*"abcdefg"])
    colon = choose([": ", ": ", ": ", ": ", ":", " : ", ":  "])
    value = choose(VALUES if shape in "entr" else ["", "x", "1", "|", "'x", "x y"])
    return start + key + colon + value + choose(["", "", "", "", " ", " # c"])


def several_lines(choose: Choose) -> str:
    """Return lines that begin a scalar and may go on with it."""
    lines = [choose(["k: ", "- ", "- k: ", "  - k: ", "k:\n- ", "a:\n  k: "]) + choose(OPENINGS)]
    while len(lines) < 9 and choose(["more", "more", "more", "end"]) == "more":
        lines.append(choose(INDENTS) + choose(ONWARD))
    return "\n".join([*lines, choose(["", "b: c", "  b: c", "- d", "  - d", "# e", "    f: g"])]) + choose(ENDS)


def some_lines(choose: Choose) -> str:
    lines = [line(choose)]
    while len(lines) < 9 and choose(["more", "more", "more", "more", "end"]) == "more":
        lines.append(line(choose))
    return choose(["\n", "\n", "\n", "\n", "\r\n", "\r"]).join(lines) + choose(ENDS)


@st.composite
def texts(draw: st.DrawFn) -> str:
    def choose(options: list[str]) -> str:
        return draw(st.sampled_from(options))

    return (some_lines if draw(st.booleans()) else several_lines)(choose)


@settings(max_examples=800, deadline=None, derandomize=True)
@given(texts())
@example("a: |\n    x: y\n  z: w\n")
@example("a: x\n  b #c\n  - y\n")
@example("a: x\n- b\n")
def test_random_lines(text: str) -> None:
    is_answered(text)


@pytest.mark.parametrize("make", [some_lines, several_lines])
def test_many_random_lines(make: Callable[[Choose], str]) -> None:
    random_ = random.Random(20261125)
    answered = sum(is_answered(make(random_.choice)) for _ in range(40_000))
    assert 2_000 < answered < 20_000


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(st.text(alphabet=" \n:-#ab'\"|>[]{},&*!?\\1~\t.%é", max_size=24))
def test_random_characters(text: str) -> None:
    is_answered(text)


# --- what is and what is not read -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "a: 1",
        "a: {}\nb: []\n",
        "a:\n- b\n- c: 1\n  d:\n  - e\nf: g\n",
        "a:\n  - b\n  -   c: 1\n      d: 2\n",
        "-\n  a: 1\n- # c\n  - b\n-\n",
        "a:\nb: ~\nc: null\n",
        'a: "b: #"  # c\nd: \'e\'\'s\'\n"f g": "\\"\\n"\n',
        'command: ["sh", "-c", "a, b"]\nlabels: {app: web, "a/b": 1}\n',
        "a: |\n  b\n\n    c\n  d\ne: >-\n  f\n  g\n\n  h\n",
        "- |+\n  a\n\n\n- |-\n  b\n",
        "a: p\n  q\n\n  - r\ne: f\n",
        "a: 'b\n\n  c''d'\ne: \"f \n  g\"\n",
        "on: y\n0x10: 0o17\n",
        "# c\n\n   \n",
        "",
        "a: b\r\nc:\r\n  - d\r\n",
        "a: é 😀\n# ключ\n",
        "image: nginx:1.2\nurl: http://a/b#c\naws:tag/x: 1\n",
    ],
)
def test_read(text: str) -> None:
    assert is_answered(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\n",
        "a: *x\n",
        "a: !!str 1\n",
        "<<: {a: b}\n",
        "? a\n: b\n",
        "[a]: b\n",
        "--- \na: b\n",
        "a: b\n---\nc: d\n",
        "a: b\n...\n",
        "%YAML 1.1\n",
        "a: 1\na: 2\n",
        "on: 1\ntrue: 2\n",
        "a: {b: 1, b: 2}\n",
        "~: a\n",
        "a: .inf\n",
        "a: b: c\n",
        "a: b\n c: d\n",
        "a:\n    b: 1\n  c: 2\n",
        "a: 1\n- b\n",
        "- a\nb: 1\n",
        "a:\n  - b\n  c: 1\n",
        "a: b # c\n  d\n",
        "a: b\n  # c\n  d\n",
        "a:\n  text\n",
        "text\n",
        "a:\tb\n",
        "a: b\tc\n",
        "a: 'b\n",
        "a: 'b\nc'\n",
        "a: 'b\n--- c'\n",
        'a: "\\u0041"\n',
        'a: "b"c\n',
        "a: [b, [c]]\n",
        "a: [b,\n  c]\n",
        "a: [null]\n",
        "a: |2\n   b\n",
        "a: |\n    \n  b\n",
        "a: |\nb: c\n",
        "a: >\n  b\n    c\n",
        "a: %b\n",
        "a: @b\n",
        "a: {{ b }}\n",
        "a: b\rc: d\n",
        "a: \x85\n",
        "a: \u2028\n",
        "a: \ufeff\n",
        "a: \x07\n",
        "a: |\n  \x07\n",
        "a: \ud800\n",
        "a : b\n",
        "a b: c\n",
        "".join("  " * depth + "a:\n" for depth in range(60)),
        "k" * 1100 + ": a\n",
    ],
)
def test_left_to_libyaml(text: str) -> None:
    assert quick_load(text, BITS) is None


def test_values_are_no_ones_else() -> None:
    first, second = load("a: [b]\nc: {d: e}\n"), load("a: [b]\nc: {d: e}\n")
    first.data["a"].append("x")
    first.data["c"]["x"] = 1
    assert second.data == load("a: [b]\nc: {d: e}\n").data == {"a": ["b"], "c": {"d": "e"}}


def test_words_follow_the_bits_that_are_given() -> None:
    text = "kind: Deployment\n"
    assert load(text, {"kind": 2}).words == ANY_DOCUMENT | 2
    assert load(text, {"kind": 4, "Deployment": 8}).words == ANY_DOCUMENT | 12
    assert load(text, NO_WORDS).words == ANY_DOCUMENT
    assert load(text, {"kind": 2}).words == ANY_DOCUMENT | 2


def test_more_lines_than_are_remembered() -> None:
    text = "".join(f"- name: item-{number}\n  value: {number}\n" for number in range(20000))
    data = load(text).data
    assert len(data) == 20000
    assert data[-1] == {"name": "item-19999", "value": 19999}
