"""What holds in a project and who says so: the default, the config, the environment, or the command line."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Literal

from kubelint_lessons.engine.config import LoadedConfig, Override
from kubelint_lessons.engine.configkeys import KEYS, OVERRIDE_KEYS, SUPPRESS_KEYS, Key
from kubelint_lessons.engine.suppressionentries import Entry
from kubelint_lessons.model.records import NamedTuple

Source = Literal["default", "config", "environment", "command line"]

_FILES = {
    "lessons": ("docs/ai-lessons.md", "ai-lessons.md"),
    "platform": ("docs/platform-reference.md",),
    "baseline": (".kubelint-baseline.json",),
}
_ADDED = ("exclude", "extend-select", "ignore")
"""Lists to which the command line adds; all other options of it replace what the config says."""


class Given(NamedTuple):
    """A value from outside the config: by whom, and by which option or variable."""

    value: Any
    source: Source
    where: str


class Held(NamedTuple):
    """One key: its value as plain data (None: nothing), and everybody who had a say, the strongest first.

    ``default`` says in words what holds where nobody has said anything.
    """

    name: str
    value: Any
    sources: tuple[Given, ...]
    default: str


def effective(loaded: LoadedConfig, root: str, given: Mapping[str, Given]) -> tuple[Held, ...]:
    """Return what holds for every key of a config; ``given`` is what command line and environment say, by key."""
    return tuple(_held(key, loaded, root, given.get(key.name)) for key in KEYS)


def _held(key: Key, loaded: LoadedConfig, root: str, given: Given | None) -> Held:
    configured = None
    if key.name in loaded.lines:
        value = _plain(getattr(loaded.config, key.name.replace("-", "_")))
        configured = Given(value, "config", f"{loaded.path}:{loaded.lines[key.name]}")
    sources = tuple(source for source in (given, configured) if source is not None)
    if not sources:
        return Held(key.name, _found(key, root), (), key.default)
    value = sources[0].value
    if key.name in _ADDED and len(sources) == 2:
        value = [*sources[1].value, *sources[0].value]
    return Held(key.name, value, sources, key.default)


def _found(key: Key, root: str) -> Any:
    """Return the conventional files that are there, and other defaults that have a value."""
    if key.name == "fail-on":
        return key.default
    names = [name for name in _FILES.get(key.name, ()) if os.path.isfile(os.path.join(root, name))]
    if not names:
        return None
    return names if key.form == "paths" else names[0]


def _plain(value: Any) -> Any:
    """Return a value of a config as what JSON can hold, under the names that the file uses."""
    if isinstance(value, Entry):
        fields = {
            "rules": [rule.name for rule in value.rules], "kind": value.kinds, "name": value.names,
            "namespace": value.namespaces, "path": value.paths, "reason": value.reason, "until": value.until,
        }  # fmt: skip
        return {key.name: _plain(fields[key.name]) for key in SUPPRESS_KEYS if fields[key.name]}
    if isinstance(value, Override):
        found = {key.name: getattr(value, key.name.replace("-", "_")) for key in OVERRIDE_KEYS}
        return {name: _plain(item) for name, item in found.items() if item}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def as_text(value: Any) -> str:
    """Return a value on one line, as it may stand in a config."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
