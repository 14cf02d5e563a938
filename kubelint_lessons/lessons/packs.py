"""Loading: from lesson files, compiled files and the cache to the rule set and the facts of a project."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from kubelint_lessons import __version__
from kubelint_lessons.lessons.cache import Cache, digest, engine_version, environment_key
from kubelint_lessons.lessons.checks import check_names, split_name
from kubelint_lessons.lessons.compiled import COMPILED_NAME, compiled_content, keep_compiled, own_file, read_compiled
from kubelint_lessons.lessons.folder import builtin_rules_folder
from kubelint_lessons.lessons.lesson import Lesson, LessonProblem, Note, lesson_from_plain, note_from_plain
from kubelint_lessons.lessons.plugins import Plugin
from kubelint_lessons.lessons.rule import Origin, Rule, from_plain, to_plain
from kubelint_lessons.lessons.ruleset import Pack, merge, walk_problems
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.model.records import NamedTuple

__all__ = ["RuleSet", "builtin_rules_folder", "compile_folder", "load_platform", "load_rules", "read_builtin_lessons"]

TextFile = tuple[str, str]
"""A path as reported, and its text."""


class RuleSet(NamedTuple):
    """What holds in one project. ``team_lessons`` carry their examples; ``aliases`` map former ids to ids.

    ``key`` stands for everything that the set was made from: what is remembered under it stays true.
    """

    rules: dict[str, Rule]
    notes: tuple[Note, ...]
    team_lessons: tuple[Lesson, ...]
    problems: tuple[LessonProblem, ...]
    aliases: dict[str, str]
    key: str
    has_builtin: bool

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """Return all lessons with their examples; reads the built-in files anew, so linting never asks."""
        return (*(read_builtin_lessons() if self.has_builtin else ()), *self.team_lessons)


def load_rules(
    team_files: Sequence[TextFile] = (),
    *,
    cache: Cache | None = None,
    builtin: bool = True,
    folder: str | None = None,
    plugins: Sequence[Plugin] = (),
) -> RuleSet:
    """Return the rule set of the built-in lessons and of a team's files.

    Unchanged files come from the cache, so that neither the Markdown parser nor jsonschema is imported. ``folder``
    replaces the folder of the built-in lessons and checks; those of ``plugins`` are added.
    """
    cache = cache or Cache(None)
    rules_folder = folder or builtin_rules_folder()
    keys: list[str] = []
    own: list[Pack] = []
    if builtin:
        packs, key = _load_builtin(rules_folder, cache)
        own += packs
        keys.append(key)
    for plugin in plugins:
        packs, key = _load_plugin(plugin, cache)
        own += packs
        keys.append(key)
    tools = _Tools(check_names(rules_folder))
    team = []
    for path, text in team_files:
        key = digest(path, text, *tools.checks)
        keys.append(key)
        team.append(_load_team(path, text, key, tools, cache))
    merged = merge(own, team)
    return RuleSet(
        merged.rules,
        tuple(note for pack in (*own, *team) for note in pack.notes),
        tuple(lesson for pack in team for lesson in pack.lessons),
        tuple(walk_problems((*own, *team), merged)),
        merged.aliases,
        digest(*keys),
        builtin,
    )


class _Tools:
    """The compiler's tools, made when the first file has to be compiled."""

    def __init__(self, checks: Sequence[str]) -> None:
        self.checks = tuple(checks)
        self._made: Any = None

    def compile(self, path: str, text: str, origin: Origin) -> Pack:
        """Return what a file compiles to."""
        from kubelint_lessons.lessons.compile import compile_lesson, make_tools
        from kubelint_lessons.lessons.parse import parse_lessons

        self._made = self._made or make_tools(self.checks)
        file = parse_lessons(text, path)
        rules: list[Rule] = []
        broken: list[str] = []
        problems = list(file.problems)
        for lesson in file.lessons:
            rule, wrong = compile_lesson(lesson, path, origin, self._made)
            problems += wrong
            rules += [rule] if rule else []
            broken += [] if rule else [lesson.id]
        return Pack(path, tuple(rules), file.notes, file.lessons, tuple(problems), tuple(broken))


