"""Python checks: loaded by file path from our own rules folder, or from a package that the user named, never else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec, SourceFileLoader
from typing import Any

from kubelint_lessons.lessons.folder import builtin_rules_folder
from kubelint_lessons.model.records import NamedTuple

CheckFunction = Callable[..., Any]

READER = "reader"
"""The check that is no file: what the reader of manifests finds, such as a duplicate key."""

SUPPRESSIONS = "suppressions"
"""The other one: what is wrong with comments and entries that silence findings."""

OWN_CHECKS = (READER, SUPPRESSIONS)

UNUSED_SUPPRESSION = "unused-suppression"

SUPPRESSION_CODES = (
    "suppression-without-reason",
    "unknown-suppressed-rule",
    UNUSED_SUPPRESSION,
    "expired-suppression",
    "misplaced-suppression",
)
"""What may be wrong with a suppression; each is also the id of the rule that reports it."""

_PACKAGE = "kubelint_lessons.rules"
_DEFAULT_FUNCTION = "check"


class CheckError(Exception):
    """A check that cannot be loaded: which file, why, and the next step."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class CheckName(NamedTuple):
    """``shared_service_selector`` or ``shared_service_selector.function``."""

    module: str
    function: str


def split_name(name: str) -> CheckName:
    """Return the module and the function that a ``check:`` names; hyphens stand for underscores."""
    module, _, function = name.partition(".")
    return CheckName(module.replace("-", "_"), function or _DEFAULT_FUNCTION)


def check_names(folder: str | None = None) -> tuple[str, ...]:
    """Return the modules with checks in ``folder`` (the built-in rules), sorted."""
    import os

    try:
        files = os.listdir(folder or builtin_rules_folder())
    except OSError:
        return ()
    return tuple(sorted(name[:-3] for name in files if name.endswith(".py") and not name.startswith("_")))


def load_check(name: str, folder: str | None = None, package: str = _PACKAGE) -> CheckFunction:
    """Return the function that ``name`` means, from a file of ``folder`` (the built-in rules). Raises CheckError.

    The file is loaded as a module of ``package``, so that files of several folders do not replace each other.

    Whatever the file does while it loads is reported as the check's fault, with its own words.
    """
    wanted = split_name(name)
    if not wanted.module.isidentifier() or not wanted.function.isidentifier():
        raise CheckError(f'"{name}" is not the name of a check', "write the name of a file in rules/ without .py")
    path = f"{folder or builtin_rules_folder()}/{wanted.module}.py"
    module = _load_module(f"{package}.{wanted.module}", path)
    function = getattr(module, wanted.function, None)
    if not callable(function):
        hint = f"define {wanted.function}(resource, context) there"
        raise CheckError(f"{path} has no function {wanted.function}", hint)
    found: CheckFunction = function
    return found


def _load_module(qualified: str, path: str) -> Any:
    loaded = sys.modules.get(qualified)
    if loaded is not None and getattr(loaded, "__file__", None) == path:
        return loaded
    loader = SourceFileLoader(qualified, path)
    module = type(sys)(qualified)
    module.__file__ = path
    module.__loader__ = loader
    module.__spec__ = ModuleSpec(qualified, loader, origin=path)
    sys.modules[qualified] = module
    try:
        loader.exec_module(module)
    except FileNotFoundError:
        del sys.modules[qualified]
        raise CheckError(f"there is no {path}", "correct the name after check:") from None
    except (Exception, SystemExit) as error:  # a check may fail in any way while it is imported
        del sys.modules[qualified]
        hint = "correct the file; kubelint_lessons.plugin is the only module of ours that it may import"
        raise CheckError(f"{path} does not load: {type(error).__name__}: {error}", hint) from None
    return module
