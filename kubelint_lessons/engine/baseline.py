"""The baseline file: the findings that a project lives with for now, one a line, so that git can merge it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kubelint_lessons.engine.fingerprint import base_of, nth_of
from kubelint_lessons.engine.known import Known
from kubelint_lessons.engine.result import RunError
from kubelint_lessons.manifests.source import MAX_BYTES
from kubelint_lessons.model.records import NamedTuple

BASELINE_NAME = ".kubelint-baseline.json"
VERSION = 1
_ABOUT = "Findings that kubelint lint hides, one a line. kubelint baseline update and prune change this file."
_ANEW = "remove it and run kubelint baseline create"
_FIELDS = Known._fields


class Baseline(NamedTuple):
    """What a baseline file says: its entries in order, or the one error that keeps it from being used."""

    entries: tuple[Known, ...]
    error: RunError | None = None


def read_baseline(path: str, data: bytes) -> Baseline:
    """Return the baseline in ``data``; an error names the place and the next step. Equal lines count once."""
    import json

    if len(data) > MAX_BYTES:
        return _broken(path, f"is larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return _broken(path, f"is not UTF-8 text (byte {error.start})")
    except json.JSONDecodeError as error:
        hint = "solve the merge conflict; entries of both sides may stay" if b"\n<<<<<<< " in b"\n" + data else ""
        return _broken(path, f"is no JSON: {error.msg}", error.lineno, error.colno, hint)
    except RecursionError:
        return _broken(path, "is no baseline: it nests too deeply")
    if not isinstance(document, dict) or "version" not in document:
        return _broken(path, 'is no baseline: it has no "version"')
    if document["version"] != VERSION or isinstance(document["version"], bool):
        found = repr(document["version"]) if isinstance(document["version"], int) else "something else"
        hint = f"use the version of kubelint that wrote it, or write it anew: {_ANEW}"
        return _broken(path, f"is a baseline of version {found}; this kubelint reads version {VERSION}", hint=hint)
    listed = document.get("findings")
    if not isinstance(listed, list):
        return _broken(path, 'is no baseline: "findings" is no list')
    for number, entry in enumerate(listed, 1):
        wrong = _wrong_with(entry)
        if wrong:
            return _broken(path, f"finding {number} {wrong}")
    return Baseline(tuple(dict.fromkeys(Known(*(entry[field] for field in _FIELDS)) for entry in listed)))


def render_baseline(findings: Iterable[Known]) -> str:
    """Return the text of a baseline file: ASCII, sorted by file, one finding a line.

    Equal findings in one file are numbered there, so that what happens in other files changes no line of this one.
    """
    import json

    times: dict[tuple[str, str], int] = {}
    lines = []
    for item in sorted(findings, key=lambda item: (item.file, item.rule, item.object, item.message, item.fingerprint)):
        base = base_of(item.fingerprint)
        times[base, item.file] = number = times.get((base, item.file), 0) + 1
        lines.append(json.dumps(item._replace(fingerprint=nth_of(base, number))._asdict(), ensure_ascii=True))
    body = ",\n    ".join(lines)
    listed = f"[\n    {body}\n  ]" if lines else "[]"
    return f'{{\n  "version": {VERSION},\n  "about": {json.dumps(_ABOUT)},\n  "findings": {listed}\n}}\n'


def _wrong_with(entry: Any) -> str:
    if not isinstance(entry, dict):
        return "is no map"
    for field in _FIELDS:
        if not isinstance(entry.get(field), str):
            return f'has no text called "{field}"'
    return "" if entry["fingerprint"] else 'has an empty "fingerprint"'


def _broken(path: str, message: str, line: int = 0, column: int = 0, hint: str = "") -> Baseline:
    hint = hint or f"take it from git, or write it anew: {_ANEW}"
    return Baseline((), RunError("config", message, path, line, column, hint))
