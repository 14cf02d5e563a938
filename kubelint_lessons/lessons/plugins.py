"""Installed packages with lessons and checks, named with ``--plugin`` on the command line and nowhere else.

A plugin is a package with a folder ``rules/`` like ours: ``<id>.md``, and ``<id>.py`` where a lesson needs a check.
Python code of a plugin runs, so nothing that a scanned repository holds may be taken for one (DESIGN §7).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence

from kubelint_lessons.lessons.checks import CheckError, CheckFunction, load_check
from kubelint_lessons.model.records import NamedTuple

_FOLDER = "rules"


class Plugin(NamedTuple):
    """A plugin by its import name, and the folder of its lessons and checks."""

    name: str
    folder: str


class PluginError(Exception):
    """A plugin that cannot be used: why, and the next step."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def find_plugin(name: str, untrusted: Iterable[str]) -> Plugin:
    """Return the installed package called ``name``, without importing it. Raises PluginError.

    Nothing below the directories in ``untrusted`` counts as installed, unless the environment of this Python itself
    lies there.
    """
    from importlib.machinery import PathFinder

    module = name.replace("-", "_")
    if not module.isidentifier():
        raise PluginError(f'"{name}" is not the name of a package', "name it as Python imports it: my_rules")
    trusted = _trusted_path(sys.path, [os.path.realpath(directory) for directory in untrusted])
    spec = PathFinder.find_spec(module, trusted)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not places:
        hint = "install it into the environment of kubelint; the current directory and the project do not count"
        raise PluginError(f'no package called "{module}" is installed', hint)
    for place in places:
        folder = os.path.join(place, _FOLDER)
        if os.path.isdir(folder) and any(entry.endswith(".md") for entry in os.listdir(folder)):
            return Plugin(module, folder)
    hint = "a plugin holds its lessons in a folder rules/, see docs/rule-api.md"
    raise PluginError(f'the package "{module}" has no folder {_FOLDER}/ with lessons', hint)


class PluginChecks:
    """Finds the checks of plugins, whose names begin with that of the plugin, and ours."""

    def __init__(self, plugins: Sequence[Plugin]) -> None:
        self._folders = {plugin.name: plugin.folder for plugin in plugins}

    def load(self, name: str) -> CheckFunction:
        """Return the function that ``name`` means: ``plugin:check``, or one of our own. Raises CheckError."""
        plugin, found, check = name.partition(":")
        if not found:
            return load_check(name)
        if plugin not in self._folders:
            raise CheckError(f'the plugin "{plugin}" is not loaded', f"name it on the command line: --plugin {plugin}")
        return load_check(check, self._folders[plugin], package=f"kubelint_lessons.plugins.{plugin}")


def _trusted_path(path: Sequence[str], untrusted: Sequence[str]) -> list[str]:
    own = tuple(os.path.realpath(prefix) for prefix in {sys.prefix, sys.base_prefix})
    trusted = []
    for entry in path:
        real = os.path.realpath(entry or os.curdir)
        is_own = any(_is_below(real, prefix) for prefix in own)
        if entry and (is_own or not any(_is_below(real, directory) for directory in untrusted)):
            trusted.append(real)
    return trusted


def _is_below(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip(os.sep) + os.sep)
