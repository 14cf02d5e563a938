"""What is proposed for a team's notes, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kubelint_lessons.reports.ruletext import word_row
from kubelint_lessons.reports.sanitize import clean, clean_block, clean_diff_line, clean_path
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.wrap import plural


def adoption_text(
    document: Mapping[str, Any], style: Style, *, with_doubtful: bool, with_drafts: bool
) -> Iterator[str]:
    """Yield the proposals, the drafts and the diff.

    ``document`` is what ``kubelint lessons adopt --output-format json`` prints.
    """
    file = clean_path(document["file"])
    for item in document["proposals"]:
        yield from _proposal(item, file, style)
        if not item["has_place"]:
            yield from word_row("mark", "nowhere in this note is a mark read; add the rule by hand", style)
        yield ""
    if with_doubtful:
        for item in document["doubtful"]:
            yield from _proposal(item, file, style, "too uncertain to propose")
            yield ""
    for item in document["drafts"]:
        yield from _draft(item, file, style, with_drafts=with_drafts)
        yield ""
    if document["diff"]:
        yield from (_painted(clean_diff_line(line).rstrip("\n"), style) for line in document["diff"].split("\n")[:-1])
        yield ""
    yield from (f"{style.paint('error', 'not drafted:')} {clean(reason)}" for reason in document["failed"])


def adoption_summary(document: Mapping[str, Any], *, is_written: bool, with_drafts: bool) -> str:
    """Return one sentence about what was found or done, and the next step."""
    marks = sum(item["has_place"] for item in document["proposals"])
    lessons = sum(item["lesson"] is not None for item in document["drafts"])
    counts = (
        f"{plural(document['notes'], 'note')}, {document['bound']} bound, {len(document['open'])} without a proposal"
    )
    doubt = len(document["doubtful"])
    more = f" --doubtful shows {plural(doubt, 'uncertain one')}." if doubt else ""
    if is_written:
        done = plural(marks, "mark") + (f" and {plural(lessons, 'lesson')}" if with_drafts and lessons else "")
        return f"Added {done} to {clean_path(document['file'])}; kubelint lint enforces them from now on."
    if not marks and not lessons:
        return f"Nothing to adopt: {counts}.{more}"
    steps = [f"--write adds {plural(marks, 'mark')} and nothing else"] if marks else []
    if lessons:
        steps.append(f"--draft --write adds {'these drafts' if lessons > 1 else 'the draft'} as well")
    return f"{counts}. Nothing was written; {', '.join(steps)}.{more}"


def _proposal(item: Mapping[str, Any], file: str, style: Style, remark: str = "") -> Iterator[str]:
    aside = f", {remark}" if remark else ""
    yield f"{style.paint('strong', clean(item['note']))} ({file}:{item['line']})"
    yield from word_row("symptom", item["symptom"], style)
    yield from word_row("rule", f"{item['rule']} (score {item['score']:.2f}{aside}): {item['rule_symptom']}", style)
    yield from word_row("because", item["reason"], style)


def _draft(item: Mapping[str, Any], file: str, style: Style, *, with_drafts: bool) -> Iterator[str]:
    yield f"{style.paint('strong', clean(item['note']))} ({file}:{item['line']})"
    yield from word_row("symptom", item["symptom"], style)
    yield from word_row("says", f'"{item["wrong"]}" instead of "{item["right"]}"', style)
    if item["lesson"] is None:
        yield from word_row("no rule", item["reason"], style)
        return
    yield from word_row("draft", f"{item['lesson']}, a rule with a bad and a good example that hold", style)
    if not with_drafts:
        yield ""
        yield from (f"    {line}".rstrip() for line in clean_block(item["markdown"]).splitlines())


def _painted(line: str, style: Style) -> str:
    if line.startswith("+") and not line.startswith("+++"):
        return style.paint("ok", line)
    if line.startswith("-") and not line.startswith("---"):
        return style.paint("error", line)
    return line
