"""A lesson drafted from a note of the form "used X instead of Y": a rule, with a bad and a good example that hold."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from kubelint_lessons.authoring.drafts.drafting import draft_rules
from kubelint_lessons.authoring.drafts.lessontext import ExampleText, Words, lesson_markdown
from kubelint_lessons.authoring.drafts.ruledraft import braced
from kubelint_lessons.authoring.drafts.texts import language_of
from kubelint_lessons.authoring.newlesson import Composed, failures_of, free_name
from kubelint_lessons.authoring.swaps import Swap, files_of, manifests_of, swaps_of, why_not
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.lessons.lesson import Note
from kubelint_lessons.lessons.names import is_rule_id, slug
from kubelint_lessons.manifests.schema.lookup import Schemas
from kubelint_lessons.model.records import NamedTuple

_SEVERITY = "warning"
_INSIDE = "A-Za-z0-9_.-"
"""What a longer name would go on with."""


class SwapDraft(NamedTuple):
    """What came of one note. ``lesson`` is None where there is a ``reason`` why not."""

    swap: Swap
    lesson: Composed | None
    reason: str


def draft_swap(note: Note, taken: Collection[str], schemas: Schemas, toolbox: Toolbox) -> SwapDraft | None:
    """Return the lesson for the first swap of a note that can be looked for; None where the note tells of none.

    ``taken`` are ids that it cannot have.
    """
    refused: SwapDraft | None = None
    for swap in swaps_of(note):
        reason = why_not(swap)
        if not reason:
            lesson = _lesson(swap, note, taken, schemas, toolbox)
            failures = failures_of(lesson, "draft.md", toolbox)
            if not failures:
                return SwapDraft(swap, lesson, "")
            reason = failures[0]
        refused = refused or SwapDraft(swap, None, reason)
    return refused


def _lesson(swap: Swap, note: Note, taken: Collection[str], schemas: Schemas, toolbox: Toolbox) -> Composed:
    words = Words(note.words.symptom, note.words.cause, note.words.fix)
    sides = manifests_of(swap, note, schemas)
    proven = draft_rules(sides, note.words.symptom, schemas, toolbox).proven if sides else ()
    if proven:
        block, examples = dict(proven[0].draft.block), list(proven[0].examples)
        wanted = proven[0].draft.slug
    else:
        block, examples = _text_rule(swap, note)
        wanted = slug(swap.wrong)
    name = free_name(wanted if is_rule_id(wanted) else f"used-{wanted}", taken)
    rule: dict[str, Any] = {"severity": _SEVERITY, **block}
    category = note.words.category or "Kubernetes"
    return Composed(name, "rule", category, words, lesson_markdown(name, words, rule, examples))


def _text_rule(swap: Swap, note: Note) -> tuple[dict[str, Any], list[ExampleText]]:
    path, files = files_of(note)
    before = f"(?:^|[^{_INSIDE}])" if re.match(r"\w", swap.wrong) else ""
    after = f"(?:[^{_INSIDE}]|$)" if re.search(r"\w$", swap.wrong) else ""
    block: dict[str, Any] = {
        "regex": f"{before}({_quoted(swap.wrong)}){after}",
        "files": list(files),
        "message": f'"{braced(swap.wrong)}" stands here instead of "{braced(swap.right)}"',
    }
    language = language_of(path)
    bad = ExampleText("bad", language, path, f"{swap.wrong}\n", (1,))
    good = ExampleText("good", language, path, f"{swap.right}\n")
    return block, [bad, good]


def _quoted(text: str) -> str:
    """Return a pattern for just this text, whatever the width of its gaps, in the words of RE2."""
    return re.sub(r" +", r"\\s+", re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text))
