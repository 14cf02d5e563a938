"""Linting what was linted before: the result of the last such run, if everything that it depends on is unchanged.

A result depends on this installation, on what was asked, on the names of all files of the projects, on the content of
those that were read, on lessons, facts, config and baseline, and perhaps on the day. All of that is kept with it and
compared. What git decides (an earlier state, lessons of a revision) and what plugins do is not remembered.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

from kubelint_lessons.authoring.request import Linted, Options
from kubelint_lessons.engine.filestates import changed, hash_file, settled, source_state, stamps_of
from kubelint_lessons.engine.packed import pack_result, unpack_result
from kubelint_lessons.engine.readings import Readings
from kubelint_lessons.lessons.blobs import Blobs, Room
from kubelint_lessons.lessons.cache import cache_folder, digest
from kubelint_lessons.manifests.inputs import InputFile, Inputs
from kubelint_lessons.manifests.stamps import Stamp, stamp_of
from kubelint_lessons.model.records import NamedTuple

KIND = "results"
ROOM = Room(entries=400, total=128 << 20, largest=24 << 20)


class _Kept(NamedTuple):
    """What is kept: a result, and what it depends on. ``files`` are the indexes of the files that were read."""

    day: str
    sources: list[tuple[str, str, str]]
    present: list[tuple[str, bool]]
    files: list[int]
    stamps: list[Stamp]
    hashes: list[bytes]
    status: int
    result: tuple[Any, ...]


def lint_remembered(inputs: Inputs, options: Options) -> Linted:
    """Return what ``linter.lint`` returns, or what it returned when it was last asked the same; without edits."""
    blobs = Blobs(cache_folder() if _may_remember(inputs, options) else None)
    if not blobs.is_kept:
        return _lint(inputs, options, None)
    key = _key(inputs, options)
    files = [file for project in inputs.projects for file in project.files]
    now = inputs.since or time.time_ns()
    stamps = [file.stamp or stamp_of(file.absolute) for file in files]
    known = _recall(blobs, key, files, stamps, now)
    if known is not None:
        return known
    sources = {path: source_state(path) for path in _sources(inputs, options)}
    readings = Readings(blobs)
    linted = _lint(inputs, options, readings)
    kept = _keep(linted, readings, files, stamps, now, sources)
    if kept is not None:
        blobs.put(KIND, key, tuple(kept), ROOM)
    return linted


def _lint(inputs: Inputs, options: Options, readings: Readings | None) -> Linted:
    from kubelint_lessons.authoring.linter import lint  # with all that it imports: for what is not remembered only

    return lint(inputs, options, readings=readings)


def _may_remember(inputs: Inputs, options: Options) -> bool:
    is_plain = options.diff_base is None and options.lessons_from is None and not options.plugins
    return options.use_cache and is_plain and bool(inputs.projects)


def _key(inputs: Inputs, options: Options) -> str:
    """Return a key of what was asked, and of the names of all files."""
    parts = [os.getcwd(), repr(options._replace(jobs=1, timing=None)), *(repr(tuple(error)) for error in inputs.errors)]
    parts += ["", *inputs.excluded, "", *inputs.links]
    for project in inputs.projects:
        files = project.files
        place = files[0].place if files else ""
        parts += ["", project.root, project.shown_root, place]
        parts += ["\0".join(names) for names in ([file.inside for file in files], [file.path for file in files])]
        for numbers in (
            [(number, file.place) for number, file in enumerate(files) if file.place != place],
            [number for number, file in enumerate(files) if file.is_reported],
            [number for number, file in enumerate(files) if file.is_given],
            [(number, digest(file.data)) for number, file in enumerate(files) if file.data is not None],
        ):
            parts.append(repr(numbers))
    return digest(*parts)


def _recall(blobs: Blobs, key: str, files: list[InputFile], seen: list[Stamp], now: int) -> Linted | None:
    """Return the result that is kept under ``key``, if it still holds; ``seen`` are the stamps of ``files``."""
    try:
        plain = blobs.get(KIND, key)
        if plain is None:
            return None
        kept = _Kept(*plain)
        if kept.day and kept.day != _today():
            return None
        if any(source_state(path) != (real, content) for path, real, content in kept.sources):
            return None
        if any(os.path.lexists(path) != is_there for path, is_there in kept.present):
            return None
        stamps = [seen[index] for index in kept.files]
        unsure = changed(kept.stamps, stamps)
        for index in unsure:
            if hash_file(files[kept.files[index]].absolute) != kept.hashes[index]:
                return None
        linted = Linted(unpack_result(kept.result), kept.status)
        if unsure:
            sure = settled(stamps, now)
            if sure != kept.stamps:
                blobs.put(KIND, key, tuple(kept._replace(stamps=sure)), ROOM)
        return linted
    except (TypeError, ValueError, IndexError):
        return None


def _keep(
    linted: Linted,
    readings: Readings,
    files: list[InputFile],
    stamps: list[Stamp],
    now: int,
    sources: dict[str, tuple[str, str]],
) -> _Kept | None:
    """Return what to keep of a run that began at ``now``; None where it may depend on what changed meanwhile.

    ``stamps`` and ``sources`` are of the time before it.
    """
    packed = pack_result(linted.result)
    if packed is None or any(error.kind in ("input", "bug") and error.path for error in linted.result.errors):
        return None
    paths = [file.absolute for file in files]
    indexes = [index for index, path in enumerate(paths) if path in readings.files]
    opened = [index for index in indexes if paths[index] in readings.opened]
    if stamps_of(paths[index] for index in opened) != [stamps[index] for index in opened]:
        return None
    for path, seen in readings.sources.items():
        state = sources[path] = source_state(path)
        if state[1] != seen if isinstance(seen, str) else os.path.isfile(path) != seen:
            return None
    if any(source_state(path) != state for path, state in sources.items()):
        return None
    present = list(readings.present.items())
    if any(os.path.lexists(path) != is_there for path, is_there in present):
        return None
    return _Kept(
        _today() if readings.names_day else "",
        [(path, *state) for path, state in sources.items()],
        present,
        indexes,
        settled((stamps[index] for index in indexes), now),
        [readings.files[paths[index]] for index in indexes],
        linted.status,
        packed,
    )


def _sources(inputs: Inputs, options: Options) -> Iterator[str]:
    """Return the files that a lint reads before anything could note it."""
    from kubelint_lessons.engine.config import CONFIG_NAME

    for project in inputs.projects:
        if options.config is None:
            yield os.path.join(project.root, CONFIG_NAME)
    for path in (options.config, options.baseline):
        if path is not None:
            yield path


def _today() -> str:
    from kubelint_lessons.engine.suppressionentries import today

    return today()
