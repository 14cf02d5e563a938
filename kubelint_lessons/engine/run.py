"""One run over one project: from files and rules to a result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from kubelint_lessons.engine.collect import is_checked, status_of
from kubelint_lessons.engine.decided import Decided
from kubelint_lessons.engine.dispatch import Dispatcher, Prepared, TextRunner, prepare, text_runners, word_bits
from kubelint_lessons.engine.fingerprint import distinct, nth_of
from kubelint_lessons.engine.jobs import processes_for
from kubelint_lessons.engine.judge import CheckFunction, Judge, Surroundings
from kubelint_lessons.engine.judging import groups_of, judge_together, reachable, size_of
from kubelint_lessons.engine.locate import Stamper
from kubelint_lessons.engine.marks import FirstLook, Marks
from kubelint_lessons.engine.overrides import Overrides
from kubelint_lessons.engine.parts import Part
from kubelint_lessons.engine.reading import ReadFile
from kubelint_lessons.engine.readings import Readings
from kubelint_lessons.engine.result import Result, SkippedRule
from kubelint_lessons.engine.schemas import RunSchemas
from kubelint_lessons.engine.suppressionentries import Entry, Matcher, today
from kubelint_lessons.engine.suppressions import Terms, suppress
from kubelint_lessons.engine.tally import counts_of, lessons_of
from kubelint_lessons.engine.timing import Timing, add_to, clock
from kubelint_lessons.engine.view import Looker, View
from kubelint_lessons.lessons.checks import load_check
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.documents import Document
from kubelint_lessons.manifests.globs import matching
from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.problems import ReadProblem
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.finding import Finding, Problem, Severity
from kubelint_lessons.model.location import Location
from kubelint_lessons.model.records import NamedTuple


class Settings(NamedTuple):
    """What config and command line say about a run, beyond which rules were chosen.

    ``params`` overrides a rule's parameters by id, ``severities`` its severity. ``known`` maps every rule's id and
    former ids to its id, also of rules that do not run; ``suppress`` are the entries of the config at ``config``;
    ``overrides`` is what differs in some files; ``is_whole`` says that no file of the project was left out. So many
    processes as ``jobs`` says read files and judge objects (0: as many as pay).
    """

    severities: Mapping[str, Severity]
    params: Mapping[str, dict[str, object]]
    known: Mapping[str, str] = MappingProxyType({})
    suppress: tuple[Entry, ...] = ()
    config: str = ""
    overrides: Overrides | None = None
    is_whole: bool = True
    jobs: int = 1

    def terms(self, rules: Mapping[str, Rule]) -> Terms:
        """Return what holds for suppressions in a run of ``rules``."""
        known = {name: rule.id for rule in rules.values() for name in (rule.id, *rule.aliases)}
        entries = tuple(Matcher(entry) for entry in self.suppress)
        day = today() if entries else ""
        return Terms({**known, **self.known}, entries, self.config, day, self.is_whole)


class Toolbox(NamedTuple):
    """What runs may share: the CEL compiler, and the way from a name to a Python check (raises CheckError).

    ``readings`` notes the files that were read, ``timing`` where the time goes.
    """

    compiler: Compiler
    load_check: Callable[[str], CheckFunction] = load_check
    readings: Readings | None = None
    timing: Timing | None = None


def run_project(
    project: Project,
    rules: dict[str, Rule],
    platform: Platform,
    toolbox: Toolbox,
    settings: Settings,
    *,
    is_one_scope: bool = False,
) -> Result:
    """Return what ``rules`` find in the files of ``project``.

    A finding is in the result if its primary or any related place lies in a file that is reported on. A check that
    raises is named in the errors; all others go on. ``is_one_scope`` joins all files whatever they are: how a lesson's
    example is read.
    """
    enter = toolbox.timing.enter if toolbox.timing is not None else _ignore
    enter("read")
    texts = text_runners(rules)
    builtin = RunSchemas(platform, ())
    bits = word_bits(rules, builtin.version)
    look = FirstLook(bits, builtin)
    looker = Looker(project, bits, toolbox.readings, look, [runner.text.detector.files for runner in texts])
    view = looker.part()
    if view is None:
        text_files = _text_files(project.files, texts)
        view = looker.whole(text_files, settings.jobs, enter, is_one_scope=is_one_scope)
    else:
        text_files = _text_files((read.file for read in view.files.values() if read.file.is_reported), texts)
    known = platform.infer(resource for document in view.witnesses for resource in document.resources)
    prepared = prepare(rules, texts, known, bits)
    schemas = RunSchemas(known, _crds(view.witnesses), builtin)
    run = _Run(toolbox, settings, known, schemas, Stamper(settings.severities, view.files, settings.overrides))
    enter("judge")
    run.read_problems(view, prepared)
    reads = view.files.values()
    # what they find lies in the file itself
    run.texts([read for read in reads if read.file.is_reported and read.file.inside in text_files], prepared)
    is_all = view.is_whole and all(read.file.is_reported for read in reads)  # mostly so, and then without a copy
    reported = view.files.keys() if is_all else frozenset(read.source.path for read in reads if read.file.is_reported)
    dispatcher = Dispatcher(prepared.runners, Marks(bits, schemas))
    objects = groups_of(view.scopes)
    groups = objects if is_all else reachable(objects, reported)
    size = size_of(groups)
    processes = processes_for(settings.jobs, size)
    if processes == 1:
        run.judge.objects(groups, dispatcher, reported)
    else:
        judge = partial(run.judge.part_of, dispatcher=dispatcher, reported=reported)
        run.part.add(judge_together(groups, judge, view.documents, view.errors, processes))
    if processes != 1 or groups != objects:
        for _, resources in objects:  # what others looked at, and what was left out, counts for what did not run
            for resource in resources:
                dispatcher.meet(resource.api_version, resource.kind, resource.is_workload)
    for api_version, kind, is_workload in view.kinds:
        dispatcher.meet(api_version, kind, is_workload)
    run.judge.close()
    if toolbox.timing is not None:
        toolbox.timing.add(run.part.spent)
        toolbox.timing.count(sum(map(is_checked, view.documents)), size, processes)
    enter("report")
    result = _result(run, view, reported, prepared, dispatcher, rules)
    for document in view.documents:
        document.forget()
    if toolbox.timing is not None:
        toolbox.timing.leave()
    return result


def _ignore(_: str) -> None:
    """Take no note of a phase."""


class _Run:
    """Collects the findings and errors of one project."""

    def __init__(
        self, toolbox: Toolbox, settings: Settings, platform: Platform, schemas: RunSchemas, stamper: Stamper
    ) -> None:
        self.settings = settings
        self.stamper = stamper
        around = Surroundings(
            toolbox.compiler,
            toolbox.load_check,
            platform,
            schemas,
            settings.params,
            settings.overrides,
            toolbox.timing,
        )
        self.judge = Judge(around, stamper)
        self._own: Counter[str] = Counter()

    @property
    def part(self) -> Part:
        """Return what was found."""
        return self.judge.part

    def read_problems(self, view: View, prepared: Prepared) -> None:
        for read in view.files.values():
            if read.source.problems:
                matters = read.file.is_given or any(map(is_checked, read.documents))
                for problem in read.source.problems:
                    self._read_problem(read, prepared, problem, matters)
            for document in read.documents:
                if not document.problems:
                    continue
                is_kubernetes = is_checked(document) or _looks_like_manifest(document.text)
                for problem in document.problems:
                    self._read_problem(read, prepared, problem, read.file.is_given or is_kubernetes)

    def stamp_own(self, prepared: Prepared, code: str, problem: Problem) -> Finding | None:
        """Return what is wrong with a suppression as a finding; None where the rule for it does not run."""
        found = prepared.reader.get(code)
        if found is None:
            return None
        finding = self.stamper.stamp(found[0], found[1].severity, problem, None)
        self._own[finding.fingerprint] += 1
        return finding._replace(fingerprint=nth_of(finding.fingerprint, self._own[finding.fingerprint]))

    def _read_problem(self, read: ReadFile, prepared: Prepared, problem: ReadProblem, matters: bool) -> None:
        found = prepared.reader.get(problem.code)
        if found is None or not matters:
            return
        rule, detector = found
        location = Location(read.source.path, problem.line, problem.column, problem.end_column)
        self.judge.add(rule, detector.severity, Problem(problem.message, location), None)

    def texts(self, files: Sequence[ReadFile], prepared: Prepared) -> None:
        for read in files:
            for runner in prepared.texts:
                if not runner.text.applies_to(read.file.inside):
                    continue
                since = clock()
                for problem in runner.text.problems(read.source):
                    if not (runner.judges_objects and _is_in_manifest(read, problem)):
                        self.judge.add(runner.rule, runner.text.detector.severity, problem, None)
                add_to(self.part.spent, runner.rule.id, clock() - since)


def _crds(documents: list[Document]) -> Iterator[Resource]:
    for document in documents:
        for resource in document.resources:
            if resource.kind == "CustomResourceDefinition":
                yield resource


def _is_in_manifest(read: ReadFile, problem: Problem) -> bool:
    """Return whether a problem of a text rule lies in a document that the rule's other blocks judge as an object."""
    line = problem.place.line if isinstance(problem.place, Location) else 0
    holder = [document for document in read.documents if document.first_line <= line]
    return bool(holder) and is_checked(holder[-1])


