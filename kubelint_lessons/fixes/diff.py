"""What fixes change, as a unified diff that ``git apply`` and ``patch -p1`` take."""

from __future__ import annotations

from collections.abc import Mapping

from kubelint_lessons.fixes.encoding import decode


def unified_diff(path: str, before: str, after: str) -> str:
    """Return the difference of two texts of one file; empty where there is none. Line ends are kept."""
    from difflib import unified_diff as lines_of

    parts: list[str] = []
    for line in lines_of(_lines(before), _lines(after), f"a/{path}", f"b/{path}"):
        parts.append(line)
        if not line.endswith("\n"):
            parts.append("\n\\ No newline at end of file\n")
    return "".join(parts)


def diff_files(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    """Return the differences of all files in ``after``, by path, from what they are in ``before``."""
    texts = [(path, decode(before[path])[0], decode(data)[0]) for path, data in sorted(after.items())]
    return "".join(unified_diff(path, old, new) for path, old, new in texts)


def _lines(text: str) -> list[str]:
    """Return the lines with their ends; only LF ends one, as for git."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]
