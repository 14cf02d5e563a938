"""Rules and notes as text for a terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from kubelint_lessons.lessons.lesson import Note
from kubelint_lessons.lessons.rule import LessonWords, Rule
from kubelint_lessons.model.finding import RANK, Severity
from kubelint_lessons.reports.sanitize import clean, clean_block, clean_path
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.wrap import plural, wrap

_WIDTH = 100


def rule_rows(rules: Sequence[Rule], on: Collection[str], style: Style) -> Iterator[str]:
    """Yield one row a rule: severity, id, symptom; then a line of counts."""
    width = max((len(rule.id) for rule in rules), default=0)
    for rule in rules:
        severity = worst_severity(rule)
        mark = " " if rule.id in on else "-"
        symptom = clean(rule.lesson.symptom)
        room = max(30, _WIDTH + 20 - width - 12)
        symptom = symptom if len(symptom) <= room else f"{symptom[: room - 1]}…"
        yield f"{mark} {style.paint(severity, f'{severity:<8}')} {rule.id:<{width}}  {symptom}"
    off = sum(rule.id not in on for rule in rules)
    team = sum(rule.origin == "team" for rule in rules)
    extra = f", {off} of them off (-)" if off else ""
    yield f"{len(rules)} rules{f', {team} from the team' if team else ''}{extra}. kubelint explain ID says more."


def rule_text(rule: Rule, style: Style) -> Iterator[str]:
    """Yield everything about a rule, for people."""
    severities = sorted({detector.severity for detector in rule.detectors}, key=lambda name: -RANK[name])
    origin = "built in" if rule.origin == "builtin" else f"from the {rule.origin}"
    facts = [", ".join(severities), origin, clean(rule.lesson.category)]
    yield f"{style.paint('strong', rule.id)} ({'; '.join(fact for fact in facts if fact)})"
    yield from _words(rule.lesson, style)
    needs = sorted({need for detector in rule.detectors for need in detector.needs})
    if needs:
        yield from word_row("needs", f"platform facts: {', '.join(needs)}", style)
    if rule.presets:
        yield from word_row("preset", ", ".join(rule.presets), style)
    if rule.aliases:
        yield from word_row("was", ", ".join(rule.aliases), style)
    for also in rule.see_also:
        yield from word_row("see also", f"{also.symptom} ({clean_path(also.path)}:{also.line})", style)


def note_text(
    note: Note, rules: Sequence[Rule], on: Collection[str], others: Sequence[Note], style: Style
) -> Iterator[str]:
    """Yield everything about a note, for people.

    ``rules`` are those that its marks bind, ``on`` the ids of the rules that run, ``others`` further notes on the same
    rules.
    """
    yield f"{style.paint('strong', note.id)} (note; {clean(note.words.category) or 'no category'})"
    yield from _words(note.words, style)
    for rule in rules:
        state = "enforced by" if rule.id in on else "not enforced, the rule is off:"
        yield from word_row("rule", f"{state} {rule.id} ({worst_severity(rule)}; kubelint explain {rule.id})", style)
    if not rules:
        names = ", ".join(dict.fromkeys(binding.rule for binding in note.bindings))
        unknown = f"{names}, and there is no such rule; kubelint rules lists them" if names else ""
        yield from word_row("rule", unknown or "none: kubelint lessons adopt proposes one", style)
    for other in others:
        place = f"{clean_path(other.words.path)}:{other.words.line}"
        yield from word_row("see also", f"{other.id}: {other.words.symptom} ({place})", style)
    if _says_more(note):
        yield ""
        yield "  As it was written:"
        yield ""
        yield from (f"    {line}".rstrip() for line in clean_block(note.markdown).splitlines())


def _says_more(note: Note) -> bool:
    """Return whether the source holds what the words above leave out: blocks, lists, several paragraphs."""
    return note.form != "table" and ("```" in note.markdown or "~~~" in note.markdown or "\n\n" in note.markdown)


def worst_severity(rule: Rule) -> Severity:
    """Return the most serious severity that a rule can report."""
    return max((detector.severity for detector in rule.detectors), key=lambda name: RANK[name], default="info")


def _words(words: LessonWords, style: Style) -> Iterator[str]:
    for name, text in (("symptom", words.symptom), ("cause", words.cause), ("fix", words.fix)):
        if text:
            yield from word_row(name, text, style)
    if words.seen:
        yield from word_row("seen", f"{plural(len(words.seen), 'time')}: {', '.join(words.seen)}", style)
    for source in words.sources:
        yield from word_row("source", source, style)
    if words.path:
        yield from word_row("lesson", f"{clean_path(words.path)}:{words.line}", style)


def word_row(name: str, text: str, style: Style) -> Iterator[str]:
    """Yield ``name: text`` below a headline, wrapped and aligned; ``name`` has at most 8 letters."""
    first = f"  {style.paint('strong', name + ':')}{' ' * (9 - len(name))}"
    return wrap(clean(text), _WIDTH - 12, first, " " * 12)


def times(seen: Sequence[str]) -> str:
    """Return `` (seen 4 times)``, or nothing for what was never dated."""
    return f" (seen {plural(len(seen), 'time')})" if seen else ""