def _load_team(path: str, text: str, key: str, tools: _Tools, cache: Cache) -> Pack:
    pack = _pack_from_plain(cache.get("lessons", key))
    if pack is None:
        pack = tools.compile(path, text, "team")
        cache.put("lessons", key, _pack_to_plain(pack))
    return pack


def _load_builtin(folder: str, cache: Cache) -> tuple[tuple[Pack, ...], str]:
    """Return the built-in packs and a key for what they were made from.

    The wheel's compiled file is used if it was made by this version and CEL engine from files of these names and
    sizes. Sizes suffice there: nobody edits an installed package by hand, and times do not survive a wheel. A checkout
    keeps a file of its own; the cache is for what can do neither.
    """
    listing = _listing(folder)
    key = _listing_key(listing, with_times=False)
    packs = _packs_from_plain(read_compiled(os.path.join(folder, COMPILED_NAME), key))
    if packs is not None:
        return packs, key
    key = digest(folder, _listing_key(listing, with_times=True))
    own, own_key = own_file(folder), digest(key, environment_key())
    packs = _packs_from_plain(read_compiled(own, own_key)) if own is not None else None
    packs = packs or _packs_from_plain(cache.get("builtin", key))
    if packs is None:
        packs = compile_folder(folder)
        plain = [_pack_to_plain(pack) for pack in packs]
        if own is None or not keep_compiled(own, own_key, plain):
            cache.put("builtin", key, plain)
    return packs, key


def _load_plugin(plugin: Plugin, cache: Cache) -> tuple[tuple[Pack, ...], str]:
    """Return the packs of a plugin, whose checks are called ``plugin:check``, and a key for what it was made from."""
    key = digest(plugin.name, plugin.folder, _listing_key(_listing(plugin.folder), with_times=True))
    packs = _packs_from_plain(cache.get("plugin", key))
    if packs is None:
        packs = compile_folder(plugin.folder, plugin.name)
        cache.put("plugin", key, [_pack_to_plain(pack) for pack in packs])
    return packs, key


def _listing(folder: str) -> list[tuple[str, int, int]]:
    """Return the names, sizes and times of the lessons and checks in a folder, sorted."""
    try:
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith((".md", ".py"))]
    except OSError:
        return [("unreadable", 0, 0)]
    return sorted((name, status.st_size, status.st_mtime_ns) for name, status in found)


def _listing_key(listing: Sequence[tuple[str, int, int]], *, with_times: bool) -> str:
    """Return a hash of the names and sizes, and if wanted the times, of files that are compiled by this program."""
    files = "\0".join(f"{name} {size} {time if with_times else ''}" for name, size, time in listing)
    return digest(__version__, engine_version(), files)


def compiled_file(folder: str) -> bytes:
    """Return the content of the compiled file for a folder of lessons. For the build.

    Raises ValueError where a lesson does not load.
    """
    packs = compile_folder(folder)
    problems = [problem for pack in packs for problem in pack.problems]
    if problems:
        first = problems[0]
        raise ValueError(f"{first.path}:{first.line}:{first.column}: {first.message}")
    return compiled_content(_listing_key(_listing(folder), with_times=False), [_pack_to_plain(pack) for pack in packs])


def compile_folder(folder: str, plugin: str = "") -> tuple[Pack, ...]:
    """Return the packs of a folder of built-in lessons, or of those of a plugin, one rule a file, named like it."""
    checks = check_names(folder)
    tools = _Tools(checks)
    packs = []
    for name, text in _read_folder(folder):
        path = f"{plugin}:rules/{name}" if plugin else f"rules/{name}"
        pack = tools.compile(path, text, "plugin" if plugin else "builtin")
        problems = (*pack.problems, *_misnamed(path, pack))
        rules = tuple(_with_checks_of(plugin, checks, rule) if plugin else rule for rule in pack.rules)
        packs.append(pack._replace(rules=rules, lessons=(), problems=problems))
    return tuple(packs)


