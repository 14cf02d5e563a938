"""YAML that does not parse, in words that say what to do; libyaml's own words are for people who write parsers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kubelint_lessons.manifests.problems import MAX_DEPTH, ReadError
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

if TYPE_CHECKING:
    from kubelint_lessons.manifests.libyaml import YAMLError

_NOT_PRINTABLE = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""Compiled when needed only: it takes 4 ms."""
_DEEP_ENOUGH_TO_BE_SLOW = 1000

_SURROGATES = regex(
    r"(?<!\\)((?:\\\\)*)\\u(?:([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_TAB = "a tab stands where spaces indent; use spaces"
_SPECIAL = regex(r"[^\s,\[\]{}]*")


class _Words(NamedTuple):
    message: str
    at_context: bool = False  # the place to change is where the construct begins
    length: int = 0  # of what is pointed at; 0: the rest of the line


_DIRECTIVE = "kubectl reads no YAML directives; remove the line"

_WORDS: tuple[tuple[str, str, _Words], ...] = (
    # what libyaml's context and problem contain, and what we say; an empty text is contained in everything
    (
        "",
        "mapping values are not allowed",
        _Words(
            'a second ": " in one value, or a line indented too far; put the value in quotes, or mend the indentation'
        ),
    ),
    (
        "",
        "could not find expected ':'",
        _Words('this is no "key: value"; the colon, the space after it, or a quote is missing', at_context=True),
    ),
    (
        "block mapping",
        "did not find expected key",
        _Words("the indentation does not match the lines above, or a quote or bracket is open or closed too early"),
    ),
    (
        "block collection",
        "did not find expected '-'",
        _Words('this line stands where a list item is expected; start it with "- ", or mend the indentation'),
    ),
    (
        "flow sequence",
        "did not find expected",
        _Words('the "[" that opens here is not closed; add "]", or the comma that is missing', at_context=True),
    ),
    (
        "flow mapping",
        "did not find expected",
        _Words('the "{" that opens here is not closed; add "}", or the comma that is missing', at_context=True),
    ),
    ("quoted scalar", "end of stream", _Words("the quote that opens here is never closed", at_context=True)),
    (
        "quoted scalar",
        "document indicator",
        _Words('the quote that opens here is still open at a line "---" or "..."', at_context=True),
    ),
    (
        "quoted scalar",
        "unknown escape",
        _Words("double quotes know no such escape; write the backslash twice, or use single quotes", length=2),
    ),
    ("quoted scalar", "Unicode", _Words("this escape stands for no character; write the character itself")),
    ("quoted scalar", "hexdecimal", _Words("this escape lacks digits; write the backslash twice, or complete it")),
    ("alias", "", _Words('a value that starts with "*" is an alias in YAML; put it in quotes', at_context=True)),
    ("anchor", "", _Words('a value that starts with "&" is an anchor in YAML; put it in quotes', at_context=True)),
    (
        "block scalar",
        "comment or line break",
        _Words('text follows "|" or ">" on its line; start it on the next line, or put the value in quotes'),
    ),
    ("block scalar", "indentation indicator", _Words('the digit after "|" or ">" must be 1 to 9')),
    ("", "a tab", _Words(_TAB)),
    (
        "",
        "block sequence entries are not allowed",
        _Words('"- " stands where no list can start; start it on a line of its own, or put the value in quotes'),
    ),
    ("", "mapping keys are not allowed", _Words('"? " stands where no key can be; put the value in quotes')),
    ("", "expected node content", _Words("a value is missing here, or a comma or bracket is one too many")),
    (
        "",
        "expected <document start>",
        _Words('this cannot follow a complete document; start a new one with a line "---", or mend the indentation'),
    ),
    (
        "tag",
        "",
        _Words('a value that starts with "!" is a tag in YAML, and this is none; put it in quotes', at_context=True),
    ),
    ("", "tag handle", _Words('a value that starts with "!" is a tag in YAML, and this is none; put it in quotes')),
    ("directive", "", _Words(_DIRECTIVE)),
    ("", "directive", _Words(_DIRECTIVE)),
)


def open_parser(text: str) -> Any:
    """Return libyaml's parser of a text, its final line end added as kubectl does.

    Raises ReadError where the text holds what cannot be encoded.
    """
    from kubelint_lessons.manifests.libyaml import CParser

    try:
        return CParser(text if text.endswith("\n") else text + "\n")
    except UnicodeEncodeError as error:
        raise ReadError("yaml-syntax", "half of a surrogate pair is no character", error.start, error.end) from None


def mend_surrogates(text: str, *, keep_length: bool) -> str | None:
    """Return a JSON text without escapes of surrogate pairs (``\\ud83d\\ude00``), which JSON has and YAML has not.

    None where the text is no JSON or holds none. A pair becomes its character, half a pair U+FFFD; to keep offsets,
    ``keep_length`` puts escapes of U+FFFD in place of both. kubectl reads a text that starts with ``{`` as JSON first.
    """
    if not text.lstrip().startswith(("{", "[")):
        return None

    def mend(match: re.Match[str]) -> str:
        before, high, low = match.groups()
        if keep_length:
            return f"{before}\\ufffd" + ("\\ufffd" if low else "")
        if not low:
            return f"{before}\ufffd"
        return before + chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)

    mended = _SURROGATES.sub(mend, text)
    return None if mended == text else mended


