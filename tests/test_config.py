"""``.kubelint.yaml``: what it says, and what it says wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubelint_lessons.engine.config import Config, LoadedConfig, load_config, parse_config


def test_a_project_without_a_config_has_the_defaults(tmp_path: Path) -> None:
    assert load_config(str(tmp_path), ".") == LoadedConfig(Config())


def test_an_empty_config_is_a_config() -> None:
    assert parse_config(".kubelint.yaml", b"# nothing yet\n") == LoadedConfig(Config(), (), ".kubelint.yaml")


def test_every_option_is_read() -> None:
    text = b"""\
lessons: [docs/ai-lessons.md, docs/more.md]
platform: docs/cluster.md
exclude: [vendor/]
select: [all]
extend-select: [hardening]
ignore: duplicate-key
severity: {metallb-pool-annotation: info}
parameters: {shared-service-selector: {labels: [track]}}
fail-on: error
"""
    config, errors, _, lines = parse_config(".kubelint.yaml", text)
    assert errors == ()
    assert (lines["lessons"], lines["fail-on"]) == (1, 9)
    assert config == Config(
        lessons=("docs/ai-lessons.md", "docs/more.md"),
        platform="docs/cluster.md",
        exclude=("vendor/",),
        select=("all",),
        extend_select=("hardening",),
        ignore=("duplicate-key",),
        severity={"metallb-pool-annotation": "info"},
        parameters={"shared-service-selector": {"labels": ["track"]}},
        fail_on="error",
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("exclude: []\nignroe: [x]\n", 2, 'did you mean "ignore"?'),
        ("severity:\n  some-rule: eror\n", 2, 'did you mean "error"?'),
        ("ignore: [1]\n", 1, "list of strings"),
        ("parameters:\n  a: 1\n", 2, "map of names and values"),
        ("severity: 3\n", 1, "map by rule id"),
        ("- a\n", 1, "one map of options"),
        ("a: [\n", 1, ""),
        ("lessons: ../elsewhere.md\n", 1, "leads out of the project"),
        ("platform: /etc/passwd\n", 1, "leads out of the project"),
        ("fail-on: nevr\n", 1, 'did you mean "never"?'),
    ],
)
def test_a_mistake_is_an_error_at_its_place(text: str, line: int, words: str) -> None:
    errors = parse_config(".kubelint.yaml", text.encode()).errors
    assert len(errors) == 1
    assert (errors[0].kind, errors[0].path, errors[0].line) == ("config", ".kubelint.yaml", line)
    assert words in f"{errors[0].message} {errors[0].hint}"


def test_what_is_right_beside_a_mistake_still_holds() -> None:
    config, errors, _, _ = parse_config(".kubelint.yaml", b"ignore: [duplicate-key]\nnope: 1\n")
    assert len(errors) == 1
    assert config.ignore == ("duplicate-key",)
