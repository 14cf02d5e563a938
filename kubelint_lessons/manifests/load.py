"""A chunk of YAML becomes plain values, exactly as kubectl sees them; libyaml parses, this builds.

Plain block YAML is read by manifests.quickload before it comes to that. The builder takes libyaml's events one by one
and keeps its own stack, so that no depth of nesting can crash the interpreter (PyYAML's composer does at about 25,000
brackets) and reading stops at the first level too many. It is faster than composing node trees, and far faster than
yaml.CSafeLoader. Semantics: decode.go of go.yaml.in/yaml/v2.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kubelint_lessons.manifests.aliases import Anchors, merge_into
from kubelint_lessons.manifests.problems import MAX_DEPTH, ReadError, RejectedError
from kubelint_lessons.manifests.quickload import quick_load
from kubelint_lessons.manifests.scalars import (
    HINTS,
    json_value,
    key_text,
    resolve,
    resolve_key,
    resolve_tagged,
)
from kubelint_lessons.manifests.syntax import fault_of, mend_surrogates, open_parser, too_deep
from kubelint_lessons.model.records import NamedTuple

_MERGE_TAG = "tag:yaml.org,2002:merge"


ALL_WORDS = -1
"""Every bit: what may hold any word."""

ANY_DOCUMENT = 1
"""The bit that every document has."""

DOLLAR = "?dollar"
"""Stands for a dollar sign anywhere in the text among the words: a document without one names no variable."""

NO_WORDS: Mapping[str, int] = MappingProxyType({})


class Loaded(NamedTuple):
    """What a chunk holds. ``ignored`` is the offset of what follows the first document, which kubectl drops.

    ``words`` are the bits of those of the given words that occur, as keys or as whole string values. ``is_plain`` says
    that manifests.quickload has read it.
    """

    data: Any
    has_null: bool
    may_repeat_keys: bool
    ignored: int | None
    words: int = ALL_WORDS
    has_alias: bool = False
    is_plain: bool = False


class _Merge:
    """Stands for the key ``<<`` until its value is known."""


_MERGE = _Merge()


def load(text: str, bits: Mapping[str, int] = NO_WORDS) -> Loaded:
    """Return the first document of a chunk. Raises ReadError, with offsets in ``text``, for what kubectl rejects.

    ``bits`` maps words to bits above ``ANY_DOCUMENT``; those of the words that occur are in ``Loaded.words``.

    Values are dict, list, str, int, float, bool and None. Maps and lists that an alias repeats are one object.
    ``may_repeat_keys`` says that some map seems to hold a key twice; merge keys can make it look so.
    """
    quick = quick_load(text, bits)
    if quick is not None:
        data, has_null, words = quick
        return Loaded(data, has_null, False, None, words | _words_of_text(text, bits), is_plain=True)
    return load_by_events(text, bits)


def _words_of_text(text: str, bits: Mapping[str, int]) -> int:
    has_dollar = "$" in text or ("\\" in text and "24" in text)  # "\x24" is one as well
    return ANY_DOCUMENT | bits.get(DOLLAR, 0) if has_dollar else ANY_DOCUMENT


def load_by_events(text: str, bits: Mapping[str, int] = NO_WORDS) -> Loaded:
    """Return what ``load`` returns, by libyaml alone."""
    from kubelint_lessons.manifests.libyaml import (
        AliasEvent,
        MappingEndEvent,
        MappingStartEvent,
        ScalarEvent,
        SequenceEndEvent,
        SequenceStartEvent,
        StreamEndEvent,
        YAMLError,
    )

    event: Any = None
    try:
        next_event = open_parser(text).get_event
        next_event()
        if next_event().__class__ is StreamEndEvent:
            return Loaded(None, False, False, None, ANY_DOCUMENT)
        has_null = may_repeat_keys = has_alias = False
        anchors = Anchors(MAX_DEPTH)
        may_merge = "<<" in text
        bit_of = bits.get
        words = _words_of_text(text, bits)
        stack: list[Any] = []
        push, pop = stack.append, stack.pop
        current: Any = None  # the dict or list that is being filled
        key: Any = None  # of the entry whose value comes next
        expects_key = False
        while True:
            event = next_event()
            kind = event.__class__
            if kind is ScalarEvent:
                value = event.value
                tag = event.tag
                if expects_key:
                    if tag is None:
                        if event.implicit[0]:
                            if may_merge and value == "<<":
                                value = _MERGE
                            elif not value or value[0] in HINTS:
                                value = resolve_key(value)
                    elif tag == _MERGE_TAG and value == "<<":
                        value = _MERGE
                    else:
                        value = key_text(resolve_tagged(tag, value))
                    words |= bit_of(value, 0)
                    if event.anchor is not None:
                        anchors.define(event.anchor, _value_of(event))
                    key = value
                    if key in current:
                        may_repeat_keys = True
                    expects_key = False
                    continue
                if tag is None:
                    if event.implicit[0] and (not value or value[0] in HINTS):
                        value = resolve(value)
                        if value is None:
                            has_null = True
                else:
                    value = json_value(resolve_tagged(tag, value))
                    if value is None:
                        has_null = True
                words |= bit_of(value, 0)
                if event.anchor is not None:
                    anchors.define(event.anchor, value)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if expects_key:
                    raise RejectedError(_complex_key(text, event.start_mark.index))
                if len(stack) >= MAX_DEPTH:
                    raise too_deep(event.start_mark.index)
                anchor = event.anchor
                push((current, key, expects_key, anchor and anchors.begin(anchor)))
                expects_key = kind is MappingStartEvent
                current = {} if expects_key else []
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                value = current
                current, key, expects_key, anchor = pop()
                if anchor is not None:
                    anchors.end(anchor, value)
            elif kind is AliasEvent:
                has_alias = True
                value = anchors.use(event.anchor, event, len(stack))
                if expects_key:
                    key = key_text(_as_key(value))
                    words |= bit_of(key, 0)
                    if key in current:
                        may_repeat_keys = True
                    expects_key = False
                    continue
            else:
                raise AssertionError(f"libyaml sent {event} inside a document")
            if current.__class__ is dict:
                if key is _MERGE:
                    merge_into(current, value, is_alias=kind is AliasEvent)
                else:
                    current[key] = value
                expects_key = True
            elif current is not None:
                current.append(value)
            else:
                break
        if bomb := anchors.find_bomb(value):
            event = bomb
            raise RejectedError(
                "aliases multiply this document far beyond its size, which kubectl rejects", "alias-bomb"
            )
        next_event()
    except YAMLError as error:
        if mended := mend_surrogates(text, keep_length=False):
            return load_by_events(mended, bits)
        raise fault_of(error, text) from None
    except RejectedError as error:
        raise ReadError(error.code, str(error), event.start_mark.index, event.end_mark.index) from None
    return Loaded(value, has_null, may_repeat_keys, _find_ignored(next_event), words, has_alias)


def _find_ignored(next_event: Any) -> int | None:
    from kubelint_lessons.manifests.libyaml import StreamEndEvent, YAMLError

    try:
        event = next_event()
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return None if mark is None else int(mark.index)
    return None if event.__class__ is StreamEndEvent else int(event.start_mark.index)


def _value_of(event: Any) -> Any:
    if event.tag is not None:
        return json_value(resolve_tagged(event.tag, event.value))
    return resolve(event.value) if event.implicit[0] else event.value


def _as_key(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        raise RejectedError("an alias of a map or list cannot be a key; write the key out")
    return value


def _complex_key(text: str, at: int) -> str:
    if text[at - 1 : at + 1] == "{{" or text[at : at + 2] == "{{":
        return (
            'a value that starts with "{{" is a map in YAML, not text; put it in quotes, or render the template first'
        )
    return "a map or list cannot be a key; write the key as text"
