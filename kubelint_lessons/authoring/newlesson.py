"""A new lesson from what people say and from the two sides of a repair: drafted, tried out, ready to be saved."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from typing import Any

from kubelint_lessons.authoring.drafts.append import category_for
from kubelint_lessons.authoring.drafts.drafting import Drafted, draft_rules
from kubelint_lessons.authoring.drafts.lessontext import Words, bound_note, lesson_markdown, one_line
from kubelint_lessons.authoring.drafts.proving import Place, Proven, places_in
from kubelint_lessons.authoring.drafts.ruledraft import Exhibit
from kubelint_lessons.authoring.drafts.sides import SideFile, Sides, project_of
from kubelint_lessons.authoring.examples import check_example
from kubelint_lessons.authoring.fixproof import check_fixes
from kubelint_lessons.authoring.linter import ProjectRules
from kubelint_lessons.engine.config import Config
from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.names import is_rule_id, slug
from kubelint_lessons.lessons.packs import RuleSet, load_rules
from kubelint_lessons.manifests.globs import compile_globs, matches
from kubelint_lessons.manifests.inputs import Inputs, Project
from kubelint_lessons.manifests.schema.lookup import Schemas
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

PLACES_SHOWN = 10

_COMMIT_PREFIX = regex(r"^(?:fix|bugfix|hotfix|revert|chore|feat|refactor|build|ci)(?:\([^)]*\))?!?:\s*", re.IGNORECASE)
_TRAILER = regex(r"^[A-Z][A-Za-z-]+-[Bb]y: |^(?:Change-Id|Fixes|Closes|Refs): ", re.MULTILINE)


class Answers(NamedTuple):
    """What the author says; what is empty is drafted."""

    symptom: str = ""
    cause: str = ""
    fix: str = ""
    name: str = ""
    category: str = ""
    severity: str = "warning"
    seen: tuple[str, ...] = ()


class Choice(NamedTuple):
    """One draft, and where it would fire in the present tree beside the objects that were broken."""

    proven: Proven
    places: tuple[Place, ...]

    @property
    def others(self) -> int:
        """Return how many places of other objects it would find."""
        return sum(not place.is_own for place in self.places)


class Known(NamedTuple):
    """A finding of a rule that exists already, on the bad side only."""

    rule: str
    path: str
    line: int


class Trial(NamedTuple):
    """All drafts of a repair, tried out; ``preferred`` is the index of the one to take.

    ``known`` is what rules find already; ``bad_name`` as in Sides.
    """

    drafted: Drafted
    choices: tuple[Choice, ...]
    preferred: int
    known: tuple[Known, ...]
    bad_name: str = ""

    def known_by(self, chosen: int) -> tuple[str, ...]:
        """Return the rules that find what the draft of this index is about; without any draft all that find something.

        Those that find it most often come first.
        """
        own = self.choices[chosen].proven.draft.own if self.choices else ()
        near = [item.rule for item in self.known if not own or any(one.holds(item.path, item.line) for one in own)]
        return tuple(sorted(dict.fromkeys(near), key=lambda rule: -near.count(rule)))


class Composed(NamedTuple):
    """A lesson ready to be saved. ``kind`` is rule, note or binding; ``markdown`` is its text with a final line end."""

    name: str
    kind: str
    category: str
    words: Words
    markdown: str


class ComposeError(Exception):
    """Why there is no lesson yet, and the next step."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def try_out(sides: Sides, words: str, tree: Project, here: ProjectRules, schemas: Schemas, toolbox: Toolbox) -> Trial:
    """Return the drafts for the repair between two sides, and where each would fire in ``tree``."""
    drafted = draft_rules(sides, words, schemas, toolbox)
    places = places_in(tree, drafted.proven, here.platform, toolbox) if drafted.proven else ()
    choices = tuple(Choice(item, found) for item, found in zip(drafted.proven, places, strict=True))
    return Trial(drafted, choices, preferred(choices), _known_rules(sides, here, toolbox), sides.bad_name)


def preferred(choices: Sequence[Choice]) -> int:
    """Return the index of the draft to take: the likeliest change, and of what is missing a narrow enough reading.

    A rule about something that is there is taken as broad as it is: what else it finds is likely the same mistake. A
    rule about something missing would find half a tree, so the first narrower one that finds nothing else is taken.
    """
    if not choices:
        return 0
    first = choices[0].proven.draft
    if not first.is_absence or (choices[0].others == 0 and not first.is_particular):
        return 0
    same = [index for index, choice in enumerate(choices) if choice.proven.draft.change == first.change]
    narrow = [index for index in same if choices[index].proven.draft.narrowed]
    silent = [index for index in narrow if choices[index].others == 0]
    if silent:
        return silent[0]
    return min(same, key=lambda index: choices[index].others)


