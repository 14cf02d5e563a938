"""Finds file modes of volumes that are written like octal numbers and read as decimal ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Edit,
    FieldPath,
    Fix,
    Problem,
    Resource,
    alone,
    as_dict,
    as_list,
    needs_words,
)

_HIGHEST = 0o777
_SOURCES = ("configMap", "secret", "downwardAPI", "projected")
_LIKELY_OCTAL = (400, 440, 444, 500)
"""Common modes that are no more than 511 as decimal numbers, so that the API server takes them."""


@alone
@needs_words(("mode", "defaultMode"))
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each mode above 0777, and for each that is one of the common modes without its zero."""
    template = resource.pod_template
    if template is None:
        return
    for index, volume in enumerate(as_list(template.spec.get("volumes"))):
        for source in _SOURCES if isinstance(volume, dict) else ():
            if source not in volume:
                continue
            start: FieldPath = (*template.path, "spec", "volumes", index, source)
            for path, mode in _modes(volume[source], start):
                problem = None if _is_plain(mode) else _judge(resource, path, mode)
                if problem is not None and not resource.may_be_patched(*path):
                    yield problem


def _modes(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, int]]:
    """Yield route and value of every ``mode`` and ``defaultMode`` below ``value``."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _modes(item, (*path, index))
    for key, item in as_dict(value).items():
        if key in ("mode", "defaultMode") and isinstance(item, int) and not isinstance(item, bool):
            yield (*path, key), item
        elif isinstance(item, dict | list):
            yield from _modes(item, (*path, key))


def _is_plain(mode: int) -> bool:
    """Return whether a mode is right however it is written: most are, and where they stand need not be known."""
    return 0 <= mode <= _HIGHEST and mode not in _LIKELY_OCTAL


def _judge(resource: Resource, path: FieldPath, mode: int) -> Problem | None:
    written, place = _written(resource, path), resource.place(*path)
    if not 0 <= mode <= _HIGHEST:
        label = "the API server refuses this"
    elif mode in _LIKELY_OCTAL and written == str(mode):
        label = f"files get mode {mode:04o}"
    else:
        return None
    if written != str(mode) or not set(written) <= set("01234567") or len(written) > 3:
        return Problem(f"{path[-1]} {written} is above 0777", place, label)
    meant = int(written, 8)
    fix = Fix(f"write {meant}, which is 0{written} in octal", (Edit("set", place, meant),), "unsafe")
    message = f"{path[-1]} {mode} is read as a decimal number, it is 0{mode:o} in octal"
    return Problem(message, place, label, fix=fix, at_most=None if mode > _HIGHEST else "warning")


def _written(resource: Resource, path: FieldPath) -> str:
    """Return the number as it stands in the file: ``0400`` and ``256`` are the same to the API server."""
    place = resource.place(*path, spot="value").location()
    line = resource.document.source.text.split("\n")[place.line - 1]
    return line[place.column - 1 : place.end_column - 1].strip()
