"""``match:`` and the short forms of ``relate:``: text to values."""

from __future__ import annotations

import re

from kubelint_lessons.lessons.names import did_you_mean
from kubelint_lessons.lessons.rule import RELATIONS, MatchPattern
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_VERSION = regex(r"v[0-9]+(?:(?:alpha|beta)[0-9]+)?")
_KIND = regex(r"[A-Z][A-Za-z0-9]*|\*")
_GROUP = regex(r"[a-z0-9*]([a-z0-9.*-]*[a-z0-9*])?")
_RELATION = regex(r"\s*([A-Za-z]+)\s*(?:\((.*)\)\s*)?", re.DOTALL)


class GrammarError(ValueError):
    """A text that does not follow the grammar; ``hint`` is the next step."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RelationText(NamedTuple):
    """``same(Service, by: spec.selector)`` taken apart."""

    relation: str
    kinds: tuple[MatchPattern, ...]
    by: tuple[str, ...]


def parse_match(text: str) -> MatchPattern:
    """Return what one entry of ``match:`` means. Raises GrammarError.

    ``Service`` · ``apps/Deployment`` · ``apps/v1/Deployment`` · ``v1/Service`` and ``core/v1/Service``, the core
    group · ``*.example.com/*`` · ``workloads`` · ``any``.
    """
    text = text.strip()
    if text in ("workloads", "any"):
        return MatchPattern(text)
    parts = text.split("/")
    kind = parts[-1]
    if len(parts) > 3 or not all(parts):
        raise GrammarError(f'"{text}" is not what match: takes', "write Kind, group/Kind or group/version/Kind")
    if not _KIND.fullmatch(kind):
        if kind.lower() in ("workload", "all", "pods", "podtemplates", "resources") and len(parts) == 1:
            meant = "any" if kind.lower() in ("all", "resources") else "workloads"
            raise GrammarError(f'"{text}" is not a kind', f'did you mean "{meant}"?')
        hint = f'write a kind as in manifests, such as "{kind[:1].upper()}{kind[1:]}", or workloads, or any'
        raise GrammarError(f'"{kind}" is not a kind: kinds begin with a capital letter', hint)
    group = version = None
    if len(parts) == 2:
        group, version = ("", parts[0]) if _VERSION.fullmatch(parts[0]) else (parts[0], None)
    elif len(parts) == 3:
        group, version = parts[0], parts[1]
    if group and not _GROUP.fullmatch(group):
        raise GrammarError(f'"{group}" is not an API group', "write a group such as apps, or a pattern *.example.com")
    if version and not (_VERSION.fullmatch(version) or "*" in version):
        raise GrammarError(f'"{version}" is not an API version', "write a version such as v1 or v1beta1")
    return MatchPattern(kind, "" if group == "core" else group, version)


def parse_relation(text: str) -> RelationText:
    """Return the relation, kinds and join keys of the short form of ``relate:``. Raises GrammarError."""
    match = _RELATION.fullmatch(text)
    if match is None:
        raise GrammarError(
            f'"{text}" is not a relation', "write selects, references(Secret) or same(Service, by: PATH)"
        )
    relation = match[1]
    if relation not in RELATIONS:
        hint = did_you_mean(relation, RELATIONS, f"known are {', '.join(RELATIONS)}")
        raise GrammarError(f'unknown relation "{relation}"', hint)
    kinds: list[MatchPattern] = []
    by: list[str] = []
    for argument in filter(None, (piece.strip() for piece in (match[2] or "").split(","))):
        key, colon, value = argument.partition(":")
        if colon and key.strip() == "by":
            by.append(value.strip())
        elif colon:
            raise GrammarError(f'unknown "{key.strip()}:" in a relation', "write by: PATH")
        else:
            kinds.append(parse_match(argument))
    check_join(relation, bool(by))
    return RelationText(relation, tuple(kinds), tuple(by))


def check_join(relation: str, has_key: bool) -> None:
    """Raise GrammarError where ``same`` has no join key, or another relation has one."""
    if relation == "same" and not has_key:
        raise GrammarError(
            "same needs a join key", "write same(Kind, by: PATH), such as same(Service, by: spec.selector)"
        )
    if relation != "same" and has_key:
        raise GrammarError(f'"by" goes with same only, not with {relation}', "remove it")
