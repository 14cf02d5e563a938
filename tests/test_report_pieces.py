"""Reports that come in pieces are what they would be as a whole, and no piece is much larger than a finding."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from format_results import HOSTILE, everything_result, hostile_result, plain_result

from kubelint_lessons.cli.output import Output, render, write_outputs
from kubelint_lessons.engine.result import Result
from kubelint_lessons.reports.sanitize import clean_json
from kubelint_lessons.reports.style import Style

EMPTY = plain_result()._replace(findings=(), errors=(), skipped=(), incomplete=(), suppressed=())
RESULTS = {
    "empty": EMPTY,
    "plain": plain_result(),
    "hostile": hostile_result(),
    "everything": everything_result(),
    "hostile everything": everything_result(HOSTILE),
}


def text_of(result: Result, name: str, *, quiet: bool = False) -> str:
    return "".join(render(result, name, Style(), quiet=quiet))


@pytest.mark.parametrize("case", RESULTS)
def test_json_is_what_the_standard_library_writes(case: str) -> None:
    text = text_of(RESULTS[case], "json")
    document = json.loads(text)
    assert text == clean_json(json.dumps(document, indent=2, ensure_ascii=True)) + "\n"
    assert len(document["findings"]) == len(RESULTS[case].findings)
    assert len(document["suppressed"]) == len(RESULTS[case].suppressed)


@pytest.mark.parametrize(("name", "between"), [("full", "\n\n"), ("concise", "\n")])
def test_text_ends_with_one_line_end(name: str, between: str) -> None:
    assert text_of(EMPTY, name, quiet=True) == ""
    one = plain_result()._replace(findings=plain_result().findings[:1], errors=(), suppressed=())
    single = text_of(one, name, quiet=True)
    assert single.endswith("\n")
    assert not single.endswith("\n\n")
    twice = one._replace(findings=one.findings * 2)
    assert text_of(twice, name, quiet=True) == single.removesuffix("\n") + between + single


@pytest.mark.parametrize("name", ["full", "concise", "json"])
def test_a_long_report_comes_in_small_pieces(name: str) -> None:
    plain = plain_result()
    longest = max(map(len, render(plain, name, Style(), quiet=True)))
    many = plain._replace(findings=plain.findings * 500)
    assert max(map(len, render(many, name, Style(), quiet=True))) == longest


@pytest.mark.parametrize("name", ["full", "concise", "json", "gitlab"])
def test_a_long_report_is_written_whole(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = everything_result()._replace(findings=plain_result().findings * 300)
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    file = tmp_path / "report"
    outputs = [Output(name, None), Output(name, str(file))]
    write_outputs(many, outputs, color=False, quiet=False, show_files=False)
    sys.stdout.flush()
    assert written.getvalue().decode("utf-8") == text_of(many, name)
    assert file.read_bytes() == written.getvalue()
