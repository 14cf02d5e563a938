"""File patterns: what they match, and that the quick no is never wrong."""

from __future__ import annotations

import random

import pytest

from kubelint_lessons.manifests.globs import compile_globs, matches, matching

CASES = [
    ("a.yaml", "a.yaml", True),
    ("a.yaml", "x/y/a.yaml", True),
    ("a.yaml", "x/ba.yaml", False),
    ("x/", "x/y/z", True),
    ("x", "w/x/y", True),
    ("x/y", "w/x/y", False),
    ("./x/y/", "x/y/z", True),
    ("*.yml", "x/a.yml", True),
    ("x/*.yml", "x/y/a.yml", False),
    ("x/**/a", "x/a", True),
    ("x/**/a", "x/1/2/a", True),
    ("x/**", "x", False),
    ("x/**", "x/1/2", True),
    ("**/.github/*.yml", ".github/a.yml", True),
    ("a?c", "abc", True),
    ("a?c", "a/c", False),
    ("**", "any/thing", True),
]


@pytest.mark.parametrize(("pattern", "path", "is_match"), CASES)
def test_patterns(pattern: str, path: str, is_match: bool) -> None:
    assert matches(compile_globs((pattern,)), path) is is_match
    assert matches(compile_globs(("no/such/*", pattern)), path) is is_match


def test_nothing_matches_no_pattern() -> None:
    assert compile_globs(()) is None
    assert not matches(None, "a.yaml")


def test_what_a_path_must_hold_rules_out_no_match() -> None:
    draw = random.Random(6)
    found = 0
    for _ in range(20_000):
        pattern = "".join(draw.choice(("a", "b", "/", "*", "**", "**/", "?", ".")) for _ in range(draw.randint(1, 6)))
        names = ["".join(draw.choice("ab.") for _ in range(draw.randint(1, 3))) for _ in range(draw.randint(1, 3))]
        path = "/".join(names)
        globs = compile_globs((pattern,))
        assert globs is not None
        expected = globs[0][1].fullmatch(path) is not None
        assert matches(globs, path) is expected, (pattern, path)
        found += expected
    assert found > 1000


def test_many_paths_match_as_one_by_one() -> None:
    patterns = [pattern for pattern, _, _ in CASES if pattern != "**"]
    paths = [path for _, path, _ in CASES]
    for taken in (patterns, patterns[:3], ["none/*.such"], []):
        globs = compile_globs(tuple(taken))
        assert matching(taken, paths) == {path for path in paths if matches(globs, path)}
    assert matching(["**"], paths) == set(paths)
