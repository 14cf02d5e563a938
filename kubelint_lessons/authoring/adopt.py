"""Adopting notes: the rule that each note without a mark describes, drafts for others, and the file with both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubelint_lessons.authoring.drafts.append import AppendError, append_lesson
from kubelint_lessons.authoring.marks import Wanted, add_marks
from kubelint_lessons.authoring.matching import CERTAIN, Evidence, Matcher
from kubelint_lessons.authoring.newlesson import taken_names
from kubelint_lessons.authoring.search import own_words
from kubelint_lessons.authoring.swapdraft import SwapDraft, draft_swap
from kubelint_lessons.authoring.swaps import swaps_of
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.fixes.diff import unified_diff
from kubelint_lessons.lessons.lesson import Note
from kubelint_lessons.lessons.packs import RuleSet
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.schema.lookup import Schemas
from kubelint_lessons.model.records import NamedTuple

VERSION = 1
"""Of the document; grows when a key changes its meaning or goes away."""

DOUBTFUL = 0.35
"""Below this score nothing is worth a look."""


class Proposal(NamedTuple):
    """A note and the rule that it describes, or may describe."""

    note: Note
    rule: Rule
    evidence: Evidence


class Draft(NamedTuple):
    """A note that tells "X instead of Y", and the lesson drafted from it."""

    note: Note
    swap: SwapDraft


class Adoption(NamedTuple):
    """What can be done for the notes of one file. ``bound`` counts the notes that have a mark, ``notes`` all of them.

    ``doubtful`` are too uncertain to be proposed; ``open`` are the notes that nothing is proposed for.
    """

    proposals: tuple[Proposal, ...]
    doubtful: tuple[Proposal, ...]
    drafts: tuple[Draft, ...]
    open: tuple[Note, ...]
    bound: int
    notes: int


class Adopted(NamedTuple):
    """The file after. ``refused`` are notes for whose marks there is no place that is read; ``failed`` says why a draft
    cannot be put into the file."""

    text: str
    marks: tuple[Wanted, ...]
    refused: tuple[Wanted, ...]
    lessons: tuple[str, ...]
    failed: tuple[str, ...]


def propose(path: str, rule_set: RuleSet, schemas: Callable[[], Schemas], toolbox: Toolbox) -> Adoption:
    """Return what is proposed for the notes that stand in the file ``path``; ``rule_set`` is that of its project.

    ``schemas`` are asked for only where a lesson is drafted.
    """
    notes = [note for note in rule_set.notes if note.words.path == path]
    matcher = Matcher(rule_set.rules.values(), rule_set.notes)
    proposals: list[Proposal] = []
    doubtful: list[Proposal] = []
    drafts: list[Draft] = []
    rest: list[Note] = []
    taken = taken_names(rule_set)
    unbound = [note for note in notes if not note.bindings]
    for note in unbound:
        best = next(iter(matcher.compare(note.words)), None)
        if best is not None and best.score >= CERTAIN:
            proposals.append(Proposal(note, rule_set.rules[best.rule], best))
            continue
        if best is not None and best.score >= DOUBTFUL:
            doubtful.append(Proposal(note, rule_set.rules[best.rule], best))
        drafted = draft_swap(note, taken, schemas(), toolbox) if swaps_of(note) else None
        if drafted is not None:
            drafts.append(Draft(note, drafted))
            taken |= {drafted.lesson.name} if drafted.lesson else set()
        if drafted is None or drafted.lesson is None:
            rest.append(note)
    return Adoption(
        tuple(proposals), tuple(doubtful), tuple(drafts), tuple(rest), len(notes) - len(unbound), len(notes)
    )


def adopt(text: str, path: str, adoption: Adoption, *, with_drafts: bool) -> Adopted:
    """Return the file with the marks of all proposals and nothing else; ``with_drafts`` adds the drafted lessons too,
    each with a mark at its note."""
    lessons: list[str] = []
    failed: list[str] = []
    wanted = [Wanted(proposal.note.id, proposal.rule.id) for proposal in adoption.proposals]
    for draft in adoption.drafts if with_drafts else ():
        lesson = draft.swap.lesson
        if lesson is None:
            continue
        try:
            after = append_lesson(text.encode("utf-8"), path, lesson.markdown, lesson.category)
        except AppendError as error:
            failed.append(f"{lesson.name}: {error.message}; {error.hint}")
            continue
        text = after.after.decode("utf-8")
        lessons.append(lesson.name)
        wanted.append(Wanted(draft.note.id, lesson.name))
    marked = add_marks(text, path, wanted)
    return Adopted(marked.text, marked.placed, marked.refused, tuple(lessons), tuple(failed))


def adoption_document(path: str, text: str, adoption: Adoption, adopted: Adopted) -> dict[str, Any]:
    """Return everything as plain values, for JSON and for people alike; ``text`` is the file before."""
    refused = {item.note for item in adopted.refused}
    return {
        "version": VERSION,
        "file": path,
        "notes": adoption.notes,
        "bound": adoption.bound,
        "proposals": [{**_proposal(item), "has_place": item.note.id not in refused} for item in adoption.proposals],
        "doubtful": [_proposal(item) for item in adoption.doubtful],
        "drafts": [_draft(item) for item in adoption.drafts],
        "open": [_note(note) for note in adoption.open],
        "failed": list(adopted.failed),
        "diff": unified_diff(path, text, adopted.text),
    }


def _proposal(item: Proposal) -> dict[str, Any]:
    evidence = item.evidence
    return {
        **_note(item.note),
        "rule": item.rule.id,
        "rule_symptom": own_words(item.rule).symptom,
        "score": round(evidence.score, 2),
        "evidence": {
            "covered": round(evidence.covered, 2),
            "distinct": round(evidence.distinct, 2),
            "named": round(evidence.named, 2),
            "symptom": round(evidence.symptom, 2),
            "fix": round(evidence.fix, 2),
        },
        "words": list(evidence.words),
        "reason": _reason(evidence),
    }


def _reason(evidence: Evidence) -> str:
    """Return in one sentence what speaks for a rule."""
    alike = [name for name, share in (("symptom", evidence.symptom), ("fix", evidence.fix)) if share >= 0.5]
    parts = [f"both say {', '.join(evidence.words)}"]
    if alike:
        parts.append(f"{' and '.join(alike)} read alike")
    if evidence.named >= 0.6:
        parts.append("the note says what the rule is called")
    return "; ".join(parts)


def _draft(item: Draft) -> dict[str, Any]:
    lesson = item.swap.lesson
    return {
        **_note(item.note),
        "wrong": item.swap.swap.wrong,
        "right": item.swap.swap.right,
        "lesson": lesson.name if lesson else None,
        "markdown": lesson.markdown if lesson else None,
        "reason": item.swap.reason,
    }


def _note(note: Note) -> dict[str, Any]:
    return {"note": note.id, "line": note.words.line, "symptom": note.words.symptom, "form": note.form}
