"""``kubelint lessons check``: everything that is wrong in the lessons, each at its place."""

from __future__ import annotations

import os

import click

from kubelint_lessons.authoring.check import check_lessons
from kubelint_lessons.authoring.linter import LESSONS_NAMES
from kubelint_lessons.cli.output import color_option, should_color, write
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import builtin_rules_folder, load_rules, read_builtin_lessons
from kubelint_lessons.manifests.inputs import project_root
from kubelint_lessons.reports.errors import error_text
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.wrap import plural


@click.command("check", short_help="Check lessons and run their examples.")
@click.argument("paths", nargs=-1, metavar="[FILE]...", type=click.Path(exists=True))
@color_option
def command(paths: tuple[str, ...], color: str) -> None:
    """Check the lessons in each FILE (default: those of this project) and run every example.

    A directory means the lessons (*.md) in it. Exit status: 0 all is well, 2 something is not.
    """
    files = _lesson_files(paths)
    builtin = os.path.realpath(builtin_rules_folder())
    own = [path for path in files if os.path.realpath(os.path.dirname(path) or ".") != builtin]
    is_builtin = len(own) < len(files)
    texts = [(path.replace(os.sep, "/"), _text(path)) for path in own]
    rule_set = load_rules(texts)
    wanted = frozenset(path for path, _ in texts)
    if is_builtin:
        wanted |= {lesson.words.path for lesson in read_builtin_lessons()}
    checked = check_lessons(rule_set, None if is_builtin and not own else wanted, Toolbox(Compiler()))
    style = Style(should_color(color))
    write("".join(f"{error_text(error, style)}\n" for error in checked.errors))
    verdict = plural(len(checked.errors), "problem") if checked.errors else "all is well"
    counts = [(checked.lessons, "lesson"), (checked.notes, "note"), (checked.examples, "example")]
    write(f"{', '.join(plural(number, noun) for number, noun in counts)}: {verdict}\n")
    raise SystemExit(2 if checked.errors else 0)


def _lesson_files(paths: tuple[str, ...]) -> list[str]:
    if not paths:
        root = project_root(os.getcwd()) or os.getcwd()
        found = [os.path.relpath(os.path.join(root, name)) for name in LESSONS_NAMES]
        files = [path for path in found if os.path.isfile(path)]
        if not files:
            raise click.UsageError(f"this project has no lessons file: write {LESSONS_NAMES[0]}, or name a file")
        return files[:1]
    files = []
    for path in paths:
        if os.path.isdir(path):
            files += sorted(os.path.join(path, name) for name in os.listdir(path) if name.endswith(".md"))
        else:
            files.append(path)
    return files


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path}: cannot be read: {error}") from None
