"""``kubelint.io/ignore: "id: reason"``: annotations that silence findings of what they are written on.

On an object the annotation speaks of the whole object, on a pod template of that template.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from kubelint_lessons.engine.directives import ANNOTATION, Directive, Found, NamedRule, Stray, reason_of
from kubelint_lessons.engine.objectspans import lines_at
from kubelint_lessons.lessons.names import is_rule_id
from kubelint_lessons.manifests.documents import Document, tree_of
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.regexes import regex

_PARTS = regex(r"[;\n]")
_HOLDER = ("metadata", "annotations", ANNOTATION)


def find_annotations(document: Document, known: Collection[str]) -> Found:
    """Return the suppressions that annotations of a document make; ``known`` are the names of all rules.

    What stands behind a semicolon and begins with no rule goes on with the reason before it.
    """
    if ANNOTATION not in document.text or not document.resources:
        return Found()
    root = tree_of(document)
    directives: list[Directive] = []
    strays: list[Stray] = []
    for resource in document.resources if root is not None else ():
        for path, value in _entries(resource.data, ()):
            location = document.locate((*resource.prefix, *path))
            holder = (*resource.prefix, *path[:-3])
            lines = lines_at(document, root, holder) if root is not None else None
            if path[-3:] != _HOLDER or lines is None:
                message = f"{ANNOTATION} silences something only under metadata.annotations; move it there"
                strays.append(Stray(location, message))
                continue
            entries = list(_read(value, known)) if isinstance(value, str) else []
            if not entries:
                strays.append(Stray(location, f'{ANNOTATION} names no rule; write "rule-id: reason"'))
            subject = "this object" if holder == resource.prefix else f"{'.'.join(str(step) for step in path[:-3])}"
            for names, reason in entries:
                rules = tuple(NamedRule(name, location) for name in names)
                directives.append(Directive("annotation", rules, reason, location, *lines, subject))
    return Found(tuple(directives), tuple(strays))


def _entries(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, Any]]:
    """Yield every place of the annotation's name as a key, with its value."""
    if isinstance(value, dict):
        for key, child in value.items():
            if key == ANNOTATION:
                yield (*path, key), child
            else:
                yield from _entries(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _entries(child, (*path, index))


def _read(text: str, known: Collection[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    found: list[tuple[tuple[str, ...], str]] = []
    for part in _PARTS.split(text):
        head, colon, rest = part.partition(":")
        names = tuple(name.strip() for name in head.split(",") if name.strip())
        is_entry = bool(names) and all(is_rule_id(name) for name in names)
        if is_entry and (colon or not found or names[0] in known):
            found.append((names, reason_of(rest)))
        elif part.strip() and found:
            before, reason = found[-1]
            found[-1] = (before, f"{reason}; {part.strip()}" if reason else reason_of(part))
    yield from found
