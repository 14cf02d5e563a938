"""``kubelint lessons new``: a lesson from a symptom, from a bad and a fixed manifest, or from a commit."""

from __future__ import annotations

import json
import os
import sys

import click

from kubelint_lessons.authoring.drafts.append import (
    Appended,
    AppendError,
    append_lesson,
    categories_of,
    require_inside,
    write_lesson,
)
from kubelint_lessons.authoring.drafts.commits import read_commit
from kubelint_lessons.authoring.drafts.sides import Sides, SidesError, read_sides
from kubelint_lessons.authoring.linter import LESSONS_NAMES, Options, ProjectRules, crds_of, rules_of
from kubelint_lessons.authoring.newlesson import (
    Answers,
    Composed,
    ComposeError,
    Trial,
    commit_answers,
    compose,
    failures_of,
    new_document,
    suggest,
    tree_of,
    try_out,
)
from kubelint_lessons.cli.output import color_option, should_color, write
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.manifests.inputs import find_inputs, project_root
from kubelint_lessons.manifests.schema.lookup import Schemas
from kubelint_lessons.model.finding import SEVERITIES
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.reports.drafttext import draft_text, lesson_text, origin_text
from kubelint_lessons.reports.errors import error_text
from kubelint_lessons.reports.sanitize import clean, clean_path
from kubelint_lessons.reports.style import Style


class _Source(NamedTuple):
    """Where both sides come from."""

    bad: str | None
    fixed: str | None
    revision: str | None
    path: str


class _Saving(NamedTuple):
    """The lessons file: as shown, its absolute path, and its content where it exists."""

    shown: str
    absolute: str
    before: bytes | None


@click.command("new", short_help="Write a lesson: from a symptom, two manifests or a commit.")
@click.option("--symptom", default="", metavar="TEXT", help="What people saw.")
@click.option("--cause", default="", metavar="TEXT", help="Why it failed. Default: what changed.")
@click.option("--fix", default="", metavar="TEXT", help="What helps. Default: what changed.")
@click.option("--id", "name", default="", metavar="ID", help="The rule's id. Default: drafted.")
@click.option("--category", default="", metavar="NAME", help="The ## heading to stand under. Default: one that fits.")
@click.option("--severity", type=click.Choice(SEVERITIES), default="warning", help="Default: warning.")
@click.option("--bad", metavar="PATH", help="The manifest, or directory, as it failed.")
@click.option("--fixed", metavar="PATH", help="The same as it works.")
@click.option("--from-git", "revision", metavar="REV", help="Take both sides from the commit that fixed it.")
@click.option("--path", default="", metavar="PATH", help="With --from-git: only this file or directory.")
@click.option("--choose", type=click.IntRange(1), metavar="N", help="Take the N-th draft.")
@click.option("--note", is_flag=True, help="Write the words only, without a rule.")
@click.option("--bind", default="", metavar="RULE", help="Write a note that lends its words to an existing rule.")
@click.option("--write", "is_saved", is_flag=True, help="Save it; on a terminal you are asked otherwise.")
@click.option("--output-format", type=click.Choice(("text", "json")), default="text", help="Default: text.")
@click.option("-q", "--quiet", is_flag=True, help="Print the lesson only.")
@color_option
def command(
    symptom: str,
    cause: str,
    fix: str,
    name: str,
    category: str,
    severity: str,
    bad: str | None,
    fixed: str | None,
    revision: str | None,
    path: str,
    choose: int | None,
    note: bool,
    bind: str,
    is_saved: bool,
    output_format: str,
    quiet: bool,
    color: str,
) -> None:
    """Draft a lesson with its rule, try it out, and add it to docs/ai-lessons.md.

    The two sides of a repair are compared as data; what changed becomes the rule, cut down to its smallest examples.
    They are run at once, and so is the rule over the whole project, so that one that is too broad is seen before it is
    saved. A rule whose examples do not hold is never saved: it would make every lint fail. --note saves the words.

    \b
    kubelint lessons new --symptom "502 after every deploy" --bad old.yaml --fixed k8s/web.yaml
    kubelint lessons new --from-git HEAD --path k8s/web --write

    On a terminal what is missing is asked for. Exit status: 0, or 2 where there is nothing to draft from, the id is
    taken, or the lesson cannot be saved.
    """
    answers = Answers(symptom, cause, fix, name, category, severity)
    root = project_root(os.getcwd()) or os.getcwd()
    source = _Source(bad, fixed, revision, path)
    _check_options(source, note=note, bind=bind, choose=choose)
    here = rules_of(root, os.path.relpath(root).replace(os.sep, "/"), Options(), Cache(cache_folder()))
    is_asking = not is_saved and output_format == "text" and not quiet and _is_terminal()
    saving = _saving(root, here)
    toolbox = Toolbox(Compiler())
    try:
        if is_asking:
            answers, source = _ask_first(answers, source)
        sides, answers = _sides(source, root, answers)
        trial = _try_out(sides, answers, root, here, toolbox) if sides else None
        composed, chosen = _compose(answers, trial, here, saving, choose, note=note, bind=bind, is_asking=is_asking)
        failures = failures_of(composed, saving.shown, toolbox)
        appended = append_lesson(saving.before, saving.shown, composed.markdown, composed.category)
    except (SidesError, ComposeError, AppendError) as error:
        raise click.UsageError(f"{clean(error.message)}; {clean(error.hint)}") from None
    document = new_document(composed, trial, chosen, failures, saving.shown, appended.line)
    style = Style(should_color(color))
    if output_format == "text":
        write(lesson_text(document) if quiet else "".join(f"{line}\n" for line in draft_text(document, style)))
    is_written = _save(is_saved, is_asking, composed, failures, saving, appended, root)
    if output_format == "json":
        write(json.dumps({**document, "written": is_written}, indent=2) + "\n")
    elif not quiet:
        write(_farewell(is_written, composed, saving, appended))
    for wrong in here.errors:
        click.echo(error_text(wrong, Style()), err=True)
    raise SystemExit(2 if failures or (is_saved and not is_written) else 0)


