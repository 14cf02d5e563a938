"""A lesson as Markdown: heading, words, rule block, examples, in the form that docs/lesson-format.md describes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from kubelint_lessons.fixes.quoting import is_plain, write_scalar
from kubelint_lessons.fixes.rendering import flow_text
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_CODE = regex(r"`[^`]+`")
_RISKY = regex(r"([\\*<>\[\]|#~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")


class Words(NamedTuple):
    """What a lesson says to people. Each is one paragraph; what is empty is left out."""

    symptom: str = ""
    cause: str = ""
    fix: str = ""
    seen: tuple[str, ...] = ()


class ExampleText(NamedTuple):
    """One fence. ``path`` is its file name or empty; ``at`` are lines that cannot carry the mark themselves."""

    label: str
    language: str
    path: str
    text: str
    at: tuple[int, ...] = ()


def lesson_markdown(
    name: str, words: Words, block: dict[str, Any] | None, examples: Sequence[ExampleText], *, level: int = 3
) -> str:
    """Return a lesson, with a line end at its end; without ``block`` it is a note."""
    parts = [f"{'#' * level} {name}"]
    if words.symptom:
        parts.append(f"**{_prose(words.symptom)}**")
    if words.cause:
        parts.append(f"**Root cause:** {_prose(words.cause)}")
    if words.fix:
        parts.append(f"**Fix:** {_prose(words.fix)}")
    if words.seen:
        parts.append(f"**Seen:** {', '.join(_prose(entry) for entry in words.seen)}")
    if block is not None:
        parts.append(_fence("yaml rule", block_text(block)))
    parts += [_fence(_info(example), example.text) for example in examples]
    return "\n\n".join(parts) + "\n"


def bound_note(words: Words, rule: str) -> str:
    """Return a bullet whose words are reported by an existing rule."""
    cause = f" {_prose(words.cause)}" if words.cause else ""
    fix = f" Fix: {_prose(words.fix)}" if words.fix else ""
    seen = f" Seen: {', '.join(_prose(entry) for entry in words.seen)}" if words.seen else ""
    return f"- **{_prose(words.symptom)}**:{cause}{fix}{seen} <!-- rule: {rule} -->\n"


def block_text(block: dict[str, Any]) -> str:
    """Return the YAML of a rule block: expressions of several lines folded, lists and relations on one line."""
    lines: list[str] = []
    for key, value in block.items():
        is_expression = key in ("where", "require", "forbid") and isinstance(value, str)
        if is_expression and ("\n" in value or not is_plain(value)):
            lines += [f"{key}: >-", *(f"  {line}" for line in value.split("\n"))]
        elif key in ("fix", "relate"):
            lines.append(f"{key}:")
            lines += [f"  {name}: {_value(part)}" for name, part in value.items()]
        else:
            lines.append(f"{key}: {_value(value)}")
    return "".join(f"{line}\n" for line in lines)


def one_line(text: str) -> str:
    """Return a text as one line without control characters."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _value(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return flow_text(value, quote="'")
    return write_scalar(value, quote="'")


def _fence(info: str, text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    marks = "`" * (longest + 1)
    return f"{marks}{info}\n{text}{marks}"


def _info(example: ExampleText) -> str:
    info = f"{example.language} {example.label}"
    if example.path:
        info += f' file="{example.path}"' if re.search(r"[\s'=]", example.path) else f" file={example.path}"
    return info + (f" at={','.join(str(line) for line in example.at)}" if example.at else "")


def _prose(text: str) -> str:
    """Return a text as Markdown that reads as it was meant: code spans stay, nothing else is markup."""
    text = one_line(text)
    parts: list[str] = []
    end = 0
    for code in _CODE.finditer(text):
        parts += (_escaped(text[end : code.start()]), code[0])
        end = code.end()
    return "".join([*parts, _escaped(text[end:])])


def _escaped(text: str) -> str:
    return _RISKY.sub(r"\\\1", text.replace("`", "'"))