def suggest(answers: Answers, choice: Choice | None, rule_set: RuleSet, known: Sequence[str]) -> Answers:
    """Return ``answers`` with what they leave open filled in, as far as the draft tells.

    ``known`` are the categories of the lessons file.
    """
    draft = choice.proven.draft if choice else None
    symptom = one_line(answers.symptom)
    taken = taken_names(rule_set)
    return answers._replace(
        symptom=symptom,
        cause=one_line(answers.cause) or (draft.cause if draft else ""),
        fix=one_line(answers.fix) or (draft.remedy if draft else ""),
        name=answers.name or free_name(_start(draft.slug if draft else slug(symptom)), taken),
        category=one_line(answers.category) or _category(choice, known),
    )


def compose(answers: Answers, choice: Choice | None, rule_set: RuleSet, bind: str = "") -> Composed:
    """Return the lesson of complete answers: with the rule of ``choice``, else a note, bound to the rule ``bind``.

    Raises ComposeError for an id that is taken or is none, and for a note that does not say enough.
    """
    words = Words(answers.symptom, answers.cause, answers.fix, answers.seen)
    if choice is None and not words.symptom:
        raise ComposeError("a note needs a symptom", "say what people saw: --symptom '502 after every deploy'")
    if bind:
        if bind not in rule_set.rules and bind not in rule_set.aliases:
            raise ComposeError(f'there is no rule "{bind}" to bind the note to', "kubelint rules lists the rules")
        return Composed(slug(words.symptom), "binding", answers.category, words, bound_note(words, bind))
    _check_name(answers.name, rule_set)
    if choice is None:
        if not words.cause:
            raise ComposeError("a note needs a root cause", "say why it failed: --cause 'the probe answers too early'")
        return Composed(answers.name, "note", answers.category, words, lesson_markdown(answers.name, words, None, ()))
    block: dict[str, Any] = {"severity": answers.severity, **choice.proven.draft.block}
    markdown = lesson_markdown(answers.name, words, block, choice.proven.examples)
    return Composed(answers.name, "rule", answers.category, words, markdown)


def failures_of(composed: Composed, path: str, toolbox: Toolbox) -> tuple[str, ...]:
    """Return what keeps a lesson from being saved: that it does not load, or that its examples or fix do not hold."""
    if composed.kind == "binding":
        return ()
    found = load_rules([(path, f"## {composed.category}\n\n{composed.markdown}")], builtin=False)
    failures = [f"{problem.message} ({problem.hint})" for problem in found.problems]
    if composed.kind == "note":
        known = any(note.id == composed.name for note in found.notes)
        return tuple(failures) if known or failures else ("its words are not read as one note",)
    for lesson in found.team_lessons:
        rule = found.rules.get(lesson.id)
        for example in lesson.examples if rule else ():
            assert rule is not None
            wrong = check_example(example, rule, toolbox) or check_fixes(example, rule, toolbox)
            failures += [f"the {example.label} example does not hold: {failure.message}" for failure in wrong]
    if [lesson.id for lesson in found.team_lessons] != [composed.name] and not failures:
        failures.append("its text is not read as one lesson")
    return tuple(failures)


def commit_answers(answers: Answers, subject: str, body: str, date: str, commit: str) -> Answers:
    """Return ``answers`` with what they leave open taken from a commit's message and day."""
    text = _COMMIT_PREFIX.sub("", one_line(subject))
    paragraphs = [one_line(part) for part in _TRAILER.split(body)[0].split("\n\n")]
    cause = next((part for part in paragraphs if part), "")
    return answers._replace(
        symptom=answers.symptom or text[:1].upper() + text[1:200],
        cause=answers.cause or cause[:600],
        seen=answers.seen or ((f"{date} (mended in {commit})",) if date else ()),
    )


def tree_of(inputs: Inputs, root: str, config: Config) -> Project:
    """Return the files of the project at ``root`` that its config does not exclude."""
    excluded = compile_globs(config.exclude)
    for project in inputs.projects:
        if os.path.realpath(project.root) == os.path.realpath(root):
            kept = (file for file in project.files if not matches(excluded, file.inside))
            return project._replace(files=tuple(kept))
    return Project(root, "", ())


