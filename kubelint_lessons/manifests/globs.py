"""File patterns as in .gitignore, reduced to what a config needs: ``*``, ``**``, ``?``, and a trailing ``/``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kubelint_lessons.model.regexes import regex

_WILDCARDS = re.compile(r"\*\*/|\*|\?")

Globs = tuple[tuple[str, re.Pattern[str]], ...]
"""File patterns: what a path must hold for each to match, and the pattern itself."""


def compile_globs(patterns: tuple[str, ...]) -> Globs | None:
    """Return patterns over relative paths with forward slashes, or None where there is no pattern.

    ``*`` stays inside a path segment, ``**`` crosses them. A pattern without a slash matches at any depth; a
    pattern that names a directory matches everything below it.
    """
    return tuple((_literal(pattern), regex(_translate(pattern))) for pattern in patterns) or None


def matches(globs: Globs | None, path: str) -> bool:
    """Return whether ``path`` matches one of ``globs``; nothing matches no pattern."""
    if globs is not None:
        for literal, pattern in globs:
            if literal in path and pattern.fullmatch(path) is not None:  # most paths lack the former
                return True
    return False


def matching(patterns: Iterable[str], paths: Iterable[str]) -> frozenset[str]:
    """Return those of many ``paths`` that match one of ``patterns``, most of which hold what no path does."""
    found = list(paths)
    everything = "\n".join(found)
    globs = tuple(glob for glob in compile_globs(tuple(dict.fromkeys(patterns))) or () if glob[0] in everything)
    return frozenset(path for path in found if matches(globs, path)) if globs else frozenset()


def _literal(pattern: str) -> str:
    """Return the longest text without wildcards in a pattern."""
    return max(_WILDCARDS.split(pattern.strip().removeprefix("./").strip("/")), key=len)


def _translate(pattern: str) -> str:
    body = pattern.strip().removeprefix("./")
    anchored = "/" in body.rstrip("/")
    body = body.strip("/")
    out, index = [], 0
    while index < len(body):
        if body.startswith("**/", index):
            out.append("(?:[^/]+/)*")
            index += 3
        elif body.startswith("**", index):
            out.append(".*")
            index += 2
        else:
            character = body[index]
            out.append({"*": "[^/]*", "?": "[^/]"}.get(character) or re.escape(character))
            index += 1
    return f"{'' if anchored else '(?:.*/)?'}{''.join(out)}(?:/.*)?"
