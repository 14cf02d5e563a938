from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.manifests.documents import Document, documents_of
from kubelint_lessons.manifests.load import load
from kubelint_lessons.manifests.problems import MAX_DEPTH, PROBLEM_KINDS, ReadError, ReadProblem
from kubelint_lessons.manifests.source import Source, read_source
from kubelint_lessons.manifests.syntax import check_syntax

HEAD = "apiVersion: v1\nkind: ConfigMap\n"


def read(text: str | bytes, path: str = "f.yaml") -> tuple[Document, ...]:
    return documents_of(read_source(path, text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")))


def fault(text: str) -> tuple[str, str]:
    with pytest.raises(ReadError) as caught:
        load(text)
    return caught.value.code, text[caught.value.start : caught.value.end]


def only_problem(text: str | bytes) -> ReadProblem:
    problems = [problem for document in read(text) for problem in document.problems]
    assert len(problems) == 1
    return problems[0]


def marked(text: str) -> tuple[str, str]:
    """Return the code of the only problem of a text, and what it points at."""
    problem = only_problem(text)
    line = Source("f.yaml", text.removeprefix("\ufeff")).line(problem.line)
    return problem.code, line[problem.column - 1 : problem.end_column - 1]


# --- values -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: !!str 12", "12"),
        ("a: ! 12", "12"),
        ("a: !!int '0o17'", 15),
        ("a: !!float 3", 3),
        ("a: !!float 2.5", 2.5),
        ("a: !!bool 'on'", True),
        ("a: !!null ''", None),
        ("a: !!binary aGVsbG8=", "hello"),
        ("a: !!timestamp 2001-12-14", "2001-12-14"),
        ("a: !Sub {b: c}", {"b": "c"}),
        ("a: !!omap [b]", ["b"]),
        ("a: 'y'", "y"),
        ("a: =", "="),
        ("a: <<", "<<"),
    ],
)
def test_tags_and_quotes(text: str, expected: Any) -> None:
    value = load(text).data["a"]
    assert (value, type(value)) == (expected, type(expected))


@pytest.mark.parametrize(
    "text",
    ["a: !!int ''", "a: !!int 1.5", "a: !!float x", "a: !!bool x", "a: !!null x", "a: !!binary '*'", "a: !!timestamp x",
     "a: .inf", "a: !!float .nan", "~: 1", ": 1", "[a]: 1", "&x {}: 1", "a: &x [1]\n*x : 2", "9223372036854775808: a"],
)  # fmt: skip
def test_what_kubectl_rejects(text: str) -> None:
    assert fault(text)[0] == "yaml-syntax"


@pytest.mark.parametrize(
    ("key", "expected"),
    [("1", "1"), ("0x10", "16"), ("on", "true"), ("1e3", "1000"), ("1e6", "1e+06"), ("1.10", "1.1"),
     ("0.00001", "1e-05"), ("'1e3'", "1e3"), (".inf", ".inf"), ("1e300", ".inf"), ("!!str 1e3", "1e3"),
     ("0.0", "0"), ("123.25", "123.25")],
)  # fmt: skip
def test_keys_become_strings_as_in_go(key: str, expected: str) -> None:
    assert list(load(f"{key}: x").data) == [expected]


def test_merge_keys_apply_in_document_order() -> None:
    text = "a: &a {k: 1}\nb: &b {k: 2, j: 2}\nm:\n  <<: [*a, *b]\n  j: 3\no:\n  j: 3\n  <<: *b\n"
    data = load(text).data
    assert (data["m"], data["o"]) == ({"k": 1, "j": 3}, {"k": 2, "j": 2})


@pytest.mark.parametrize("value", ["x", "~", "[x]", "*a", "[[{}]]"])
def test_merge_keys_take_maps_only(value: str) -> None:
    assert fault(f"a: &a [{{k: 1}}]\nm:\n  <<: {value}\n")[0] == "yaml-syntax"


def test_anchors_may_be_defined_again() -> None:
    assert load("a: &x 1\nb: &x {c: 2}\nd: *x\ne: &x [&x 3]\nf: *x").data["f"] == 3


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: {c: *a}}", "&a k: *a\n"])
def test_an_anchor_may_not_contain_itself(text: str) -> None:
    if text.startswith("&a k"):
        assert load(text).data == {"k": "k"}
    else:
        assert fault(text) == ("yaml-syntax", "*a")