def _with_checks_of(plugin: str, checks: Sequence[str], rule: Rule) -> Rule:
    """Return a rule whose checks are named so that ``PluginChecks`` finds them in the plugin's folder."""
    detectors = tuple(
        detector._replace(check=f"{plugin}:{detector.check}")
        if split_name(detector.check).module in checks
        else detector
        for detector in rule.detectors
    )
    return rule._replace(detectors=detectors)


def read_builtin_lessons(folder: str | None = None) -> tuple[Lesson, ...]:
    """Return the built-in lessons with their examples, read from their Markdown."""
    from kubelint_lessons.lessons.parse import parse_lessons

    found = _read_folder(folder or builtin_rules_folder())
    return tuple(lesson for name, text in found for lesson in parse_lessons(text, f"rules/{name}").lessons)


def _read_folder(folder: str) -> list[TextFile]:
    texts = []
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".md"))
    except OSError:
        return []
    for name in names:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace", newline="") as file:
            texts.append((name, file.read()))
    return texts


def _misnamed(path: str, pack: Pack) -> list[LessonProblem]:
    """Return a problem for each lesson whose id is not that of its file, or names no bad pattern."""
    expected = path.rpartition("rules/")[2].removesuffix(".md").replace("_", "-")
    problems = []
    for lesson in pack.lessons:
        if lesson.id != expected:
            message = f'the file {path} holds the lesson "{lesson.id}"'
            hint = f"call the file rules/{lesson.id.replace('-', '_')}.md"
        elif lesson.id.startswith("no-"):
            message = f'"{lesson.id}" does not read well after "ignore"'
            hint = "name the bad pattern itself"
        else:
            continue
        place = (lesson.line, lesson.column, lesson.end_column)
        problems.append(LessonProblem(path, *place, message, hint, "lesson-id"))
    return problems


def _pack_to_plain(pack: Pack) -> list[Any]:
    return [pack.path, [to_plain(rule) for rule in pack.rules], pack.notes, pack.lessons, pack.problems, pack.broken]


def _pack_from_plain(plain: Any) -> Pack | None:
    """Return the pack in ``plain``, or None where that is no pack."""
    try:
        path, rules, notes, lessons, problems, broken = plain
        return Pack(
            str(path),
            tuple(from_plain(rule) for rule in rules),
            tuple(note_from_plain(note) for note in notes),
            tuple(lesson_from_plain(lesson) for lesson in lessons),
            tuple(LessonProblem._make(problem) for problem in problems),
            tuple(broken),
        )
    except (TypeError, ValueError, IndexError, AttributeError):
        return None


def _packs_from_plain(plain: Any) -> tuple[Pack, ...] | None:
    if not isinstance(plain, list):
        return None
    packs = [_pack_from_plain(item) for item in plain]
    return tuple(pack for pack in packs if pack is not None) if None not in packs else None


def load_platform(
    files: Sequence[TextFile], *, cache: Cache | None = None
) -> tuple[Platform, tuple[LessonProblem, ...]]:
    """Return what a project's platform reference states, and what is wrong there; of several files the first counts."""
    cache = cache or Cache(None)
    for path, text in files[:1]:
        key = digest(path, text)
        plain = cache.get("platform", key)
        if isinstance(plain, list) and len(plain) == 2:
            return Platform(plain[0], path), tuple(LessonProblem._make(problem) for problem in plain[1])
        from kubelint_lessons.lessons.quickplatform import quick_facts

        facts = quick_facts(text)
        if facts is not None:
            cache.put("platform", key, [facts, ()])
            return Platform(facts, path), ()
        from kubelint_lessons.lessons.platform_file import read_platform

        found = read_platform(text, path)
        cache.put("platform", key, [found.facts, found.problems])
        return Platform(found.facts, path), found.problems
    return Platform(), ()
