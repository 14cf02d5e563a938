"""What fixes change, as a unified diff that ``git apply`` and ``patch -p1`` take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kubelint_lessons.fixes.encoding import decode

Show = Callable[[str, str], Sequence[str]]
"""Maps a path and the text of that file to its lines as they may be shown, one for each that ends with LF."""

_CONTEXT = 3


def diff_files(before: Mapping[str, bytes], after: Mapping[str, bytes], show: Show | None = None) -> str:
    """Return the differences of all files in ``after``, by path, from what they are in ``before``.

    ``show`` may mask what must not leave the files; where it changes a line, the diff can no longer be applied.
    """
    texts = [(path, decode(before[path])[0], decode(data)[0]) for path, data in sorted(after.items())]
    return "".join(unified_diff(path, old, new, show) for path, old, new in texts)


def unified_diff(path: str, before: str, after: str, show: Show | None = None) -> str:
    """Return the difference of two texts of one file; empty where there is none. Line ends are kept."""
    from difflib import SequenceMatcher

    old, new = _lines(before), _lines(after)
    old_shown, new_shown = (show(path, before), show(path, after)) if show is not None else (old, new)
    parts: list[str] = []
    for hunk in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT):
        (_, old_start, _, new_start, _), (_, _, old_end, _, new_end) = hunk[0], hunk[-1]
        parts.append(f"@@ -{_range(old_start, old_end)} +{_range(new_start, new_end)} @@\n")
        for tag, start, end, other_start, other_end in hunk:
            if tag == "equal":
                parts += (_line(" ", old_shown[number], old[number]) for number in range(start, end))
                continue
            parts += (_line("-", old_shown[number], old[number]) for number in range(start, end))
            parts += (_line("+", new_shown[number], new[number]) for number in range(other_start, other_end))
    return f"--- a/{path}\n+++ b/{path}\n{''.join(parts)}" if parts else ""


def _lines(text: str) -> list[str]:
    """Return the lines with their ends; only LF ends one, as for git."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _line(sign: str, shown: str, line: str) -> str:
    shown = shown.removesuffix("\n")
    return f"{sign}{shown}\n" if line.endswith("\n") else f"{sign}{shown}\n\\ No newline at end of file\n"


def _range(start: int, end: int) -> str:
    """Return a range as unified diffs count it: from 1, an empty one from the line before."""
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"
