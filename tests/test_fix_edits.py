"""Edits of text, one by one: tests/data/fix-edits.txt says what each leaves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kubelint_lessons.fixes.edits import Request, edit_text
from kubelint_lessons.fixes.targets import Hop
from kubelint_lessons.fixes.texts import RefusedError, apply_edits

GOLDEN = Path(__file__).parent / "data" / "fix-edits.txt"


class Case(NamedTuple):
    """One case of the golden file; exactly one of ``after`` and ``refusal`` is given."""

    title: str
    hop: Hop
    request: Request
    before: str
    after: str
    refusal: str


def values_of(text: str) -> list[Any]:
    decoder = json.JSONDecoder()
    values, position = [], 0
    while position < len(text):
        value, position = decoder.raw_decode(text, position)
        values.append(value)
        position += len(text[position:]) - len(text[position:].lstrip())
    return values


def read_cases() -> list[Case]:
    cases = []
    for part in GOLDEN.read_text(encoding="utf-8").split("\n== ")[1:]:
        title, command, rest = part.split("\n", 2)
        match = re.fullmatch(r"\$(\d*) (\w+) (.*)", command)
        assert match is not None, command
        path, *given = values_of(match.group(3))
        assert rest.startswith("<<\n"), title
        before, mark, after = re.split(r"^(>>|!!)", rest[3:], maxsplit=1, flags=re.MULTILINE)
        operation: Any = match.group(2)
        request = Request(operation, *given)
        hop = Hop(int(match.group(1) or 1) - 1, tuple(path))
        is_refused = mark == "!!"
        text = "" if is_refused else after.removeprefix("\n")
        cases.append(Case(title, hop, request, before, text, after.strip() if is_refused else ""))
    return cases


CASES = read_cases()
VARIANTS: dict[str, Callable[[str], str]] = {
    "lf": lambda text: text,
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "no-end": lambda text: text.rstrip("\n"),
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_edit(case: Case, variant: str) -> None:
    turn = VARIANTS[variant]
    before = turn(case.before)
    if variant == "no-end" and "|+" in before:
        pytest.skip("the line break at the end is a part of the value")
    if case.refusal:
        with pytest.raises(RefusedError, match=f"^{re.escape(case.refusal)}$"):
            edit_text(before, (case.hop,), case.request)
        return
    after = apply_edits(before, edit_text(before, (case.hop,), case.request))
    assert after == turn(case.after)


def test_every_operation_has_cases() -> None:
    assert {case.request.operation for case in CASES} == {"set", "remove", "rename", "replace"}
    assert len({case.title for case in CASES}) == len(CASES) > 80
