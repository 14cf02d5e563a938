"""What is not looked at closely holds no secret: hints miss nothing that the patterns behind them find."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_quickload import COMMITTED, chunks_below

from kubelint_lessons.engine import masking
from kubelint_lessons.engine.excerpts import Masker
from kubelint_lessons.engine.masking import mask_line, mask_text, secrets_in, suspicious
from kubelint_lessons.engine.secretvalues import secret_values
from kubelint_lessons.manifests.documents import documents_of
from kubelint_lessons.manifests.load import load
from kubelint_lessons.manifests.problems import ReadError
from kubelint_lessons.manifests.source import Source

# fmt: off
PIECES = [
    "password", "PassWd", "pass", "secret", "Secret", "token", "api-key", "APIKEY", "private_key", "credential",
    "access-key", "pa\u017f\u017f", "to\u212aen", "pr\u0131vate-key", "cred\u0130ential", "user", "key", "auth", "file",
    "=", " = ", ": ", ":", " ", "\n", "\t", "\0", "-", "--", "- ", "'", '"', ",", ", ", "@", "/", "://", "@tcp(",
    "@unix(", "{", "}", "$(X)", "<x>", "value: ", "name: ", "kind: Secret", '"kind":"Secret"', "hunter2", "a", "B", "é",
    "postgres://u:p4ss@db/x", "-----BEGIN RSA PRIVATE KEY-----", "-----END", "ENC[", "]", "Bearer ", "basic\n",
    "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "AKIA0123456789ABCDEF", "asia-east1", "ghp_" + "a1" * 20, "github_pat_" + "b2" * 30,
    "glpat-" + "c3" * 12, "xoxb-" + "1" * 12, "AIza" + "d" * 35, "AGE-SECRET-KEY-1" + "E" * 55,
    "eyJ" + "f" * 12 + ".eyJ" + "g" * 12 + "." + "h" * 12, "K10" + "0a" * 32 + "::server",
]
# fmt: on
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(st.lists(TEXTS, max_size=5))
@example(["http://a:b", "x=token@c", "token=abc"])
@example(["a://b:c\0d@e"])
@example([])
def test_nothing_secret_stands_in_strings_that_are_passed_over(strings: list[str]) -> None:
    found = set(suspicious(strings))
    assert found <= set(strings)
    assert not [text for text in strings if text not in found and any(True for _ in secrets_in(text))]
    assert not [text for text in strings if text not in found and "kind: Secret" in text]


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(TEXTS, TEXTS)
def test_masking_is_what_all_patterns_together_do(text: str, previous: str) -> None:
    line, _, _ = text.partition("\n")
    shown, shown_line = mask_text(text), mask_line(line, previous, False)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_ALWAYS_HINT", "_HINT"):
            patch.setattr(masking, name, re.compile(""))  # every text has this
        assert mask_text(text) == shown
        assert mask_line(line, previous, False) == shown_line


def strings_of(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    for part in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from strings_of(part)


def passed_over(texts: Iterator[str]) -> tuple[int, int]:
    """Return how many strings some documents have, and how many were looked at; fail where one holds a secret."""
    count = looked_at = 0
    for text in texts:
        try:
            strings = list(strings_of(load(text).data))
        except ReadError:
            continue
        found = set(suspicious(strings))
        missed = [item for item in strings if item not in found and any(True for _ in secrets_in(item))]
        assert not missed
        count += len(strings)
        looked_at += len(found)
    return count, looked_at


def test_real_strings(shared: Path) -> None:
    count, looked_at = passed_over(chunks_below(shared / "corpus" / "wild", shared / "corpus" / "clean"))
    assert 0 < looked_at < count / 50


def test_our_own_strings() -> None:
    count, looked_at = passed_over(iter(COMMITTED))
    assert 0 < looked_at < count / 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind: Secret\napiVersion: v1\nmetadata: {name: a}\nstringData:\n  x: one two\n", {"one two"}),
        ("env:\n- {name: API_TOKEN, value: hunter22}\n- {name: PATH, value: /usr}\n", {"hunter22"}),
        ("env:\n- {name: AUTH_2, value: hunter22}\n- {name: KEYS, value: /usr}\n", {"hunter22"}),
        ("env:\n- {name: API_TOKEN, value: $(OTHER)}\n", set()),
        ("dbPassword: hunter22\npasswordFile: /etc/x\ntoken: ${TOKEN}\n", {"hunter22"}),
        ("args: [--db-password, hunter22, --verbose, loudly]\n", {"hunter22"}),
        ("args: [--db-password, --verbose]\n", set()),
        ("args:\n- --password=hunter22\n", {"hunter22"}),
        ("url: postgres://me:hunter22@db\n", {"hunter22"}),
        ("secretGenerator:\n- literals: [a=hunter22, 'b=\"hunter33\"']\n", {"hunter22", "hunter33"}),
        ("patch: |\n  kind: Secret\n  stringData:\n    x: hunter22\n", {"hunter22"}),
        ('a: \'{"kind":"Secret","data":{"x":"aHVudGVy"}}\'\n', {"aHVudGVy"}),
        ("a: github_pat_" + "x" * 60 + "\n", {"github_pat_" + "x" * 60}),
        ("serviceAccountToken: {path: token}\nsecretName: my-secret\nimage: token:1.2\nport: 8080\n", set()),
    ],
)
def test_secret_values(text: str, expected: set[str]) -> None:
    (document,) = documents_of(Source("f.yaml", text))
    assert secret_values(document) == expected


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff", "# c\n---\n", "a: 1\n---\n"])
@pytest.mark.parametrize("end", ["", "\n", "\n--- # token=hunter2\nb: 1\n", "\n\n---\n"])
def test_open_lines_are_masked_as_those_of_the_file(start: str, end: str, line_end: str) -> None:
    text = f"{start}env:\n- name: DB_PASSWORD\n  value: hunter2\nargs:\n- --token\n- hunter3{end}"
    source = Source("f.yaml", text.replace("\n", line_end))
    documents = documents_of(source)
    numbers = range(len(source.line_starts()) + 2)
    expected = [Masker().line(source, documents, number) for number in numbers]
    assert not any("hunter2" in line or "hunter3" in line for line in expected)
    for document in documents:
        document.locate(())
    assert all(
        document.open_line(number) in (None, source.line(number)) for document in documents for number in numbers
    )
    assert [Masker().line(source, documents, number) for number in numbers] == expected
    if not start.startswith("\ufeff"):
        assert any(document.open_line(number) for document in documents for number in numbers)
