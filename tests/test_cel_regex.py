"""Patterns that Python matches in RE2's place: the same answer, and never a long search."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.lessons.cel_regex import quick
from kubelint_lessons.lessons.cel_runtime import Doubt
from kubelint_lessons.lessons.cel_texts import matcher
from kubelint_lessons.lessons.patterns import PatternError, compile_pattern

ALPHABET = "aAbkKsS01_-./:$^ \n\t\r\v\f\x1c[]{}()|*\\"

atoms = st.one_of(
    st.sampled_from(
        [*"abkKsS01_-/: ", "\n", ".", "^", "$", "[.]", "[$]", "[{]", "[|]", "[a-k]", "[^a]", "[^/:]", "[]a]"]
    ),
    st.sampled_from(
        [r"\.", r"\$", r"\s", r"\d", r"\w", r"\b", r"[\s.]", r"[^\s]", r"[\d-]", r"\\", r"\[", r"[\]\\]", r"\n"]
    ),
    st.sampled_from(
        ["{", "}", "a{", "-", "[a-]", "[-a]", "[^-a]", "[A-k]", "[a^]", r"\-", "[[]", "[*-/]", "]", "(?:a)"]
    ),
)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    sign = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "+?", "??", "{0}", "{0,1}"])
    return st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.builds("({})".format, inner),
        st.builds("(?:{})".format, inner),
        st.builds("{}{}".format, atoms, sign),
        st.builds("({}){}".format, inner, sign),
        st.lists(inner, min_size=2, max_size=3).map("|".join),
    )


patterns = st.recursive(atoms, _larger, max_leaves=8)


def agree(pattern: str, text: str) -> None:
    wanted = compile_pattern(pattern).search(text) is not None
    found = quick(pattern)
    if found is None:
        return
    assert matcher(pattern, *found)(text) is wanted, (pattern, text, found)
    if text.isascii() and found.longest >= 0:
        assert (re.compile(found.python, re.ASCII).search(text) is not None) is wanted, (pattern, text, found)


@settings(max_examples=500, deadline=None)
@given(
    pattern=st.builds("{}{}".format, st.sampled_from(["", "", "(?i)"]), patterns),
    texts=st.lists(st.text(ALPHABET, max_size=8) | st.text("aké\u212a\u017f/.", max_size=4), min_size=4, max_size=8),
)
def test_python_finds_what_re2_finds(pattern: str, texts: list[str]) -> None:
    try:
        compile_pattern(pattern)
    except PatternError:
        found = quick(pattern)
        assert found is None or found.longest == -1
        return
    for text in texts:
        agree(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("a$", ["a", "a\n", "ba"]),
        ("^a", ["a", "\na"]),
        (r"a\s", ["a\v", "a ", "a\x1c", "a\x85"]),
        (r"[\s]b", ["\vb", "\tb", "\u2003b"]),
        ("(?i)k", ["K", "k", "\u212a"]),
        ("(?i)S", ["s", "\u017f"]),
        (r"\d", ["1", "\u0661"]),
        (r"\w\b", ["a", "é"]),
        (".", ["\n", "\r", "é", ""]),
        ("[^a]", ["a", "\n", "é"]),
        (r"a{,2}", ["a{,2}", "a"]),
        ("x*", [""]),
        ("(a|b|)c", ["c", "bc"]),
        ("(^|/)a", ["a", "b/a", "ba"]),
    ],
)
def test_edges_are_re2s(pattern: str, texts: list[str]) -> None:
    assert quick(pattern) is not None
    for text in texts:
        agree(pattern, text)


@pytest.mark.parametrize(
    "pattern",
    [
        "(?m)^a",
        "(?s).",
        "(?P<n>a)",
        "[[:alpha:]]",
        r"\pL",
        r"\x41",
        r"\QaE",
        r"\z",
        r"\A",
        r"\B",
        r"\S",
        "é",
        "[é]",
        "(?-i)a",
    ],
)
def test_what_python_may_read_otherwise_stays_with_re2(pattern: str) -> None:
    assert quick(pattern) is None


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*$", "(a*)*b", "([a-z]+[.])+x", "(a{1,9}){1,9}{2}"[:-3], "(.*a){20}"]
)
def test_what_could_backtrack_for_long_is_never_python_s(pattern: str) -> None:
    found = quick(pattern)
    assert found is None or found.longest == -1


def test_long_texts_go_to_re2() -> None:
    lengths = {pattern: quick(pattern).longest for pattern in ("^a", "a", "^a+b", "a+b", "a+b+c", "^a+b+c+$")}  # type: ignore[union-attr]
    assert lengths == {"^a": 100_000, "a": 100_000, "^a+b": 100_000, "a+b": 1_000, "a+b+c": 99, "^a+b+c+$": 99}
    matches = matcher("a+b+c", *(quick("a+b+c") or ()))
    assert matches("a" * 5_000 + "b" * 5_000) is False
    assert matches("a" * 5_000 + "bc") is True


def test_words_rule_texts_out() -> None:
    found = quick("(?i)^(docker[.]io/)?bitnami/[a-z]+:(latest|main)$")
    assert found is not None
    assert found.words == ("bitnami/",)
    alternatives = quick("(^|/)(sonarr|radarr)([:@]|$)|x+yy")
    assert alternatives is not None
    assert alternatives.words == ("sonarr", "radarr", "yy")


def test_only_texts_can_match() -> None:
    matches = matcher("a", *(quick("a") or ()))
    for value in (1, None, ["a"], {"a": 1}, "a\0"):
        with pytest.raises(Doubt):
            matches(value)
    assert matches("b\0") is False


def test_re2_is_not_loaded_for_plain_patterns() -> None:
    code = (
        "import sys\n"
        "from kubelint_lessons.lessons.cel_texts import matcher\n"
        f"found = matcher(':[^/:]+$', *{tuple(quick(':[^/:]+$') or ())!r})\n"
        "print(found('nginx:1.2'), found('nginx'), 're2' in sys.modules)"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert output.stdout.split() == ["True", "False", "False"]
