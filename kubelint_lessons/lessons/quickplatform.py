"""Facts of a plain platform reference without a Markdown parser; of any other one, ``platform_file`` tells more.

Plain is what people write: fences that stand alone, at the start of a line and below a blank one, all of them closed,
and no HTML. A run imports neither markdown-it nor jsonschema for it, which would take as long as to read 1,000 files.
"""

from __future__ import annotations

from typing import Any

from kubelint_lessons.manifests.load import load
from kubelint_lessons.manifests.problems import ReadError
from kubelint_lessons.model.regexes import regex

_MOST_CHARACTERS = 100_000
_OPENING = "```yaml platform"
_OTHER_FENCE = regex(r"```(?:bash|console|hcl|ini|json|python|sh|shell|text|toml|yaml|yml)?")
"""Fences that are somebody else's for certain: no word that could be meant to name a block of ours."""
_CLOSING = "```"
_MAY_BE_HTML = regex(r"[\s>*+.)0-9-]*<")
_ODD = ("\r", "\0", "\t", "~~~", "\ufeff")
_ODD_IN_BLOCK = ("&", "!", "<")
"""Anchors, tags and merge keys: a key could stand twice without looking like it."""


def quick_facts(text: str) -> dict[str, Any] | None:
    """Return the facts that the ``yaml platform`` blocks of a text state, as rules see them.

    None wherever ``platform_file.read_platform`` might see something else, or has something to say.
    """
    if len(text) > _MOST_CHARACTERS or any(odd in text for odd in _ODD):
        return None
    blocks = _blocks(text.split("\n"))
    if blocks is None:
        return None
    facts: dict[str, Any] = {}
    for block in blocks:
        found = _facts_of(block)
        if found is None or not facts.keys().isdisjoint(found):
            return None
        facts.update(completed(found))
    return facts


def _blocks(lines: list[str]) -> list[str] | None:
    """Return the texts of our blocks; None where a line could mean something else than it seems to."""
    if lines[0].rstrip() == "---":  # front matter
        return None
    blocks: list[str] = []
    opened = -1
    for number, line in enumerate(lines):
        if opened >= 0:
            if line == _CLOSING:
                if lines[opened] == _OPENING:
                    blocks.append("\n".join([*lines[opened + 1 : number], ""]))
                opened = -1
            elif "```" in line or line.startswith("**"):  # a fence that is not closed hides a lesson
                return None
        elif line == _OPENING or _OTHER_FENCE.fullmatch(line):
            if number and lines[number - 1].strip():
                return None
            opened = number
        elif "```" in line or _MAY_BE_HTML.match(line):
            return None
    return blocks if opened < 0 else None


def _facts_of(block: str) -> dict[str, Any] | None:
    """Return what a block holds, None where it is not valid for certain."""
    if any(odd in block for odd in _ODD_IN_BLOCK):
        return None
    try:
        loaded = load(block)
    except ReadError:
        return None
    if loaded.may_repeat_keys or loaded.has_alias or loaded.ignored is not None or not isinstance(loaded.data, dict):
        return None
    from kubelint_lessons.lessons.quickschema import accepts
    from kubelint_lessons.lessons.schemafile import load_schema

    return loaded.data if accepts(load_schema("platform"), loaded.data) else None


def completed(facts: dict[str, Any]) -> dict[str, Any]:
    """Return ``facts`` in the one form that rules see.

    Names of pools and StorageClasses become maps with that ``name``; architectures and the number of nodes are worked
    out from the list of nodes.
    """
    whole = dict(facts)
    for section, key in (("metallb", "pools"), ("storage", "classes")):
        if key in whole.get(section, {}):
            named = [{"name": item} if isinstance(item, str) else item for item in whole[section][key]]
            whole[section] = {**whole[section], key: named}
    nodes = whole.get("nodes", {})
    if "list" in nodes:
        architectures = [node["architecture"] for node in nodes["list"] if "architecture" in node]
        derived = {"architectures": list(dict.fromkeys(architectures)), "count": len(nodes["list"])}
        whole["nodes"] = {**{name: value for name, value in derived.items() if value}, **nodes}
    return whole
