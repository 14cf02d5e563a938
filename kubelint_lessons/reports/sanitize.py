"""The one place through which every text of a scanned repository passes before it is printed."""

from __future__ import annotations

import re
import unicodedata

from kubelint_lessons.model.regexes import regex

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = frozenset("\u2028\u2029\u115f\u1160\u3164\uffa0\u2800")
_SHOWN_FORMAT = frozenset("\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2\U000110bd")
"""Format characters that writing needs: joiners, and the number signs of Arabic."""

_MARKUP = regex(r"[\\`*_\[\]|]|(?<!\S)[#>~]")
_COMMAND = regex(r"(##\w*)\[")
_COMMAND_WORD = regex(r"(?<!\S):(?=:[A-Za-z-]+(?:\s|::|$))")
_URI_SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")
_XML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\ufffe": "\ufffd", "\uffff": "\ufffd"}
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def clean(text: str) -> str:
    """Return ``text`` as one harmless line: control, bidi and invisible characters become visible escapes.

    So does the bracket of ``##[error]`` and ``##vso[task]``, which a CI runner obeys anywhere in a line, and a colon of
    ``::error``, which it obeys at the start of one: any word may come to stand there where lines are wrapped.
    """
    if not _is_harmless(text):
        text = "".join(_visible(character) for character in text)
    if "::" in text:
        text = _COMMAND_WORD.sub(r"\\x3a", text)
    return _COMMAND.sub(r"\1\\x5b", text) if "##" in text else text


def clean_block(text: str) -> str:
    """Return ``text`` with its line breaks kept and everything else made harmless."""
    return "\n".join(clean(line) for line in text.splitlines())


def clean_source_line(text: str) -> str:
    """Return a line of a file for a code frame: a tab becomes one space, so that columns stay as they are."""
    shown = text
    if not _is_harmless(text):
        shown = "".join(" " if character == "\t" else _one_column(character) for character in text)
    return _COMMAND.sub("\\1\N{REPLACEMENT CHARACTER}", shown) if "##" in shown else shown


def clean_markdown(text: str) -> str:
    """Return ``text`` as words in Markdown: no markup, no HTML, no table cells, no mentions."""
    return _MARKUP.sub(r"\\\g<0>", clean(text)).replace("<", "&lt;").replace("@", "&#64;")


def code_span(text: str) -> str:
    """Return ``text`` as code in Markdown, in a fence longer than every run of backticks in it."""
    cleaned = clean(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", cleaned)), default=0))
    pad = " " if cleaned.startswith(("`", " ")) or cleaned.endswith(("`", " ")) or not cleaned else ""
    return f"{fence}{pad}{cleaned}{pad}{fence}"


def clean_xml(text: str) -> str:
    """Return ``text`` as one harmless line for XML and HTML, as content or as an attribute."""
    return "".join(_XML.get(character, character) for character in clean(text))


def clean_xml_block(text: str) -> str:
    """Return ``text`` for the content of an XML element, its line feeds kept."""
    return "\n".join(clean_xml(line) for line in text.split("\n"))


def clean_json(text: str) -> str:
    """Return JSON ``text`` that says the same without anything that a CI runner obeys in its log."""
    return _COMMAND.sub(r"\1\\u005b", text)


def clean_uri(path: str) -> str:
    """Return a file name as the path of a URI: everything but plain letters and digits is percent-encoded."""
    try:
        data = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        data = path.encode("utf-8", "replace")
    return "".join(chr(byte) if byte in _URI_SAFE else f"%{byte:02X}" for byte in data)


def clean_diff_line(text: str) -> str:
    """Return a line of a file for a diff: tabs and a CR at its end stay, so that the diff can be applied."""
    end = "\r" if text.endswith("\r") else ""
    body = text.removesuffix("\r")
    return "".join(character if character == "\t" else _one_column(character) for character in body) + end


def clean_path(path: str) -> str:
    """Return a file name that cannot be read as a workflow command at the start of a line."""
    cleaned = clean(path)
    return f"./{cleaned}" if cleaned.startswith(("::", "##", "-")) else cleaned


def display_width(text: str) -> int:
    """Return how many terminal columns ``text`` takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _is_harmless(text: str) -> bool:
    """Return whether no character of ``text`` is harmful, as is nearly always so; all but a few of those print not."""
    return text.isprintable() and (text.isascii() or _INVISIBLE.isdisjoint(text))


def _visible(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if _is_harmful(character):
        code = ord(character)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"
    return character


def _one_column(character: str) -> str:
    return "\N{REPLACEMENT CHARACTER}" if _is_harmful(character) else character


def _is_harmful(character: str) -> bool:
    if character in _BIDI or character in _INVISIBLE:
        return True
    category = unicodedata.category(character)
    return category in ("Cc", "Cs") or (category == "Cf" and character not in _SHOWN_FORMAT)
