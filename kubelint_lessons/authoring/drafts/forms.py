"""One change of a field becomes a condition that holds on one side and not on the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from kubelint_lessons.authoring.drafts import conditions as cel
from kubelint_lessons.authoring.drafts.compare import Change
from kubelint_lessons.authoring.drafts.conditions import Leaf
from kubelint_lessons.authoring.drafts.linechanges import LineChange, changed_lines, pieces
from kubelint_lessons.authoring.drafts.relevance import repository_of
from kubelint_lessons.lessons.cel_quantity import amount, is_quantity
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

LONGEST_LITERAL = 120

_WORD_VALUE = regex(r"[A-Z][A-Za-z0-9]{2,40}")
_NOT_ORDERED = regex(r".*[Pp]orts?|runAs(User|Group)|fsGroup|.*[Ii]d|.*Mode|weight|priority|number")
_AMOUNTS = frozenset(("resources", "limits", "requests", "storage", "sizeLimit", "capacity", "memory", "cpu", "hard"))
_USER_MAPS = frozenset(
    ("labels", "annotations", "nodeSelector", "matchLabels", "selector", "limits", "requests", "data", "binaryData")
)
_CEL_TYPES = {bool: "bool", int: "int", float: "double", str: "string", list: "list", dict: "map"}
_TYPE_NOUNS = {
    "bool": "a boolean",
    "int": "a number",
    "double": "a number",
    "string": "text",
    "list": "a list",
    "map": "a map",
}


class Form(NamedTuple):
    """A condition on the value at ``path``. ``require`` forms hold on the fixed side, ``forbid`` forms on the bad one.

    ``says`` completes "the object …"; ``ending`` that of a rule's id. ``edit`` is the fix, its path left out, or None.
    ``edit_path`` is the field that it changes. ``is_particular`` says that only some objects need what is required.
    """

    detector: Literal["forbid", "require"]
    path: FieldPath
    leaf: Leaf
    says: str
    ending: str
    edit: dict[str, Any] | None = None
    edit_path: FieldPath = ()
    is_particular: bool = False
    keep_bad: tuple[FieldPath, ...] = ()
    keep_fixed: tuple[FieldPath, ...] = ()


def forms_of(change: Change, *, is_secret: bool) -> tuple[Form, ...]:
    """Return the conditions that tell the two sides of a change apart, the likeliest first; none where none can.

    ``is_secret`` says that its values must not be repeated. ``says`` calls the field ``FIELD``, which is for the caller
    to fill in.
    """
    if is_secret and change.kind in ("changed", "item-removed", "item-added"):
        return ()
    if change.kind == "changed":
        found = _changed(change)
    elif change.kind == "removed":
        found = _removed(change, is_secret)
    elif change.kind == "renamed":
        edit = {"rename": "", "to": change.name}
        found = [Form("forbid", change.path, cel.there, "has FIELD", "", edit, change.path)]
    elif change.kind == "added":
        found = [_added(change, is_secret)]
    elif change.kind == "item-removed":
        found = [_item_removed(change)]
    elif change.kind == "item-added":
        found = [_item_added(change)]
    else:
        found = []
    return tuple(
        form._replace(keep_bad=(change.path,), keep_fixed=(change.fixed_path, *form.keep_fixed)) for form in found
    )


def _changed(change: Change) -> list[Form]:
    old, new, path = change.old, change.new, change.path
    last = path[-1] if path else ""
    put: dict[str, Any] | None = {"set": "", "value": new} if _is_short(new) else None

    def form(leaf: Leaf, says: str, ending: str, edit: dict[str, Any] | None = put) -> Form:
        if isinstance(last, int):  # an item of a list has no name
            says = says.replace("sets FIELD to ", "has ") + (" in FIELD" if "FIELD to" in says else "")
        return Form("forbid", path, leaf, says, ending, edit, path)

    if type(old) is not type(new):
        same_text = _text(old) == _text(new)
        if same_text or not _is_short(old):
            kind = _CEL_TYPES.get(type(old), "string")
            return [form(cel.of_type(kind), f"has {_TYPE_NOUNS[kind]} as FIELD", f"is-{kind}")]
        return [form(cel.equals(old), f"sets FIELD to {_shown(old)}", _text(old))]
    if isinstance(old, bool):
        return [form(cel.equals(old), f"sets FIELD to {_shown(old)}", _text(old))]
    is_amount = bool(_AMOUNTS.intersection(str(step) for step in path))
    if isinstance(old, (int, float)) and is_amount and is_quantity(_text(old)) and is_quantity(_text(new)):
        return [_amount(_text(old), _text(new), form)]
    if isinstance(old, (int, float)):
        return [_number(change, form), form(cel.equals(old), f"sets FIELD to {_shown(old)}", _text(old))]
    if not isinstance(old, str):
        kind = _CEL_TYPES[type(old)]
        return (
            [form(cel.of_type(kind), f"has {_TYPE_NOUNS[kind]} as FIELD", f"is-{kind}")]
            if isinstance(old, dict)
            else []
        )
    if last == "image":
        return _image(old, new, form)
    if is_amount and is_quantity(old) and is_quantity(new):
        return [_amount(old, new, form), form(cel.equals(old), f"sets FIELD to {_shown(old)}", old)]
    if "\n" in old or len(old) > LONGEST_LITERAL:
        return _long_text(old, new, path)
    found = [form(cel.equals(old), f"sets FIELD to {_shown(old)}", old)]
    return found + _fragments(old, new, form)


def _number(change: Change, form: Callable[..., Form]) -> Form:
    old, new = change.old, change.new
    last = str(change.path[-1]) if change.path else ""
    if _NOT_ORDERED.fullmatch(last) or not isinstance(old, int) or not isinstance(new, int):
        return form(cel.equals(old), f"sets FIELD to {_shown(old)}", _text(old))
    if new > old:
        return form(cel.at_most(old), f"sets FIELD to {old} or less", "too-low")
    return form(cel.at_least(old), f"sets FIELD to {old} or more", "too-high")


def _amount(old: str, new: str, form: Callable[..., Form]) -> Form:
    if amount(new) > amount(old):
        return form(cel.quantity(old, "<="), f"sets FIELD to {old} or less", "too-low")
    return form(cel.quantity(old, ">="), f"sets FIELD to {old} or more", "too-high")


def _image(old: str, new: str, form: Callable[..., Form]) -> list[Form]:
    before, after = repository_of(old), repository_of(new)
    this = form(cel.equals(old), f"runs {_shown(old)}", old.rpartition("/")[2])
    if before != after:
        edit = {"replace": "", "old": before, "value": after} if before and after else None
        says = f"runs an image of {before}"
        return [form(cel.of_image(before), says, before.rpartition("/")[2], edit), this]
    tag = old[len(before) :].lstrip(":")
    if tag == "latest":
        return [form(lambda it: [f"{it}.endsWith(':latest')"], "runs an image of tag latest", "latest", None), this]
    if not tag:
        untagged = "(:[^/]+|@[^/]+)$"
        says = "runs an image without a tag"
        return [form(lambda it: [f"!{it}.matches({cel.literal(untagged)})"], says, "without-tag", None), this]
    return [this]


def _fragments(old: str, new: str, form: Callable[..., Form]) -> list[Form]:
    """Return the forms that look for a part of a text which other texts may hold as well."""
    found = pieces(LineChange(1, 1, old, new))
    if not found or found[0] == old or len(found[0]) < 5:
        return []
    part = found[0]
    return [form(cel.contains(part), f"has {_shown(part)} in FIELD", part, None)]


def _long_text(old: str, new: str, path: FieldPath) -> list[Form]:
    """Return what tells two texts of many lines apart: a piece that went away, else one that came."""
    lines = changed_lines(old.split("\n"), new.split("\n"))
    for change in lines or ():
        for piece in pieces(change) if change.old else ():
            if piece not in new and len(piece) <= LONGEST_LITERAL:
                edit = _replacement(change.old, change.new, piece, old)
                return [Form("forbid", path, cel.contains(piece), f"has {_shown(piece)} in FIELD", piece, edit, path)]
    for change in lines or ():
        piece = change.new.strip()
        if not change.old and 4 <= len(piece) <= LONGEST_LITERAL and piece not in old:
            says = f"does not have {_shown(piece)} in FIELD"
            return [Form("require", path, cel.contains(piece), says, f"without {piece}")]
    return []


def _replacement(old: str, new: str, piece: str, text: str) -> dict[str, Any] | None:
    """Return the edit that turns the piece into what stands in its place, where that is one word for another."""
    start = old.find(piece)
    before, after = old[:start], old[start + len(piece) :]
    if not new or not new.startswith(before) or not new.endswith(after) or text.count(piece) != 1:
        return None
    value = new[len(before) : len(new) - len(after)]
    return {"replace": "", "old": piece, "value": value} if value and value != piece else None


def _removed(change: Change, is_secret: bool) -> list[Form]:
    path, value = _deepest(change.path, change.old)
    edit = {"remove": ""}
    if not is_secret and _is_telling(value, path):
        text = _text(value)
        return [Form("forbid", path, cel.equals(value), f"sets FIELD to {_shown(value)}", text, edit, change.path)]
    return [Form("forbid", path, cel.there, "has FIELD", "", edit, change.path)]


def _added(change: Change, is_secret: bool) -> Form:
    path, value = _deepest(change.path, change.new)
    is_users = any(step in _USER_MAPS for step in path[:-1]) or path[-1] in ("nodeSelector", "annotations")
    edit = {"set": "", "value": change.new} if not is_secret and _is_mechanical(change.new, is_users) else None
    if isinstance(value, dict) and value and path[-1] in _USER_MAPS and len(value) <= 4:
        keys = ", ".join(value)
        inner = _entries(value)
        return Form("require", path, inner, f"has not all of {keys} in FIELD", "missing", edit, change.path, is_users)
    if not is_secret and _is_telling(value, path):
        says = f"does not set FIELD to {_shown(value)}"
        return Form("require", path, cel.equals(value), says, f"not {_text(value)}", edit, change.path, is_users)
    return Form("require", path, cel.there, "has no FIELD", "missing", edit, change.path, is_users)


def _deepest(path: FieldPath, value: Any) -> tuple[FieldPath, Any]:
    """Return the route to the one value that a map holds, however deep; the map itself where it holds several."""
    inner, found = path, value
    while isinstance(found, dict) and len(found) == 1:
        key, found = next(iter(found.items()))
        inner = (*inner, key)
    if isinstance(found, dict) and found and inner[-1] not in _USER_MAPS:
        return path, value
    return inner, found


def _entries(value: dict[str, Any]) -> Leaf:
    return lambda expression: [cel.has(expression, key) for key in value]


def _item_removed(change: Change) -> Form:
    says = f"has {_item_words(change.old)} in FIELD"
    edit = {"remove": ""}
    return Form("forbid", change.path, cel.features(change.old), says, _item_word(change.old), edit, change.path)


def _item_added(change: Change) -> Form:
    leaf = cel.features(change.new)
    word = _item_word(change.new)

    def one(expression: str) -> list[str]:
        inner = " && ".join(leaf("x")) or "true"
        return [f"{expression}.exists(x, {inner})"]

    what = _shown(change.new) if not isinstance(change.new, dict) else word
    return Form("require", change.path, one, f"has no {what} in FIELD", f"without {word}", is_particular=True)


def _item_words(item: Any) -> str:
    """Return what tells an item from others, in words."""
    if not isinstance(item, dict):
        return _shown(item) if not isinstance(item, list) else "a list"
    words: list[str] = []
    for key, value in item.items():
        steps, found = _deepest((key,), value)
        name = ".".join(str(step) for step in steps)
        if isinstance(found, (dict, list)):
            words.append(name)
        elif key not in ("name", "namespace") and found is not None:
            words.append(f"{name} {_shown(found)}")
    return " and ".join(words[:2]) or f"an item {_item_word(item)}"


def _item_word(item: Any) -> str:
    if not isinstance(item, dict):
        return _text(item)
    for key in ("name", "key", "mountPath", "hostPath", "port", "containerPort", "host", "path", "image"):
        if isinstance(item.get(key), (str, int)):
            return _text(item[key])
    return next((str(key) for key in item), "item")


def _is_telling(value: Any, path: FieldPath) -> bool:
    """Return whether the value itself matters, not only that there is one: a choice among few."""
    if isinstance(value, bool):
        return True
    if not isinstance(value, str):
        return False
    parent = path[-2] if len(path) > 1 else ""
    if parent in _USER_MAPS:
        return parent == "nodeSelector" or value in ("true", "false", "disabled", "enabled")
    return _WORD_VALUE.fullmatch(value) is not None


def _is_mechanical(value: Any, is_users: bool, depth: int = 0) -> bool:
    """Return whether what was added is the same for every object: choices and numbers, and what the key itself says."""
    if isinstance(value, dict):
        is_small = depth < 3 and 0 < len(value) <= 4
        return is_small and all(_is_mechanical(part, is_users, depth + 1) for part in value.values())
    if isinstance(value, str):
        return _WORD_VALUE.fullmatch(value) is not None or (is_users and len(value) <= 60 and "\n" not in value)
    return isinstance(value, (bool, int))


def _is_short(value: Any) -> bool:
    return isinstance(value, (bool, int, float)) or (
        isinstance(value, str) and len(value) <= LONGEST_LITERAL and "\n" not in value
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _shown(value: Any) -> str:
    """Return a value as a message shows it."""
    if isinstance(value, str):
        text = value if len(value) <= 60 else f"{value[:59]}…"
        return f'"{text}"'
    return _text(value)
