"""Notes of the form "used X instead of Y": the two texts, and the two sides of a repair that they stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kubelint_lessons.authoring.drafts.sides import SideFile, Sides
from kubelint_lessons.lessons.lesson import Note
from kubelint_lessons.manifests.schema.lookup import Schemas
from kubelint_lessons.manifests.schema.shapes import KindSchema
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_CODE = r"(?:``\s?([^\n]+?)\s?``|`([^`\n]+)`)"
_FIX = regex(r"(?:\*\*)?\b(?:Fix|FIX|Solution|Workaround|Resolution)\b:?(?:\*\*)?:?")
_INSTEAD = regex(rf"{_CODE}(?:\s[^`.;:]{{0,40}})?\s(?:instead of|rather than|in place of)\s(?:[a-z]+\s){{0,2}}{_CODE}")
_REPLACE = regex(
    rf"\b(?:[Rr]eplace|[Cc]hange|[Rr]ename|[Ss]wap)\s(?:[a-z]+\s){{0,2}}{_CODE}\s(?:by|with|to|for|into)\s{_CODE}"
)
_ARROW = regex(rf"{_CODE}\s(?:→|->|=>)\s{_CODE}")
_MUST_BE = regex(rf"{_CODE},?\s(?:[^`.;]{{0,30}}\s)?(?:must|should|has to|ought to)\s(?:be|read|say)\s{_CODE}")

_PAIR = regex(r"([A-Za-z][\w./-]*): ?([\"']?)([^\s\"'{}\[\]]+)\2")
_API_VERSION = regex(r"[a-z0-9.-]+/v\d+(?:(?:alpha|beta)\d+)?")
_KIND = regex(r"\b[A-Z][a-z]+(?:[A-Z][A-Za-z]*)?\b")
_COMPOUND = regex(r"[A-Z][a-z]+[A-Z][A-Za-z]*")
_TELLING = regex(r"[A-Za-z0-9][ ./_:=@-][A-Za-z0-9]|[a-z][A-Z]")
_LEAST, _MOST = 6, 80

_FILES = (
    (re.compile(r"terraform|\.tf\b|\bhcl\b|proxmox", re.IGNORECASE), "main.tf", ("**/*.tf",)),
    (
        re.compile(r"workflow|github actions|runs-on|actions/", re.IGNORECASE),
        ".github/workflows/example.yml",
        (".github/workflows/*.yml", ".github/workflows/*.yaml"),
    ),
    (re.compile(r"dockerfile|base image|entrypoint", re.IGNORECASE), "Dockerfile", ("**/Dockerfile",)),
    (re.compile(r"script|shell|\bbash\b", re.IGNORECASE), "scripts/example.sh", ("**/*.sh",)),
)
"""Words by which a note says what sort of file it is about, an example of one, and the globs of all."""

_OTHER_FILES = ("manifests/example.yaml", ("**/*.yaml", "**/*.yml"))


class Swap(NamedTuple):
    """``wrong`` was used, ``right`` is what was meant."""

    wrong: str
    right: str


def swaps_of(note: Note) -> list[Swap]:
    """Return the swaps that a note tells of, in order; only what stands in code spans counts."""
    text = " ".join(note.markdown.split())
    fix = _FIX.search(text)
    told, remedy = (text[: fix.start()], text[fix.start() :]) if fix else (text, "")
    found = [Swap(*_spans(match)) for match in _INSTEAD.finditer(told)]
    found += [Swap(*reversed(_spans(match))) for match in _INSTEAD.finditer(remedy)]
    for pattern in (_REPLACE, _ARROW):
        found += [Swap(*_spans(match)) for match in pattern.finditer(remedy)]
    found += [Swap(*_spans(match)) for match in _MUST_BE.finditer(text)]
    return list(dict.fromkeys(swap for swap in found if swap.wrong != swap.right))


def why_not(swap: Swap) -> str:
    """Return why no rule can look for ``wrong``; empty where one can."""
    wrong, right = swap
    if "<" in wrong or "…" in wrong or "..." in wrong:
        return f'"{wrong}" is a pattern for people, not a text'
    if not _LEAST <= len(wrong) <= _MOST or not _TELLING.search(wrong):
        return f'"{wrong}" is too common a text to look for'
    if re.search(rf"(?<![\w.-]){re.escape(wrong)}(?![\w-])", right):
        return f'"{wrong}" also stands in "{right}"'
    return ""


def manifests_of(swap: Swap, note: Note, schemas: Schemas) -> Sides | None:
    """Return a swap as two manifests, where it is a field or the API version of a kind that the note names."""
    named = list(dict.fromkeys(_KIND.findall(note.markdown)))
    if _API_VERSION.fullmatch(swap.wrong) and _API_VERSION.fullmatch(swap.right):
        for kind in named:
            if _COMPOUND.fullmatch(kind) or _known(kind, schemas):
                return _sides("example.yaml", *(_manifest(version, kind, (), "") for version in swap))
        return None
    wrong, right = _PAIR.fullmatch(swap.wrong), _PAIR.fullmatch(swap.right)
    if wrong is None or right is None or wrong[1] != right[1]:
        return None
    for name in (*named, "Deployment"):
        for kind in _known(name, schemas):
            path = _path_to(wrong[1], kind, schemas)
            if path:
                version = f"{kind.group}/{kind.version}" if kind.group else kind.version
                values = (f"{match[2]}{match[3]}{match[2]}" for match in (wrong, right))
                return _sides("example.yaml", *(_manifest(version, kind.kind, path, value) for value in values))
    return None


def files_of(note: Note) -> tuple[str, tuple[str, ...]]:
    """Return an example of the files that a note is about, by its words, and the globs of all of them."""
    text = f"{note.words.category} {note.markdown}"
    return next(((path, files) for pattern, path, files in _FILES if pattern.search(text)), _OTHER_FILES)


def _spans(match: re.Match[str]) -> tuple[str, str]:
    first, second = match[1] or match[2], match[3] or match[4]
    return first.strip(), second.strip()


def _sides(path: str, bad: str, good: str) -> Sides:
    return Sides((SideFile(path, "", bad.encode()),), (SideFile(path, "", good.encode()),))


def _known(name: str, schemas: Schemas) -> list[KindSchema]:
    """Return what is known of a kind, stable versions first."""
    found = [kind for kind in schemas.kinds() if kind.kind == name]
    return sorted(found, key=lambda kind: ("alpha" in kind.version, "beta" in kind.version, kind.group))


def _path_to(key: str, kind: KindSchema, schemas: Schemas) -> tuple[str, ...]:
    """Return the one place of a key in a kind that is nearest to its root; empty where there is none, or several."""
    places = [
        tuple(path.split("."))
        for path in schemas.paths_of(kind)
        if path.split(".")[-1] == key and not path.startswith(("status", "metadata.managedFields"))
    ]
    nearest = [place for place in places if len(place) == min(map(len, places))]
    usual = [place for place in nearest if "containers[*]" in place] or nearest
    return usual[0] if len(usual) == 1 else ()


def _manifest(version: str, kind: str, path: Sequence[str], value: str) -> str:
    lines = [f"apiVersion: {version}", f"kind: {kind}", "metadata:", "  name: example"]
    indent = ""
    for position, step in enumerate(path):
        is_last = position == len(path) - 1
        name = step.removesuffix("[*]")
        lines.append(f"{indent}{name}: {value}" if is_last else f"{indent}{name}:")
        indent += "  "
        if name != step:
            lines.append(f"{indent}- name: example")
            indent += "  "
    return "\n".join(lines) + "\n"