def _check_options(source: _Source, *, note: bool, bind: str, choose: int | None) -> None:
    if (source.bad is None) != (source.fixed is None):
        missing = "--fixed" if source.fixed is None else "--bad"
        raise click.UsageError(f"{missing} is missing: a rule is drafted from what changed between --bad and --fixed")
    if source.bad is not None and source.revision is not None:
        raise click.UsageError("--from-git brings both sides itself; leave out --bad and --fixed")
    if source.path and source.revision is None:
        raise click.UsageError("--path narrows --from-git, which is not given")
    if sum((note, bool(bind), choose is not None)) > 1:
        raise click.UsageError("--note, --bind and --choose exclude each other")


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _ask_first(answers: Answers, source: _Source) -> tuple[Answers, _Source]:
    """Ask for the symptom, and for the sides where none are given."""
    if not answers.symptom and source.revision is None:
        answers = answers._replace(symptom=_ask("What did people see", ""))
    if source.bad is None and source.revision is None:
        bad = _ask("The manifest as it failed (a path; empty: none)", "")
        if bad:
            source = source._replace(bad=bad, fixed=_ask("The same as it works", ""))
    return answers, source


def _ask(question: str, default: str) -> str:
    return str(click.prompt(clean(question), default=clean(default), show_default=bool(default))).strip()


def _sides(source: _Source, root: str, answers: Answers) -> tuple[Sides | None, Answers]:
    if source.revision is not None:
        path = os.path.relpath(source.path, root).replace(os.sep, "/") if source.path else ""
        commit = read_commit(root, source.revision, "" if path == "." else path)
        return commit.sides, commit_answers(answers, commit.subject, commit.body, commit.date, commit.name)
    if source.bad is not None and source.fixed is not None:
        return read_sides(source.bad, source.fixed, root), answers
    return None, answers