def _looks_like_manifest(text: str) -> bool:
    return "apiVersion:" in text and "kind:" in text


def _text_files(files: Iterable[InputFile], texts: tuple[TextRunner, ...]) -> frozenset[str]:
    """Return the names inside the project of those files that rules over text look at."""
    patterns = (pattern for runner in texts for pattern in runner.text.detector.files)
    return matching(patterns, (file.inside for file in files))


def _result(
    run: _Run,
    view: View,
    reported: Collection[str],
    prepared: Prepared,
    dispatcher: Dispatcher,
    rules: dict[str, Rule],
) -> Result:
    files = view.files

    def inside(path: str) -> str:
        return files[path].file.inside if path in files else path

    wanted = [
        finding
        for finding in distinct(run.part.findings.values(), inside)
        if finding.location.path in reported or any(other.location.path in reported for other in finding.related)
    ]
    if run.settings.overrides is not None:
        allows = run.settings.overrides.allows
        wanted = [finding for finding in wanted if allows(finding.rule, finding.location.path)]
    decided = _decided(run, view, prepared, rules)
    terms = run.settings.terms(rules)
    terms = terms._replace(is_whole=terms.is_whole and view.is_whole)
    kept, suppressed = suppress(wanted, files, terms, decided, partial(run.stamp_own, prepared))
    everything = [*kept, *(item.finding for item in suppressed)]
    kept.sort(key=lambda finding: (*finding.location[:3], finding.rule, finding.message))
    not_evaluated = tuple(
        SkippedRule(rule, f"on {number} object{'s' if number > 1 else ''}: {reason}", number)
        for (rule, reason), number in sorted(run.part.not_evaluated.items())
    )
    shown = [
        read
        for read in files.values()
        if read.file.is_reported and (read.documents or read.source.problems or _is_text(read, prepared))
    ]
    excerpts = run.stamper.excerpts(everything, run.part.lines)  # before the errors, which it may add to
    return Result(
        findings=tuple(kept),
        errors=(*view.errors, *run.part.errors),
        skipped=(*dispatcher.skipped(prepared.waiting), *not_evaluated),
        counts=counts_of(shown, len(suppressed), len(rules)),
        files=tuple(status_of(read) for read in shown),
        lessons=lessons_of(everything, rules),
        excerpts=excerpts,
        incomplete=view.incomplete,
        suppressed=suppressed,
    )


def _decided(run: _Run, view: View, prepared: Prepared, rules: dict[str, Rule]) -> Decided:
    """Return what knows whether a rule was able to judge a file."""
    silent = {entry.rule for entry in prepared.waiting} | {rule for rule, _ in run.part.not_evaluated}
    is_whole = not (view.errors or run.part.errors)
    return Decided(rules, silent, view.scopes, is_whole=is_whole, overrides=run.settings.overrides)


def _is_text(read: ReadFile, prepared: Prepared) -> bool:
    return any(runner.text.applies_to(read.file.inside) for runner in prepared.texts)
