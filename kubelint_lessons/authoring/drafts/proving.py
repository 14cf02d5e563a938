"""Drafts on trial: only those that fire on the bad side and not on the fixed one, and whose examples hold, are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kubelint_lessons.authoring.drafts.exhibits import example_of, found_lines, marked
from kubelint_lessons.authoring.drafts.lessontext import ExampleText, Words, lesson_markdown
from kubelint_lessons.authoring.drafts.ruledraft import Own, RuleDraft
from kubelint_lessons.authoring.drafts.sides import SideFile, Sides, project_of
from kubelint_lessons.authoring.fieldcheck import check_fields
from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.lessons.parse import parse_lessons
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.inputs import Project
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.schema.lookup import Schemas
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.records import NamedTuple

_DRAFT_NAME = "draft.md"


class Place(NamedTuple):
    """Where a draft fires. ``is_own`` says that it is the object (or file) that was broken."""

    path: str
    line: int
    message: str
    is_own: bool


class Proven(NamedTuple):
    """A draft that holds, with its examples and where it fires on the bad side."""

    draft: RuleDraft
    rule: Rule
    examples: tuple[ExampleText, ...]
    bad_places: tuple[Place, ...]


class Refused(NamedTuple):
    """A draft that does not hold, and why."""

    draft: RuleDraft
    reason: str


def prove(
    drafts: Sequence[RuleDraft], sides: Sides, schemas: Schemas, toolbox: Toolbox
) -> tuple[tuple[Proven, ...], tuple[Refused, ...]]:
    """Return the drafts that tell the sides apart, in their order, and the others with the reason.

    ``schemas`` know the fields of kinds: a rule about a field that its kind does not know takes its fallback.
    """
    drafts = list(drafts)
    names, problems = _compiled(drafts, schemas, toolbox)
    unknown = [number for number, draft in enumerate(drafts) if _name(number) in problems and draft.fallback]
    for number in unknown:
        drafts[number] = drafts[number]._replace(block=drafts[number].fallback or drafts[number].block)
    if unknown:
        names, problems = _compiled(drafts, schemas, toolbox)
    on_bad = _findings((*sides.bad, *sides.context), names, toolbox)
    on_fixed = _findings((*sides.fixed, *sides.context), names, toolbox)
    proven: list[Proven] = []
    refused: list[Refused] = []
    for number, draft in enumerate(drafts):
        name = _name(number)
        if name not in names:
            refused.append(Refused(draft, problems.get(name, "the rule does not load")))
            continue
        places = _on_side(on_bad.get(name, ()), draft.own)
        if not any(place.is_own for place in places):
            refused.append(Refused(draft, "the rule finds nothing on the bad side"))
        elif any(place.is_own for place in _on_side(on_fixed.get(name, ()), draft.mended)):
            refused.append(Refused(draft, "the rule also fires on the fixed side"))
        else:
            examples = _examples(draft, names[name], toolbox)
            if isinstance(examples, str):
                refused.append(Refused(draft, examples))
            else:
                proven.append(Proven(draft, names[name], examples, places))
    return tuple(proven), tuple(refused)


def places_in(
    project: Project, proven: Sequence[Proven], platform: Platform, toolbox: Toolbox
) -> tuple[tuple[Place, ...], ...]:
    """Return where each of the drafts would fire in a tree, in one run."""
    rules = {item.rule.id: item.rule for item in proven}
    result = run_project(project, rules, platform, toolbox, Settings({}, {}))
    by_rule: dict[str, list[Finding]] = {}
    for finding in result.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    return tuple(_in_tree(by_rule.get(item.rule.id, ()), item.draft) for item in proven)


def _on_side(findings: Iterable[Finding], mine: Sequence[Own]) -> tuple[Place, ...]:
    """Return findings on one of the sides as places."""
    return tuple(
        _place(finding, any(own.holds(finding.location.path, finding.location.line) for own in mine))
        for finding in findings
    )


def _in_tree(findings: Iterable[Finding], draft: RuleDraft) -> tuple[Place, ...]:
    """Return findings in a tree as places: what is called like what was broken is that."""
    found = []
    for finding in findings:
        path = finding.location.path
        is_own = any(
            own.is_called(finding.resource) if finding.resource else own.path == path or path.endswith(f"/{own.path}")
            for own in draft.own
        )
        found.append(_place(finding, is_own))
    return tuple(found)


def _place(finding: Finding, is_own: bool) -> Place:
    return Place(finding.location.path, finding.location.line, finding.message, is_own)


def _name(number: int) -> str:
    return f"draft-{number}"


def _compiled(
    drafts: Sequence[RuleDraft], schemas: Schemas, toolbox: Toolbox
) -> tuple[dict[str, Rule], dict[str, str]]:
    """Return the compiled rules by name, and for the others what ``lessons check`` would say."""
    texts = [
        lesson_markdown(_name(number), Words("A draft.", "It failed."), draft.block, ())
        for number, draft in enumerate(drafts)
    ]
    starts: list[int] = []
    line = 1
    for text in texts:
        starts.append(line)
        line += text.count("\n") + 1
    found = load_rules([(_DRAFT_NAME, "\n".join(texts))], builtin=False)
    problems: dict[str, str] = {}
    for problem in found.problems:
        number = max((index for index, start in enumerate(starts) if start <= problem.line), default=0)
        problems.setdefault(_name(number), problem.message)
    for lesson in found.team_lessons:
        rule = found.rules.get(lesson.id)
        for advice in check_fields(lesson, rule, schemas, toolbox.compiler) if rule else ():
            if not advice.is_warning:
                problems.setdefault(lesson.id, advice.message.removeprefix(f"{lesson.id}: "))
    return {name: rule for name, rule in found.rules.items() if name not in problems}, problems


def _findings(files: Iterable[SideFile], rules: Mapping[str, Rule], toolbox: Toolbox) -> dict[str, tuple[Finding, ...]]:
    result = run_project(project_of(files), dict(rules), Platform(), toolbox, Settings({}, {}))
    found: dict[str, tuple[Finding, ...]] = {}
    for finding in result.findings:
        found[finding.rule] = (*found.get(finding.rule, ()), finding)
    return found


def _examples(draft: RuleDraft, rule: Rule, toolbox: Toolbox) -> tuple[ExampleText, ...] | str:
    bad, good = example_of(draft.bad, "bad"), example_of(draft.good, "good")
    if bad is None or good is None:
        return "its examples could not be written down"
    with_marks = marked(bad, rule, toolbox)
    if with_marks is None:
        return "the rule finds nothing in the bad example, once that is cut down and secret values are masked"
    if found_lines(good, rule, toolbox):
        return "the rule also fires on the good example, once that is cut down and secret values are masked"
    if not _reads_back(draft, with_marks, good):
        return "its examples would not be read as such in a Markdown file"
    return with_marks, good


def _reads_back(draft: RuleDraft, *examples: ExampleText) -> bool:
    """Return whether the fences of a lesson hold what was put into them: some texts look like fences themselves."""
    text = lesson_markdown(_name(0), Words("A draft.", "It failed."), draft.block, examples)
    file = parse_lessons(text, _DRAFT_NAME)
    read = [item.text for lesson in file.lessons for example in lesson.examples for item in example.files]
    return not file.problems and not file.notes and read == [example.text for example in examples]
