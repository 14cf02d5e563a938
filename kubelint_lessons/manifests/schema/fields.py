"""Follows field paths through a kind: is a path known, which paths are there, where else is a field of this name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubelint_lessons.manifests.schema.shapes import FieldType, KindSchema, Missing
from kubelint_lessons.manifests.schema.suggest import closest
from kubelint_lessons.model.location import format_path

Steps = Sequence[str | int]

_DEEPEST = 14
"""Longest path that is listed; schemas of schemas nest without end."""

_SHOWN = {
    "string": "a string", "integer": "an integer", "number": "a number", "boolean": "true or false",
    "quantity": "a quantity", "int-or-string": "an integer or a string", "time": "a time", "bytes": "base64 text",
    "any": "anything", "object": "an object", "list": "a list", "map": "a map",
}  # fmt: skip


def describe(of: FieldType) -> str:
    """Return a type as people say it: ``a list of strings`` is ``a list``, its items are not told."""
    return _SHOWN[of.word]


def walk(
    kind: KindSchema, path: Steps, start: FieldType | None = None, *, with_renamed: bool = False
) -> FieldType | Missing:
    """Return the type at ``path``, or what is missing on the way.

    A step is a field name, a map's key, an index, or ``*`` for every item of a list, every value of a map or every
    field of an object. ``start`` begins elsewhere than at the object itself. ``with_renamed``: fields of older API
    versions lead to anything.
    """
    current = kind.type if start is None else start
    for at, step in enumerate(path):
        found = _follow(kind, current, step)
        if isinstance(found, str):
            if with_renamed and _is_renamed(kind, current, step):
                return FieldType("any")
            return _missing(kind, current, path, at, found, start)
        if found.word == "any":
            return found
        current = found
    return current


def _is_renamed(kind: KindSchema, current: FieldType, step: str | int) -> bool:
    fields = kind.fields_of(current)
    return fields is not None and step in fields.renamed


def _follow(kind: KindSchema, current: FieldType, step: str | int) -> FieldType | str:
    """Return the type behind one step, or why there is none."""
    if current.word == "list" and current.item is not None:
        if step == "*" or isinstance(step, int):
            return current.item
        return "is a list: its items are reached with [*] or [0]"
    if isinstance(step, int):
        return f"is {describe(current)}, not a list, so that [{step}] has no meaning"
    if current.word == "map" and current.item is not None:
        return current.item
    fields = kind.fields_of(current)
    if fields is None:
        return f"is {describe(current)} and has no fields"
    if step in fields.fields:
        return fields.fields[step].type
    if step == "*" or fields.is_open:
        return fields.rest or FieldType("any")
    return f"has no field {step}"


def _missing(kind: KindSchema, current: FieldType, path: Steps, at: int, why: str, start: FieldType | None) -> Missing:
    done = tuple(path[:at])
    where = written(done) or (kind.kind if start is None else current.ref.rpartition(".")[2] or "it")
    done_path = tuple(path[: at + 1])
    step = path[at]
    if current.word == "list":
        return Missing(done_path, at, f"{where} {why}", (written((*done, "*", *path[at:])),))
    fields = kind.fields_of(current)
    if fields is None or not isinstance(step, str):
        return Missing(done_path, at, f"{where} {why}")
    if step in fields.renamed:
        return Missing(done_path, at, f"{where} {why}: {fields.renamed[step][1]}")
    if step in fields.other_versions:
        return Missing(done_path, at, f"{where} has the field {step} only {only_in(*fields.other_versions[step])}")
    rest = tuple(path[at + 1 :])
    near = [written((*done, name, *rest)) for name in closest(step, fields.fields)]
    if not near and start is None:
        near = [written((*found, *rest)) for found in elsewhere(kind, done, step)]
    return Missing(done_path, at, f"{where} {why}", tuple(near))


def only_in(first: int | None, last: int | None) -> str:
    """Return a range of minor versions in words; None where it goes on beyond the data."""
    if last is None:
        return f"since Kubernetes 1.{first}"
    if first is None:
        return f"up to Kubernetes 1.{last}"
    return f"in Kubernetes 1.{first}" + (f" to 1.{last}" if last > first else "")


def written(path: Steps) -> str:
    """Return a path as people write it in ``at:``, with ``[*]``."""
    parts: list[str] = []
    plain: list[str | int] = []
    for step in path:
        if step == "*":
            parts.append(_joined(plain, bool(parts)) + "[*]")
            plain = []
        else:
            plain.append(step)
    return "".join(parts) + _joined(plain, bool(parts))


def _joined(plain: list[str | int], continues: bool) -> str:
    text = format_path(tuple(plain))
    return f".{text}" if continues and text and not text.startswith("[") else text


def paths_of(kind: KindSchema, deepest: int = _DEEPEST) -> Iterator[tuple[tuple[str, ...], FieldType]]:
    """Yield every known path with its type, shortest first; items and values as ``*``.

    A definition is not entered below itself.
    """
    level: list[tuple[tuple[str, ...], FieldType, frozenset[str]]] = [((), kind.type, frozenset())]
    while level:
        below: list[tuple[tuple[str, ...], FieldType, frozenset[str]]] = []
        for path, of, inside in level:
            if path:
                yield path, of
            if len(path) >= deepest:
                continue
            if of.item is not None:
                below.append(((*path, "*"), of.item, inside))
            fields = kind.fields_of(of) if of.ref not in inside else None
            if fields is not None:
                below.extend(((*path, name), field.type, inside | {of.ref}) for name, field in fields.fields.items())
        level = below


def elsewhere(kind: KindSchema, place: Steps, name: str, most: int = 2) -> tuple[tuple[str, ...], ...]:
    """Return the paths nearest to ``place`` that end in the field ``name``: of a field that stands at a wrong depth.

    Only fields above or below ``place``, beside something above it, or in an object of the same name count; those of
    ``status`` do not.
    """
    steps = tuple("*" if isinstance(step, int) else step for step in place)
    found: list[tuple[int, int, tuple[str, ...]]] = []
    for path in _paths_to(kind, name):
        parent = path[:-1]
        shared = sum(1 for _ in _common(steps, parent))
        up, down = len(steps) - shared, len(parent) - shared
        if up and down > 1 and parent[-1:] != steps[-1:]:
            continue
        found.append((up + down, up, path))
    found.sort(key=lambda entry: (entry[0], entry[1], "initContainers" in entry[2], entry[2]))
    return tuple(path for distance, up, path in found[:most] if (distance, up) == found[0][:2])


def _paths_to(kind: KindSchema, name: str) -> Iterator[tuple[str, ...]]:
    """Yield those of ``paths_of`` that end in a field, but for ``status`` and ephemeral containers; far faster."""
    level: list[tuple[tuple[str, ...], FieldType, frozenset[str]]] = [((), kind.type, frozenset())]
    while level:
        below: list[tuple[tuple[str, ...], FieldType, frozenset[str]]] = []
        for path, of, inside in level:
            if len(path) >= _DEEPEST:
                continue
            if of.item is not None:
                below.append(((*path, "*"), of.item, inside))
            known = kind.fields_of(of) if of.ref not in inside else None
            if known is None:
                continue
            within = inside | {of.ref}
            for field in known.fields.values():
                if field.name == "ephemeralContainers" or (field.name == "status" and not path):
                    continue
                if field.name == name:
                    yield (*path, name)
                if field.type.item is not None or field.type.ref:
                    below.append(((*path, field.name), field.type, within))
        level = below


def _common(one: Steps, other: Steps) -> Iterator[str | int]:
    for a, b in zip(one, other, strict=False):
        if a != b:
            return
        yield a