def test_null_values_are_noted() -> None:
    assert [load(text).has_null for text in ("a:", "a: [~]", "a: !!null ''", "a: ''", "a: [0, false]")] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_surrogate_pairs_of_json() -> None:
    text = '{"a": "\\ud83d\\ude00 \\\\ud83d", "b": "\\ud800!", "c": 1}'
    assert load(text).data == {"a": "😀 \\ud83d", "b": "\ufffd!", "c": 1}
    document = read('{"apiVersion": "v1", "kind": "A", "x": "\\ud83d\\ude00", "c": 1}')[0]
    assert document.locate(("c",))[1:] == (1, 56, 62)
    assert check_syntax(text) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
        lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=6), children, max_size=4),
        max_leaves=20,
    ),
    st.sampled_from([None, True, False]),
)
def test_what_json_and_yaml_share_is_read_alike(tree: Any, flow: bool | None) -> None:
    import json

    text = json.dumps(tree, ensure_ascii=False)
    if "\x7f" in text or any(0x80 <= ord(character) < 0xA0 or ord(character) >= 0xFFFE for character in text):
        return
    assert load(text).data == tree


# --- one bad document does not hide the others ------------------------------------------------------------------


def test_siblings_of_a_broken_document_are_read() -> None:
    documents = read(f"{HEAD}---\na: [1\n---\n{HEAD}---\nb: 'x\n")
    assert [document.document_class for document in documents] == ["manifest", "broken", "manifest", "broken"]
    assert [len(document.problems) for document in documents] == [0, 1, 0, 1]


def test_a_bad_byte_breaks_its_own_document_only() -> None:
    documents = read(f"{HEAD}---\n# caf".encode() + b"\xe9\n" + f"{HEAD}---\n{HEAD}".encode())
    assert [document.document_class for document in documents] == ["manifest", "broken", "manifest"]
    problem = documents[1].problems[0]
    assert (problem.code, problem.line, problem.column) == ("unreadable-encoding", 4, 6)


def test_comments_are_no_documents_beside_others() -> None:
    assert [document.index for document in read(f"# license\n---\n{HEAD}---\n# end\n")] == [1]
    assert [document.document_class for document in read("# nothing\n---\n# here\n")] == ["empty"]
    assert [document.document_class for document in read("")] == ["empty"]
    assert [document.document_class for document in read("null\n")] == ["empty"]


def test_unreadable_files_have_no_documents() -> None:
    assert read(b"\0") == ()


def test_data_comes_back_after_it_was_put_away() -> None:
    document = read(f"# c\n---\n{HEAD}data: {{a: b}}\n")[0]
    before = document.data
    document.close()
    assert document.data == before
    assert document.data is not before
    assert document.data is document.data


# --- problems ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pointed_at", "words"),
    [
        ("a:\n\tb: 1\n", "\t", "tab"),
        ("a:\n  b: 1\n\tc: 1\n", "\t", "tab"),
        ("a: |\n\tb\n", "\t", "tab"),
        ("a: b: c\n", ": c", 'a second ": "'),
        ("a: 1\nb\nc: 2\n", "b", "colon"),
        ("a: 1\nb:2\nc: 2\n", "b:2", "space"),
        ('a: "x\nb: 1\n', '"x', "never closed"),
        ("a: 'it's'\n", "s'", "closed too early"),
        ("a: [1, 2\nb: 3\n", "[1, 2", 'add "]"'),
        ("a: {b: 1\nc: 2\n", "{b: 1", 'add "}"'),
        ("a:\n  b: 1\n c: 2\n", "c: 2", "indentation"),
        ("a:\n- b\nc\n", "c", "colon"),
        ("a: @b\n", "@b", "quotes"),
        ("a: *.example.com\n", "*.example.com", "alias"),
        ("a: *nope\n", "*nope", "no anchor"),
        ("a: & b\n", "& b", "anchor"),
        ("a: > text\n", "text", "next line"),
        ('a: "\\d"\n', "\\d", "backslash"),
        ("a: !x!y z\n", "!x!y z", "tag"),
        ("%YAML 1.2\n---\n", "%YAML 1.2", "directive"),
        ("a: \x07\n", "\x07", "U+0007"),
        ("a: - b\n", "- b", "list"),
        ("[a]: b\n", "[", "key"),
        ("a: ]\n", "]", "bracket"),
        ("~: 1\n", "~", "null"),
        ("a: .inf\n", ".inf", "quotes"),
    ],
)
def test_syntax_errors_say_where_and_what_to_do(text: str, pointed_at: str, words: str) -> None:
    for document_text in (text, text.replace("\n", "\r\n"), f"\ufeff{text}"):
        assert marked(document_text) == ("yaml-syntax", pointed_at)
        assert words in only_problem(document_text).message


