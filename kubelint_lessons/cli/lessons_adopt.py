"""``kubelint lessons adopt``: bind notes to the rules that they describe."""

from __future__ import annotations

import json
import os
from functools import cache

import click

from kubelint_lessons.authoring.adopt import adopt, adoption_document, propose
from kubelint_lessons.authoring.drafts.append import AppendError, require_inside
from kubelint_lessons.authoring.linter import LESSONS_NAMES, Options, crds_of, lesson_error, rules_of
from kubelint_lessons.cli.output import color_option, should_color, write
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.fixes.write import Change, WriteError, write_files
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import RuleSet, load_rules
from kubelint_lessons.manifests.inputs import find_inputs, project_root
from kubelint_lessons.manifests.schema.lookup import Schemas
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.reports.adopttext import adoption_summary, adoption_text
from kubelint_lessons.reports.errors import error_text
from kubelint_lessons.reports.sanitize import clean
from kubelint_lessons.reports.style import Style


class _File(NamedTuple):
    """A lessons file: as shown, and its content."""

    shown: str
    data: bytes
    text: str


@click.command("adopt", short_help="Bind notes to the rules that they describe.")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("--write", "is_written", is_flag=True, help="Add the marks to the file; nothing else is changed.")
@click.option("--draft", "with_drafts", is_flag=True, help='Also add the lessons drafted from "X instead of Y".')
@click.option("--doubtful", is_flag=True, help="Show matches that are too uncertain to be proposed.")
@click.option("--output-format", type=click.Choice(("text", "json")), default="text", help="Default: text.")
@color_option
def command(
    file: str | None, is_written: bool, with_drafts: bool, doubtful: bool, output_format: str, color: str
) -> None:
    """Propose for each note in FILE (default: this project's lessons) the rule that it describes.

    Compared are identifiers, kinds, field names and wording; each proposal has its score and reason, and a diff shows
    the marks. For notes that tell "used X instead of Y" a lesson is drafted, with a rule and two examples.

    \b
    kubelint lessons adopt
    kubelint lessons adopt --write
    kubelint lessons adopt docs/ai-lessons.md --draft --write

    Exit status: 0, also with nothing to propose; 2 where the file cannot be read or written, or lessons do not load.
    """
    root = project_root(os.getcwd()) or os.getcwd()
    here = rules_of(root, os.path.relpath(root).replace(os.sep, "/"), Options(), Cache(cache_folder()))
    path = file or _lessons_file(root, here.config.lessons)
    lessons = _read(path)
    rule_set = _rules_for(lessons, here.rule_set)
    schemas = cache(lambda: Schemas(crds=crds_of(find_inputs((root,)))))
    adoption = propose(lessons.shown, rule_set, schemas, Toolbox(Compiler()))
    adopted = adopt(lessons.text, lessons.shown, adoption, with_drafts=with_drafts)
    document = adoption_document(lessons.shown, lessons.text, adoption, adopted)
    is_changed = is_written and adopted.text != lessons.text
    if is_changed:
        _write(path, lessons, adopted.text, root)
    if output_format == "json":
        write(json.dumps({**document, "written": is_changed}, indent=2) + "\n")
    else:
        style = Style(should_color(color))
        lines = adoption_text(document, style, with_doubtful=doubtful, with_drafts=with_drafts)
        write("".join(f"{line}\n" for line in lines))
        write(adoption_summary(document, is_written=is_changed, with_drafts=with_drafts) + "\n")
    errors = here.errors if rule_set is here.rule_set else [lesson_error(problem) for problem in rule_set.problems]
    for error in errors:
        click.echo(error_text(error, Style()), err=True)
    raise SystemExit(2 if adopted.failed or errors else 0)


def _lessons_file(root: str, names: tuple[str, ...] | None) -> str:
    """Return the one lessons file of a project; ``names`` are those that its config lists."""
    found = [os.path.relpath(os.path.join(root, name)) for name in names or LESSONS_NAMES]
    there = [path for path in found if os.path.isfile(path)]
    if not there:
        raise click.UsageError(f"this project has no lessons file: write {LESSONS_NAMES[0]}, or name a file")
    if len(there) > 1 and names:
        raise click.UsageError(f"this project has {len(there)} lessons files: name one, such as {clean(there[0])}")
    return there[0]


def _read(path: str) -> _File:
    try:
        with open(path, "rb") as stream:
            data = stream.read()
        return _File(os.path.relpath(path).replace(os.sep, "/"), data, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{clean(path)} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise click.UsageError(f"{clean(path)} cannot be read: {error.strerror or error}") from None


def _rules_for(lessons: _File, known: RuleSet) -> RuleSet:
    """Return the rule set of the project, or where the file is not part of it, one of that file alone."""
    paths = {note.words.path for note in known.notes} | {lesson.words.path for lesson in known.team_lessons}
    return known if lessons.shown in paths else load_rules([(lessons.shown, lessons.text.removeprefix("\ufeff"))])


def _write(path: str, lessons: _File, text: str, root: str) -> None:
    try:
        if os.path.islink(path):
            require_inside(path, root)
        write_files({path: Change(lessons.data, text.encode("utf-8"))})
    except AppendError as error:
        raise click.UsageError(f"{clean(error.message)}; {clean(error.hint)}") from None
    except WriteError as error:
        reason = error.reason.partition(";")[0]
        raise click.UsageError(f"{clean(path)} {reason}; nothing was written, run the command again") from None
