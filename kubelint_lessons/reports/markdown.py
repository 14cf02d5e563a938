"""A summary in GitHub's Markdown, for the page of a CI job or a comment: a table of lessons, then one part a lesson."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubelint_lessons.engine.result import Result
from kubelint_lessons.reports.checkout import file_url, lesson_url
from kubelint_lessons.reports.errors import error_text
from kubelint_lessons.reports.groups import Group, by_rule, worst
from kubelint_lessons.reports.lessonwords import lesson_markdown
from kubelint_lessons.reports.sanitize import clean_markdown, clean_xml, code_span
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.text import frames_text, summary
from kubelint_lessons.reports.weakenedtext import weakened_markdown
from kubelint_lessons.reports.wrap import plural

LIMIT = 900_000
"""Bytes of UTF-8; GitHub drops a summary of more than 1 MiB as a whole."""

_MOST_OF_A_LESSON = 50
_ROOM_FOR_THE_END = 300


def render_markdown(result: Result, blob: str = "", limit: int = LIMIT) -> str:
    """Return the summary in at most ``limit`` bytes, the most serious lessons first; a sentence says what is left out.

    ``blob`` is what ``checkout.blob_url`` returns: with it, places are links.
    """
    groups = by_rule(result.findings)
    verdict, *counts = (clean_markdown(line.strip()) for line in summary(result, Style()))
    blocks = [f"## kubelint\n\n**{verdict}**\n"]
    if counts:
        blocks.append("\n".join(f"- {line}" for line in counts) + "\n")
    if result.weakened:
        blocks.append(weakened_markdown(result, blob))
    room = limit - _ROOM_FOR_THE_END - sum(len(block.encode()) + 1 for block in blocks)
    left_out = []
    for index, error in enumerate(result.errors):
        room -= len((block := _fenced(error_text(error, Style()))).encode()) + 1
        if room < 0:
            left_out.append(plural(len(result.errors) - index, "error"))
            break
        blocks.append(block)
    table = _table(result, groups, blob, room)
    if table:
        blocks.append(table)
        room -= len(table.encode()) + 1
    missing = len(result.findings)
    for group in groups:
        part = _part(result, group, blob)
        room -= len(part.encode()) + 1
        if room < 0:
            break
        blocks.append(part)
        missing -= len(group)
    if missing:
        left_out.append(plural(missing, "finding"))
    if left_out:
        blocks.append(f"**{' and '.join(left_out)} left out here, to stay below the size that a summary may have.**\n")
    return "\n".join(blocks)


def _table(result: Result, groups: list[Group], blob: str, room: int) -> str:
    """Return one row a lesson, in at most ``room`` bytes; "" where not even one row fits."""
    lines = ["| Severity | Rule | Findings | Symptom |", "|---|---|--:|---|"]
    size = sum(len(line) + 1 for line in lines)
    for group in groups:
        reported = result.lessons.get(group[0].lesson)
        symptom = clean_markdown(reported.words.symptom) if reported is not None else ""
        rule = clean_markdown(group[0].rule)
        url = lesson_url(reported, blob)
        row = f"| {worst(group)} | {f'[{rule}]({url})' if url else rule} | {len(group)} | {symptom} |"
        size += len(row.encode()) + 1
        if size > room // 2:
            break
        lines.append(row)
    return "\n".join(lines) + "\n" if len(lines) > 2 else ""


def _part(result: Result, group: Group, blob: str) -> str:
    head = f"{worst(group)} <code>{clean_xml(group[0].rule)}</code>: {plural(len(group), 'finding')}"
    lines = [f"<details><summary>{head}</summary>", ""]
    reported = result.lessons.get(group[0].lesson)
    if reported is not None:
        url = lesson_url(reported, blob)
        place = code_span(f"{reported.words.path}:{reported.words.line}")
        lines += [lesson_markdown(reported, f"[{place}]({url})" if url else ""), ""]
    lines += _items(group, blob)
    lines += ["", _fenced("\n".join(frames_text(result, group[0], Style()))), "</details>", ""]
    return "\n".join(lines)


def _items(group: Group, blob: str) -> Iterator[str]:
    for finding in group[:_MOST_OF_A_LESSON]:
        where = finding.location
        yield f"- {_place(where.path, where.line, blob)} {clean_markdown(finding.message)}"
        if finding.note:
            yield f"  - {clean_markdown(finding.note)}"
        for related in finding.related:
            label = f" {clean_markdown(related.label)}" if related.label else ""
            yield f"  - {_place(related.location.path, related.location.line, blob)}{label}"
    if len(group) > _MOST_OF_A_LESSON:
        yield f"- and {plural(len(group) - _MOST_OF_A_LESSON, 'more finding')} of this rule"


def _place(path: str, line: int, blob: str) -> str:
    shown, url = code_span(f"{path}:{line}"), file_url(blob, path, line)
    return f"[{shown}]({url})" if url else shown


def _fenced(text: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}\n"
