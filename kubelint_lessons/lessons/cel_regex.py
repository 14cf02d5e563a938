r"""Regular expressions of RE2 as ones of Python's ``re``, where both say the same and Python's is quick as well.

Loading RE2 takes 10 ms, and calling it through its Python package longer than matching. A pattern of literals, classes,
groups, alternatives and repetitions is written anew for ``re``, escape by escape (``$`` is ``\Z`` there). It is used
for ASCII texts only, where classes and cases have no two meanings, and for texts so short that backtracking ends soon:
what repeats is a single character or class, so that a text of n characters takes at most n to the power of the
number of repetitions. Everything else stays with RE2.
"""

from __future__ import annotations

import re

from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_MOST_STEPS = 1_000_000
_LONGEST = 100_000
_MOST_CHOICES = 4_096
_MOST_WORDS = 24
_SPACES = r"\t\n\f\r "
_CLASSES = {"d": r"\d", "w": r"\w", "s": _SPACES}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}
_ONE = regex(r"\\?([!-/:-@_{-~]|(?<!\\)[a-zA-Z0-9])")
"""A class of one character, which people write in place of a backslash: ``[.]``."""
_REPEAT = regex(r"\{(\d+)(?:(,)(\d*))?\}", re.ASCII)
_MOST_REPEATED = 1_000
"""RE2 refuses more."""


class Quick(NamedTuple):
    """A pattern for ``re.compile(python, re.ASCII)``, for ASCII texts of at most ``longest`` characters (-1: none).

    A text that holds none of ``words`` cannot match; without words any may. With ``any_case`` the words are in lower
    case, and so has the text to be.
    """

    python: str
    longest: int
    words: tuple[str, ...]
    any_case: bool


class _Strange(Exception):  # noqa: N818 - it names a property of the pattern
    """The pattern has something that the two may read in two ways."""


class _Part(NamedTuple):
    """A piece of a pattern: its source, words of which a match holds one, and what it costs to try.

    ``literal`` is the text itself where the piece is nothing but that; ``is_single`` marks one character or class.
    """

    source: str
    words: tuple[str, ...] = ()
    literal: str | None = None
    is_single: bool = False
    repetitions: int = 0
    choices: int = 1
    is_start: bool = False


def quick(pattern: str) -> Quick | None:
    """Return the pattern for Python, or None where only RE2 knows."""
    any_case = pattern.startswith("(?i)")
    reader = _Reader(pattern[4:] if any_case else pattern, any_case)
    try:
        found = reader.alternatives()
        if reader.rest():
            raise _Strange
        source = f"(?i:{found.source})" if any_case else found.source
        re.compile(source, re.ASCII)
    except (_Strange, re.error, RecursionError, OverflowError):
        return None
    words = found.words if len(found.words) <= _MOST_WORDS else ()
    power = found.repetitions + (not found.is_start)
    longest = -1
    if found.choices <= _MOST_CHOICES:
        longest = min(int((_MOST_STEPS / found.choices) ** (1 / max(power, 1))), _LONGEST)
    return Quick(source, longest, words, any_case)


