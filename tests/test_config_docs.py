"""docs/configuration.md and docs/suppressions.md: every example is run, and nothing of the tables is left out."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest

from kubelint_lessons.authoring.linter import Options, lint, rules_of
from kubelint_lessons.cli.environment import heeded_options, variable_of
from kubelint_lessons.engine.configkeys import KEYS, SUPPRESS_KEYS
from kubelint_lessons.engine.configschema import config_schema
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.lessons.checks import SUPPRESSION_CODES
from kubelint_lessons.manifests.documents import documents_of
from kubelint_lessons.manifests.inputs import find_inputs
from kubelint_lessons.manifests.source import read_source

DOCS = Path(__file__).resolve().parents[1] / "docs"
CONFIGURATION = (DOCS / "configuration.md").read_text(encoding="utf-8")
SUPPRESSIONS = (DOCS / "suppressions.md").read_text(encoding="utf-8")


def blocks(page: str) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)


CONFIGS = [*blocks(CONFIGURATION), *(block for block in blocks(SUPPRESSIONS) if "suppress:" in block)]
MANIFESTS = [block for block in blocks(SUPPRESSIONS) if "suppress:" not in block]


@pytest.mark.parametrize("text", CONFIGS)
def test_an_example_of_a_config_holds(text: str, tmp_path: Path) -> None:
    (tmp_path / ".kubelint.yaml").write_text(text, encoding="utf-8")
    (document,) = documents_of(read_source(".kubelint.yaml", text.encode()))
    jsonschema.validate(document.data, config_schema())
    for name in (*document.data.get("lessons", ()), document.data.get("platform")):
        if name is not None:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("# Page\n", encoding="utf-8")
    found = rules_of(str(tmp_path), ".", Options(), Cache(cache_folder()))
    assert [f"{error.line}: {error.message}" for error in found.errors] == []


@pytest.mark.parametrize("text", MANIFESTS)
def test_an_example_of_a_suppression_silences(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    chosen = Options(select=("duplicate-key", *SUPPRESSION_CODES))
    result = lint(find_inputs(["."], start=str(tmp_path)), chosen).result
    assert (list(result.findings), len(result.suppressed)) == ([], 1)


def test_there_are_examples() -> None:
    assert len(CONFIGS) >= len(KEYS) - 4
    assert len(MANIFESTS) >= 4


@pytest.mark.parametrize("name", [key.name for key in KEYS])
def test_every_key_has_a_heading_and_an_example(name: str) -> None:
    headings = ", ".join(re.findall(r"^### (.*)$", CONFIGURATION, re.MULTILINE)).split(", ")
    assert name in headings
    assert any(re.search(rf"^{name}:", block, re.MULTILINE) for block in CONFIGS)


def test_every_key_of_an_entry_and_every_rule_is_explained() -> None:
    for key in SUPPRESS_KEYS:
        assert f"`{key.name}`" in SUPPRESSIONS
    for rule in SUPPRESSION_CODES:
        assert f"rules/{rule}.md" in SUPPRESSIONS


def test_every_variable_is_listed() -> None:
    listed = set(re.findall(r"`(KUBELINT_\w+)`", CONFIGURATION))
    assert listed == {"KUBELINT_CACHE_DIR", *(variable_of(option) for option in heeded_options())}
