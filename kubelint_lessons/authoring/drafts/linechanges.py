"""What changed between two texts, line by line, and the shortest piece of a line that tells them apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

MAX_LINES = 5_000
_PIECE = regex(r"[^\s\"'`(){}\[\],;|&<>]+")
_TELLING = regex(r"[A-Za-z].*[A-Za-z0-9].*[A-Za-z0-9]|\d.*\d.*\d")
_COMMENT = regex(r"\s*(?:#|//|;|--|\{\{-?\s*/\*)")
_WORD_SIGN = regex(r"[A-Za-z0-9_.-]")
_COMMENT_AT_END = regex(r"\s(?:#|//)\s.*$")
_LIKE = 0.4
_MOST_CHANGES = 60
_MOST_PARTNERS = 20
_SHORT = 20
_NEAR = 2


class LineChange(NamedTuple):
    """One changed line. ``bad_line`` and ``fixed_line`` are 1-based, 0 for a line that is only on the other side."""

    bad_line: int
    fixed_line: int
    old: str
    new: str


def changed_lines(bad: Sequence[str], fixed: Sequence[str]) -> tuple[LineChange, ...] | None:
    """Return the lines that differ beyond white space and comments, paired where they look alike; None if too many.

    The first ones only where hundreds differ.
    """
    if max(len(bad), len(fixed)) > MAX_LINES:
        return None
    before, after = [_bare(line) for line in bad], [_bare(line) for line in fixed]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    found: list[LineChange] = []
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        if len(found) >= _MOST_CHANGES:
            break
        olds = [index for index in range(start, end) if before[index]][:_MOST_CHANGES]
        news = [index for index in range(new_start, new_end) if after[index]][:_MOST_CHANGES]
        for old in olds:
            new = _partner(
                before[old], [(index, after[index]) for index in news[:_MOST_PARTNERS]], len(olds) == len(news) == 1
            )
            if new is None:
                found.append(LineChange(old + 1, 0, bad[old], ""))
            else:
                news.remove(new)
                found.append(LineChange(old + 1, new + 1, bad[old], fixed[new]))
        found += [LineChange(0, new + 1, "", fixed[new]) for new in news]
    return tuple(found)


def is_comment(line: str) -> bool:
    """Return whether a line holds nothing but a comment, in the languages that teams keep beside their manifests."""
    return _COMMENT.match(line) is not None and not line.lstrip().startswith("#!")


def pieces(change: LineChange) -> tuple[str, ...]:
    """Return what a rule could look for in the bad line, the shortest first: a word, words with their neighbours, all.

    Nothing of it stands in the fixed line, unless as the beginning of a longer word (see ``stands_in``).
    """
    old, new = _code(change.old), _code(change.new)
    line = old.strip()
    if not new:
        return (line,) if _TELLING.search(line) else ()
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    stop = len(old) - end
    words = list(_PIECE.finditer(old))
    touched = [index for index, word in enumerate(words) if word.start() <= stop and word.end() >= start]
    spans: list[tuple[int, int]] = []
    if touched:
        first, last = touched[0], touched[-1]
        for before in range(3):
            spans.append((words[max(0, first - before)].start(), words[last].end()))
    found = [old[begin:finish] for begin, finish in spans]
    kept = [piece for piece in [*found, line] if _TELLING.search(piece) and not stands_in(piece, new)]
    return tuple(dict.fromkeys(kept))


def stands_in(piece: str, text: str) -> bool:
    """Return whether ``text`` holds ``piece`` as a word of its own: ``setup@v1`` does not stand in ``setup@v12``."""
    end = "(?![A-Za-z0-9_.-])" if _WORD_SIGN.match(piece[-1]) else ""
    return re.search(re.escape(piece) + end, text) is not None


def _code(line: str) -> str:
    """Return a line without its end and without a comment there."""
    found = _COMMENT_AT_END.search(line)
    code = line[: found.start()] if found and line[: found.start()].count('"') % 2 == 0 else line
    return code.rstrip()


def cut_texts(bad: object, fixed: object) -> tuple[str, str]:
    """Return two long texts cut down to the lines that changed and those around them; empty where they are short."""
    if not isinstance(bad, str) or not isinstance(fixed, str) or max(bad.count("\n"), fixed.count("\n")) <= _SHORT:
        return "", ""
    before, after = bad.split("\n"), fixed.split("\n")
    changes = changed_lines(before, after) or ()
    return _around(before, [change.bad_line for change in changes]), _around(
        after, [change.fixed_line for change in changes]
    )


def _around(lines: Sequence[str], numbers: Sequence[int]) -> str:
    kept = {index for number in numbers if number for index in range(number - 1 - _NEAR, number + _NEAR)}
    shown = [line for index, line in enumerate(lines) if index in kept] or list(lines[:_SHORT])
    margin = min((len(line) - len(line.lstrip()) for line in shown if line.strip()), default=0)
    return "".join(f"{line[margin:].rstrip()}\n" for line in shown if line.strip())


def _bare(line: str) -> str:
    """Return what counts of a line: nothing of a comment or of white space."""
    return "" if is_comment(line) else " ".join(line.split())


def _partner(old: str, news: list[tuple[int, str]], is_only: bool) -> int | None:
    if is_only:
        return news[0][0]
    scored = [(SequenceMatcher(None, old[:300], new[:300], autojunk=False).ratio(), -index) for index, new in news]
    best = max(scored, default=(0.0, 0))
    return -best[1] if best[0] >= _LIKE else None
