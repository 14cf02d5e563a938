"""``kubelint lessons check``: everything that is wrong in the lessons, each at its place."""

from __future__ import annotations

import os

import click

from kubelint_lessons.authoring.check import check_lessons
from kubelint_lessons.authoring.linter import LESSONS_NAMES, crds_of
from kubelint_lessons.cli.output import color_option, should_color, write
from kubelint_lessons.engine.config import load_config
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import builtin_rules_folder, load_rules
from kubelint_lessons.manifests.inputs import find_inputs, project_root
from kubelint_lessons.manifests.schema.lookup import Schemas
from kubelint_lessons.reports.advicetext import advice_text
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.wrap import plural


@click.command("check", short_help="Check lessons and run their examples.")
@click.argument("paths", nargs=-1, metavar="[FILE]...", type=click.Path(exists=True))
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@color_option
def command(paths: tuple[str, ...], strict: bool, color: str) -> None:
    """Check the lessons in each FILE (default: those of this project) and run every example.

    Looked for: blocks that do not load, fields and kinds that no cluster knows, examples and fixes that do not hold,
    lessons that repeat or contradict others, marks of rules that are gone, text that looks like a secret, entries that
    are too long. A directory means the lessons (*.md) in it.

    Exit status: 0 all is well, 1 warnings with --strict, 2 errors.
    """
    files = _lesson_files(paths)
    folder = builtin_rules_folder()
    builtin = {path for path in files if os.path.realpath(os.path.dirname(path) or ".") == os.path.realpath(folder)}
    texts = {path.replace(os.sep, "/"): _text(path) for path in files if path not in builtin}
    rule_set = load_rules(list(texts.items()), cache=Cache(cache_folder()))
    texts.update({f"rules/{os.path.basename(path)}": _text(path) for path in builtin})
    root = project_root(os.getcwd())
    crds = (
        crds_of(find_inputs([root], tracked_only=bool(os.environ.get("PRE_COMMIT"))))
        if root and texts.keys() - {f"rules/{os.path.basename(p)}" for p in builtin}
        else ()
    )
    checked = check_lessons(rule_set, texts, Toolbox(Compiler()), Schemas(crds=crds))
    style = Style(should_color(color))
    for item in sorted((*checked.errors, *checked.warnings), key=lambda item: (item.path, item.line, item.column)):
        write(f"{advice_text(item, style)}\n")
    counts = [(checked.lessons, "lesson"), (checked.notes, "note"), (checked.examples, "example")]
    problems = [(len(checked.errors), "error"), (len(checked.warnings), "warning")]
    verdict = ", ".join(plural(number, noun) for number, noun in problems if number) or "all is well"
    write(f"{', '.join(plural(number, noun) for number, noun in counts)}: {verdict}\n")
    raise SystemExit(2 if checked.errors else int(strict and bool(checked.warnings)))


def _lesson_files(paths: tuple[str, ...]) -> list[str]:
    if not paths:
        root = project_root(os.getcwd()) or os.getcwd()
        names = load_config(root, ".").config.lessons or LESSONS_NAMES
        found = [os.path.relpath(os.path.join(root, name)) for name in names]
        files = [path for path in found if os.path.isfile(path)]
        if not files:
            raise click.UsageError(f"this project has no lessons file: write {LESSONS_NAMES[0]}, or name a file")
        return files
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
