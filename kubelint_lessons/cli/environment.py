"""``KUBELINT_<OPTION>``: variables that say what options of ``kubelint lint`` say; the command line wins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kubelint_lessons.cli.errors import usage_error
from kubelint_lessons.cli.options import LINT_OPTIONS, OUTPUT_FORMATS, Option, names_in, start_of
from kubelint_lessons.engine.configkeys import VERSION

HEEDED = (
    "select", "extend_select", "ignore", "exclude", "force_exclude", "outputs", "fail_on", "config",
    "kubernetes_version", "baseline", "no_baseline", "show_suppressed", "no_cache", "no_progress", "color",
)  # fmt: skip
"""The options that have a variable. None has one that changes files, reads other input or runs code: fix, diff,
unsafe-fixes, stdin-filename, plugin; nor those that ask for one look: watch, show-files, timing."""

_YES = ("1", "true", "yes", "on")
_NO = ("0", "false", "no", "off")


def variable_of(option: Option) -> str:
    """Return the name of the variable that stands for an option."""
    return "KUBELINT_" + option.flags[0].lstrip("-").upper().replace("-", "_")


def heeded_options() -> tuple[Option, ...]:
    """Return the options that have a variable, in the order of the table."""
    return tuple(option for option in LINT_OPTIONS if option.name in HEEDED)


def with_environment(given: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of the options with those of the environment where the command line says nothing.

    ``--isolated`` leaves the environment out. A variable that is empty says nothing; a wrong value is a usage error.
    """
    if given["isolated"]:
        return _checked(given, "--kubernetes-version")
    found = {}
    for option in heeded_options():
        text = environment.get(variable_of(option), "")
        if text and given[option.name] in (start_of(option), tuple(start_of(option) or ())):
            found[option.name] = _value(option, text)
    name = "KUBELINT_KUBERNETES_VERSION" if "kubernetes_version" in found else "--kubernetes-version"
    return _checked({**given, **found}, name)


def _checked(given: dict[str, Any], name: str) -> dict[str, Any]:
    version = given["kubernetes_version"]
    if version is not None and re.fullmatch(VERSION, version) is None:
        raise usage_error(f'{name}: "{version}" is no version of Kubernetes; write it as 1.34')
    return given


def _value(option: Option, text: str) -> Any:
    if option.kind == "flag":
        if text.lower() not in (*_YES, *_NO):
            raise usage_error(f'{variable_of(option)}: "{text}" is neither 1 nor 0')
        return text.lower() in _YES
    if option.kind == "choice" and text not in option.choices:
        raise usage_error(f'{variable_of(option)}: "{text}" is none of {", ".join(option.choices)}')
    if option.kind not in ("names", "texts"):
        return text
    values = names_in(text)
    for value in values if option.name == "outputs" else ():
        if value.partition("=")[0] not in OUTPUT_FORMATS:
            known = ", ".join(OUTPUT_FORMATS)
            raise usage_error(f'{variable_of(option)}: no format is called "{value}"; there are {known}')
    return values