def test_places_count_from_the_start_of_the_file() -> None:
    assert only_problem(f"{HEAD}---\n# c\n---\n\ufeffa: 'x\n")[2:] == (6, 5, 7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{HEAD}kind: A\n", [("kind", 3, 2)]),
        (f"{HEAD}data: {{on: 1, 'true': 2}}\n", [("true", 3, 3)]),
        (f"{HEAD}a: {{b: 1, b: 2, b: 3}}\n", [("b", 3, 3), ("b", 3, 3)]),
        (f"{HEAD}a: &a {{b: 1}}\nc:\n  <<: *a\n  b: 2\n", []),
        (f"{HEAD}a: &a {{b: 1}}\nc:\n  b: 3\n  <<: *a\n  b: 2\n", [("b", 7, 5)]),
        (f"{HEAD}a: {{<<: {{b: 1}}, <<: {{b: 2}}}}\n", []),
        (f"{HEAD}a: &a {{b: 1, b: 2}}\nc: *a\n", [("b", 3, 3)]),
    ],
)
def test_duplicate_keys(text: str, expected: list[tuple[str, int, int]]) -> None:
    problems = read(text)[0].problems
    assert [(problem.code, problem.line) for problem in problems] == [
        ("duplicate-key", line) for _, line, _ in expected
    ]
    for problem, (key, _, first_line) in zip(problems, expected, strict=True):
        assert f'"{key}"' in problem.message
        assert f"line {first_line} " in problem.message


@pytest.mark.parametrize(
    ("rest", "pointed_at"),
    [
        ("...\n\n# c\nkind: B\n", "kind: B"),
        ("...\n@\n", "@"),
        ("...\n", None),
        ("...\n# c\n", None),
    ],
)
def test_what_kubectl_drops_is_reported(rest: str, pointed_at: str | None) -> None:
    text = HEAD + rest
    if pointed_at is None:
        assert read(text)[0].problems == ()
    else:
        assert marked(text) == ("document-ignored", pointed_at)
    assert read(text)[0].data == {"apiVersion": "v1", "kind": "ConfigMap"}


def test_a_second_json_object_is_reported() -> None:
    one = '{"apiVersion": "v1", "kind": "A"}\n'
    assert marked(one + one) == ("document-ignored", one.strip())


@pytest.mark.parametrize(
    ("line", "data"),
    [
        ("--- {apiVersion: v1, kind: Namespace}", {"apiVersion": "v1", "kind": "Namespace"}),
        ("--- apiVersion: v1\nkind: Namespace", None),
        ("----\nkind: Namespace", None),
    ],
)
def test_text_behind_a_separator_is_rejected(line: str, data: Any) -> None:
    first, second = read(f"{HEAD}{line}\n")
    assert first.problems == ()
    assert second.data == data
    assert marked(f"{HEAD}{line}\n") == ("yaml-syntax", line.partition("\n")[0])
    assert "---" in second.problems[0].message


def test_every_code_is_documented() -> None:
    codes = {
        problem.code for text in ("a: 'x", f"{HEAD}kind: A", f"{HEAD}...\na: b") for problem in read(text)[0].problems
    }
    assert codes <= set(PROBLEM_KINDS)


# --- guards -----------------------------------------------------------------------------------------------------

LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)


def test_alias_bombs_are_rejected_and_nothing_is_written_out() -> None:
    assert fault(LAUGHS)[0] == "alias-bomb"


def test_merge_bombs_stay_small() -> None:
    text = "a0: &a0 {x: 1}\n" + "".join(
        f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], y{n}: *a{n - 1}}}\n" for n in range(1, 40)
    )
    assert fault(text)[0] == "alias-bomb"


def test_ordinary_use_of_aliases_is_no_bomb() -> None:
    text = "base: &b {a: 1, b: 2, c: [1, 2, 3]}\nall:\n" + "- *b\n" * 2000
    assert len(load(text).data["all"]) == 2000


