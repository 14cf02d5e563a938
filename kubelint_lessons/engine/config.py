"""``.kubelint.yaml`` of a project: which files, rules, severities and parameters hold there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kubelint_lessons.engine.configkeys import FAIL_ON
from kubelint_lessons.engine.result import RunError
from kubelint_lessons.engine.suppressionentries import Entry
from kubelint_lessons.manifests.links import LEADS_OUT, is_outside
from kubelint_lessons.model.finding import Severity
from kubelint_lessons.model.records import NamedTuple

__all__ = ["CONFIG_NAME", "FAIL_ON", "Config", "LoadedConfig", "Override", "load_config", "parse_config"]

CONFIG_NAME = ".kubelint.yaml"


class Override(NamedTuple):
    """What is different for the findings in some files; ``select`` None means: as everywhere."""

    paths: tuple[str, ...]
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = MappingProxyType({})
    parameters: Mapping[str, dict[str, Any]] = MappingProxyType({})
    line: int = 0


class Config(NamedTuple):
    """What a project's config says; every default is what holds without a config.

    ``lessons``, ``platform`` and ``baseline`` are paths relative to the project's root (None: the conventional ones).
    """

    lessons: tuple[str, ...] | None = None
    platform: str | None = None
    kubernetes_version: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = MappingProxyType({})
    parameters: Mapping[str, dict[str, Any]] = MappingProxyType({})
    suppress: tuple[Entry, ...] = ()
    overrides: tuple[Override, ...] = ()
    fail_on: str | None = None
    baseline: str | None = None


class LoadedConfig(NamedTuple):
    """A config and what is wrong with it; what is wrong is left at its default.

    ``path`` is the file as shown, empty where there is none; ``lines`` maps each key that it has to its line.
    """

    config: Config
    errors: tuple[RunError, ...] = ()
    path: str = ""
    lines: Mapping[str, int] = MappingProxyType({})


def load_config(root: str, shown_root: str, file: str | None = None) -> LoadedConfig:
    """Return the config of the project at ``root``; the defaults where it has none.

    ``file`` takes the place of the project's own config; that it does not exist is an error then.
    """
    shown = file if file is not None else f"{'' if shown_root in ('', '.') else f'{shown_root}/'}{CONFIG_NAME}"
    path = os.path.join(root, CONFIG_NAME) if file is None else file
    if file is None and is_outside(path, root):
        return LoadedConfig(Config(), (RunError("config", LEADS_OUT, shown, hint="put the file itself there"),), shown)
    try:
        with open(path, "rb") as opened:
            data = opened.read()
    except FileNotFoundError:
        if file is None:
            return LoadedConfig(Config())
        error = RunError("usage", "no such config file", shown, hint="check the path that --config names")
        return LoadedConfig(Config(), (error,))
    except OSError as error:
        return LoadedConfig(Config(), (RunError("config", f"cannot be read: {error.strerror or error}", shown),), shown)
    return parse_config(shown, data)


def parse_config(path: str, data: bytes) -> LoadedConfig:
    """Return the config that ``data`` holds; errors point at the key or value that is wrong."""
    from kubelint_lessons.engine.configreader import read_config

    return read_config(path, data)
