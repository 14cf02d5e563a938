"""File patterns as in .gitignore, reduced to what a config needs: ``*``, ``**``, ``?``, and a trailing ``/``."""

from __future__ import annotations

import re


def compile_globs(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return one pattern that matches a relative path with forward slashes, or None where there is no pattern.

    ``*`` stays inside a path segment, ``**`` crosses them. A pattern without a slash matches at any depth; a
    pattern that names a directory matches everything below it.
    """
    if not patterns:
        return None
    return re.compile("|".join(f"(?:{_translate(pattern)})" for pattern in patterns))


def matches(compiled: re.Pattern[str] | None, path: str) -> bool:
    """Return whether ``path`` matches; nothing matches no pattern."""
    return compiled is not None and compiled.fullmatch(path) is not None


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
