"""The published schema of the JSON report: every report is valid, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from format_results import HOSTILE, everything_result, hostile_result, many, plain_result
from test_cli import LESSON, MANIFEST, kubelint

from kubelint_lessons.engine.result import Result
from kubelint_lessons.model.fix import Fix
from kubelint_lessons.reports.jsonreport import VERSION, render_json

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = json.loads((ROOT / "docs" / "schemas" / "report.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    return jsonschema.Draft202012Validator(SCHEMA)


def with_fix(applicability: Any) -> Result:
    result = many(1)
    return result._replace(findings=(result.findings[0]._replace(fix=Fix("pin it", (), applicability)),))


RESULTS: dict[str, Callable[[], Result]] = {
    "plain": plain_result,
    "hostile": hostile_result,
    "many": lambda: many(30),
    "clean": lambda: many(0),
    "safe fix": lambda: with_fix("safe"),
    "unsafe fix": lambda: with_fix("unsafe"),
    "shown fix": lambda: with_fix("display"),
    "everything": everything_result,
    "everything hostile": lambda: everything_result(HOSTILE),
    "a comparison that cannot tell": lambda: everything_result()._replace(
        compared=everything_result().compared._replace(fixed=None)  # type: ignore[union-attr]
    ),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_report_is_valid(schema: jsonschema.Draft202012Validator, name: str) -> None:
    report = json.loads(render_json(RESULTS[name]()))
    assert [f"{error.json_path}: {error.message}" for error in schema.iter_errors(report)] == []


def test_what_the_program_prints_is_valid(schema: jsonschema.Draft202012Validator, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    broken = LESSON + LESSON.replace("web-called-web", "broken").replace("severity", "serverity")
    (tmp_path / "docs" / "ai-lessons.md").write_text(broken, encoding="utf-8")
    (tmp_path / "a.yaml").write_text(MANIFEST, encoding="utf-8")
    silenced = MANIFEST.replace("name: web", "name: web # kubelint: ignore[web-called-web] it is the one")
    (tmp_path / "b.yaml").write_text(silenced, encoding="utf-8")
    report = json.loads(
        kubelint(tmp_path, "lint", ".", "nowhere", "--show-suppressed", "--output-format", "json").stdout
    )
    assert [error.message for error in schema.iter_errors(report)] == []
    assert (len(report["suppressed"]), len(report["errors"])) == (1, 2)
    assert report["findings"]


def closed(node: Any, path: str = "$") -> list[str]:
    """Return the objects of a schema that allow keys which they do not name, or leave one of theirs optional."""
    if isinstance(node, list):
        return [found for index, item in enumerate(node) for found in closed(item, f"{path}[{index}]")]
    if not isinstance(node, dict):
        return []
    found = [item for key, value in node.items() for item in closed(value, f"{path}.{key}")]
    if isinstance(node.get("properties"), dict) and "type" in node:
        names = node["properties"]
        is_closed = node.get("additionalProperties") is False and node.get("required") == list(names)
        return found if is_closed else [path, *found]
    return found


def test_the_schema_is_strict() -> None:
    assert closed(SCHEMA) == []
    assert SCHEMA["properties"]["version"] == {"const": VERSION}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: report.update(version=2),
        lambda report: report.update(extra=1),
        lambda report: report.pop("errors"),
        lambda report: report["findings"][0].update(severity="fatal"),
        lambda report: report["findings"][0]["location"].update(line=0),
        lambda report: report["findings"][0].update(fingerprint="x"),
        lambda report: report["findings"][0]["resource"].pop("namespace"),
        lambda report: report["summary"].update(files=-1),
    ],
)
def test_what_is_no_report_is_not_valid(
    schema: jsonschema.Draft202012Validator, spoil: Callable[[Any], object]
) -> None:
    report = json.loads(render_json(plain_result()))
    spoil(report)
    assert list(schema.iter_errors(report))
