"""Linting as every surface does it: projects, configs, lessons, facts and examples come together here."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, NamedTuple

from kubelint_lessons.authoring.proofs import prove
from kubelint_lessons.authoring.settings import path_choice, settings_of, unknown_rules
from kubelint_lessons.authoring.targets import count_excluded, settle_targets
from kubelint_lessons.engine.collect import collect
from kubelint_lessons.engine.config import CONFIG_NAME, Config, LoadedConfig, load_config
from kubelint_lessons.engine.merge import merge
from kubelint_lessons.engine.overrides import PathRules
from kubelint_lessons.engine.result import Counts, Result, RunError, exit_code
from kubelint_lessons.engine.run import Toolbox, run_project
from kubelint_lessons.engine.selection import Selection, choose
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.lesson import LessonProblem
from kubelint_lessons.lessons.packs import RuleSet, load_platform, load_rules
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.inputs import Inputs
from kubelint_lessons.manifests.platform import Platform

LESSONS_NAMES = ("docs/ai-lessons.md", "ai-lessons.md")
PLATFORM_NAME = "docs/platform-reference.md"


class Options(NamedTuple):
    """What a surface says about a run; what is None is left to the project's config."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str | None = None
    isolated: bool = False
    use_cache: bool = True
    force_exclude: bool = False
    config: str | None = None
    kubernetes_version: str | None = None


class Linted(NamedTuple):
    """The result of all projects together, and the exit status that their thresholds give it."""

    result: Result
    status: int


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


def lint(inputs: Inputs, options: Options) -> Linted:
    """Return what the rules of each project find in it; nothing joins across projects."""
    cache = Cache(cache_folder() if options.use_cache else None)
    untaught: dict[str, RuleSet] = {}  # of projects without lessons of their own, which all share one rule set
    toolbox = Toolbox(Compiler())
    given = tuple(RunError("input", error.message, error.path, hint=error.hint) for error in inputs.errors)
    outside = count_excluded(_empty(given), inputs.excluded)
    results: list[Result] = [outside] if given or inputs.excluded else []
    status = 2 if given else 0
    for project in inputs.projects:
        rules = rules_of(project.root, project.shown_root, options, cache, untaught)
        proofs = prove(rules.rule_set, toolbox, cache)
        settings = settings_of(rules.loaded, rules.rule_set, rules.overrides, rules.usual, project)
        targets = settle_targets(
            project, rules.config.exclude, _deciders(rules.config), force_exclude=options.force_exclude
        )
        result = run_project(targets.project, rules.chosen, rules.platform, toolbox, settings)
        result = count_excluded(result, targets.excluded)
        result = result._replace(errors=(*rules.errors, *proofs, *result.errors), deciding=targets.deciding)
        status = max(status, exit_code(result, options.fail_on or rules.config.fail_on or "warning"))
        results.append(result)
    return Linted(merge(results) if results else _empty(()), status)


def rules_of(
    root: str, shown_root: str, options: Options, cache: Cache, untaught: dict[str, RuleSet] | None = None
) -> ProjectRules:
    """Return the rules and facts of the project at ``root``, and everything that is wrong with their sources.

    ``untaught`` is where a caller that asks for many projects keeps the rule set of those without lessons.
    """
    loaded = LoadedConfig(Config()) if options.isolated else load_config(root, shown_root, options.config)
    config, errors = loaded.config, list(loaded.errors)
    names = config.lessons or tuple(name for name in LESSONS_NAMES if os.path.isfile(os.path.join(root, name)))
    texts, unread = _read(root, shown_root, names)
    shared = untaught if untaught is not None and not texts else {}
    rule_set = shared.get("") or load_rules(texts, cache=cache)
    shared[""] = rule_set
    platform_name = config.platform or PLATFORM_NAME
    wanted = (platform_name,) if config.platform or os.path.isfile(os.path.join(root, platform_name)) else ()
    platform_texts, platform_unread = _read(root, shown_root, wanted)
    platform, platform_problems = load_platform(platform_texts, cache=cache)
    errors += [*unread, *platform_unread]
    errors += [lesson_error(problem) for problem in (*rule_set.problems, *platform_problems)]
    selection = Selection(
        config.select if options.select is None else options.select,
        (*config.extend_select, *options.extend_select),
        (*config.ignore, *options.ignore),
    )
    chosen, unknown = choose(rule_set.rules, rule_set.aliases, selection)
    for name in unknown:
        close = " or ".join(f'"{other}"' for other in name.suggestions)
        hint = f"did you mean {close}?" if close else "kubelint rules lists them"
        errors.append(RunError("usage", f'no rule or preset is called "{name.name}"', hint=hint))
    paths = path_choice(loaded, rule_set, selects=options.select is None)
    errors += [*paths.unknown, *unknown_rules(loaded, rule_set)]
    running = {name: rule_set.rules[name] for name in sorted(chosen.keys() | paths.selected)}
    return ProjectRules(config, rule_set, running, platform, tuple(errors), loaded, paths.rules, usual=tuple(chosen))


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


def _read(root: str, shown_root: str, names: Iterable[str]) -> tuple[list[tuple[str, str]], list[RunError]]:
    texts, errors = [], []
    for name in names:
        shown = name if shown_root in ("", ".") else f"{shown_root}/{name}"
        try:
            with open(os.path.join(root, name), encoding="utf-8-sig", errors="strict", newline="") as file:
                texts.append((shown, file.read()))
        except UnicodeDecodeError as error:
            errors.append(RunError("lesson", f"is not UTF-8 text (byte {error.start})", shown))
        except OSError as error:
            hint = "check the path in .kubelint.yaml"
            errors.append(RunError("lesson", f"cannot be read: {error.strerror or error}", shown, hint=hint))
    return texts, errors


def _deciders(config: Config) -> frozenset[str]:
    """Return the files that decide what rules say, relative to the project's root."""
    return frozenset((CONFIG_NAME, *(config.lessons or LESSONS_NAMES), config.platform or PLATFORM_NAME))


def _empty(errors: tuple[RunError, ...]) -> Result:
    return Result((), errors, (), Counts(0, 0, 0, {}, 0, 0), (), {}, {}, ())
