"""``kubelint lint --fix`` and ``--diff``: what fixes change, written or shown."""

from __future__ import annotations

import sys

from kubelint_lessons.authoring.fixing import lint_and_fix
from kubelint_lessons.authoring.linter import Linted, Options
from kubelint_lessons.cli import output
from kubelint_lessons.cli.errors import failure
from kubelint_lessons.cli.progress import with_progress
from kubelint_lessons.engine.excerpts import masked_lines
from kubelint_lessons.fixes.diff import diff_files
from kubelint_lessons.fixes.write import WriteError, write_files
from kubelint_lessons.manifests.inputs import Inputs
from kubelint_lessons.model.fix import Applicability
from kubelint_lessons.reports.fixtext import applied_line, withheld_line
from kubelint_lessons.reports.sanitize import clean_diff_line, clean_path
from kubelint_lessons.reports.style import Style


def run_fixes(
    inputs: Inputs,
    options: Options,
    *,
    unsafe: bool,
    write: bool,
    color: bool,
    silent: bool,
    text: bytes | None = None,
) -> Linted:
    """Apply the fixes, or print what they would change, and return what is found once they are made.

    ``text`` is what came on standard input: it goes to standard output, fixed or as it was, so that an editor may take
    it whatever happened. On standard error stands what was fixed and what was withheld; raises click.ClickException
    where a file cannot be written, and then none is.
    """
    allow: set[Applicability] = {"safe", "unsafe"} if unsafe else {"safe"}
    fixed = with_progress(lambda: lint_and_fix(inputs, options, allow), is_silent=silent)
    style = Style(color)
    if write and text is not None:
        output.write_bytes(next(iter(fixed.outcome.files.values()), text))
    elif write:
        try:
            write_files(fixed.changes)
        except WriteError as error:
            done = f"; written before that: {', '.join(error.written)}" if error.written else "; nothing was written"
            raise failure(f"{clean_path(error.path)}: {error.reason}{done}") from None
    else:
        output.write(diff_files(fixed.before, fixed.outcome.files, _shown))
    for item in fixed.outcome.applied:
        sys.stderr.write(applied_line(item.finding, item.title, write, style) + "\n")
    for item_withheld in fixed.outcome.withheld:
        line = withheld_line(item_withheld.finding, item_withheld.title, item_withheld.reason, style)
        sys.stderr.write(line + "\n")
    return fixed.linted


def _shown(path: str, text: str) -> list[str]:
    return [clean_diff_line(line) for line in masked_lines(path, text)]
