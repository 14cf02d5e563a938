"""How a change weakens the rules, as lines for people and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.engine.result import Result, Weakening
from kubelint_lessons.reports.checkout import file_url
from kubelint_lessons.reports.sanitize import clean, clean_markdown, clean_path, code_span

HEADLINE = "This change weakens the rules"
_MOST = 20


def weakened_lines(result: Result) -> list[str]:
    """Return a headline and one line for each way; nothing where the rules are as strong as before."""
    if not result.weakened:
        return []
    lines = [f"{clean(item.text)}{_place(item)}" for item in result.weakened[:_MOST]]
    return [f"{HEADLINE}:", *(f"  - {line}" for line in (*lines, *_more(result)))]


def weakened_markdown(result: Result, blob: str) -> str:
    """Return the same as a section of Markdown; ``blob`` as in ``render_markdown``."""
    if not result.weakened:
        return ""
    lines = [f"- {clean_markdown(item.text)}{_link(item, blob)}" for item in result.weakened[:_MOST]]
    return "\n".join([f"### {HEADLINE}", "", *lines, *(f"- {line}" for line in _more(result)), ""])


def _more(result: Result) -> Iterator[str]:
    if len(result.weakened) > _MOST:
        yield f"and {len(result.weakened) - _MOST} more"


def _shown(item: Weakening) -> str:
    return f"{item.path}:{item.line}" if item.line else item.path


def _place(item: Weakening) -> str:
    return f" ({clean_path(_shown(item))})" if item.path else ""


def _link(item: Weakening, blob: str) -> str:
    """Return the place; a link where the file is there for certain, which it is where the line is known."""
    if not item.path:
        return ""
    url = file_url(blob, item.path, item.line) if item.line else ""
    return f" ([{code_span(_shown(item))}]({url}))" if url else f" ({code_span(_shown(item))})"
