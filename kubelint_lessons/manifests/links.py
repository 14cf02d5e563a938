"""Symbolic links that lead out of a project: whoever sends a change could show files of the machine through them."""

from __future__ import annotations

import os
from collections.abc import Callable

LEADS_OUT = "is a symbolic link that leads out of the project"


def is_outside(path: str, root: str) -> bool:
    """Return whether ``path``, all links followed, lies neither at nor below ``root``."""
    inside = os.path.realpath(root)
    real = os.path.realpath(path)
    return real != inside and not real.startswith(inside.rstrip(os.sep) + os.sep)


def link_out(path: str, start: str, root_of: Callable[[str], str | None]) -> str | None:
    """Return the link by which the absolute ``path`` leads out of the project that holds the link, or None.

    ``root_of`` returns the project of a directory, None outside all. Where somebody stands, ``start``, and what is
    above it is no doing of a project.
    """
    current = path
    while current != os.path.dirname(current) and not f"{start}{os.sep}".startswith(f"{current}{os.sep}"):
        if os.path.islink(current):
            root = root_of(os.path.dirname(current))
            if root is not None and is_outside(current, root):
                return current
        current = os.path.dirname(current)
    return None
