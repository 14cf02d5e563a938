"""Reads a config, key by key of the table, and says what is wrong with it at its place."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from kubelint_lessons.engine.config import FAIL_ON, Config, LoadedConfig, Override
from kubelint_lessons.engine.configkeys import FORBIDDEN, KEYS, OVERRIDE_KEYS, SUPPRESS_KEYS, VERSION, Key, names_of
from kubelint_lessons.engine.directives import NamedRule, reason_of
from kubelint_lessons.engine.result import RunError
from kubelint_lessons.engine.suppressionentries import Entry
from kubelint_lessons.lessons.names import did_you_mean
from kubelint_lessons.manifests.documents import Document, documents_of
from kubelint_lessons.manifests.source import read_source
from kubelint_lessons.model.finding import SEVERITIES
from kubelint_lessons.model.location import FieldPath, Location, Spot
from kubelint_lessons.model.regexes import regex

_DAY = regex(r"\d{4}-\d{2}-\d{2}")


def read_config(path: str, data: bytes) -> LoadedConfig:
    """Return the config that ``data`` holds; errors point at the key or value that is wrong."""
    documents = documents_of(read_source(path, data))
    errors = [
        RunError("config", problem.message, path, problem.line, problem.column)
        for document in documents
        for problem in document.problems
    ]
    filled = [document for document in documents if document.data is not None]
    if errors or not filled:
        return LoadedConfig(Config(), tuple(errors), path)
    if len(filled) > 1 or not isinstance(filled[0].data, dict):
        message = "a config is one map of options"
        return LoadedConfig(Config(), (RunError("config", message, path, filled[-1].first_line, 1),), path)
    return _Reader(path, filled[0]).read()


class _Reader:
    """Reads one config and collects what is wrong with it."""

    def __init__(self, path: str, document: Document) -> None:
        self.path = path
        self.document = document
        self.errors: list[RunError] = []
        self._forms: dict[str, Callable[[FieldPath, Any], Any]] = {
            "path": self._path,
            "paths": self._paths,
            "globs": self._strings,
            "names": self._strings,
            "patterns": self._strings,
            "choice": lambda route, value: self._choice(route, value, FAIL_ON),
            "version": self._version,
            "severities": self._severities,
            "parameters": self._parameters,
            "text": self._text,
            "date": self._day,
            "suppress": lambda route, value: self._list(route, value, self._suppression),
            "overrides": lambda route, value: self._list(route, value, self._override),
        }

    def read(self) -> LoadedConfig:
        values = self._map((), self.document.data, KEYS)
        config = Config(**{name.replace("-", "_"): value for name, value in values.items()})
        lines = {key: self.document.locate((key,), "key").line for key in self.document.data if isinstance(key, str)}
        return LoadedConfig(config, tuple(self.errors), self.path, lines)

    def _map(self, route: FieldPath, data: Any, keys: tuple[Key, ...]) -> dict[str, Any]:
        """Return the values of the keys that are there and right; what is wrong is noted."""
        known = names_of(keys)
        for name in data:
            if name not in known:
                advice = FORBIDDEN.get(name, "") if not route else ""
                advice = advice or did_you_mean(name, known, f"known are: {', '.join(known)}")
                self._error((*route, name), f'unknown option "{name}"', advice, "key")
        found = {}
        for key in keys:
            value = data.get(key.name)
            read = None if value is None else self._forms[key.form]((*route, key.name), value)
            if read is not None:
                found[key.name] = read
            elif key.is_required and value is None:
                self._error(route, f'"{key.name}" is missing', key.help, "entry")
        return found

    def _strings(self, route: FieldPath, value: Any) -> tuple[str, ...] | None:
        values = value if isinstance(value, list) else [value]
        for index, entry in enumerate(values):
            if not isinstance(entry, str):
                place = (*route, index) if isinstance(value, list) else route
                self._error(place, f'"{route[-1]}" takes a list of strings')
                return None
        return tuple(values)

    def _paths(self, route: FieldPath, value: Any) -> tuple[str, ...] | None:
        found = self._strings(route, value)
        return None if found is None else tuple(path for path in found if self._is_inside(route, path))

    def _path(self, route: FieldPath, value: Any) -> str | None:
        if not isinstance(value, str):
            self._error(route, f'"{route[-1]}" takes one path')
            return None
        return value if self._is_inside(route, value) else None

    def _is_inside(self, route: FieldPath, path: str) -> bool:
        """Return whether a path stays below the project's root (DESIGN §7)."""
        if os.path.isabs(path) or os.path.normpath(path).startswith(".."):
            self._error(route, f'"{path}" leads out of the project', "paths in a config stay below its directory")
            return False
        return True

    def _text(self, route: FieldPath, value: Any) -> str | None:
        if isinstance(value, str) and reason_of(value):
            return " ".join(value.split())
        self._error(route, f'"{route[-1]}" says nothing', "write in a few words why this holds")
        return None

    def _day(self, route: FieldPath, value: Any) -> str | None:
        if isinstance(value, str) and _DAY.fullmatch(value):
            import datetime

            try:
                return datetime.date.fromisoformat(value).isoformat()
            except ValueError:
                pass
        self._error(route, f'"{value}" is no day', "write YYYY-MM-DD, such as 2027-03-31: the last day it holds")
        return None

    def _version(self, route: FieldPath, value: Any) -> str | None:
        if isinstance(value, str) and re.fullmatch(VERSION, value):
            return value.removeprefix("v")
        hint = 'write it in quotes, such as "1.30": without them YAML reads a number, and 1.30 is 1.3'
        self._error(route, f'"{value}" is no version of Kubernetes', hint)
        return None

    def _severities(self, route: FieldPath, value: Any) -> dict[str, str]:
        chosen = {}
        for rule, severity in self._by_rule(route, value).items():
            if self._choice((*route, rule), severity, SEVERITIES) is not None:
                chosen[rule] = severity
        return chosen

    def _parameters(self, route: FieldPath, value: Any) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for rule, parameters in self._by_rule(route, value).items():
            if isinstance(parameters, dict):
                found[rule] = parameters
            else:
                self._error((*route, rule), f'the parameters of "{rule}" are a map of names and values')
        return found

    def _by_rule(self, route: FieldPath, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._error(route, f'"{route[-1]}" takes a map by rule id')
            return {}
        return value

    def _choice(self, route: FieldPath, value: Any, choices: tuple[str, ...]) -> str | None:
        if value in choices:
            return value  # type: ignore[no-any-return]
        known = f"known are: {', '.join(choices)}"
        self._error(route, f'"{value}" is none of {", ".join(choices)}', did_you_mean(str(value), choices, known))
        return None

    def _list(self, route: FieldPath, value: Any, read: Callable[[FieldPath, Any], Any]) -> tuple[Any, ...]:
        if not isinstance(value, list):
            self._error(route, f'"{route[-1]}" takes a list of maps')
            return ()
        entries = []
        for index, item in enumerate(value):
            if isinstance(item, dict):
                entries.append(read((*route, index), item))
            else:
                self._error((*route, index), f'"{route[-1]}" takes a list of maps')
        return tuple(entry for entry in entries if entry is not None)

    def _suppression(self, route: FieldPath, item: dict[Any, Any]) -> Entry | None:
        """Return an entry; one with a mistake silences nothing, rather than more than was meant."""
        before = len(self.errors)
        found = self._map(route, item, SUPPRESS_KEYS)
        if len(self.errors) > before:
            return None
        is_list = isinstance(item["rules"], list)
        return Entry(
            tuple(
                NamedRule(name, self._locate((*route, "rules", *((index,) if is_list else ())), "value"))
                for index, name in enumerate(found["rules"])
            ),
            found["reason"],
            self._locate(route),
            kinds=found.get("kind", ()),
            names=found.get("name", ()),
            namespaces=found.get("namespace", ()),
            paths=found.get("path", ()),
            until=found.get("until", ""),
        )

    def _override(self, route: FieldPath, item: dict[Any, Any]) -> Override | None:
        found = self._map(route, item, OVERRIDE_KEYS)
        if "paths" not in found:
            return None
        values = {name.replace("-", "_"): value for name, value in found.items()}
        return Override(**values, line=self._locate(route).line)

    def _locate(self, route: FieldPath, spot: Spot = "entry") -> Location:
        return self.document.locate(route, spot)

    def _error(self, route: FieldPath, message: str, hint: str = "", spot: Spot = "entry") -> None:
        location = self._locate(route, spot)
        self.errors.append(RunError("config", message, self.path, location.line, location.column, hint))
