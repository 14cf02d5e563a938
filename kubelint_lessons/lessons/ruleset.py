"""One rule set out of built-in and team lessons: who detects, whose words are reported, what an old id means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubelint_lessons.lessons.lesson import Binding, Lesson, LessonProblem, Note
from kubelint_lessons.lessons.names import did_you_mean
from kubelint_lessons.lessons.rule import Detector, Extension, LessonWords, Rule
from kubelint_lessons.model.records import NamedTuple


class Pack(NamedTuple):
    """What one Markdown file compiled to. ``lessons`` are kept of a team's files only; ``broken`` are the ids of those
    that did not load."""

    path: str
    rules: tuple[Rule, ...]
    notes: tuple[Note, ...]
    lessons: tuple[Lesson, ...]
    problems: tuple[LessonProblem, ...]
    broken: tuple[str, ...]


class Merged(NamedTuple):
    """Rules by id, sorted; former ids; and what is wrong between files."""

    rules: dict[str, Rule]
    aliases: dict[str, str]
    problems: tuple[LessonProblem, ...]


def merge(builtin: Sequence[Pack], team: Sequence[Pack]) -> Merged:
    """Return the rules of all packs.

    A team's lesson replaces the built-in one of the same id, also of a former id. ``extends:`` is resolved, then the
    marks of notes: the rule detects, the team's words are reported.
    """
    merger = _Merger(builtin, team)
    return Merged(dict(sorted(merger.rules.items())), merger.aliases, tuple(merger.problems))


class _Merger:
    """Puts one rule set together; lives for one call of ``merge``."""

    def __init__(self, builtin: Sequence[Pack], team: Sequence[Pack]) -> None:
        self.problems: list[LessonProblem] = []
        self.broken = {name for pack in (*builtin, *team) for name in pack.broken}  # said where they stand
        self.builtin = self._collect(builtin)
        self.aliases = self._collect_aliases(self.builtin.values())
        self.rules = dict(self.builtin)
        for rule in self._collect(team).values():
            former = self.aliases.pop(rule.id, None)
            if former is not None:
                self.aliases[former] = rule.id
            replaced = self.rules.pop(former or rule.id, None)
            self.rules[rule.id] = rule._replace(builtin_lesson=replaced.lesson) if replaced else rule
        self.aliases.update(self._collect_aliases(rule for rule in self.rules.values() if rule.origin != "builtin"))
        for rule in [rule for rule in self.rules.values() if rule.extension is not None]:
            self._extend(rule)
        self._bind([note for pack in team for note in pack.notes])

    def _collect(self, packs: Sequence[Pack]) -> dict[str, Rule]:
        rules: dict[str, Rule] = {}
        for rule in (rule for pack in packs for rule in pack.rules):
            if rule.id in rules:
                other = rules[rule.id].lesson
                message = f'the lesson "{rule.id}" stands in {other.path}:{other.line} already'
                self._wrong(rule.lesson, message, "give one of them an id of its own", "duplicate-id")
            else:
                rules[rule.id] = rule
        return rules

    def _collect_aliases(self, rules: Iterable[Rule]) -> dict[str, str]:
        return {alias: rule.id for rule in rules for alias in rule.aliases if alias != rule.id}

    def _wrong(self, words: LessonWords, message: str, hint: str, code: str) -> None:
        self.problems.append(LessonProblem(words.path, words.line, 1, 2, message, hint, code))

    def _extend(self, rule: Rule) -> None:
        """Give ``rule`` the detectors of the rule that it extends; drop it where they cannot be had."""
        detectors = self._detectors_of(rule, ())
        if detectors is None:
            del self.rules[rule.id]
            self.broken.add(rule.id)
        else:
            self.rules[rule.id] = rule._replace(detectors=detectors, extension=None)

    def _detectors_of(self, rule: Rule, trail: tuple[Rule, ...]) -> tuple[Detector, ...] | None:
        """Return the detectors of ``rule``; None where its chain of extensions has no end, after saying so once."""
        extension = rule.extension
        if extension is None:
            return rule.detectors
        name = self.aliases.get(extension.base, extension.base)
        base = self.builtin.get(name) if name == rule.id else self.rules.get(name)
        if base is None:
            if not trail and name not in self.broken:
                hint = did_you_mean(name, self.rules.keys() - {rule.id}, "kubelint rules lists the rules there are")
                self._wrong_base(rule, extension, f'extends: there is no rule "{extension.base}"', hint)
            return None
        if base in trail:
            through = " and ".join(step.id for step in (*trail[1:], rule))
            message = f'"{base.id}" extends itself, through {through}'
            self._wrong_base(trail[0], trail[0].extension or extension, message, "extend a rule that has a detector")
            return None
        detectors = self._detectors_of(base, (*trail, rule))
        if detectors is None:
            return None
        if not trail:
            self._check_params(rule, extension, detectors)
        return tuple(_overridden(detector, extension) for detector in detectors)

    def _wrong_base(self, rule: Rule, extension: Extension, message: str, hint: str) -> None:
        place = (extension.line, extension.column, extension.column + len(extension.base))
        self.problems.append(LessonProblem(rule.lesson.path, *place, message, hint, "extends"))

    def _check_params(self, rule: Rule, extension: Extension, detectors: Sequence[Detector]) -> None:
        known = {name for detector in detectors for name in detector.params}
        for name in extension.params.keys() - known:
            hint = did_you_mean(name, known, f"known are {', '.join(sorted(known)) or 'none'}")
            self._wrong_base(rule, extension, f'"{extension.base}" has no parameter "{name}"', hint)

    def _bind(self, notes: Sequence[Note]) -> None:
        speakers: dict[str, list[LessonWords]] = {}
        for note in notes:
            for binding in note.bindings:
                name = self.aliases.get(binding.rule, binding.rule)
                if name in self.rules:
                    speakers.setdefault(name, []).append(note.words)
                elif name not in self.broken:
                    self.problems.append(self._unknown(note, binding))
        for name, words in speakers.items():
            self.rules[name] = _spoken(self.rules[name], words)

    def _unknown(self, note: Note, binding: Binding) -> LessonProblem:
        hint = did_you_mean(binding.rule, [*self.rules, *self.aliases], "kubelint rules lists the rules there are")
        message = f'the mark binds "{binding.rule}", and there is no such rule'
        place = (binding.line, binding.column, binding.end_column)
        return LessonProblem(note.words.path, *place, message, hint, "unknown-rule")


def _overridden(detector: Detector, extension: Extension) -> Detector:
    known = {name: value for name, value in extension.params.items() if name in detector.params}
    return detector._replace(
        severity=extension.severity or detector.severity,
        match=detector.match if extension.match is None else extension.match,
        needs=detector.needs if extension.needs is None else extension.needs,
        message=extension.message or detector.message,
        label=extension.label or detector.label,
        note=extension.note or detector.note,
        params={**detector.params, **known},
        line=extension.line,
    )


def _spoken(rule: Rule, notes: Sequence[LessonWords]) -> Rule:
    """Return ``rule`` with the words of a team's notes; whoever binds a rule wants it to run.

    A team's own lesson speaks for itself, its notes are "see also". What the first note leaves out, the lesson says.
    """
    words = [rule.lesson, *notes] if rule.origin != "builtin" else list(notes)
    first, own = words[0], rule.lesson
    speaker = first._replace(
        symptom=first.symptom or own.symptom,
        cause=first.cause or own.cause,
        fix=first.fix or own.fix,
        category=first.category or own.category,
        seen=tuple(entry for item in words for entry in item.seen),
        sources=first.sources or own.sources,
    )
    kept = own if rule.origin == "builtin" else rule.builtin_lesson
    return rule._replace(lesson=speaker, see_also=tuple(words[1:]), builtin_lesson=kept, enabled=True)


def walk_problems(packs: Sequence[Pack], merged: Merged) -> Iterator[LessonProblem]:
    """Yield every problem once, in order of the files; a missing CEL engine is said once for all lessons."""
    told = set()
    order = {pack.path: index for index, pack in enumerate(packs)}
    found = [*(problem for pack in packs for problem in pack.problems), *merged.problems]
    for problem in sorted(found, key=lambda item: (order.get(item.path, 0), item.line, item.column)):
        key = problem.code if problem.code == "engine-missing" else problem
        if key not in told:
            told.add(key)
            yield problem