def test_aliases_cannot_hide_depth() -> None:
    text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 5000))
    assert fault(text)[0] == "nesting-too-deep"


@pytest.mark.parametrize("opener", ["[", "{a: ", "- ", "? ", "[{", '{"a":'])
def test_depth_up_to_the_limit_is_read(opener: str) -> None:
    unit = 2 if opener == "[{" else 1
    text = opener * (MAX_DEPTH // unit)
    closers = {"[": "]", "{a: ": "}", "[{": "}]", '{"a":': "}"}
    if opener == "- ":
        assert load(text + "x").data
    if opener in ("[", "{a: ", '{"a":'):
        assert load(text + "1" + closers[opener] * MAX_DEPTH).data
        assert fault(opener + text + "1" + closers[opener] * (MAX_DEPTH + 1))[0] == "nesting-too-deep"


HOSTILE = {
    "brackets": "'[' * 200_000",
    "braces": "'{a: ' * 100_000",
    "mixed": "'[{' * 100_000",
    "lists": "'- ' * 200_000",
    "complex keys": "'? ' * 200_000",
    "complex lists": "'? - ' * 100_000",
    "brackets over lines": "'[\\n' * 200_000",
    "quoted keys": "'{\"a\":' * 100_000",
    "steps": "''.join(' ' * n + 'a:\\n' for n in range(3000))",
    "one long line": "'a: ' + 'x' * 5_000_000",
    "indentation": "'a:\\n' + ' ' * 10_000_000 + 'b: 1'",
    "blank lines": "'a: 1' + '\\n' * 5_000_000",
    "comments": "'# c\\n' * 200_000 + 'a: 1'",
    "keys": "''.join(f'k{n}: {n}\\n' for n in range(100_000))",
    "digits": "'a: ' + '9' * 1_000_000",
    "anchors": "''.join(f'- &a{n} x\\n' for n in range(50_000))",
    "quotes": "'\"' * 200_001",
    "escapes": "'a: \"' + '\\\\\\\\' * 500_000 + '\"'",
    "separators": "'---\\n' * 200_000",
    "tags": "'!!str ' * 100_000",
}


@pytest.mark.parametrize("expression", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_neither_crash_nor_hang(expression: str) -> None:
    program = f"""
from kubelint_lessons.manifests.documents import documents_of
from kubelint_lessons.manifests.source import read_source
from kubelint_lessons.manifests.syntax import check_syntax
text = {expression}
documents = documents_of(read_source("f.yaml", text.encode()))
check_syntax(text)
for document in documents:
    document.locate(("a", 0, "b"))
print(*sorted({{problem.code for document in documents for problem in document.problems}}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) <= {"nesting-too-deep", "yaml-syntax", "document-ignored"}


def test_200000_brackets_give_one_clear_problem() -> None:
    problem = only_problem("[" * 200_000)
    assert (problem.code, problem.line) == ("nesting-too-deep", 1)
    assert not PROBLEM_KINDS[problem.code].is_unreadable


@given(st.text(alphabet="abyn01-+.:,[]{}&*!|>'\"%@`#? \n\r\t\\~<=\ufeff\u2028\x85\x00é😀", max_size=60))
@settings(max_examples=400)
def test_no_text_raises(text: str) -> None:
    for document in read(text):
        document.locate(("a",))
        assert document.text in text
        for problem in document.problems:
            assert problem.line >= 1
            assert 1 <= problem.column <= problem.end_column


@given(st.binary(max_size=80))
def test_no_bytes_raise(data: bytes) -> None:
    for document in read(data):
        document.locate(("a", 0), "value")


@given(st.text(alphabet="ab:-[]{}'\" \n\t#&*!|", max_size=40))
@settings(max_examples=300)
def test_syntax_check_agrees_with_reading(text: str) -> None:
    fast = check_syntax(text)
    try:
        loaded = load(text)
    except ReadError:
        return  # reading finds more, such as null keys and unknown aliases
    else:
        assert fast is None or loaded.ignored is not None


def test_plain_pyyaml_agrees_on_plain_documents() -> None:
    tree = {"a": [1, "x", {"b": None, "c": [True, 2.5]}], "d": {"e": "multi\nline\n", "f": ""}}
    assert load(yaml.safe_dump(tree)).data == tree