def _try_out(sides: Sides, answers: Answers, root: str, here: ProjectRules, toolbox: Toolbox) -> Trial:
    inputs = find_inputs((root,), tracked_only=bool(os.environ.get("PRE_COMMIT")))
    schemas = Schemas(crds=crds_of(inputs))
    words = f"{answers.symptom} {answers.cause} {answers.fix}"
    trial = try_out(sides, words, tree_of(inputs, root, here.config), here, schemas, toolbox)
    drafted = trial.drafted
    if not (trial.choices or drafted.refused or drafted.remarks or drafted.left_out):
        raise SidesError(
            "both sides say the same: whatever differs is layout, comments or order",
            "give the state before the failure was mended, and the one after",
        )
    return trial


def _compose(
    answers: Answers,
    trial: Trial | None,
    here: ProjectRules,
    saving: _Saving,
    choose: int | None,
    *,
    note: bool,
    bind: str,
    is_asking: bool,
) -> tuple[Composed, int]:
    """Return the lesson, and the index of the draft that it was made from."""
    choices = trial.choices if trial else ()
    if choose is not None and choose > len(choices):
        raise ComposeError(f"there is no draft {choose}", f"there are {len(choices)}; leave out --choose")
    chosen = choose - 1 if choose is not None else trial.preferred if trial else 0
    choice = choices[chosen] if choices and not note and not bind else None
    known = categories_of((saving.before or b"").decode("utf-8", "replace"), saving.shown)
    full = suggest(answers, choice, here.rule_set, known)
    if is_asking:
        if trial is not None:
            change = choice.proven.draft.change if choice else ""
            write("".join(f"{line}\n" for line in origin_text(change, trial.drafted.remarks, Style())))
        full = full._replace(
            symptom=answers.symptom or _ask("What did people see", full.symptom),
            cause=answers.cause or _ask("Root cause", full.cause),
            fix=answers.fix or _ask("What helps", full.fix),
            category=answers.category or _ask("Category", full.category),
        )
        name = answers.name or ("" if bind else _ask("Id", suggest(full, choice, here.rule_set, known).name))
        full = suggest(full._replace(name=name), choice, here.rule_set, known)
    return compose(full, choice, here.rule_set, bind), chosen


def _saving(root: str, here: ProjectRules) -> _Saving:
    """Return the lessons file of a project, whether it exists or not."""
    names = here.config.lessons or LESSONS_NAMES
    inside = next((name for name in names if os.path.isfile(os.path.join(root, name))), names[0])
    absolute = os.path.join(root, inside)
    shown = os.path.relpath(absolute).replace(os.sep, "/")
    try:
        require_inside(absolute, root)
        if not os.path.lexists(absolute):
            return _Saving(shown, absolute, None)
        with open(absolute, "rb") as file:
            return _Saving(shown, absolute, file.read())
    except AppendError as error:
        raise click.UsageError(f"{error.message}; {error.hint}") from None
    except OSError as error:
        raise click.UsageError(f"{shown} cannot be read: {error.strerror or error}") from None


def _save(
    is_saved: bool,
    is_asking: bool,
    composed: Composed,
    failures: tuple[str, ...],
    saving: _Saving,
    appended: Appended,
    root: str,
) -> bool:
    """Write the lesson where that was asked for or is confirmed; return whether it was."""
    if failures or not (is_saved or is_asking):
        return False
    if not composed.words.symptom:
        if is_saved:
            raise click.UsageError("a lesson needs a symptom to be saved; say what people saw: --symptom '…'")
        return False
    if is_asking and not click.confirm(f"\nAdd it to {clean_path(saving.shown)}"):
        return False
    try:
        require_inside(saving.absolute, root)
        write_lesson(saving.absolute, appended)
    except AppendError as error:
        raise click.UsageError(f"{clean(error.message)}; {clean(error.hint)}") from None
    return True


def _farewell(is_written: bool, composed: Composed, saving: _Saving, appended: Appended) -> str:
    place = f"{clean_path(saving.shown)}:{appended.line}"
    heading = f"## {clean(appended.category)}"
    if is_written:
        return f"\nAdded {clean(composed.name)} at {place}, under {heading}. kubelint lint enforces it from now on.\n"
    return f"\nNothing was written; --write adds it at {place}, under {heading}.\n"
