from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubelint_lessons.manifests import source as source_module
from kubelint_lessons.manifests.problems import PROBLEM_KINDS
from kubelint_lessons.manifests.source import Source, read_source, split


def texts(text: str) -> list[str]:
    return [chunk.text for chunk in split(Source("f.yaml", text))]


def test_utf8_with_bom_loses_the_bom_only() -> None:
    source = read_source("f.yaml", "\ufeffa: ü\r\n".encode())
    assert (source.text, source.problems) == ("a: ü\r\n", ())


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_with_bom_is_read_and_reported(encoding: str) -> None:
    source = read_source("f.yaml", "\ufeffa: 1\nb: 2\n".encode(encoding))
    assert source.text == "a: 1\nb: 2\n"
    assert [(problem.code, problem.line, problem.end_column) for problem in source.problems] == [
        ("utf16-encoding", 1, 5)
    ]


def test_utf16_that_breaks_off_is_no_text() -> None:
    source = read_source("f.yaml", b"\xff\xfea\0:")
    assert (source.text, [problem.code for problem in source.problems]) == ("", ["binary-file"])


@pytest.mark.parametrize(
    "data",
    [b"a: 1\nb: \0\n", "a: 1".encode("utf-16-le"), "a: 1".encode("utf-32"), bytes(range(128, 256)) * 20],
    ids=["zero byte", "UTF-16 without BOM", "UTF-32", "noise"],
)
def test_binary_files_are_not_read(data: bytes) -> None:
    source = read_source("f.yaml", data)
    assert (source.text, [problem.code for problem in source.problems]) == ("", ["binary-file"])


def test_bad_bytes_are_replaced_and_their_places_kept() -> None:
    source = read_source("f.yaml", b"# caf\xe9\na: 1\n")
    assert (source.text, source.bad_offsets, source.problems) == ("# caf\ufffd\na: 1\n", (5,), ())


def test_files_over_the_cap_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "MAX_BYTES", 10)
    source = read_source("f.yaml", b"a: 1\n" * 3)
    assert (source.text, [problem.code for problem in source.problems]) == ("", ["file-too-large"])
    assert PROBLEM_KINDS["file-too-large"].is_unreadable


def test_empty_file() -> None:
    source = read_source("f.yaml", b"")
    assert (source.text, source.problems, split(source)) == ("", (), [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\n---\nb: 2\n", ["a: 1\n", "b: 2\n"]),
        ("---\na: 1\n---\n---\n", ["a: 1\n"]),
        ("a: 1\n---", ["a: 1\n"]),
        ("a: 1\n---  \t# next\nb: 2", ["a: 1\n", "b: 2"]),
        ("a: 1\r\n---\r\nb: 2\r\n", ["a: 1\r\n", "b: 2\r\n"]),
        ("a: |\n  ---\n", ["a: |\n  ---\n"]),
        ("# only\n---\n\n---\na: 1\n", ["# only\n", "\n", "a: 1\n"]),
        ("a: 1\n---\n\ufeffb: 2\n", ["a: 1\n", "b: 2\n"]),
        ("--- {a: 1}\n", ["--- {a: 1}\n"]),
    ],
)
def test_chunks_are_cut_where_kubectl_cuts(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_separators_that_kubectl_rejects_start_a_marked_chunk() -> None:
    chunks = split(Source("f.yaml", "a: 1\n--- |\n  x\n---\nb: 2\n----\n"))
    assert [(chunk.first_line, chunk.bad_separator) for chunk in chunks] == [
        (1, False),
        (2, True),
        (5, False),
        (6, True),
    ]


@given(
    st.lists(st.sampled_from(["a: 1", "---", "--- # x", "----", "", "\ufeff", "x", "\r"]), max_size=12), st.booleans()
)
def test_chunks_know_where_they_stand(lines: list[str], has_crlf: bool) -> None:
    source = Source("f.yaml", ("\r\n" if has_crlf else "\n").join(lines))
    for chunk in split(source):
        assert source.text[chunk.start : chunk.start + len(chunk.text)] == chunk.text
        assert source.position(chunk.start)[0] == chunk.first_line


@given(st.text(alphabet="ab\r\n\u2028\x85 ü😀", max_size=30))
def test_positions_and_lines_agree(text: str) -> None:
    source = Source("f.yaml", text)
    for offset, character in enumerate(text):
        line, column = source.position(offset)
        if character not in "\r\n":
            assert source.line(line)[column - 1] == character


def test_a_span_ends_in_its_line() -> None:
    source = Source("f.yaml", "ab\r\ncd\n")
    assert source.span(1, 7) == (1, 2, 3)
    assert source.span(4, 5) == (2, 1, 2)
    assert source.span(2, 3) == (1, 2, 3)
    assert source.span(99, 120) == (3, 1, 1)


@given(st.binary(max_size=60))
def test_no_bytes_raise(data: bytes) -> None:
    source = read_source("f.yaml", data)
    source.text.encode("utf-8")
    split(source)
