"""Linting and fixing in one go: what would change, and what is found once it has."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

from kubelint_lessons.authoring.earlier import Scans
from kubelint_lessons.authoring.linter import Linted, Options, lint
from kubelint_lessons.fixes.apply import fix_project
from kubelint_lessons.fixes.outcome import FixOutcome
from kubelint_lessons.fixes.write import Change
from kubelint_lessons.manifests.inputs import InputFile, Inputs
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.fix import Applicability
from kubelint_lessons.model.records import NamedTuple


class Fixed(NamedTuple):
    """What a lint gives after its fixes, what they did, and the files by absolute path as they are to be written.

    ``before`` holds the bytes that were linted, by the path that findings show.
    """

    linted: Linted
    outcome: FixOutcome
    before: dict[str, bytes]
    changes: dict[str, Change]


def lint_and_fix(inputs: Inputs, options: Options, allow: Collection[Applicability]) -> Fixed:
    """Return the outcome of fixing what is found in the files that are reported on; writes nothing."""
    scans = Scans(os.environ)
    first = lint(inputs, options, scans)
    wanted = {
        location.path
        for finding in first.result.findings
        if finding.fix is not None
        for location in (edit.place.location() for edit in finding.fix.edits)
    }
    reported = {file.path: file for project in inputs.projects for file in project.files if file.is_reported}
    before = {path: _bytes_of(reported[path]) for path in sorted(wanted & reported.keys())}

    def relint(files: Mapping[str, bytes]) -> tuple[Finding, ...]:
        return lint(_with_data(inputs, files), options, scans).result.findings

    outcome = fix_project(before, first.result.findings, relint, allow)
    changes = {reported[path].absolute: Change(before[path], after) for path, after in outcome.files.items()}
    linted = lint(_with_data(inputs, outcome.files), options, scans) if outcome.files else first
    return Fixed(linted, outcome, before, changes)


def _bytes_of(file: InputFile) -> bytes:
    if file.data is not None:
        return file.data
    with open(file.absolute, "rb") as opened:
        return opened.read()


def _with_data(inputs: Inputs, files: Mapping[str, bytes]) -> Inputs:
    projects = tuple(
        project._replace(
            files=tuple(file._replace(data=files[file.path]) if file.path in files else file for file in project.files)
        )
        for project in inputs.projects
    )
    return inputs._replace(projects=projects)