class _Reader:
    def __init__(self, pattern: str, any_case: bool) -> None:
        self._pattern = pattern
        self._position = 0
        self._any_case = any_case

    def rest(self) -> str:
        """Return what has not been read."""
        return self._pattern[self._position :]

    def _next(self) -> str:
        if self._position >= len(self._pattern):
            raise _Strange
        self._position += 1
        return self._pattern[self._position - 1]

    def alternatives(self) -> _Part:
        """Read up to a closing parenthesis or the end."""
        parts = [self._sequence()]
        while self.rest().startswith("|"):
            self._next()
            parts.append(self._sequence())
        if len(parts) == 1:
            return parts[0]
        return _Part(
            "|".join(part.source for part in parts),
            tuple(word for part in parts for word in part.words) if all(part.words for part in parts) else (),
            repetitions=max(part.repetitions for part in parts),
            choices=sum(part.choices for part in parts),
            is_start=all(part.is_start for part in parts),
        )

    def _sequence(self) -> _Part:
        parts: list[_Part] = []
        while (rest := self.rest()) and rest[0] not in "|)":
            parts.append(self._repeated(self._atom()))
        choices = 1
        for part in parts:
            choices *= part.choices
        literals = [part.literal for part in parts]
        whole = "".join(literal for literal in literals if literal is not None)
        return _Part(
            "".join(part.source for part in parts),
            _best_words(parts),
            whole if None not in literals else None,
            repetitions=sum(part.repetitions for part in parts),
            choices=choices,
            is_start=bool(parts) and parts[0].is_start,
        )

    def _atom(self) -> _Part:
        character = self._next()
        if character == "(":
            return self._group()
        if character == "[":
            start = self._position
            source = self._class()
            only = _ONE.fullmatch(self._pattern[start : self._position - 1])
            return self._character(only[1]) if only else _Part(source, is_single=True)
        if character == ".":
            return _Part(".", is_single=True)
        if character == "^":
            return _Part("^", literal="", is_start=True)
        if character == "$":
            return _Part(r"\Z", literal="")
        if character == "\\":
            return self._escape()
        if character in "*+?" or (character == "{" and _REPEAT.match("{" + self.rest())):
            raise _Strange
        return self._character(character)

    def _character(self, character: str) -> _Part:
        if not character.isascii():
            raise _Strange
        literal = character.lower() if self._any_case else character
        return _Part(re.escape(character), (literal,), literal, is_single=True)

    def _group(self) -> _Part:
        if self.rest().startswith("?"):
            if not self.rest().startswith("?:"):
                raise _Strange
            self._position += 2
        inner = self.alternatives()
        if self._next() != ")":
            raise _Strange
        return inner._replace(source=f"(?:{inner.source})", is_single=False)

    def _escape(self) -> _Part:
        character = self._next()
        if character in _CLASSES:
            return _Part(f"[{_CLASSES[character]}]", is_single=True)
        if character == "b":
            return _Part(r"\b", literal="")
        return self._character(_escaped(character))

    def _class(self) -> str:
        """Read a class behind its bracket and return its source."""
        source, is_first = "[", True
        if self.rest().startswith("^"):
            self._next()
            source = "[^"
        while True:
            character = self._next()
            if character == "]" and not is_first:
                return source + "]"
            is_first = False
            if character == "[" and self.rest()[:1] in (":", "=", "."):
                raise _Strange
            if character == "\\":
                character = self._next()
                if character in _CLASSES:
                    source += _CLASSES[character]
                    if self.rest().startswith("-"):
                        raise _Strange
                    continue
                character = _escaped(character)
            if not character.isascii():
                raise _Strange
            source += re.escape(character)
            if self.rest().startswith("-") and not self.rest().startswith("-]"):
                self._next()
                end = self._next()
                if end == "\\":
                    end = _escaped(self._next())
                if end == "[" or not end.isascii():
                    raise _Strange
                source += f"-{re.escape(end)}"

    def _repeated(self, part: _Part) -> _Part:
        rest = self.rest()
        bounds = _REPEAT.match(rest)
        if bounds is None and (not rest or rest[0] not in "*+?"):
            return part
        sign = bounds.group() if bounds else rest[0]
        self._position += len(sign)
        least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign, (0, 0))
        if bounds:
            least = int(bounds[1])
            most = int(bounds[3]) if bounds[3] else None if bounds[2] else least
            if max(least, most or 0) > _MOST_REPEATED:
                raise _Strange
        if self.rest()[:1] == "?":  # fewest first: where a match ends does not matter here
            self._next()
        if (
            (self.rest() and self.rest()[0] in "*+?")
            or _REPEAT.match(self.rest())
            or part.source in ("^", r"\Z", r"\b")
        ):
            raise _Strange
        source = f"{part.source}{sign}"
        words = part.words if least else ()
        if sign == "?":
            return _Part(source, repetitions=part.repetitions, choices=part.choices + 1)
        if most is not None and least == most and part.choices == 1 and not part.repetitions:
            return _Part(source, words, choices=max(least, 1))
        if not part.is_single:  # what repeats can repeat in itself, and backtracking may never end
            return _Part(source, words, choices=_MOST_CHOICES + 1)
        return _Part(source, words, repetitions=1)


def _escaped(character: str) -> str:
    """Return the character behind a backslash; letters and digits have meanings of their own."""
    if character in _CONTROLS:
        return _CONTROLS[character]
    if character.isalnum() or character == "_" or not character.isascii():
        raise _Strange
    return character


def _best_words(parts: list[_Part]) -> tuple[str, ...]:
    """Return the words of a sequence: a run of literals, or the words of one part; of several the longest."""
    candidates: list[tuple[str, ...]] = []
    run = ""
    for part in parts:
        if part.literal is not None:
            run += part.literal
            continue
        candidates += [(run,), part.words]
        run = ""
    candidates = [words for words in (*candidates, (run,)) if words and all(words)]
    return max(candidates, key=lambda words: min(map(len, words)) - len(words) / 100, default=())
