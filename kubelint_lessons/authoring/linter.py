"""Linting as every surface does it: projects, configs, lessons, facts and examples come together here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from kubelint_lessons.authoring.newonly import Look, baseline_of, book_of, check_baseline, only_new, read_book
from kubelint_lessons.authoring.origin import Origin
from kubelint_lessons.authoring.proofs import prove
from kubelint_lessons.authoring.request import Linted as Linted
from kubelint_lessons.authoring.request import Options as Options
from kubelint_lessons.authoring.settings import path_choice, settings_of, unknown_rules
from kubelint_lessons.authoring.targets import LINKS, count_excluded, settle_targets
from kubelint_lessons.engine.baseline import BASELINE_NAME
from kubelint_lessons.engine.collect import collect
from kubelint_lessons.engine.config import CONFIG_NAME, Config, LoadedConfig, load_config, parse_config
from kubelint_lessons.engine.dispatch import text_runners
from kubelint_lessons.engine.merge import merge
from kubelint_lessons.engine.overrides import PathRules
from kubelint_lessons.engine.reading import is_manifest_name
from kubelint_lessons.engine.readings import Readings
from kubelint_lessons.engine.result import Counts, Result, RunError, exit_code
from kubelint_lessons.engine.run import Toolbox, run_project
from kubelint_lessons.engine.selection import Selection, choose
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.lesson import LessonProblem
from kubelint_lessons.lessons.packs import RuleSet, load_platform, load_rules
from kubelint_lessons.lessons.plugins import Plugin, PluginChecks, PluginError, find_plugin
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.git import GitError
from kubelint_lessons.manifests.inputs import STDIN_NAME, Inputs, Project, is_marked
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.model.records import NamedTuple

if TYPE_CHECKING:
    from kubelint_lessons.authoring.earlier import Scans
    from kubelint_lessons.authoring.newonly import Before
    from kubelint_lessons.manifests.gitbase import Tree

LESSONS_NAMES = ("docs/ai-lessons.md", "ai-lessons.md")
PLATFORM_NAME = "docs/platform-reference.md"


class ProjectRules(NamedTuple):
    """What holds in one project. ``chosen`` are the rules that run, of all in ``rule_set``; ``overrides`` changes that
    in some files, and ``usual`` are those that run in all others."""

    config: Config
    rule_set: RuleSet
    chosen: dict[str, Rule]
    platform: Platform
    errors: tuple[RunError, ...]
    loaded: LoadedConfig = LoadedConfig(Config())
    overrides: tuple[PathRules, ...] = ()
    usual: tuple[str, ...] = ()


def lint(inputs: Inputs, options: Options, scans: Scans | None = None, readings: Readings | None = None) -> Linted:
    """Return what the rules of each project find in it; nothing joins across projects.

    ``scans`` is where a caller that lints the same projects several times keeps what they are compared with;
    ``readings`` notes what the result depends on.
    """
    cache = Cache(cache_folder() if options.use_cache else None)
    untaught: dict[str, RuleSet] = {}  # of projects without lessons of their own, which all share one rule set
    plugins = _plugins(options, [project.root for project in inputs.projects])
    toolbox = Toolbox(Compiler(), PluginChecks(plugins.found).load, readings, options.timing)
    given = tuple(RunError("input", error.message, error.path, hint=error.hint) for error in inputs.errors)
    given += check_baseline(inputs.projects, options.baseline)
    outside = count_excluded(count_excluded(_empty(given), inputs.excluded), inputs.links, LINKS)
    results: list[Result] = [outside] if given or inputs.excluded or inputs.links else []
    status = 2 if given else 0
    for project in inputs.projects:
        if options.timing is not None:
            options.timing.enter("rules")
        origin, unknown = _origin(project, options, readings)
        rules = rules_of(project.root, project.shown_root, options, cache, untaught, origin)
        if readings is not None and any(entry.until for entry in rules.config.suppress):
            readings.names_day = True
        proofs = prove(rules.rule_set, toolbox._replace(readings=None, timing=None), cache)
        targets = settle_targets(
            project,
            rules.config.exclude,
            _deciders(rules.config),
            force_exclude=options.force_exclude,
            include=rules.config.include,
        )

        def run(files: Project, rules: ProjectRules = rules) -> Result:
            files = _without_baseline(files, rules.config)
            settings = settings_of(rules.loaded, rules.rule_set, rules.overrides, rules.usual, files)
            settings = settings._replace(is_whole=not options.is_narrowed, jobs=options.jobs)
            return run_project(files, rules.chosen, rules.platform, toolbox, settings)

        def rules_at(tree: Tree, project: Project = project) -> frozenset[str]:
            then = Origin(project.root, project.shown_root, tree)
            return frozenset(rules_of(project.root, project.shown_root, options, cache, untaught, then).rule_set.rules)

        result = count_excluded(run(targets.project), targets.excluded)
        errors = (*unknown, *rules.errors, *proofs, *result.errors)
        result = result._replace(errors=errors, deciding=targets.deciding)
        own = options._replace(baseline=baseline_of(project, inputs.projects, options.baseline))
        result = _hide_known(result, targets.project, rules, own, origin, run, rules_at, scans)
        result = _say_weaker(result, project, options, cache, toolbox)
        status = max(status, exit_code(result, options.fail_on or rules.config.fail_on or "warning"))
        results.append(result)
    return Linted(merge(results) if results else _empty(()), status)


def rules_of(
    root: str,
    shown_root: str,
    options: Options,
    cache: Cache,
    untaught: dict[str, RuleSet] | None = None,
    origin: Origin | None = None,
) -> ProjectRules:
    """Return the rules and facts of the project at ``root``, and everything that is wrong with their sources.

    ``untaught`` is where a caller that asks for many projects keeps the rule set of those without lessons. ``origin``
    gives the sources, if that is not the work tree.
    """
    origin = origin or Origin(root, shown_root)
    loaded = LoadedConfig(Config()) if options.isolated else _config(origin, shown_root, options.config)
    config, errors = loaded.config, list(loaded.errors)
    names = config.lessons or tuple(name for name in LESSONS_NAMES if origin.holds(name))
    texts, unread = _read(origin, names)
    shared = untaught if untaught is not None and not texts else {}
    plugins = _plugins(options, [root])
    errors += plugins.errors
    rule_set = shared.get("") or load_rules(texts, cache=cache, plugins=plugins.found)
    shared[""] = rule_set
    platform_name = config.platform or PLATFORM_NAME
    wanted = (platform_name,) if config.platform or origin.holds(platform_name) else ()
    platform_texts, platform_unread = _read(origin, wanted)
    platform, platform_problems = load_platform(platform_texts, cache=cache)
    version = options.kubernetes_version or config.kubernetes_version
    if version is not None:
        source = "--kubernetes-version" if options.kubernetes_version else f"kubernetes-version in {loaded.path}"
        platform = platform.stating({"kubernetesVersion": version}, source)
    errors += [*unread, *platform_unread]
    errors += [lesson_error(problem) for problem in (*rule_set.problems, *platform_problems)]
    selection = Selection(
        config.select if options.select is None else options.select,
        (*config.extend_select, *options.extend_select),
        (*config.ignore, *options.ignore),
    )
    chosen, unknown = choose(rule_set.rules, rule_set.aliases, selection)
    for name in unknown:
        errors.append(RunError("usage", f'no rule or preset is called "{name.name}"', hint=name.hint))
    paths = path_choice(loaded, rule_set, selects=options.select is None)
    errors += [*paths.unknown, *unknown_rules(loaded, rule_set)]
    running = {name: rule_set.rules[name] for name in sorted(chosen.keys() | paths.selected)}
    return ProjectRules(config, rule_set, running, platform, tuple(errors), loaded, paths.rules, usual=tuple(chosen))


class _Plugins(NamedTuple):
    found: tuple[Plugin, ...]
    errors: tuple[RunError, ...]


def _plugins(options: Options, roots: Iterable[str]) -> _Plugins:
    """Return the plugins that the command line names; nothing that lies in a scanned project is one."""
    found: list[Plugin] = []
    errors: list[RunError] = []
    for name in dict.fromkeys(options.plugins):
        try:
            found.append(find_plugin(name, [os.getcwd(), *roots]))
        except PluginError as error:
            errors.append(RunError("usage", f"--plugin {name}: {error.message}", hint=error.hint))
    return _Plugins(tuple(found), tuple(errors))


def crds_of(inputs: Inputs) -> tuple[dict[str, Any], ...]:
    """Return the CustomResourceDefinitions among the files of a run, as plain data."""
    found: list[dict[str, Any]] = []
    for project in inputs.projects:
        for document in collect(project, frozenset()).documents:
            if document.document_class in ("crd", "list"):
                found += [item.data for item in document.resources if item.kind == "CustomResourceDefinition"]
    return tuple(found)


def lesson_error(problem: LessonProblem) -> RunError:
    """Return a problem of a lessons file as an error of a run."""
    return RunError("lesson", problem.message, problem.path, problem.line, problem.column, problem.hint)


def _origin(
    project: Project, options: Options, readings: Readings | None = None
) -> tuple[Origin, tuple[RunError, ...]]:
    """Return where the rules of a project come from. If that revision cannot be read, the error says so, and the rules
    of the work tree show what they can."""
    if options.lessons_from is None:
        return Origin(project.root, project.shown_root, readings=readings), ()
    from kubelint_lessons.manifests.gitbase import open_tree

    try:
        return Origin(project.root, project.shown_root, open_tree(project.root, options.lessons_from)), ()
    except GitError as error:
        message = f"--lessons-from {options.lessons_from}: {error.message}"
        return Origin(project.root, project.shown_root), (RunError("usage", message, hint=error.hint),)


def _config(origin: Origin, shown_root: str, file: str | None) -> LoadedConfig:
    """Return the config that holds; ``file`` is read from where the rules are, if it lies inside the project."""
    name = CONFIG_NAME if file is None else origin.inside(file)
    if origin.tree is None or name is None:
        return load_config(origin.root, shown_root, file)
    if file is None and not origin.holds(name):
        return LoadedConfig(Config())
    shown = origin.shown(name)
    try:
        return parse_config(shown, origin.read(name))
    except OSError as error:
        return LoadedConfig(Config(), (RunError("config", f"cannot be read: {error.strerror}", shown),), shown)


def _hide_known(
    result: Result,
    project: Project,
    rules: ProjectRules,
    options: Options,
    origin: Origin,
    run: Callable[[Project], Result],
    rules_at: Callable[[Tree], frozenset[str]],
    scans: Scans | None,
) -> Result:
    """Return a result without what the baseline and the revision of ``--diff-base`` know."""
    name = rules.config.baseline
    has_baseline = options.use_baseline and (options.baseline or name or origin.holds(BASELINE_NAME))
    if not has_baseline and options.diff_base is None:
        return result
    from kubelint_lessons.authoring.earlier import Scans
    from kubelint_lessons.manifests.gitbase import RootsAt

    texts = text_runners(rules.chosen)

    def wanted(inside: str) -> bool:
        return is_manifest_name(inside) or any(runner.text.applies_to(inside) for runner in texts)

    def then(tree: Tree) -> Project:
        is_root = is_marked if options.lessons_from is None else RootsAt(options.lessons_from)
        found = tree.project(project, wanted, exclude=options.exclude, is_root=is_root)
        return settle_targets(
            found,
            rules.config.exclude,
            frozenset(),
            force_exclude=options.force_exclude,
            include=rules.config.include,
        ).project

    before: Before | None = None
    if options.diff_base is not None and not _is_unnamed(project):
        earlier = (scans or Scans(os.environ)).earlier(project, options.diff_base, then, run, rules_at)
        before = earlier.before
        errors = (*result.errors, *((earlier.error,) if earlier.error else ()))
        notices = (*result.notices, *((earlier.notice,) if earlier.notice else ()))
        result = result._replace(errors=errors, notices=notices)
    baseline = None
    if has_baseline and not _is_unnamed(project):
        shown, entries, error = read_book(origin, book_of(origin, name, options.baseline))
        baseline = None if entries is None else (shown, entries)
        result = result._replace(errors=(*result.errors, *((error,) if error else ())))
    return only_new(result, Look(project, rules.rule_set, rules.chosen, wanted, origin.readings), before, baseline)


def _without_baseline(project: Project, config: Config) -> Project:
    """Return a project without its baseline, which repeats what was found and would be found wanting for that."""
    name = config.baseline or BASELINE_NAME
    return project._replace(files=tuple(file for file in project.files if file.inside != name))


def _say_weaker(result: Result, project: Project, options: Options, cache: Cache, toolbox: Toolbox) -> Result:
    """Return a result that also says how the work tree weakens what held at the revision that it is compared with.

    With ``--lessons-from``, what is wrong with the lessons and the config of the work tree is an error although they do
    not hold yet, and what it mends of those of the revision is none any more.
    """
    revision = options.lessons_from or options.diff_base
    if revision is None or _is_unnamed(project):
        return result
    from kubelint_lessons.authoring.weakening.revisions import compare_revisions

    plain = options._replace(select=None, extend_select=(), ignore=())

    def rules_at(origin: Origin) -> ProjectRules:
        return rules_of(project.root, project.shown_root, plain, cache, None, origin)

    revised = compare_revisions(project, revision, rules_at, toolbox, cache)
    result = result._replace(weakened=revised.weakened)
    if options.lessons_from is None or not revised.is_known:
        return result
    mended = [error for error in result.errors if error.kind in ("lesson", "config") and error not in revised.errors]
    notices = [f"{error.path}:{error.line} at {revision}: {error.message}; mended here" for error in mended]
    if revised.is_changed:
        notices.append(f"lessons or config are changed here; those of {revision} were used (--lessons-from)")
    errors = dict.fromkeys((*(error for error in result.errors if error not in mended), *revised.errors))
    return result._replace(errors=tuple(errors), notices=(*result.notices, *notices))


def _is_unnamed(project: Project) -> bool:
    """Return whether a project is objects from standard input, of which no earlier state knows anything."""
    return any(file.inside == STDIN_NAME for file in project.files)


def _read(origin: Origin, names: Iterable[str]) -> tuple[list[tuple[str, str]], list[RunError]]:
    texts, errors = [], []
    for name in names:
        shown = origin.shown(name)
        try:
            texts.append((shown, origin.read(name).decode("utf-8-sig")))
        except UnicodeDecodeError as error:
            errors.append(RunError("lesson", f"is not UTF-8 text (byte {error.start})", shown))
        except OSError as error:
            hint = "check the path in .kubelint.yaml"
            errors.append(RunError("lesson", f"cannot be read: {error.strerror or error}", shown, hint=hint))
    return texts, errors


def _deciders(config: Config) -> frozenset[str]:
    """Return the files that decide what is said, relative to the project's root."""
    names = (config.platform or PLATFORM_NAME, config.baseline or BASELINE_NAME)
    return frozenset((CONFIG_NAME, *names, *(config.lessons or LESSONS_NAMES)))


def _empty(errors: tuple[RunError, ...]) -> Result:
    return Result((), errors, (), Counts(0, 0, 0, {}, 0, 0), (), {}, {}, ())