def taken_names(rule_set: RuleSet) -> set[str]:
    """Return every id that a new lesson cannot have."""
    return {*rule_set.rules, *rule_set.aliases, *(note.id for note in rule_set.notes)} | {
        lesson.id for lesson in rule_set.team_lessons
    }


def free_name(name: str, taken: Collection[str]) -> str:
    """Return ``name``, or with a number where it is taken."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found


def _check_name(name: str, rule_set: RuleSet) -> None:
    if not is_rule_id(name):
        message = f'"{name}" is not an id: small letters, digits and single hyphens, a letter first'
        raise ComposeError(message, f'write for example "{_start(slug(name))}"')
    taken = taken_names(rule_set)
    if name in taken:
        builtin = name in rule_set.rules and rule_set.rules[name].origin == "builtin"
        what = "a built-in rule, which a lesson of that id would replace" if builtin else "taken by another lesson"
        free = free_name(name, taken)
        raise ComposeError(f'"{name}" is {what}', f"choose another one, such as --id {free}")


def _start(name: str) -> str:
    """Return a name that begins with a letter, as ids do."""
    return name if is_rule_id(name) else f"lesson-{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')}".rstrip("-")


def _category(choice: Choice | None, known: Sequence[str]) -> str:
    if choice is None:
        return category_for((), "", known)
    shown = choice.proven.draft.bad[0]
    if isinstance(shown, Exhibit):
        return category_for((shown.resource.kind,), "", known)
    return category_for((), shown.path, known)


def _known_rules(sides: Sides, here: ProjectRules, toolbox: Toolbox) -> tuple[Known, ...]:
    """Return what rules find on the bad side and not on the fixed one."""
    if not here.chosen:
        return ()
    before, after = (_fingerprints((*files, *sides.context), here, toolbox) for files in (sides.bad, sides.fixed))
    return tuple(found for key, found in before.items() if key not in after)


def _fingerprints(files: Sequence[SideFile], here: ProjectRules, toolbox: Toolbox) -> dict[tuple[str, str], Known]:
    settings = Settings(here.config.severity, here.config.parameters)
    result = run_project(project_of(files), here.chosen, here.platform, toolbox, settings)
    return {
        (finding.rule, finding.fingerprint): Known(finding.rule, finding.location.path, finding.location.line)
        for finding in result.findings
    }


def new_document(
    composed: Composed, trial: Trial | None, chosen: int, failures: Sequence[str], file: str, line: int
) -> dict[str, Any]:
    """Return everything about a new lesson as plain data: what ``--output-format json`` prints, and reports show.

    ``file`` and ``line`` are where the lesson goes; ``chosen`` is the index of its draft among all.
    """
    document: dict[str, Any] = {
        "id": composed.name,
        "kind": composed.kind,
        "category": composed.category,
        "lesson": composed.markdown,
        "symptom": composed.words.symptom,
        "file": file,
        "line": line,
        "problems": list(failures),
        "changes": 0, "drafts": [], "chosen": 0, "leftOut": [], "remarks": [], "refused": [], "knownRules": [],
    }  # fmt: skip
    if trial is None:
        return document
    document["changes"] = trial.drafted.changes
    document["drafts"] = [
        {
            "number": number,
            "title": choice.proven.draft.title,
            "change": choice.proven.draft.change,
            "narrowed": choice.proven.draft.narrowed,
            "bad": [_place(place._replace(path=trial.bad_name or place.path)) for place in choice.proven.bad_places],
            "places": [_place(place) for place in choice.places[:PLACES_SHOWN]],
            "found": len(choice.places),
            "others": choice.others,
        }
        for number, choice in enumerate(trial.choices, 1)
    ]
    document["chosen"] = chosen + 1 if composed.kind == "rule" else 0
    document["leftOut"] = list(trial.drafted.left_out)
    document["remarks"] = list(trial.drafted.remarks)
    document["refused"] = [
        {"title": item.draft.title, "change": item.draft.change, "reason": item.reason}
        for item in trial.drafted.refused
    ]
    document["knownRules"] = list(trial.known_by(chosen))
    return document


def _place(place: Place) -> dict[str, Any]:
    return {"path": place.path, "line": place.line, "message": place.message, "own": place.is_own}