def check_syntax(text: str) -> ReadError | None:
    """Return what libyaml finds wrong with a text, or None; ten times as fast as reading it.

    It sees neither duplicate keys, unknown aliases and null keys, nor a second document of the text; it is meant for
    documents that no rule looks at.
    """
    if text.count("[") + text.count("{") > _DEEP_ENOUGH_TO_BE_SLOW:  # libyaml is quadratic in flow depth
        from kubelint_lessons.manifests.load import load

        try:
            load(text)
        except ReadError as fault:
            return fault if fault.code in ("yaml-syntax", "nesting-too-deep") else None
        return None
    from kubelint_lessons.manifests.libyaml import YAMLError

    try:
        open_parser(text).raw_parse()
    except YAMLError as error:
        if mended := mend_surrogates(text, keep_length=True):
            return check_syntax(mended)
        return fault_of(error, text)
    except ReadError as fault:
        return fault
    return None


def too_deep(at: int) -> ReadError:
    """Return the complaint about a map or list that begins one level too deep."""
    message = f"nested more than {MAX_DEPTH} levels deep, which kubelint does not read"
    return ReadError("nesting-too-deep", message, at, at + 1)


def fault_of(error: YAMLError, text: str) -> ReadError:
    """Return libyaml's complaint about ``text`` in our words, at the place that has to be changed."""
    from kubelint_lessons.manifests.libyaml import MarkedYAMLError, ReaderError

    if isinstance(error, ReaderError):
        return _unprintable(text)
    problem, context = "", ""
    mark = context_mark = None
    if isinstance(error, MarkedYAMLError):
        problem, context = error.problem or "", error.context or ""
        mark, context_mark = error.problem_mark, error.context_mark
    at = getattr(mark, "index", 0)
    if "maximum nesting depth" in problem:  # libyaml 0.2.6 and later look ahead further than our own limit
        return too_deep(at)
    if "cannot start any token" in problem:
        return _bad_start(text, at)
    for part, wanted, words in _WORDS:
        if part in context and wanted in problem:
            if words.message == _TAB:
                return _tab(text, at)
            if words.at_context and context_mark is not None:
                at = context_mark.index
            start, end = _span(text, at)
            is_directive = text[start : start + 1] == "%" and (start == 0 or text[start - 1] in "\r\n")
            message = _DIRECTIVE if is_directive else words.message
            return ReadError("yaml-syntax", message, start, start + words.length if words.length else end)
    return ReadError("yaml-syntax", problem or "this is not YAML", *_span(text, at))


def _unprintable(text: str) -> ReadError:
    match = re.search(_NOT_PRINTABLE, text)
    at = match.start() if match else 0
    code = f"U+{ord(text[at]):04X}" if match else "a control character"
    return ReadError("yaml-syntax", f"{code} is a control character, which YAML does not allow; remove it", at, at + 1)


def _bad_start(text: str, at: int) -> ReadError:
    character = text[at : at + 1]
    if character == "\t":
        return _tab(text, at)
    word = _SPECIAL.match(text, at)
    end = max(word.end() if word else at, at + 1)
    message = f'no value can start with "{character}"; put it in quotes'
    return ReadError("yaml-syntax", message, at, end)


def _tab(text: str, at: int) -> ReadError:
    """Point at the first tab of the line's indentation, or at the one that stopped the parser."""
    line_start = text.rfind("\n", 0, at) + 1
    indent_end = line_start
    while text[indent_end : indent_end + 1] in (" ", "\t"):
        indent_end += 1
    first = text.find("\t", line_start, indent_end)
    if first < 0:
        return ReadError("yaml-syntax", _TAB, at, at + 1)
    return ReadError("yaml-syntax", _TAB, first, indent_end)


def _span(text: str, at: int) -> tuple[int, int]:
    """Return the rest of the line from ``at``; at the end of a line or text, what stands before it."""
    at = min(at, len(text))
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    rest = text[at:end].rstrip()
    if rest:
        start = at + len(rest) - len(rest.lstrip())
        return start, at + len(rest)
    before = text[:at].rstrip()
    line_start = before.rfind("\n") + 1
    return line_start + len(before[line_start:]) - len(before[line_start:].lstrip()), max(len(before), line_start + 1)
