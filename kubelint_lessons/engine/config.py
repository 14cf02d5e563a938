"""``.kubelint.yaml`` of a project: which files, rules, severities and parameters hold there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from kubelint_lessons.engine.result import RunError
from kubelint_lessons.manifests.documents import Document, documents_of
from kubelint_lessons.manifests.source import read_source
from kubelint_lessons.model.finding import SEVERITIES, Severity
from kubelint_lessons.model.location import FieldPath, Spot

CONFIG_NAME = ".kubelint.yaml"
FAIL_ON = (*SEVERITIES, "never")

_LISTS = ("lessons", "exclude", "select", "extend-select", "ignore")
_KEYS = (*_LISTS, "platform", "severity", "parameters", "fail-on")


class Config(NamedTuple):
    """What a project's config says; every default is what holds without a config.

    ``lessons`` and ``platform`` are paths relative to the project's root (None: the conventional ones).
    """

    lessons: tuple[str, ...] | None = None
    platform: str | None = None
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = MappingProxyType({})
    parameters: Mapping[str, dict[str, Any]] = MappingProxyType({})
    fail_on: str | None = None


class LoadedConfig(NamedTuple):
    """A config and what is wrong with it; what is wrong is left at its default."""

    config: Config
    errors: tuple[RunError, ...]


def load_config(root: str, shown_root: str) -> LoadedConfig:
    """Return the config of the project at ``root``; the defaults where it has none."""
    path = os.path.join(root, CONFIG_NAME)
    shown = CONFIG_NAME if shown_root in ("", ".") else f"{shown_root}/{CONFIG_NAME}"
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return LoadedConfig(Config(), ())
    except OSError as error:
        return LoadedConfig(Config(), (RunError("config", f"cannot be read: {error.strerror or error}", shown),))
    return parse_config(shown, data)


def parse_config(path: str, data: bytes) -> LoadedConfig:
    """Return the config that ``data`` holds; errors point at the key or value that is wrong."""
    documents = documents_of(read_source(path, data))
    errors = [
        RunError("config", problem.message, path, problem.line, problem.column)
        for document in documents
        for problem in document.problems
    ]
    filled = [document for document in documents if document.data is not None]
    if errors or not filled:
        return LoadedConfig(Config(), tuple(errors))
    if len(filled) > 1 or not isinstance(filled[0].data, dict):
        message = "a config is one map of options"
        return LoadedConfig(Config(), (RunError("config", message, path, filled[-1].first_line, 1),))
    return _Reader(path, filled[0]).read()


class _Reader:
    """Reads one config and collects what is wrong with it."""

    def __init__(self, path: str, document: Document) -> None:
        self.path = path
        self.document = document
        self.errors: list[RunError] = []

    def read(self) -> LoadedConfig:
        data: dict[str, Any] = self.document.data
        for key in data:
            if key not in _KEYS:
                self._error((key,), f'unknown option "{key}"', _did_you_mean(key, _KEYS), "key")
        lists = {name: self._strings(name, data.get(name)) for name in _LISTS}
        config = Config(
            lessons=lists["lessons"],
            platform=self._text("platform", data.get("platform")),
            exclude=lists["exclude"] or (),
            select=lists["select"],
            extend_select=lists["extend-select"] or (),
            ignore=lists["ignore"] or (),
            severity=self._severities(data.get("severity")),
            parameters=self._parameters(data.get("parameters")),
            fail_on=self._choice(("fail-on",), data.get("fail-on"), FAIL_ON),
        )
        return LoadedConfig(config, tuple(self.errors))

    def _strings(self, name: str, value: Any) -> tuple[str, ...] | None:
        if value is None:
            return None
        values = value if isinstance(value, list) else [value]
        for index, entry in enumerate(values):
            if not isinstance(entry, str):
                self._error((name, index) if isinstance(value, list) else (name,), f'"{name}" takes a list of strings')
                return None
        return tuple(self._inside(name, values) if name == "lessons" else values)

    def _text(self, name: str, value: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            self._error((name,), f'"{name}" takes one path')
            return None
        return next(iter(self._inside(name, [value])), None)

    def _inside(self, name: str, paths: list[str]) -> list[str]:
        """Return the paths that stay below the project's root (DESIGN §7)."""
        kept = []
        for path in paths:
            if os.path.isabs(path) or os.path.normpath(path).startswith(".."):
                self._error((name,), f'"{path}" leads out of the project', "paths in a config stay below its directory")
            else:
                kept.append(path)
        return kept

    def _severities(self, value: Any) -> dict[str, Severity]:
        found: dict[str, Severity] = {}
        for rule, severity in self._map("severity", value).items():
            chosen = self._choice(("severity", rule), severity, SEVERITIES)
            if chosen is not None:
                found[rule] = chosen  # type: ignore[assignment]
        return found

    def _parameters(self, value: Any) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for rule, parameters in self._map("parameters", value).items():
            if isinstance(parameters, dict):
                found[rule] = parameters
            else:
                self._error(("parameters", rule), f'the parameters of "{rule}" are a map of names and values')
        return found

    def _map(self, name: str, value: Any) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._error((name,), f'"{name}" takes a map by rule id')
            return {}
        return value

    def _choice(self, path: FieldPath, value: Any, choices: tuple[str, ...]) -> str | None:
        if value is None or value in choices:
            return value  # type: ignore[no-any-return]
        self._error(path, f'"{value}" is none of {", ".join(choices)}', _did_you_mean(str(value), choices))
        return None

    def _error(self, path: FieldPath, message: str, hint: str = "", spot: Spot = "entry") -> None:
        location = self.document.locate(path, spot)
        self.errors.append(RunError("config", message, self.path, location.line, location.column, hint))


def _did_you_mean(name: str, known: tuple[str, ...]) -> str:
    import difflib

    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f'did you mean "{close[0]}"?' if close else f"known are: {', '.join(known)}"
